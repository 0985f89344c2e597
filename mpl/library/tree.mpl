# Binary trees: mirroring one, counting its nodes, and reading it off as a list.
theory Tree

import list

data Tree(A) = leaf | node(Tree(A), A, Tree(A))

var x : A
var t, l, r : Tree(A)

func mirror(Tree(A)) -> Tree(A) {
  mirror(leaf) = leaf
  mirror(node(l, x, r)) = node(mirror(r), x, mirror(l))
}

func size(Tree(A)) -> Nat {
  size(leaf) = zero
  size(node(l, x, r)) = succ(size(l) + size(r))
}

func flatten(Tree(A)) -> List(A) {
  flatten(leaf) = nil
  flatten(node(l, x, r)) = flatten(l) ++ cons(x, flatten(r))
}

goal mirror_mirror: mirror(mirror(t)) = t
goal size_mirror: size(mirror(t)) = size(t)
goal length_flatten: length(flatten(t)) = size(t)
goal flatten_mirror: flatten(mirror(t)) = reverse(flatten(t))

explore size 6 with zero, succ, +, leaf, node, mirror, size, flatten
