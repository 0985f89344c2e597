#include "mem.h"

#include <stdlib.h>
#include <string.h>

static bool refused (Mem *m, size_t old, size_t new) {
  if (m->fuse && !--m->fuse)
    return true;
  return new > old && new - old > m->limit - m->bytes;
}

void *mem_resize (Mem *m, void *p, size_t old, size_t new) {
  if (refused (m, old, new))
    return NULL;
  void *q = realloc (p, new);
  if (q)
    m->bytes += new - old;
  return q;
}

void *mem_zeroed (Mem *m, size_t size) {
  if (refused (m, 0, size))
    return NULL;
  void *p = calloc (1, size);
  if (p)
    m->bytes += size;
  return p;
}

void mem_free (Mem *m, void *p, size_t size) {
  if (!p)
    return;
  free (p);
  m->bytes -= size;
}

/* The array is passed as the address of its pointer, of whatever type;
   memcpy moves the pointer in and out without aliasing trouble. */
bool mem_grow (Mem *m, void *array, size_t *cap, size_t need, size_t unit) {
  if (need <= *cap)
    return true;
  size_t want = *cap + *cap / 2 + 16;
  if (want < need)
    want = need;
  if (want > SIZE_MAX / 4 / unit)
    return false;
  void *old, *new;
  memcpy (&old, array, sizeof old);
  if ((want - *cap) * unit > m->limit - m->bytes)
    want = need; /* near the limit, ask for no more than needed */
  new = mem_resize (m, old, *cap * unit, want * unit);
  if (!new)
    return false;
  memcpy (array, &new, sizeof new);
  *cap = want;
  return true;
}

bool vec_grow (Mem *m, Vec *v, size_t need) {
  return mem_grow (m, &v->item, &v->cap, need, sizeof *v->item);
}

void vec_free (Mem *m, Vec *v) {
  mem_free (m, v->item, v->cap * sizeof *v->item);
  memset (v, 0, sizeof *v);
}

static int by_id (const void *p, const void *q) {
  uint32_t a = *(const uint32_t *) p, b = *(const uint32_t *) q;
  return (a > b) - (a < b);
}

void ids_sort (uint32_t *a, size_t n) {
  if (n > 1)
    qsort (a, n, sizeof *a, by_id);
}
