# Lists with append, reverse, length, and map. A function to map is a value of the sort Fun, about
# which nothing is known but that it can be applied.
theory List

data Nat = zero | succ(Nat)
data List(A) = nil | cons(A, List(A))

var n, m : Nat
var x, y : A
var xs, ys, zs : List(A)

func (+)(Nat, Nat) -> Nat {
  n + zero = n
  n + succ(m) = succ(n + m)
}

func (++)(List(A), List(A)) -> List(A) {
  nil ++ ys = ys
  cons(x, xs) ++ ys = cons(x, xs ++ ys)
}

func reverse(List(A)) -> List(A) {
  reverse(nil) = nil
  reverse(cons(x, xs)) = reverse(xs) ++ [x]
}

func length(List(A)) -> Nat {
  length(nil) = zero
  length(cons(x, xs)) = succ(length(xs))
}

sort Fun
var f : Fun
func apply(Fun, A) -> A

func map(Fun, List(A)) -> List(A) {
  map(f, nil) = nil
  map(f, cons(x, xs)) = cons(apply(f, x), map(f, xs))
}

goal append_nil: xs ++ nil = xs
goal append_assoc: xs ++ ys ++ zs = xs ++ (ys ++ zs)
goal length_append: length(xs ++ ys) = length(xs) + length(ys)
goal reverse_append: reverse(xs ++ ys) = reverse(ys) ++ reverse(xs)
goal reverse_reverse: reverse(reverse(xs)) = xs
goal length_reverse: length(reverse(xs)) = length(xs)
goal map_append: map(f, xs ++ ys) = map(f, xs) ++ map(f, ys)
goal length_map: length(map(f, xs)) = length(xs)
goal map_reverse: map(f, reverse(xs)) = reverse(map(f, xs))

explore size 7 with zero, succ, nil, cons, +, ++, reverse, length, map
