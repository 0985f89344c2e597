# The laws of exp, ln and arithmetic by which expressions over eml(x, y) = exp(x) - ln(y) are proved.
#
# Complex is the field of complex numbers, ln its principal branch, -pi < Im ln(z) <= pi. All
# functions are total: inv(zero) = zero, and nothing is assumed about ln(zero). strip(x) says that
# -pi < Im x <= pi. Some laws follow from others; they are here because proofs use them.
#
# Extended adds the two infinities under which many eml expressions are shorter. Which laws of eml a
# theorem rests on tells the arithmetic that it holds in: with eml_real, every intermediate value is
# real and every logarithm one of a positive number; with eml_complex they are complex numbers; with
# any other, infinities occur.
theory Elementary

sort Complex
data Extended = finite(Complex) | infinity | minus_infinity
var x, y, z : Complex

const zero : Complex
const one : Complex
const i : Complex
const pi : Complex
func (+)(Complex, Complex) -> Complex
func (*)(Complex, Complex) -> Complex
func neg(Complex) -> Complex
func inv(Complex) -> Complex
func exp(Complex) -> Complex
func ln(Complex) -> Complex
pred real(Complex)
pred positive(Complex)
pred strip(Complex)
func eml(Extended, Extended) -> Extended

axiom add_comm: x + y = y + x
axiom add_assoc: x + y + z = x + (y + z)
axiom add_left_comm: x + (y + z) = y + (x + z)
axiom add_zero: x + zero = x
axiom zero_add: zero + x = x
axiom add_neg: x + neg(x) = zero
axiom neg_add_self: neg(x) + x = zero
axiom add_neg_cancel: x + (neg(x) + y) = y
axiom neg_add_cancel: neg(x) + (x + y) = y
axiom neg_neg: neg(neg(x)) = x
axiom neg_zero: neg(zero) = zero
axiom neg_add: neg(x + y) = neg(x) + neg(y)
axiom difference: x + neg(y) = zero -> x = y

axiom mul_comm: x * y = y * x
axiom mul_assoc: x * y * z = x * (y * z)
axiom mul_left_comm: x * (y * z) = y * (x * z)
axiom mul_one: x * one = x
axiom one_mul: one * x = x
axiom mul_zero: x * zero = zero
axiom zero_mul: zero * x = zero
axiom mul_add: x * (y + z) = x * y + x * z
axiom add_mul: (x + y) * z = x * z + y * z
axiom neg_mul: neg(x) * y = neg(x * y)
axiom mul_neg: x * neg(y) = neg(x * y)
axiom mul_inv: x != zero -> x * inv(x) = one
axiom inv_mul_self: x != zero -> inv(x) * x = one
axiom inv_mul: inv(x * y) = inv(x) * inv(y)
axiom inv_inv: inv(inv(x)) = x
axiom inv_neg: inv(neg(x)) = neg(inv(x))
axiom inv_one: inv(one) = one
axiom inv_zero: inv(zero) = zero
axiom half_add: inv(one + one) * x + inv(one + one) * x = x
axiom half_half: inv(one + one) + inv(one + one) = one
axiom third_add: inv(one + (one + one)) + (inv(one + (one + one)) + inv(one + (one + one))) = one
axiom mul_cancel: z != zero -> x * z = y * z -> x = y
axiom i_squared: i * i = neg(one)
axiom inv_i: inv(i) = neg(i)

axiom exp_zero: exp(zero) = one
axiom exp_add: exp(x + y) = exp(x) * exp(y)
axiom exp_neg: exp(neg(x)) = inv(exp(x))
axiom exp_ln: x != zero -> exp(ln(x)) = x
axiom exp_i_pi: exp(i * pi) = neg(one)
axiom exp_half_i_pi: exp(inv(one + one) * (i * pi)) = i
axiom ln_one: ln(one) = zero
axiom ln_exp: strip(x) -> ln(exp(x)) = x
axiom ln_mul: positive(x) -> y != zero -> ln(x * y) = ln(x) + ln(y)
axiom ln_inv: positive(x) -> ln(inv(x)) = neg(ln(x))
axiom ln_inv_strip: x != zero -> strip(neg(ln(x))) -> ln(inv(x)) = neg(ln(x))
axiom ln_mul_strip: x != zero -> y != zero -> strip(ln(x) + ln(y)) -> ln(x * y) = ln(x) + ln(y)
axiom ln_neg: positive(x) -> ln(neg(x)) = ln(x) + i * pi
axiom ln_i: ln(i) = inv(one + one) * (i * pi)
axiom ln_neg_i: ln(neg(i)) = neg(inv(one + one) * (i * pi))

axiom real_zero: real(zero)
axiom real_pi: real(pi)
axiom real_positive: positive(x) -> real(x)
axiom real_add: real(x) -> real(y) -> real(x + y)
axiom real_mul: real(x) -> real(y) -> real(x * y)
axiom real_neg: real(x) -> real(neg(x))
axiom real_inv: real(x) -> real(inv(x))
axiom real_exp: real(x) -> real(exp(x))
axiom real_ln: positive(x) -> real(ln(x))
axiom positive_one: positive(one)
axiom positive_pi: positive(pi)
axiom positive_add: positive(x) -> positive(y) -> positive(x + y)
axiom positive_mul: positive(x) -> positive(y) -> positive(x * y)
axiom positive_inv: positive(x) -> positive(inv(x))
axiom positive_exp: real(x) -> positive(exp(x))
axiom positive_e_minus_one: positive(neg(one) + exp(one))
axiom positive_ln: positive(x) -> positive(ln(one + x))
axiom negative_ln: positive(x) -> positive(y) -> x + y = one -> positive(neg(ln(x)))
axiom strip_real: real(x) -> strip(x)
axiom strip_ln: x != zero -> strip(ln(x))
axiom strip_i_pi: strip(i * pi)
axiom strip_i_below_one: positive(one + x) -> positive(one + neg(x)) -> strip(i * x)
axiom strip_half: strip(x) -> strip(inv(one + one) * x)
axiom strip_neg_half: strip(x) -> strip(neg(inv(one + one) * x))
axiom strip_turn: real(x) -> strip(exp(i * x))
axiom strip_neg_turn: real(x) -> strip(neg(exp(i * x)))
axiom strip_inv_turn: real(x) -> strip(inv(exp(i * x)))
axiom strip_neg_inv_turn: real(x) -> strip(neg(inv(exp(i * x))))
axiom strip_add: real(x) -> strip(y) -> strip(x + y)

axiom nonzero_positive: positive(x) -> x != zero
axiom nonzero_exp: exp(x) != zero
axiom nonzero_i: i != zero
axiom nonzero_neg: x != zero -> neg(x) != zero
axiom nonzero_inv: x != zero -> inv(x) != zero
axiom nonzero_mul: x != zero -> y != zero -> x * y != zero
axiom nonzero_complex: real(x) -> real(y) -> y != zero -> x + i * y != zero

axiom eml_real: real(x) -> positive(y) -> eml(finite(x), finite(y)) = finite(exp(x) + neg(ln(y)))
axiom eml_complex: y != zero -> eml(finite(x), finite(y)) = finite(exp(x) + neg(ln(y)))
axiom eml_zero: eml(finite(x), finite(zero)) = infinity
axiom eml_infinity: eml(finite(x), infinity) = minus_infinity
axiom eml_minus_infinity: y != zero -> eml(minus_infinity, finite(y)) = finite(neg(ln(y)))

goal logarithm: positive(x)
  -> eml(finite(one), eml(eml(finite(one), finite(x)), finite(one))) = finite(ln(x))
goal e_is_positive: positive(exp(one))

explore size 3 with zero, one, neg, +
