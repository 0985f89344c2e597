# Groups from one-sided axioms: the identity and the inverse on the right follow.
theory Group

sort G
var x, y, z : G

func (*)(G, G) -> G
const e : G
func inv(G) -> G

axiom assoc: x * y * z = x * (y * z)
axiom left_identity: e * x = x
axiom left_inverse: inv(x) * x = e

goal right_inverse: x * inv(x) = e
goal right_identity: x * e = x
goal left_cancel: x * y = x * z -> y = z
goal right_cancel: y * x = z * x -> y = z
goal inv_identity: inv(e) = e
goal inv_inv: inv(inv(x)) = x
goal inv_mul: inv(x * y) = inv(y) * inv(x)

explore size 6 with e, inv, *
