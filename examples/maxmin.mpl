# The larger and the smaller of two numbers, by recursion: together they form a lattice.
theory MaxMin

data Nat = zero | succ(Nat)
var n, m, k : Nat

func max(Nat, Nat) -> Nat {
  max(zero, m) = m
  max(succ(n), zero) = succ(n)
  max(succ(n), succ(m)) = succ(max(n, m))
}

func min(Nat, Nat) -> Nat {
  min(zero, m) = zero
  min(succ(n), zero) = zero
  min(succ(n), succ(m)) = succ(min(n, m))
}

goal max_comm: max(n, m) = max(m, n)
goal max_assoc: max(max(n, m), k) = max(n, max(m, k))
goal max_idempotent: max(n, n) = n
goal min_comm: min(n, m) = min(m, n)
goal absorb: max(n, min(n, m)) = n

explore size 5 with max, min
