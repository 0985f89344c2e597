/* table.h: every value of trees up to a size, and where it came from.

   Trees come by level, K = 2 * level + 1; a tree whose value is there already
   is dropped, so that each value keeps its shortest tree.  exp and ln are taken
   once for each value, so that a candidate eml(a, b) costs one subtraction for
   each component.

   The table is split into partitions by the place of the value.  An entry is
   named by its partition (2 bits) and its number there.  While a level grows,
   each partition belongs to one worker, and nothing is locked.

   table_start (t)          the leaves, as level 0; false: no memory
   table_free (t)
   table_reserve (t, p, n)  make room for n candidates, as far as the limit allows
   table_insert (...)       put in what is not there yet; false: no memory
   table_close (t)          end a level
   table_widen (t, p)       make room for exp and ln of new entries; not to run
   table_value (t, p)       beside table_value, which reads them all
   table_restore (t, p, left, right, n)
                            entries of a finished level, as they were saved
   value_of (t, entry, v)   the value of an entry
   level_of (p, i, grown)   the level of an entry
   table_memory (t)         bytes in use                                    */

#ifndef EML_TABLE_H
#define EML_TABLE_H

#include "value.h"
#include <stddef.h>
#include <stdlib.h>

enum { PARTITIONS = 4, LEVELS = 64 };

#define NONE UINT32_MAX
#define LOCAL ((1u << 30) - 1)

/* Twelve bytes, so that most are within one line of the cache; a tag of 0 is an empty slot. */
typedef struct {
  uint32_t tag[2], entry;
} Slot;

/* What lies in a cell: some bits of the cell, to tell it from others of its bucket, and an entry. */
typedef struct {
  uint32_t check, entry;
} Placed;

typedef struct {
  Slot *slots;
  size_t capacity, count;
  uint32_t *left, *right; /* of a leaf: its number, and NONE */
  size_t room;
  double *exps, *logs; /* of entries below `valued` */
  size_t valued;
  size_t start[LEVELS + 1]; /* entries of a level are start[l] .. start[l + 1] - 1 */
  /* place.h: entries below `placed`, by bucket; those of b are first[b] .. first[b + 1] - 1 */
  uint32_t *first;
  Placed *places;
  size_t buckets, placed;
} Partition;

typedef struct {
  Shape shape;
  Partition part[PARTITIONS];
  int grown; /* levels that are there */
  size_t limit;
  double *leaves;
  char *names;
  int leaf_count;
  volatile int stop;
} Table;

bool table_start (Table *t);
void table_free (Table *t);
bool table_reserve (Table *t, Partition *p, size_t candidates);
bool table_insert (Table *t, int number, uint64_t tag, uint32_t left, uint32_t right);
size_t table_close (Table *t);
bool table_widen (Table *t, Partition *p);
void table_value (Table *t, Partition *p);
bool table_restore (Table *t, Partition *p, const uint32_t *left, const uint32_t *right, size_t n);
void value_of (const Table *t, uint32_t entry, double *v);
int level_of (const Partition *p, size_t entry, int grown);
size_t level_size (const Table *t, int level);
size_t table_memory (const Table *t);

static inline uint64_t tag_in (const Slot *s) {
  return s->tag[0] | (uint64_t) s->tag[1] << 32;
}
static inline int partition_of (uint64_t place) { return (int) (place >> 62); }
static inline size_t slot_of (const Partition *p, uint64_t tag) {
  return (size_t) (tag >> 20) & (p->capacity - 1);
}

#endif
