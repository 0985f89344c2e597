"""The calculus of the single operator eml(x, y) = exp(x) − ln(y); docs/eml.md is its manual."""
