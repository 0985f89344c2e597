#include "clause.h"

uint32_t clause_push (Saturation *s, const uint32_t *a, uint32_t n) {
  Bank *b = s->bank;
  if (s->clauses >= NONE - 1 ||
      !mem_grow (&b->mem, &s->clause, &s->clause_cap, s->clauses + 1,
                 sizeof *s->clause)) {
    no_memory (s);
    return NONE;
  }
  SatClause c = {.literals = s->words.size, .record = s->records.size,
                 .count = n, .rule = NONE, .state = FRESH,
                 .support = true};
  uint64_t weight = 0;
  for (uint32_t i = 0; i < 2 * n; i++)
    if (a[i] != NONE)
      weight += b->weight[a[i]];
  c.weight = weight < UINT32_MAX ? (uint32_t) weight : UINT32_MAX;
  if (!put_all (s, &s->words, a, 2 * (size_t) n))
    return NONE;
  s->clause[s->clauses] = c;
  return (uint32_t) s->clauses++;
}

void clause_truncate (Saturation *s, size_t count) {
  if (count == s->clauses)
    return;
  s->words.size = s->clause[count].literals;
  s->records.size = s->clause[count].record;
  s->clauses = count;
}

bool clause_name (Saturation *s, const uint32_t *a, uint32_t n,
                  bool swapped, Naming *names, Vec *out) {
  out->size = 0;
  if (!bank_workspace (s->bank))
    return false;
  for (uint32_t i = 0; i < 2 * n; i++) {
    uint32_t t = a[i < 2 && swapped ? 1 - i : i];
    if (t != NONE) {
      t = unify_apply (s->bank, t, 0, names);
      if (t == NONE)
        return false;
    }
    if (!put (s, out, t))
      return false;
  }
  return true;
}

bool clause_variables (Saturation *s, uint32_t id, Vec *out) {
  const SatClause *c = s->clause + id;
  out->size = 0;
  bool ok = true;
  for (uint32_t i = 0; ok && i < 2 * c->count; i++) {
    uint32_t t = literals (s, id)[i];
    ok = t == NONE || unify_variables (s->bank, t, out);
  }
  unify_reset (s->bank);
  return ok;
}

bool clause_bindings (Saturation *s, const Vec *vars, unsigned side,
                      Naming *names) {
  if (!put (s, &s->records, (uint32_t) vars->size))
    return false;
  for (size_t i = 0; i < vars->size; i++) {
    uint32_t image = unify_apply (s->bank, vars->item[i], side, names);
    if (image == NONE || !put (s, &s->records, vars->item[i]) ||
        !put (s, &s->records, image))
      return false;
  }
  return true;
}

uint32_t clause_derive (Saturation *s, uint32_t kind, uint32_t parent,
                        uint32_t extra, uint32_t by, const uint32_t *a,
                        uint32_t n) {
  Bank *b = s->bank;
  Naming names = {true, 0};
  uint32_t id = NONE;
  if (!clause_variables (s, parent, &s->scratch))
    return NONE;
  int yes = 1;
  if (by != NONE) {
    const uint32_t *l = literals (s, parent) + 2 * by;
    yes = unify (b, l[0], l[1], 0);
  }
  if (yes > 0 && clause_name (s, a, n, false, &names, &s->form)) {
    id = clause_push (s, s->form.item, n);
    if (id != NONE)
      s->clause[id].goal = s->clause[parent].goal;
    if (id != NONE &&
        (!put (s, &s->records, kind) || !put (s, &s->records, parent) ||
         (extra != NONE && !put (s, &s->records, extra)) ||
         !clause_bindings (s, &s->scratch, 0, &names))) {
      clause_truncate (s, id);
      id = NONE;
    }
  }
  unify_reset (b);
  return id;
}

/*------------------------------------------------------------------------*/

static uint64_t hash_of (const uint32_t *a, size_t n) {
  uint64_t h = n;
  for (size_t i = 0; i < n; i++) {
    h = (h ^ a[i]) * 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
  }
  return h ^ h >> 32;
}

size_t clause_slot (const Saturation *s, const uint32_t *a, uint32_t n) {
  size_t mask = s->table_size - 1, i = hash_of (a, 2 * n) & mask;
  for (; s->table[i]; i = (i + 1) & mask) {
    uint32_t id = s->table[i] - 1;
    if (s->clause[id].count == n &&
        !memcmp (literals (s, id), a, 2 * n * sizeof *a))
      break;
  }
  return i;
}

bool clause_file (Saturation *s, uint32_t id) {
  Mem *m = &s->bank->mem;
  if (s->filed >= s->table_size / 2) {
    size_t old = s->table_size;
    uint32_t *table = mem_zeroed (m, 2 * old * sizeof *table), *was = s->table;
    if (!table)
      return no_memory (s);
    s->table = table;
    s->table_size = 2 * old;
    for (size_t i = 0; i < old; i++)
      if (was[i]) {
        uint32_t k = was[i] - 1;
        s->table[clause_slot (s, literals (s, k), s->clause[k].count)] = was[i];
      }
    mem_free (m, was, old * sizeof *table);
  }
  s->table[clause_slot (s, literals (s, id), s->clause[id].count)] = id + 1;
  s->filed++;
  return true;
}

bool clause_is_filed (const Saturation *s, uint32_t id) {
  return s->table[clause_slot (s, literals (s, id), s->clause[id].count)] ==
         id + 1;
}

static uint64_t priority (const Saturation *s, uint32_t id) {
  uint64_t weight = s->clause[id].weight;
  if (!s->clause[id].support)
    weight = 0;
  else if (s->clause[id].goal)
    weight /= 2;
  return weight << 32 | id;
}

bool clause_enqueue (Saturation *s, uint32_t id) {
  if (!mem_grow (&s->bank->mem, &s->heap, &s->heap_cap, s->heaped + 1,
                 sizeof *s->heap))
    return no_memory (s);
  uint64_t key = priority (s, id);
  size_t i = s->heaped++;
  for (; i && s->heap[(i - 1) / 2] > key; i = (i - 1) / 2)
    s->heap[i] = s->heap[(i - 1) / 2];
  s->heap[i] = key;
  s->clause[id].state = PASSIVE;
  if (id < s->oldest)
    s->oldest = id;
  return true;
}

uint32_t clause_lightest (Saturation *s) {
  while (s->heaped) {
    uint32_t id = (uint32_t) s->heap[0];
    uint64_t last = s->heap[--s->heaped];
    size_t i = 0, k;
    while ((k = 2 * i + 1) < s->heaped) {
      if (k + 1 < s->heaped && s->heap[k + 1] < s->heap[k])
        k++;
      if (s->heap[k] >= last)
        break;
      s->heap[i] = s->heap[k];
      i = k;
    }
    s->heap[i] = last;
    if (s->clause[id].state == PASSIVE)
      return id;
  }
  return NONE;
}

/* Clauses taken for their age leave a dead key in the heap. */
uint32_t clause_oldest (Saturation *s) {
  while (s->oldest < s->clauses && s->clause[s->oldest].state != PASSIVE)
    s->oldest++;
  return s->oldest < s->clauses ? (uint32_t) s->oldest : NONE;
}
