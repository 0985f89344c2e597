# Monoids: what an associative operation with a unit gives before there is any inverse.
theory Monoid

sort M
var x, y, z : M

const e : M
func (*)(M, M) -> M
axiom assoc: x * y * z = x * (y * z)
axiom left_unit: e * x = x
axiom right_unit: x * e = x

# There is one unit, and an element has one inverse.
goal unit_is_unique: (forall y. x * y = y) -> x = e
goal inverse_is_unique: x * y = e -> y * z = e -> x = z

explore size 5
