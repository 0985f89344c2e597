#include "peel.h"

static void seek (Peel *p, const double *target, int level);

/* The value of a hit's tree, from the inside out: a target that vanishes in the rounding of a larger
   number on the way inwards comes back as something else. */
static bool comes_back (const Table *t, const Hit *hit, const double *target) {
  size_t n = (size_t) t->shape.components;
  double v[COMPONENTS], w[COMPONENTS];
  value_of (t, hit->inner, v);
  for (int i = hit->depth - 1; i >= 0; i--) {
    const Partition *known = t->part + (hit->layers[i] >> 30);
    size_t at = (hit->layers[i] & LOCAL) * n;
    if (hit->known_left[i] ? !logarithm (&t->shape, v, w) || !difference (&t->shape, known->exps + at, w, v)
                           : !exponential (&t->shape, v, w) || !difference (&t->shape, w, known->logs + at, v))
      return false;
  }
  return near_to (&t->shape, v, target, BACK);
}

/* The argument is sought among the trees of exactly a level. */
static void seek_inner (Peel *p, const double *v, int level) {
  if (p->count == HITS) return;
  if (level >= p->t->grown) {
    seek (p, v, level);
    return;
  }
  p->looked++;
  uint32_t near[NEIGHBOURS];
  int count = look_up (p->t, v, level, near);
  for (int i = 0; i < count && p->count < HITS; i++) {
    p->at.inner = near[i];
    if (comes_back (p->t, &p->at, p->target)) p->hits[p->count++] = p->at;
  }
}

/* eml(known, b) = target: ln b = exp(known) - target. */
static bool right_of (const Table *t, const double *e, const double *target, double *b) {
  double l[COMPONENTS];
  if (!difference (&t->shape, e, target, l)) return false;
  for (int p = 0; p < t->shape.components; p += t->shape.width) {
    if (isinf (l[p]) && !t->shape.extended) return false;
    if (t->shape.width == 2 && fabs (l[p + 1]) > PI * (1 + 0x1p-40)) return false;
  }
  return exponential (&t->shape, l, b);
}

/* eml(a, known) = target: exp a = target + ln(known), up to turns of the imaginary part. */
static bool left_of (const Table *t, const double *l, const double *target, double *a) {
  double minus[COMPONENTS], e[COMPONENTS];
  for (int c = 0; c < t->shape.components; c++) minus[c] = -l[c];
  return difference (&t->shape, target, minus, e) && logarithm (&t->shape, e, a);
}

/* All trees of exactly a level whose value is the target, the smaller argument enumerated. */
static void seek (Peel *p, const double *target, int level) {
  const Table *t = p->t;
  size_t n = (size_t) t->shape.components;
  int depth = p->at.depth;
  if (depth == LAYERS) return;
  p->at.depth++;
  for (int a = 0; a <= (level - 1) / 2 && a < t->grown; a++) {
    int other = level - 1 - a;
    for (uint32_t pa = 0; pa < PARTITIONS; pa++) {
      const Partition *A = t->part + pa;
      for (size_t i = A->start[a]; i < A->start[a + 1]; i++) {
        /* Workers take turns at the outermost layer. */
        if (!depth && (int) (i % (size_t) p->workers) != p->worker) continue;
        if (t->stop || p->count == HITS) goto done;
        double v[COMPONENTS];
        const double *e = A->exps + i * n, *l = A->logs + i * n;
        p->at.layers[depth] = pa << 30 | (uint32_t) i;
        p->at.known_left[depth] = true;
        if (e[0] == e[0] && right_of (t, e, target, v)) seek_inner (p, v, other);
        p->at.known_left[depth] = false;
        if (l[0] != l[0] || !left_of (t, l, target, v)) continue;
        seek_inner (p, v, other);
        if (t->shape.width == 1) continue;
        for (int turn = -1; turn <= 1; turn += 2) {
          double w[COMPONENTS];
          memcpy (w, v, sizeof w);
          bool finite = true;
          for (int c = 1; c < t->shape.components; c += 2) {
            finite &= !isinf (w[c - 1]);
            w[c] += turn * 2 * PI;
          }
          if (finite) seek_inner (p, w, other);
        }
      }
    }
  }
done:
  p->at.depth = depth;
}

void peel (Peel *p, int level) { seek (p, p->target, level); }
