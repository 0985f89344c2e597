/* value.h: values of trees, and their hashes.

   A value is a vector: the tree at each witness point, one double for a real
   point and two for a complex one.  A `Shape` says how many, and in which
   arithmetic.

   difference (s, e, l, v)  v = e - l, from e = exp a and l = ln b
   absorbed (s, e, l)       whether e or l, though not 0, is lost in the
                            rounding of the other at all points: then v looks
                            like a simpler tree's value, and is not
   exponential (s, v, e)    e = exp v
   logarithm (s, v, l)      l = ln v
       false if it is undefined, or beyond a double; a difference that cancels
       down to its rounding error is 0
   place_of (s, v)          a hash of the first point, rounded to 30 bits: a
                            value known to 2^-33 is in one of the cells around
   tag_of (s, v)            a hash of all points, rounded to 44 bits: it tells
                            values apart, and is never 0
   near_to (s, v, w, r)     whether each number of v is that of w up to r   */

#ifndef EML_VALUE_H
#define EML_VALUE_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { COMPONENTS = 8 };

#define PI 3.14159265358979323846
#define ROUNDING 0x1p-47
#define LOST 0x1p-50

typedef struct {
  int points, width, components; /* components = points * width */
  bool extended, lower;
} Shape;

bool exponential (const Shape *s, const double *v, double *e);
bool logarithm (const Shape *s, const double *v, double *l);
bool near_to (const Shape *s, const double *v, const double *w, double tolerance);

static inline uint64_t mix (uint64_t h) {
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93u;
  h ^= h >> 29;
  h *= 0xff51afd7ed558ccdu;
  return h ^ h >> 32;
}

static inline uint64_t bits_of (double v) {
  uint64_t u;
  memcpy (&u, &v, sizeof u);
  return u;
}

/* One real or complex number rounded to `kept` bits, as a number to hash. */
static inline uint64_t rounded (const double *v, int width, int kept) {
  if (width == 1)
    return v[0] == 0 ? 1 : (bits_of (v[0]) + ((uint64_t) 1 << (51 - kept))) >> (52 - kept);
  double re = fabs (v[0]), im = fabs (v[1]), size = re > im ? re : im;
  if (size == 0 || isinf (size)) return 2 + bits_of (v[0]);
  uint64_t exponent = bits_of (size) >> 52;
  /* 2^(kept - exponent), and 2^500 where that leaves the range */
  int64_t power = 1023 + kept - ((int64_t) exponent - 1023);
  if (power > 2040) power = 2040;
  if (power < 1) power = 1;
  uint64_t u = (uint64_t) power << 52;
  double scale;
  memcpy (&scale, &u, sizeof scale);
  uint64_t a = (uint64_t) llrint (v[0] * scale), b = (uint64_t) llrint (v[1] * scale);
  return a * 0x9e3779b97f4a7c15u + (b ^ exponent << 48) * 0xc2b2ae3d27d4eb4fu;
}

static inline uint64_t place_of (const Shape *s, const double *v) {
  return mix (rounded (v, s->width, 30));
}

static inline uint64_t tag_of (const Shape *s, const double *v) {
  uint64_t tag = 0;
  for (int p = 0; p < s->points; p++)
    tag = mix (tag + rounded (v + p * s->width, s->width, 44) * 0x9e3779b97f4a7c15u);
  return tag | 1;
}

/* exp(a) - ln(b) from exp(a) and ln(b); false if it is undefined or beyond a double. */
static inline bool difference (const Shape *s, const double *e, const double *l, double *v) {
  if (s->width == 1) {
    for (int p = 0; p < s->points; p++) {
      double d = e[p] - l[p];
      double size = fabs (e[p]) > fabs (l[p]) ? fabs (e[p]) : fabs (l[p]);
      if (d != d) return false;
      v[p] = fabs (d) <= ROUNDING * size && !isinf (d) ? 0 : d;
    }
    return true;
  }
  for (int p = 0; p < s->components; p += 2) {
    double re = e[p] - l[p], im = e[p + 1] - l[p + 1];
    if (isinf (re)) {
      v[p] = re, v[p + 1] = 0;
      continue;
    }
    if (!(fabs (re) <= DBL_MAX && fabs (im) <= DBL_MAX)) return false;
    double a = fabs (e[p]) + fabs (e[p + 1]), b = fabs (l[p]) + fabs (l[p + 1]);
    double small = ROUNDING * (a > b ? a : b);
    v[p] = fabs (re) <= small ? 0 : re;
    v[p + 1] = fabs (im) <= small ? 0 : im;
  }
  return true;
}

static inline bool absorbed (const Shape *s, const double *e, const double *l) {
  for (int p = 0; p < s->components; p += s->width) {
    double a = fabs (e[p]), b = fabs (l[p]);
    if (s->width == 2) a += fabs (e[p + 1]), b += fabs (l[p + 1]);
    double large = a > b ? a : b, small = a > b ? b : a;
    if (small == 0 || large > DBL_MAX || small > LOST * large) return false;
  }
  return true;
}

#endif
