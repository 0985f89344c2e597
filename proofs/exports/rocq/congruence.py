"""Rewriting with <-> inside of a formula: one lemma for each connective."""

from __future__ import annotations

CONGRUENCES = {
    "not": "forall P Q : Prop, (P <-> Q) -> (~ P <-> ~ Q)",
    "and_left": "forall R P Q : Prop, (P <-> Q) -> (P /\\ R <-> Q /\\ R)",
    "and_right": "forall R P Q : Prop, (P <-> Q) -> (R /\\ P <-> R /\\ Q)",
    "or_left": "forall R P Q : Prop, (P <-> Q) -> (P \\/ R <-> Q \\/ R)",
    "or_right": "forall R P Q : Prop, (P <-> Q) -> (R \\/ P <-> R \\/ Q)",
    "implies_left": "forall R P Q : Prop, (P <-> Q) -> ((P -> R) <-> (Q -> R))",
    "implies_right": "forall R P Q : Prop, (P <-> Q) -> ((R -> P) <-> (R -> Q))",
    "iff_left": "forall R P Q : Prop, (P <-> Q) -> ((P <-> R) <-> (Q <-> R))",
    "iff_right": "forall R P Q : Prop, (P <-> Q) -> ((R <-> P) <-> (R <-> Q))",
    "forall": "forall (T : Type) (P Q : T -> Prop), (forall x, P x <-> Q x) ->"
    " ((forall x, P x) <-> (forall x, Q x))",
    "exists": "forall (T : Type) (P Q : T -> Prop), (forall x, P x <-> Q x) ->"
    " ((exists x, P x) <-> (exists x, Q x))",
}
"""What holds of a part may be used in the whole: one lemma for each connective."""

CONGRUENCE_PROOFS = {
    "not": "fun P Q e => conj (fun n q => n (proj2 e q)) (fun n p => n (proj1 e p))",
    "and_left": "fun R P Q e => conj (fun h => conj (proj1 e (proj1 h)) (proj2 h))"
    " (fun h => conj (proj2 e (proj1 h)) (proj2 h))",
    "and_right": "fun R P Q e => conj (fun h => conj (proj1 h) (proj1 e (proj2 h)))"
    " (fun h => conj (proj1 h) (proj2 e (proj2 h)))",
    "or_left": "fun R P Q e => conj"
    " (fun h => match h with or_introl p => or_introl (proj1 e p) | or_intror r => or_intror r end)"
    " (fun h => match h with or_introl q => or_introl (proj2 e q) | or_intror r => or_intror r"
    " end)",
    "or_right": "fun R P Q e => conj"
    " (fun h => match h with or_introl r => or_introl r | or_intror p => or_intror (proj1 e p) end)"
    " (fun h => match h with or_introl r => or_introl r | or_intror q => or_intror (proj2 e q)"
    " end)",
    "implies_left": "fun R P Q e => conj (fun h q => h (proj2 e q)) (fun h p => h (proj1 e p))",
    "implies_right": "fun R P Q e => conj (fun h r => proj1 e (h r)) (fun h r => proj2 e (h r))",
    "iff_left": "fun R P Q e => conj"
    " (fun h => conj (fun q => proj1 h (proj2 e q)) (fun r => proj1 e (proj2 h r)))"
    " (fun h => conj (fun p => proj1 h (proj1 e p)) (fun r => proj2 e (proj2 h r)))",
    "iff_right": "fun R P Q e => conj"
    " (fun h => conj (fun r => proj1 e (proj1 h r)) (fun q => proj2 h (proj2 e q)))"
    " (fun h => conj (fun r => proj2 e (proj1 h r)) (fun p => proj2 h (proj1 e p)))",
    "forall": "fun T P Q e => conj (fun h x => proj1 (e x) (h x)) (fun h x => proj2 (e x) (h x))",
    "exists": "fun T P Q e => conj"
    " (fun h => match h with ex_intro _ x p => ex_intro Q x (proj1 (e x) p) end)"
    " (fun h => match h with ex_intro _ x q => ex_intro P x (proj2 (e x) q) end)",
}
