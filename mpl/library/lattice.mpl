# Lattices as algebras: idempotence, and that both operations give the same order, follow.
theory Lattice

sort L
var x, y, z : L

func (/\)(L, L) -> L
func (\/)(L, L) -> L

axiom meet_comm: x /\ y = y /\ x
axiom join_comm: x \/ y = y \/ x
axiom meet_assoc: x /\ y /\ z = x /\ (y /\ z)
axiom join_assoc: x \/ y \/ z = x \/ (y \/ z)
axiom meet_absorb: x /\ (x \/ y) = x
axiom join_absorb: x \/ (x /\ y) = x

goal meet_idem: x /\ x = x
goal join_idem: x \/ x = x
goal meet_join_order: x /\ y = x -> x \/ y = y
goal join_meet_order: x \/ y = y -> x /\ y = x
goal consistency: x /\ y = x <-> x \/ y = y

explore size 5 with /\, \/
