#define _GNU_SOURCE
#include "table.h"
#include <sys/mman.h>

void value_of (const Table *t, uint32_t entry, double *v) {
  const Partition *p = t->part + (entry >> 30);
  size_t i = entry & LOCAL;
  uint32_t a = p->left[i], b = p->right[i];
  size_t n = (size_t) t->shape.components;
  if (b == NONE)
    memcpy (v, t->leaves + a * n, n * sizeof *v);
  else
    difference (&t->shape, t->part[a >> 30].exps + (a & LOCAL) * n,
                t->part[b >> 30].logs + (b & LOCAL) * n, v);
}

size_t table_memory (const Table *t) {
  size_t sum = 0;
  for (int i = 0; i < PARTITIONS; i++) {
    const Partition *p = t->part + i;
    sum += p->capacity * sizeof (Slot) + p->room * 8 +
           p->valued * (size_t) t->shape.components * 16 + p->placed * sizeof (Placed) +
           p->buckets * 4;
  }
  return sum;
}

/* Zeroed slots, in large pages where the system has them: access is at random. */
static Slot *new_slots (size_t capacity) {
  size_t bytes = capacity * sizeof (Slot);
  void *memory =
      mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
  madvise (memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

static void free_slots (Slot *slots, size_t capacity) {
  if (slots) munmap (slots, capacity * sizeof (Slot));
}

static bool rehash (Partition *p, size_t capacity) {
  Slot *slots = new_slots (capacity), *old = p->slots;
  if (!slots) return false;
  size_t before = p->capacity;
  p->slots = slots, p->capacity = capacity;
  for (size_t i = 0; i < before; i++) {
    if (!tag_in (old + i)) continue;
    size_t s = slot_of (p, tag_in (old + i));
    while (tag_in (slots + s)) s = (s + 1) & (capacity - 1);
    slots[s] = old[i];
  }
  free_slots (old, before);
  return true;
}

/* Make room for a share of a level's candidates, as far as the limit allows; most are new. */
bool table_reserve (Table *t, Partition *p, size_t candidates) {
  size_t capacity = p->capacity;
  while ((p->count + candidates / PARTITIONS) * 4 > capacity * 3) capacity *= 2;
  if (table_memory (t) + (capacity - p->capacity) * 12 > t->limit) return true;
  return capacity == p->capacity || rehash (p, capacity);
}

/* Put in what is not there yet. False: no memory. */
bool table_insert (Table *t, int number, uint64_t tag, uint32_t left, uint32_t right) {
  Partition *p = t->part + number;
  size_t s = slot_of (p, tag);
  for (uint64_t there; (there = tag_in (p->slots + s)); s = (s + 1) & (p->capacity - 1))
    if (there == tag) return true;
  if (p->count == p->room) {
    size_t room = p->room + p->room / 2 + 1024;
    if (room > LOCAL || table_memory (t) + (room - p->room) * 8 > t->limit) return false;
    uint32_t *l = realloc (p->left, room * sizeof *l);
    if (l) p->left = l;
    uint32_t *r = realloc (p->right, room * sizeof *r);
    if (r) p->right = r;
    if (!l || !r) return false;
    p->room = room;
  }
  p->left[p->count] = left, p->right[p->count] = right;
  p->slots[s] = (Slot){{(uint32_t) tag, (uint32_t) (tag >> 32)},
                       (uint32_t) number << 30 | (uint32_t) p->count};
  p->count++;
  if (p->count * 4 > p->capacity * 3)
    return table_memory (t) + p->capacity * 12 <= t->limit && rehash (p, p->capacity * 2);
  return true;
}

size_t level_size (const Table *t, int level) {
  size_t sum = 0;
  for (int i = 0; i < PARTITIONS; i++)
    sum += t->part[i].start[level + 1] - t->part[i].start[level];
  return sum;
}

bool table_start (Table *t) {
  size_t n = (size_t) t->shape.components;
  for (int i = 0; i < PARTITIONS; i++)
    if (!rehash (t->part + i, 1024)) return false;
  for (uint32_t i = 0; i < (uint32_t) t->leaf_count; i++) {
    const double *v = t->leaves + i * n;
    int number = partition_of (place_of (&t->shape, v));
    if (!table_insert (t, number, tag_of (&t->shape, v), i, NONE)) return false;
  }
  table_close (t);
  for (int i = 0; i < PARTITIONS; i++) {
    if (!table_widen (t, t->part + i)) return false;
    table_value (t, t->part + i);
  }
  return true;
}

void table_free (Table *t) {
  for (int i = 0; i < PARTITIONS; i++) {
    Partition *p = t->part + i;
    free_slots (p->slots, p->capacity);
    free (p->left), free (p->right), free (p->exps), free (p->logs);
    free (p->first), free (p->places);
  }
  free (t->leaves), free (t->names);
}

size_t table_close (Table *t) {
  size_t count = 0;
  for (int i = 0; i < PARTITIONS; i++) {
    t->part[i].start[t->grown + 1] = t->part[i].count;
    count += t->part[i].count - t->part[i].start[t->grown];
  }
  t->grown++;
  return count;
}

bool table_restore (Table *t, Partition *p, const uint32_t *left, const uint32_t *right,
                    size_t n) {
  for (size_t i = 0; i < n; i++) {
    double v[COMPONENTS];
    const Partition *a = t->part + (left[i] >> 30), *b = t->part + (right[i] >> 30);
    size_t size = (size_t) t->shape.components, x = left[i] & LOCAL, y = right[i] & LOCAL;
    if (x >= a->valued || y >= b->valued) return false;
    const double *e = a->exps + x * size, *l = b->logs + y * size;
    if (e[0] != e[0] || l[0] != l[0] || !difference (&t->shape, e, l, v)) return false;
    int number = partition_of (place_of (&t->shape, v));
    size_t before = p->count;
    if (t->part + number != p ||
        !table_insert (t, number, tag_of (&t->shape, v), left[i], right[i]) ||
        p->count == before)
      return false;
  }
  return true;
}

/* Room for exp and ln of all entries. Not to run beside table_value, which reads them all. */
bool table_widen (Table *t, Partition *p) {
  size_t n = (size_t) t->shape.components, bytes = (p->count ? p->count : 1) * n * sizeof (double);
  if (table_memory (t) + (p->count - p->valued) * n * 16 > t->limit) return false;
  double *e = realloc (p->exps, bytes);
  if (e) p->exps = e;
  double *l = realloc (p->logs, bytes);
  if (l) p->logs = l;
  return e && l;
}

/* exp and ln of a partition's entries up to the end. */
void table_value (Table *t, Partition *p) {
  size_t n = (size_t) t->shape.components;
  double *e = p->exps, *l = p->logs;
  for (size_t i = p->valued; i < p->count; i++) {
    double v[COMPONENTS];
    value_of (t, (uint32_t) (p - t->part) << 30 | (uint32_t) i, v);
    if (!exponential (&t->shape, v, e + i * n)) e[i * n] = NAN;
    if (!logarithm (&t->shape, v, l + i * n)) l[i * n] = NAN;
  }
  p->valued = p->count;
}

int level_of (const Partition *p, size_t entry, int grown) {
  int low = 0, high = grown;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (entry < p->start[middle])
      high = middle;
    else
      low = middle;
  }
  return low;
}
