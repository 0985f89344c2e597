#include "place.h"

/* A cell is the upper 40 bits of a place: partition, check and bucket. */
static inline uint64_t cell_of (const Shape *s, const double *v) { return place_of (s, v) >> 24; }
static inline size_t bucket_in (const Partition *p, uint64_t cell) {
  return (size_t) cell & (p->buckets - 1);
}
static inline uint32_t check_of (uint64_t cell) { return (uint32_t) (cell >> 6); }

bool place_build (Table *t, Partition *p) {
  size_t count = p->start[t->grown], buckets = 64;
  if (p->placed == count && p->first) return true;
  while (buckets < count / 2) buckets *= 2;
  size_t before = p->placed * sizeof (Placed) + p->buckets * 4;
  if (table_memory (t) - before + count * (sizeof (Placed) + 8) + buckets * 4 > t->limit)
    return false;
  free (p->first), free (p->places);
  p->placed = 0, p->buckets = buckets;
  p->first = calloc (buckets + 1, sizeof *p->first);
  p->places = malloc ((count ? count : 1) * sizeof *p->places);
  uint64_t *cells = malloc ((count ? count : 1) * sizeof *cells);
  if (!p->first || !p->places || !cells) {
    free (p->first), free (p->places), free (cells);
    p->first = NULL, p->places = NULL, p->buckets = 0;
    return false;
  }
  uint32_t number = (uint32_t) (p - t->part) << 30;
  for (size_t i = 0; i < count; i++) {
    double v[COMPONENTS];
    value_of (t, number | (uint32_t) i, v);
    cells[i] = cell_of (&t->shape, v);
    p->first[bucket_in (p, cells[i])]++;
  }
  uint32_t sum = 0;
  for (size_t b = 0; b <= buckets; b++) sum += p->first[b], p->first[b] = sum;
  /* Backwards, so that each bucket ends up in the order of entries. */
  for (size_t i = count; i-- > 0;)
    p->places[--p->first[bucket_in (p, cells[i])]] =
        (Placed){check_of (cells[i]), number | (uint32_t) i};
  free (cells);
  p->placed = count;
  return true;
}

int look_up (const Table *t, const double *v, int level, uint32_t *near) {
  const Shape *shape = &t->shape;
  int result = 0, count = 0;
  uint64_t seen[4];
  double w[2] = {0, 0};
  double size = fabs (v[0]) + (shape->width == 2 ? fabs (v[1]) : 0);
  double shift = isinf (size) ? 0 : NEAR * size;
  for (int side = 0; side < (shape->width == 2 ? 4 : 2); side++) {
    w[0] = v[0] + (side & 1 ? shift : -shift);
    if (shape->width == 2) w[1] = v[1] + (side & 2 ? shift : -shift);
    uint64_t cell = cell_of (shape, w);
    bool again = false;
    for (int i = 0; i < count; i++) again |= seen[i] == cell;
    if (again) continue;
    seen[count++] = cell;
    const Partition *p = t->part + (cell >> 38);
    size_t b = bucket_in (p, cell);
    for (uint32_t i = p->first[b]; i < p->first[b + 1]; i++) {
      uint32_t entry = p->places[i].entry;
      if (p->places[i].check != check_of (cell)) continue;
      if ((entry & LOCAL) >= p->start[level + 1]) break;
      double found[COMPONENTS];
      value_of (t, entry, found);
      if (near_to (shape, found, v, 4 * NEAR)) near[result++] = entry;
      if (result == NEIGHBOURS) return result;
    }
  }
  return result;
}
