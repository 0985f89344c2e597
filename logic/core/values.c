#include "values.h"

#include <stdlib.h>
#include <string.h>

bool values_push (Mem *m, Values *v, int64_t x) {
  if (v->size == v->cap &&
      !mem_grow (m, &v->item, &v->cap, v->size + 1, sizeof *v->item))
    return false;
  v->item[v->size++] = x;
  return true;
}

void values_free (Mem *m, Values *v) {
  mem_free (m, v->item, v->cap * sizeof *v->item);
  memset (v, 0, sizeof *v);
}

static int by_value (const void *p, const void *q) {
  int64_t a = *(const int64_t *) p, b = *(const int64_t *) q;
  return (a > b) - (a < b);
}

/* By eleven bits at a time; false where values do not fit in 32 bits, or
   there is no memory for a copy. */
static bool sort_digits (int64_t *a, size_t n) {
  int64_t all = 0, *copy, *from = a, *to;
  for (size_t i = 0; i < n; i++)
    all |= a[i];
  if (all < 0 || all > UINT32_MAX || !(copy = malloc (n * sizeof *copy)))
    return false;
  to = copy;
  for (int shift = 0; shift < 33 && all >> shift; shift += 11) {
    size_t start[2049] = {0};
    for (size_t i = 0; i < n; i++)
      start[(from[i] >> shift & 2047) + 1]++;
    for (size_t k = 1; k < 2048; k++)
      start[k] += start[k - 1];
    for (size_t i = 0; i < n; i++)
      to[start[from[i] >> shift & 2047]++] = from[i];
    int64_t *swap = from;
    from = to;
    to = swap;
  }
  if (from != a)
    memcpy (a, from, n * sizeof *a);
  free (copy);
  return true;
}

void values_sort (Values *v, size_t from) {
  size_t n = v->size - from;
  if (n < 2)
    return;
  int64_t *a = v->item + from;
  if (n > 16) {
    if (n < 1000 || !sort_digits (a, n))
      qsort (a, n, sizeof *a, by_value);
    return;
  }
  for (size_t i = 1; i < n; i++) {
    int64_t x = a[i];
    size_t j = i;
    for (; j && a[j - 1] > x; j--)
      a[j] = a[j - 1];
    a[j] = x;
  }
}
