# Peano arithmetic: numbers, addition, multiplication, and the four equations that define them.
# `porism explore` finds the laws of arithmetic from these alone; the goals name the best known.
theory Peano

data Nat = zero | succ(Nat)
var n, m, k : Nat

func (+)(Nat, Nat) -> Nat
axiom add_zero: n + zero = n
axiom add_succ: n + succ(m) = succ(n + m)

func (*)(Nat, Nat) -> Nat
axiom mul_zero: n * zero = zero
axiom mul_succ: n * succ(m) = n * m + n

goal zero_add: zero + n = n
goal succ_add: succ(m) + n = succ(m + n)
goal add_comm: n + m = m + n
goal add_assoc: n + m + k = n + (m + k)
goal add_left_cancel: n + m = n + k -> m = k
goal add_right_cancel: m + n = k + n -> m = k
goal zero_mul: zero * n = zero
goal succ_mul: succ(m) * n = m * n + n
goal one_mul: 1 * n = n
goal mul_comm: n * m = m * n
goal mul_assoc: n * m * k = n * (m * k)
goal left_distrib: n * (m + k) = n * m + n * k
goal right_distrib: (m + k) * n = m * n + k * n

explore size 7 with zero, succ, +, *
