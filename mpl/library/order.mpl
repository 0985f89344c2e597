# Partial orders as relations: the strict order that comes with one.
theory Order

sort P
var x, y, z : P

pred (<=)(P, P)
axiom le_refl: x <= x
axiom le_antisym: x <= y and y <= x -> x = y
axiom le_trans: x <= y and y <= z -> x <= z

define x < y := x <= y and x != y

goal lt_irrefl: not x < x
goal lt_asym: x < y -> not y < x
goal lt_trans: x < y and y < z -> x < z
goal lt_le_trans: x < y and y <= z -> x < z
goal le_lt_trans: x <= y and y < z -> x < z
goal le_of_lt: x < y -> x <= y

explore size 5 with <=, <
