#include "value.h"

bool exponential (const Shape *s, const double *v, double *e) {
  for (int p = 0; p < s->components; p += s->width) {
    double im = s->width == 2 ? v[p + 1] : 0, size = exp (v[p]);
    if (isinf (v[p])) {
      if (!s->extended) return false;
      e[p] = size;
      if (s->width == 2) e[p + 1] = 0;
      continue;
    }
    /* A finite number's exp is neither 0 nor infinite: that is the format's end, no value. */
    if (!(size >= DBL_MIN && size <= DBL_MAX)) return false;
    if (s->width == 1) {
      e[p] = size;
      continue;
    }
    double small = ROUNDING * size * (1 + fabs (im)), re = size * cos (im), i = size * sin (im);
    e[p] = fabs (re) <= small ? 0 : re;
    e[p + 1] = fabs (i) <= small ? 0 : i;
  }
  return true;
}

bool logarithm (const Shape *s, const double *v, double *l) {
  for (int p = 0; p < s->components; p += s->width) {
    double re = v[p], im = s->width == 2 ? v[p + 1] : 0;
    if ((re == 0 && im == 0) || isinf (re)) {
      if (!s->extended || (isinf (re) && re < 0)) return false;
      l[p] = isinf (re) ? INFINITY : -INFINITY;
      if (s->width == 2) l[p + 1] = 0;
    } else if (s->width == 1) {
      if (re < 0) return false;
      l[p] = log (re);
    } else {
      l[p] = im == 0 ? log (fabs (re)) : log (hypot (re, im));
      l[p + 1] = im != 0 ? atan2 (im, re) : re > 0 ? 0 : s->lower ? -PI : PI;
    }
  }
  return true;
}

bool near_to (const Shape *s, const double *v, const double *w, double tolerance) {
  for (int p = 0; p < s->components; p += s->width) {
    double size = fabs (w[p]) + (s->width == 2 ? fabs (w[p + 1]) : 0), bound = tolerance * size;
    for (int c = p; c < p + s->width; c++)
      if (v[c] != w[c] && !(fabs (v[c] - w[c]) <= bound)) return false;
  }
  return true;
}
