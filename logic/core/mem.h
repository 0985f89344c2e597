/* mem.h: counted memory and the vectors built on it.

   Everything the core allocates is counted in a `Mem`, one per bank, so
   that a bank can say how large it is and can be held to a limit.  An
   allocation past the limit fails exactly as one that the system refuses:
   callers see NULL or false, undo what they began and report a fault.
   `fuse` makes the n-th allocation from now fail, which is how the tests
   walk through every out-of-memory path.

   mem_resize(m, p, old, new)  realloc with the old size, for counting
   mem_zeroed(m, size)         calloc
   mem_free(m, p, size)        free
   mem_grow(m, &p, &cap, need, unit)
       make the array p hold `need` items of `unit` bytes, growing by
       half again; false leaves p and cap as they were
   vec_push, vec_free          a growing array of uint32_t
   ids_sort (a, n)             ascending                                 */

#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  size_t bytes;  /* held now */
  size_t limit;  /* never hold more than this */
  uint64_t fuse; /* 0: off; n: the n-th allocation from now fails */
} Mem;

typedef struct {
  uint32_t *item;
  size_t size, cap;
} Vec;

void *mem_resize (Mem *, void *, size_t, size_t);
void *mem_zeroed (Mem *, size_t);
void mem_free (Mem *, void *, size_t);
bool mem_grow (Mem *, void *, size_t *, size_t, size_t);

bool vec_grow (Mem *, Vec *, size_t);
void vec_free (Mem *, Vec *);
void ids_sort (uint32_t *, size_t);

static inline bool vec_push (Mem *m, Vec *v, uint32_t x) {
  if (v->size == v->cap && !vec_grow (m, v, v->size + 1))
    return false;
  v->item[v->size++] = x;
  return true;
}

static inline bool vec_reserve (Mem *m, Vec *v, size_t extra) {
  return v->size + extra <= v->cap || vec_grow (m, v, v->size + extra);
}

#endif
