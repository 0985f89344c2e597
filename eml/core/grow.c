#include "grow.h"

enum { AHEAD = 32 }; /* candidates whose slot is on its way from memory */

typedef struct {
  uint64_t tag;
  int number;
  uint32_t left, right;
} Candidate;

int64_t grow (Table *t, int level, int worker, int workers) {
  size_t n = (size_t) t->shape.components;
  int64_t made = 0;
  const Shape *shape = &t->shape;
  Candidate queue[AHEAD];
  memset (queue, 0, sizeof queue);
  unsigned head = 0;
  bool mine[PARTITIONS];
  size_t expected = 0;
  for (int a = 0; a < level; a++) expected += level_size (t, a) * level_size (t, level - 1 - a);
  for (int i = 0; i < PARTITIONS; i++) {
    mine[i] = i % workers == worker;
    if (mine[i] && !table_reserve (t, t->part + i, expected)) return -1;
  }
  for (int a = 0; a < level; a++) {
    int b = level - 1 - a;
    for (uint32_t pa = 0; pa < PARTITIONS; pa++) {
      const Partition *A = t->part + pa;
      for (size_t i = A->start[a]; i < A->start[a + 1]; i++) {
        const double *e = A->exps + i * n;
        if (e[0] != e[0]) continue;
        if (t->stop) return -2;
        for (uint32_t pb = 0; pb < PARTITIONS; pb++) {
          const Partition *B = t->part + pb;
          const double *l = B->logs + B->start[b] * n;
          for (size_t j = B->start[b]; j < B->start[b + 1]; j++, l += n) {
            double v[COMPONENTS];
            if (l[0] != l[0] || !difference (shape, e, l, v)) continue;
            made++;
            if (absorbed (shape, e, l)) continue;
            uint64_t place = place_of (shape, v);
            int number = partition_of (place);
            if (!mine[number]) continue;
            uint64_t tag = tag_of (shape, v);
            Partition *p = t->part + number;
            __builtin_prefetch (p->slots + slot_of (p, tag), 1);
            Candidate *c = queue + head++ % AHEAD;
            if (c->tag && !table_insert (t, c->number, c->tag, c->left, c->right)) return -1;
            *c = (Candidate){tag, number, pa << 30 | (uint32_t) i, pb << 30 | (uint32_t) j};
          }
        }
      }
    }
  }
  for (unsigned i = 0; i < AHEAD; i++, head++) {
    Candidate *c = queue + head % AHEAD;
    if (c->tag && !table_insert (t, c->number, c->tag, c->left, c->right)) return -1;
  }
  return made;
}
