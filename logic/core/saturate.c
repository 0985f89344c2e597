#include "saturate.h"
#include "order.h"
#include "unify.h"

#include <stdlib.h>
#include <string.h>

/* Rewriting one side may take this many steps; a term that needs more is
   left as it is. */
#define NORMAL_STEPS 20000

/* A clause heavier than this has too many places to draw inferences. */
#define HEAVY 20000

/* One clause in this many is taken for its age, not its weight. */
#define AGE_RATIO 5

/* Pieces of work between two looks at the world outside. */
#define PIECES 64

/* Units with more variables are not tested in every ordering of them. */
#define RANKED_VARIABLES 4

#define HEAD 0u

static int by_id (const void *p, const void *q) {
  uint32_t a = *(const uint32_t *) p, b = *(const uint32_t *) q;
  return (a > b) - (a < b);
}

static bool no_memory (Saturation *s) {
  s->bank->fault = FAULT_MEMORY;
  return false;
}

static bool put (Saturation *s, Vec *v, uint32_t word) {
  return vec_push (&s->bank->mem, v, word) || no_memory (s);
}

static bool put_all (Saturation *s, Vec *v, const uint32_t *a, size_t n) {
  if (!vec_reserve (&s->bank->mem, v, n))
    return no_memory (s);
  if (n)
    memcpy (v->item + v->size, a, n * sizeof *a);
  v->size += n;
  return true;
}

bool saturate_init (Saturation *s, Bank *b, uint32_t truth) {
  memset (s, 0, sizeof *s);
  s->bank = b;
  s->truth = truth;
  s->epoch = b->epoch;
  s->answer = NONE;
  s->bound = UINT64_MAX;
  bank_join (b, &s->client);
  s->table_size = 64;
  s->table = mem_zeroed (&b->mem, s->table_size * sizeof *s->table);
  return s->table && rewrite_init (&s->rewriter, b) &&
         tree_init (&s->from, b) && tree_init (&s->into, b) &&
         tree_init (&s->equal, b);
}

void saturate_free (Saturation *s) {
  Bank *b = s->bank;
  if (!b)
    return;
  Mem *m = &b->mem;
  bank_leave (&s->client);
  rewrite_free (&s->rewriter);
  tree_free (&s->from);
  tree_free (&s->into);
  tree_free (&s->equal);
  mem_free (m, s->clause, s->clause_cap * sizeof *s->clause);
  mem_free (m, s->place, s->place_cap * sizeof *s->place);
  mem_free (m, s->task, s->task_cap * sizeof *s->task);
  mem_free (m, s->heap, s->heap_cap * sizeof *s->heap);
  mem_free (m, s->table, s->table_size * sizeof *s->table);
  values_free (m, &s->found);
  Vec *all[] = {&s->words, &s->records, &s->first, &s->units,  &s->agenda,
                &s->now,   &s->raw,     &s->form,  &s->other,  &s->trace,
                &s->draft, &s->scratch, &s->backlog, &s->path};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    vec_free (m, all[i]);
  memset (s, 0, sizeof *s);
}

/*--------------------------------------------------------------- clauses --*/

static const uint32_t *literals (const Saturation *s, uint32_t id) {
  return s->words.item + s->clause[id].literals;
}

static bool is_unit (const Saturation *s, uint32_t id) {
  return s->clause[id].count == 1 && literals (s, id)[0] != NONE;
}

static bool is_constructor (const Bank *b, uint32_t t) {
  return !is_variable (b, t) && b->symbol[number (b, t)].constructor;
}

/* A clause whose record is about to be written. */
static uint32_t push_clause (Saturation *s, const uint32_t *a, uint32_t n) {
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

/* Take back the clauses from `count` on; none may have been filed. */
static void truncate_clauses (Saturation *s, size_t count) {
  if (count == s->clauses)
    return;
  s->words.size = s->clause[count].literals;
  s->records.size = s->clause[count].record;
  s->clauses = count;
}

/* Instantiate literals in order, with fresh names, under the unifier in
   the workspace; literal HEAD with its sides exchanged if `swapped`. */
static bool name_literals (Saturation *s, const uint32_t *a, uint32_t n,
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

/* The variables of a clause, in `out`; leaves the workspace clean. */
static bool clause_variables (Saturation *s, uint32_t id, Vec *out) {
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

/* Append to the records a count and the pairs (variable, image). */
static bool put_bindings (Saturation *s, const Vec *vars, unsigned side,
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

/* A clause derived from one parent: its literals are those in `a`, under
   the unifier of literal `by` of the parent if that is not NONE.
   `extra` is the record's third word, NONE for none. */
static uint32_t push_derived (Saturation *s, uint32_t kind, uint32_t parent,
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
  if (yes > 0 && name_literals (s, a, n, false, &names, &s->form)) {
    id = push_clause (s, s->form.item, n);
    if (id != NONE)
      s->clause[id].goal = s->clause[parent].goal;
    if (id != NONE &&
        (!put (s, &s->records, kind) || !put (s, &s->records, parent) ||
         (extra != NONE && !put (s, &s->records, extra)) ||
         !put_bindings (s, &s->scratch, 0, &names))) {
      truncate_clauses (s, id);
      id = NONE;
    }
  }
  unify_reset (b);
  return id;
}

/*----------------------------------------------------------------- files --*/

static uint64_t hash_of (const uint32_t *a, size_t n) {
  uint64_t h = n;
  for (size_t i = 0; i < n; i++) {
    h = (h ^ a[i]) * 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
  }
  return h ^ h >> 32;
}

/* The slot where a clause with these literals is filed or belongs. */
static size_t slot_of (const Saturation *s, const uint32_t *a, uint32_t n) {
  size_t mask = s->table_size - 1, i = hash_of (a, 2 * n) & mask;
  for (; s->table[i]; i = (i + 1) & mask) {
    uint32_t id = s->table[i] - 1;
    if (s->clause[id].count == n &&
        !memcmp (literals (s, id), a, 2 * n * sizeof *a))
      break;
  }
  return i;
}

static bool file (Saturation *s, uint32_t id) {
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
        s->table[slot_of (s, literals (s, k), s->clause[k].count)] = was[i];
      }
    mem_free (m, was, old * sizeof *table);
  }
  s->table[slot_of (s, literals (s, id), s->clause[id].count)] = id + 1;
  s->filed++;
  return true;
}

static bool is_filed (const Saturation *s, uint32_t id) {
  return s->table[slot_of (s, literals (s, id), s->clause[id].count)] ==
         id + 1;
}

/* What comes from the goal is taken early: it is what ends a search.  Unsupported inputs come before all: they cost nothing. */
static uint64_t priority (const Saturation *s, uint32_t id) {
  uint64_t weight = s->clause[id].weight;
  if (!s->clause[id].support)
    weight = 0;
  else if (s->clause[id].goal)
    weight /= 2;
  return weight << 32 | id;
}

static bool enqueue (Saturation *s, uint32_t id) {
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

static uint32_t lightest (Saturation *s) {
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
static uint32_t oldest (Saturation *s) {
  while (s->oldest < s->clauses && s->clause[s->oldest].state != PASSIVE)
    s->oldest++;
  return s->oldest < s->clauses ? (uint32_t) s->oldest : NONE;
}

/*---------------------------------------------------------- simplifying --*/

/* Running out of steps or meeting a term too large to compare leaves the
   term as it is. */
static bool normal (Saturation *s, uint32_t t, int mode, uint32_t *out) {
  Bank *b = s->bank;
  *out = rewrite_normalise (&s->rewriter, t, mode, NORMAL_STEPS);
  if (*out != NONE)
    return true;
  if (b->fault != FAULT_STEPS && b->fault != FAULT_LARGE)
    return false;
  b->fault = FAULT_NONE;
  *out = t;
  return true;
}

/* Is l = r an instance of an active unit that has no direction? */
static int is_instance (Saturation *s, uint32_t l, uint32_t r) {
  Bank *b = s->bank;
  s->found.size = 0;
  if (!tree_find (&s->equal, l, &s->found))
    return -1;
  for (size_t i = 0; i < s->found.size; i++) {
    uint32_t value = (uint32_t) s->found.item[i];
    const uint32_t *unit = literals (s, value >> 1);
    unsigned side = value & 1;
    int yes = match (b, unit[side], l);
    if (yes > 0)
      yes = match_more (b, unit[1 - side], r);
    unify_reset (b);
    if (yes)
      return yes;
  }
  return 0;
}

/* Does l = r follow by rewriting where its variables, in `scratch`, are
   ordered as their ranks are?  They are renamed so that their indices have
   that order; equal ranks make variables equal. */
static int joins_under (Saturation *s, uint32_t l, uint32_t r,
                        const uint32_t *rank) {
  Bank *b = s->bank;
  const Vec *vars = &s->scratch;
  uint32_t image[RANKED_VARIABLES], side[2] = {l, r};
  for (size_t i = 0; i < vars->size; i++) {
    image[i] = bank_variable (b, rank[i], sort_of (b, vars->item[i]));
    if (image[i] == NONE)
      return -1;
  }
  bool ok = bank_workspace (b);
  for (size_t i = 0; ok && i < vars->size; i++)
    ok = unify_bind (b, vars->item[i], 0, image[i]);
  for (int k = 0; ok && k < 2; k++) {
    side[k] = unify_apply (b, side[k], 0, NULL);
    ok = side[k] != NONE;
  }
  unify_reset (b);
  for (int k = 0; ok && k < 2; k++)
    ok = normal (s, side[k], ORDER_RANKED, side + k);
  return ok ? side[0] == side[1] : -1;
}

/* Does l = r follow by rewriting in every ordering of its variables,
   equal ones included?  It then holds for every ground instance by smaller
   ones, and need not be kept. */
static int is_joinable (Saturation *s, uint32_t l, uint32_t r) {
  Bank *b = s->bank;
  Vec *vars = &s->scratch;
  vars->size = 0;
  bool ok = unify_variables (b, l, vars) && unify_variables (b, r, vars);
  unify_reset (b);
  if (!ok)
    return -1;
  size_t n = vars->size;
  if (n < 2 || n > RANKED_VARIABLES || !s->equal.live_entries)
    return 0;
  /* All different comes first: it fails most often. */
  uint32_t rank[RANKED_VARIABLES];
  for (uint32_t i = 0; i < n; i++)
    rank[i] = i;
  int yes = joins_under (s, l, r, rank);
  memset (rank, 0, sizeof rank);
  while (yes > 0) {
    /* The ranks must use each number below their greatest. */
    uint32_t used = 0, top = 0;
    for (size_t i = 0; i < n; i++) {
      used |= 1u << rank[i];
      if (rank[i] > top)
        top = rank[i];
    }
    if (used == (2u << top) - 1)
      yes = joins_under (s, l, r, rank);
    size_t i = 0;
    while (i < n && ++rank[i] == n)
      rank[i++] = 0;
    if (i == n)
      break;
  }
  return yes;
}

/* 1 if the first form is to be kept, 0 if the second: the greater in the
   rigid order, which is total. */
static int prefer (Saturation *s, const uint32_t *p, const uint32_t *q) {
  for (int k = 0; k < 2; k++)
    if (p[k] != q[k])
      return order_greater (s->bank, p[k], q[k], ORDER_RIGID);
  return 1;
}

/* The literals in `now`, with canonical names and the head directed, in
   `form`.  -1 fault, else whether the head was exchanged. */
static int canonical (Saturation *s, uint32_t n) {
  Bank *b = s->bank;
  const uint32_t *a = s->now.item;
  int swapped = 0, order = ORDER_GREATER;
  if (a[0] != NONE) {
    order = order_compare (b, a[0], a[1], ORDER_PLAIN);
    if (order == ORDER_FAULT)
      return -1;
    swapped = order == ORDER_LESS;
  }
  if (order == ORDER_NONE) {
    Naming names = {true, 0};
    bool ok = name_literals (s, a, n, true, &names, &s->other);
    unify_reset (b);
    if (!ok)
      return -1;
  }
  Naming names = {true, 0};
  bool ok = name_literals (s, a, n, swapped, &names, &s->form);
  unify_reset (b);
  if (!ok)
    return -1;
  if (order != ORDER_NONE)
    return swapped;
  int first = prefer (s, s->form.item, s->other.item);
  if (first < 0)
    return -1;
  if (!first) {
    Vec v = s->form;
    s->form = s->other;
    s->other = v;
  }
  return !first;
}

/* Write down the steps that normalise literal `k`, side `side`, of a
   clause; the trace's rule numbers become clause numbers. */
static int put_steps (Saturation *s, uint32_t t, uint32_t want, uint32_t k,
                      uint32_t side, uint32_t *count) {
  if (t == want)
    return 1;
  s->trace.size = 0;
  uint32_t got = rewrite_trace (&s->rewriter, t, ORDER_PLAIN, NORMAL_STEPS,
                                &s->trace);
  if (got == NONE)
    return -1;
  for (size_t i = 0; i < s->trace.size; ++*count) {
    const uint32_t *p = s->trace.item + i;
    size_t length = p[2], pairs = p[3 + length];
    uint32_t unit = (uint32_t) s->rewriter.rule[p[0]].tag, reversed = p[1];
    if (!put (s, &s->records, k ? k - 1 : NONE) ||
        !put (s, &s->records, side) ||
        !put_all (s, &s->records, p + 2, 1 + length) ||
        !put (s, &s->records, unit) || !put (s, &s->records, reversed) ||
        !put_all (s, &s->records, p + 3 + length, 1 + 2 * pairs))
      return -1;
    i += 4 + length + 2 * pairs;
  }
  return got == want;
}

/* The clause in `form`, which simplifies a parent: `now` holds its
   literals after rewriting.  NONE on fault, or where the steps are too many
   to be written down. */
static uint32_t push_simplified (Saturation *s, uint32_t parent,
                                 bool swapped) {
  Bank *b = s->bank;
  uint32_t n = s->clause[parent].count;
  uint32_t id = push_clause (s, s->form.item, n);
  if (id == NONE)
    return NONE;
  s->clause[id].support = s->clause[parent].support;
  s->clause[id].goal = s->clause[parent].goal;
  bool ok = put (s, &s->records, SIMPLIFY) &&
            put (s, &s->records, parent) && put (s, &s->records, 0);
  size_t at = s->records.size - 1;
  uint32_t count = 0;
  for (uint32_t i = 0; ok && i < 2 * n; i++)
    if (literals (s, parent)[i] != NONE)
      ok = put_steps (s, literals (s, parent)[i], s->now.item[i], i / 2,
                      i & 1, &count) > 0;
  if (ok)
    s->records.item[at] = count;
  Naming names = {true, 0};
  ok = ok && clause_variables (s, parent, &s->scratch) &&
       name_literals (s, s->now.item, n, swapped, &names, &s->other) &&
       put_bindings (s, &s->scratch, 0, &names) &&
       put (s, &s->records, swapped);
  unify_reset (b);
  if (ok)
    return id;
  truncate_clauses (s, id);
  return NONE;
}

static int drop (Saturation *s, uint32_t id) {
  s->clause[id].state = DEAD;
  s->counts.dropped++;
  return 0;
}

/* Something about the clause was too large to finish: drop it and own up
   to that, unless it was memory that ran out. */
static int abandon (Saturation *s, uint32_t id) {
  if (s->bank->fault == FAULT_MEMORY || s->bank->fault == FAULT_FULL)
    return -1;
  s->bank->fault = FAULT_NONE;
  s->incomplete = true;
  return drop (s, id);
}

/* Does s stand in t below nothing but constructors, at least one?  1, 0, or
   -1 for a fault. */
static int is_inside (Saturation *s, uint32_t l, uint32_t t) {
  Bank *b = s->bank;
  Vec *todo = &s->scratch;
  todo->size = 0;
  if (!is_constructor (b, t))
    return 0;
  if (!put_all (s, todo, arguments (b, t), arity (b, t)))
    return -1;
  while (todo->size) {
    t = todo->item[--todo->size];
    if (t == l)
      return 1;
    if (is_constructor (b, t) &&
        !put_all (s, todo, arguments (b, t), arity (b, t)))
      return -1;
  }
  return 0;
}

/* Split off what the constructors say about `parent`, whose literals are
   normal: literal `k` is to go, or to fall to pieces. */
static bool take_apart (Saturation *s, uint32_t kind, uint32_t parent,
                        uint32_t k) {
  Bank *b = s->bank;
  uint32_t n = s->clause[parent].count;
  const uint32_t *a = literals (s, parent);
  uint32_t pieces = 1, id;
  if (kind == INJECT)
    pieces = arity (b, a[0]);
  for (uint32_t i = 0; i < pieces; i++) {
    Vec *d = &s->draft;
    d->size = 0;
    for (uint32_t j = 0; j < n; j++) {
      a = literals (s, parent);
      uint32_t l = a[2 * j], r = a[2 * j + 1];
      bool ok = true;
      if (j != k)
        ok = put (s, d, l) && put (s, d, r);
      else if (kind == CLASH)
        ok = put (s, d, NONE) && put (s, d, NONE);
      else if (kind == INJECT)
        ok = put (s, d, arguments (b, l)[i]) &&
             put (s, d, arguments (b, r)[i]);
      else if (kind == DECOMPOSE)
        for (uint32_t x = 0; ok && x < arity (b, l); x++)
          ok = put (s, d, arguments (b, l)[x]) &&
               put (s, d, arguments (b, r)[x]);
      if (!ok)
        return false;
    }
    uint32_t extra = kind == INJECT ? i : kind == CLASH ? NONE : k - 1;
    id = push_derived (s, kind, parent, extra, NONE, d->item,
                       (uint32_t) (d->size / 2));
    if (id == NONE || !put (s, &s->agenda, id))
      return false;
  }
  return true;
}

/* Simplify a clause and decide what becomes of it.  1: it stands as it
   was, and is filed already; 0: dropped, replaced, or newly queued; -1:
   fault. */
static int settle (Saturation *s, uint32_t id) {
  Bank *b = s->bank;
  uint32_t n = s->clause[id].count;
  bool changed = false;
  s->now.size = 0;
  for (uint32_t i = 0; i < 2 * n; i++) {
    uint32_t t = literals (s, id)[i], u = t;
    if (t != NONE && !normal (s, t, ORDER_PLAIN, &u))
      return -1;
    changed |= t != u;
    if (!put (s, &s->now, u))
      return -1;
  }
  const uint32_t *a = s->now.item;
  bool headed = a[0] != NONE;
  if (headed && a[0] == a[1])
    return drop (s, id);
  uint32_t kind = INPUT, at = 0;
  for (uint32_t k = 1; k < n; k++) {
    uint32_t l = a[2 * k], r = a[2 * k + 1];
    if (l == r) {
      if (kind == INPUT)
        kind = RESOLVE, at = k;
    } else if (is_constructor (b, l) && is_constructor (b, r)) {
      if (number (b, l) != number (b, r))
        return drop (s, id);
      if (kind == INPUT)
        kind = DECOMPOSE, at = k;
    } else {
      int cyclic = is_inside (s, l, r);
      if (!cyclic)
        cyclic = is_inside (s, r, l);
      if (cyclic)
        return cyclic < 0 ? -1 : drop (s, id);
    }
  }
  if (kind == INPUT && headed && is_constructor (b, a[0]) &&
      is_constructor (b, a[1]))
    kind = number (b, a[0]) == number (b, a[1]) ? INJECT : CLASH;

  bool unit = headed && n == 1;
  if (kind == INPUT && unit) {
    int yes = is_instance (s, a[0], a[1]);
    if (!yes && (yes = is_joinable (s, a[0], a[1])) > 0)
      s->counts.joined++;
    if (yes)
      return yes < 0 ? -1 : drop (s, id);
  }
  int swapped = canonical (s, n);
  if (swapped < 0)
    return abandon (s, id);
  uint32_t new = id;
  if (changed || (kind == INPUT &&
                  (swapped || memcmp (s->form.item, literals (s, id),
                                      2 * n * sizeof *a)))) {
    new = push_simplified (s, id, swapped);
    if (new == NONE)
      return abandon (s, id);
    s->clause[id].state = DEAD;
  }
  if (kind != INPUT) {
    if (!take_apart (s, kind, new, at))
      return -1;
    s->clause[new].state = DEAD;
    return 0;
  }
  if (!headed && n == 1) {
    s->answer = new;
    s->counts.kept++;
    return 0;
  }
  if (new == id && is_filed (s, id))
    return 1;
  if (s->table[slot_of (s, literals (s, new), n)])
    return drop (s, new);
  if (s->clause[new].weight > s->bound || s->clause[new].weight > HEAVY) {
    s->incomplete = true;
    return drop (s, new);
  }
  s->counts.kept++;
  return file (s, new) && enqueue (s, new) ? 0 : -1;
}

static bool settle_agenda (Saturation *s) {
  while (s->agenda.size && s->answer == NONE) {
    uint32_t id = s->agenda.item[--s->agenda.size];
    if (settle (s, id) < 0)
      return false;
  }
  s->agenda.size = 0;
  return true;
}

/*------------------------------------------------------------ activating --*/

static bool link_place (Saturation *s, uint32_t id) {
  Mem *m = &s->bank->mem;
  Place *p = s->place + id;
  uint32_t t = p->term;
  if (t >= s->first.size) {
    size_t old = s->first.size, need = s->bank->terms;
    if (!vec_reserve (m, &s->first, need - old))
      return no_memory (s);
    memset (s->first.item + old, 0, (need - old) * sizeof *s->first.item);
    s->first.size = need;
  }
  uint32_t first = s->first.item[t];
  if (first) {
    p->next = first - 1;
    s->place[first - 1].prev = id;
  } else if (!tree_insert (&s->into, t, t))
    return false;
  s->first.item[t] = id + 1;
  p->live = true;
  return true;
}

static bool unlink_place (Saturation *s, uint32_t id) {
  Place *p = s->place + id;
  p->live = false;
  if (p->next != NONE)
    s->place[p->next].prev = p->prev;
  if (p->prev != NONE)
    s->place[p->prev].next = p->next;
  else {
    s->first.item[p->term] = p->next == NONE ? 0 : p->next + 1;
    if (p->next == NONE)
      return tree_remove (&s->into, p->term, p->term) >= 0;
  }
  return true;
}

/* Enter the places of one side: every position that is no variable, in
   preorder, with a stack of (place, next argument). */
static bool add_places (Saturation *s, uint32_t id, uint32_t k,
                        uint32_t side, bool entered) {
  Bank *b = s->bank;
  Vec *todo = &s->draft;
  uint32_t t = literals (s, id)[2 * k + side], up = NONE, arg = 0;
  todo->size = 0;
  if (is_variable (b, t) || t == s->truth)
    return true;
  for (;;) {
    if (s->places >= NONE - 1 ||
        !mem_grow (&b->mem, &s->place, &s->place_cap, s->places + 1,
                   sizeof *s->place))
      return no_memory (s);
    up = (uint32_t) s->places++;
    uint32_t around = todo->size ? todo->item[todo->size - 2] : NONE;
    s->place[up] = (Place) {id, k, side, t,    around, arg,
                              NONE, NONE, false, entered};
    if (!link_place (s, up) || !put (s, todo, up) || !put (s, todo, 0))
      return false;
    for (;;) { /* to the next position */
      uint32_t *next = todo->item + todo->size - 1;
      t = s->place[next[-1]].term;
      if (*next < arity (b, t)) {
        arg = (*next)++;
        t = arguments (b, t)[arg];
        if (!is_variable (b, t))
          break;
      } else if ((todo->size -= 2) == 0)
        return true;
    }
  }
}

/* Which body literal to resolve first: a ground one if there is any, for
   it holds or waits, but does not multiply; among those the heaviest. */
static uint32_t selected (Saturation *s, uint32_t id) {
  Bank *b = s->bank;
  const uint32_t *a = literals (s, id);
  uint32_t best = 1;
  uint64_t most = 0;
  for (uint32_t k = 1; k < s->clause[id].count; k++) {
    uint32_t l = a[2 * k], r = a[2 * k + 1];
    uint64_t worth = (uint64_t) b->weight[l] + b->weight[r];
    if (is_ground (b, l) && is_ground (b, r))
      worth |= (uint64_t) 1 << 40;
    if (worth > most) {
      most = worth;
      best = k;
    }
  }
  return best;
}

static bool activate (Saturation *s, uint32_t id) {
  Bank *b = s->bank;
  SatClause *c = s->clause + id;
  c->state = ACTIVE;
  c->places = s->places;
  uint32_t k = is_unit (s, id) ? HEAD : selected (s, id);
  c->selected = k;
  const uint32_t *a = literals (s, id) + 2 * k;
  uint32_t l = a[0], r = a[1];
  int order = order_compare (b, l, r, ORDER_PLAIN);
  if (order == ORDER_FAULT && b->fault == FAULT_LARGE) {
    b->fault = FAULT_NONE;
    order = ORDER_NONE;
  }
  if (order == ORDER_FAULT)
    return false;
  if (k == HEAD) {
    c->oriented = order == ORDER_GREATER;
    int64_t rule = rewrite_add (&s->rewriter, l, r, NULL, 0, id);
    if (rule == -2)
      return false;
    c->rule = rule < 0 ? NONE : (uint32_t) rule;
    if (!is_variable (b, l) && !tree_insert (&s->from, l, 2 * (int64_t) id))
      return false;
    if (!c->oriented) {
      if (!is_variable (b, r) &&
          !tree_insert (&s->from, r, 2 * (int64_t) id + 1))
        return false;
      if (!tree_insert (&s->equal, l, 2 * (int64_t) id) ||
          !tree_insert (&s->equal, r, 2 * (int64_t) id + 1))
        return false;
    }
    if (!put (s, &s->units, id))
      return false;
  }
  bool both = k == HEAD;
  bool ok = true;
  if (order != ORDER_LESS || both)
    ok = add_places (s, id, k, 0, order != ORDER_LESS);
  if (ok && (order != ORDER_GREATER || both))
    ok = add_places (s, id, k, 1, order != ORDER_GREATER);
  s->clause[id].places_end = s->places;
  return ok;
}

static bool deactivate (Saturation *s, uint32_t id) {
  SatClause *c = s->clause + id;
  const uint32_t *a = literals (s, id);
  int64_t value = 2 * (int64_t) id;
  c->state = DEAD;
  if (c->rule != NONE && !rewrite_retire (&s->rewriter, c->rule))
    return false;
  if (tree_remove (&s->from, a[0], value) < 0)
    return false;
  if (!c->oriented && (tree_remove (&s->from, a[1], value + 1) < 0 ||
                       tree_remove (&s->equal, a[0], value) < 0 ||
                       tree_remove (&s->equal, a[1], value + 1) < 0))
    return false;
  for (size_t p = c->places; p < c->places_end; p++)
    if (!unlink_place (s, (uint32_t) p))
      return false;
  size_t i = 0;
  while (s->units.item[i] != id)
    i++;
  memmove (s->units.item + i, s->units.item + i + 1,
           (--s->units.size - i) * sizeof *s->units.item);
  return true;
}

/* Does rewriting an instance t of a side of unit `by` go downwards? */
static int descends (Saturation *s, uint32_t t, uint32_t pattern,
                     uint32_t other) {
  Bank *b = s->bank;
  int yes = match (b, pattern, t);
  uint32_t reduct = yes > 0 ? unify_apply (b, other, 0, NULL) : NONE;
  unify_reset (b);
  if (yes <= 0 || reduct == NONE)
    return yes ? -1 : 0;
  yes = order_greater (b, t, reduct, ORDER_PLAIN);
  if (yes < 0 && b->fault == FAULT_LARGE) {
    b->fault = FAULT_NONE;
    yes = 0;
  }
  return yes;
}

/* Take back the active units that a new one simplifies: those with an
   instance of one of its sides in them. */
static bool backward (Saturation *s, uint32_t by) {
  if (s->clause[by].rule == NONE)
    return true;
  const Rule r = s->rewriter.rule[s->clause[by].rule];
  size_t from = s->backlog.size;
  for (int way = 0; way < 2; way++) {
    if (!(r.use >> way & 1))
      continue;
    uint32_t pattern = way ? r.right : r.left;
    uint32_t other = way ? r.left : r.right;
    s->found.size = 0;
    if (!tree_collect (&s->into, pattern, INSTANCES, &s->found))
      return false;
    for (size_t i = 0; i < s->found.size; i++) {
      uint32_t t = (uint32_t) s->found.item[i];
      int yes = r.check ? descends (s, t, pattern, other) : 1;
      if (yes < 0)
        return false;
      uint32_t p = yes ? s->first.item[t] - 1 : NONE;
      for (; p != NONE; p = s->place[p].next)
        if (s->place[p].clause != by && s->place[p].literal == HEAD &&
            !put (s, &s->backlog, s->place[p].clause))
          return false;
    }
  }
  /* In the order of their numbers, each once. */
  size_t n = s->backlog.size - from, end = from;
  uint32_t *a = s->backlog.item + from;
  if (n)
    qsort (a, n, sizeof *a, by_id);
  for (size_t i = 0; i < n; i++)
    if (!i || a[i] != a[i - 1])
      s->backlog.item[end++] = a[i];
  s->backlog.size = end;
  for (size_t i = from; i < end; i++) {
    s->counts.backward++;
    if (!deactivate (s, s->backlog.item[i]))
      return false;
  }
  return true;
}

static bool add_task (Saturation *s, Task t) {
  if (!mem_grow (&s->bank->mem, &s->task, &s->task_cap, s->tasks + 1,
                 sizeof *s->task))
    return no_memory (s);
  s->task[s->tasks++] = t;
  return true;
}

/* All inferences between a clause just made active and the active ones,
   itself included. */
static bool plan (Saturation *s, uint32_t id) {
  const SatClause c = s->clause[id];
  bool unit = is_unit (s, id);
  s->tasks = s->next_task = 0;
  if (!unit && !add_task (s, (Task) {id, 0, NONE}))
    return false;
  for (uint32_t side = 0; unit && side < (c.oriented ? 1u : 2u); side++) {
    uint32_t t = literals (s, id)[side];
    s->found.size = 0;
    if (is_variable (s->bank, t))
      continue;
    if (!tree_collect (&s->into, t, CANDIDATES, &s->found))
      return false;
    /* From terms to places, in the order of their numbers. */
    size_t terms = s->found.size;
    for (size_t i = 0; i < terms; i++) {
      uint32_t p = s->first.item[s->found.item[i]] - 1;
      for (; p != NONE; p = s->place[p].next)
        if (!values_push (&s->bank->mem, &s->found, p))
          return no_memory (s);
    }
    values_sort (&s->found, terms);
    for (size_t i = terms; i < s->found.size; i++) {
      const Place *p = s->place + s->found.item[i];
      if (!p->entered ||
          (p->clause == id && p->up == NONE && p->side == side))
        continue; /* a unit on itself */
      if (!c.support && !s->clause[p->clause].support)
        continue;
      if (!add_task (s, (Task) {id, side, (uint32_t) s->found.item[i]}))
        return false;
    }
  }
  for (size_t k = c.places; k < c.places_end; k++) {
    const Place p = s->place[k];
    if (!p.entered || (unit && p.up == NONE))
      continue; /* the other one was superposed on this one above */
    s->found.size = 0;
    if (!tree_collect (&s->from, p.term, CANDIDATES, &s->found))
      return false;
    for (size_t i = 0; i < s->found.size; i++) {
      uint32_t value = (uint32_t) s->found.item[i];
      if (value >> 1 != id &&
          (c.support || s->clause[value >> 1].support) &&
          !add_task (s, (Task) {value >> 1, value & 1, (uint32_t) k}))
        return false;
    }
  }
  return true;
}

/*------------------------------------------------------------- inferring --*/

/* The conclusion of a superposition in `raw`; 0 if there is none.  Where
   `record` is true, the clause is pushed with its record, which depends
   on everything being done in the same order. */
static int superpose (Saturation *s, Task task, bool record, uint32_t *id) {
  Bank *b = s->bank;
  const Place p = s->place[task.place];
  uint32_t n = s->clause[p.clause].count, from = task.clause;
  const uint32_t *eq = literals (s, from);
  uint32_t u = eq[task.side], v = eq[1 - task.side];
  bool checked = !s->clause[from].oriented;
  Vec vars[2] = {{0}, {0}};
  Naming names = {true, 0};
  uint32_t usig = NONE, vsig, ssig = NONE, hole;
  int result = -1;
  if (record && (!clause_variables (s, from, vars) ||
                 !clause_variables (s, p.clause, vars + 1)))
    goto done;
  result = unify (b, u, p.term, 1);
  if (result <= 0)
    goto done;
  result = -1;
  vsig = hole = unify_apply (b, v, 0, &names);
  if (hole == NONE)
    goto done;
  if (checked && !record) {
    usig = unify_apply (b, u, 0, &names);
    if (usig == NONE)
      goto done;
  }
  /* Put the other side into its place, from the place upwards. */
  Vec *args = &s->other;
  uint32_t whole = literals (s, p.clause)[2 * p.literal + p.side];
  for (Place at = p; at.up != NONE; at = s->place[at.up]) {
    uint32_t t = s->place[at.up].term;
    args->size = 0;
    for (uint32_t k = 0; k < arity (b, t); k++) {
      uint32_t x = k == at.arg
                       ? hole
                       : unify_apply (b, arguments (b, t)[k], 1, &names);
      if (x == NONE || !put (s, args, x))
        goto done;
    }
    hole = bank_app (b, number (b, t), args->item);
    if (hole == NONE)
      goto done;
  }
  s->raw.size = 0;
  for (uint32_t i = 0; i < 2 * n; i++) {
    uint32_t x = literals (s, p.clause)[i];
    if (i == 2 * p.literal + p.side)
      x = hole;
    else if (x != NONE && (x = unify_apply (b, x, 1, &names)) == NONE)
      goto done;
    if (!put (s, &s->raw, x))
      goto done;
  }
  bool into_oriented = p.literal == HEAD && s->clause[p.clause].oriented;
  if (!record && !into_oriented) {
    ssig = unify_apply (b, whole, 1, &names);
    if (ssig == NONE)
      goto done;
  }
  if (record) {
    *id = push_clause (s, s->raw.item, n);
    if (*id != NONE)
      s->clause[*id].goal = s->clause[p.clause].goal;
    Vec *r = &s->records, *path = &s->path;
    path->size = 0;
    for (Place at = p; at.up != NONE; at = s->place[at.up])
      if (!put (s, path, at.arg))
        goto done;
    for (size_t i = 0, k = path->size; i + 1 < k; i++) {
      uint32_t arg = path->item[i]; /* from the root down */
      path->item[i] = path->item[--k];
      path->item[k] = arg;
    }
    if (*id == NONE || !put (s, r, SUPERPOSE) || !put (s, r, from) ||
        !put (s, r, task.side) || !put (s, r, p.clause) ||
        !put (s, r, p.literal ? p.literal - 1 : NONE) ||
        !put (s, r, p.side) || !put (s, r, (uint32_t) path->size) ||
        !put_all (s, r, path->item, path->size) ||
        !put_bindings (s, vars, 0, &names) ||
        !put_bindings (s, vars + 1, 1, &names))
      goto done;
    result = 1;
    goto done;
  }
  unify_reset (b);
  result = 1;
  if (usig != NONE) {
    result = usig == vsig ? 1 : order_greater (b, vsig, usig, ORDER_PLAIN);
    result = result < 0 ? -1 : !result;
  }
  if (result > 0 && ssig != NONE) {
    uint32_t tsig = s->raw.item[2 * p.literal + 1 - p.side];
    result = ssig == tsig ? 1 : order_greater (b, tsig, ssig, ORDER_PLAIN);
    result = result < 0 ? -1 : !result;
  }
  if (result < 0 && b->fault == FAULT_LARGE) {
    b->fault = FAULT_NONE;
    result = 1; /* not known to be needless */
  }
done:
  unify_reset (b);
  vec_free (&b->mem, vars);
  vec_free (&b->mem, vars + 1);
  return result;
}

/* The selected literal's sides made equal, as a new clause; NONE with
   FAULT_NONE if they are not unifiable. */
static uint32_t resolve (Saturation *s, uint32_t id) {
  const SatClause *c = s->clause + id;
  uint32_t k = c->selected;
  const uint32_t *a = literals (s, id);
  int yes = unify (s->bank, a[2 * k], a[2 * k + 1], 0);
  unify_reset (s->bank);
  if (yes <= 0)
    return NONE;
  s->raw.size = 0;
  if (!put_all (s, &s->raw, a, 2 * (size_t) k) ||
      !put_all (s, &s->raw, a + 2 * k + 2, 2 * (size_t) (c->count - k - 1)))
    return NONE;
  return push_derived (s, RESOLVE, id, k - 1, k, s->raw.item, c->count - 1);
}

/* A conclusion that is trivial or an instance, seen before anything is
   written down. */
static int is_idle (Saturation *s) {
  uint32_t *a = s->raw.item, l, r;
  if (a[0] == NONE)
    return 0;
  if (a[0] == a[1])
    return 1;
  if (!normal (s, a[0], ORDER_PLAIN, &l) || !normal (s, a[1], ORDER_PLAIN, &r))
    return -1;
  if (l == r)
    return 1;
  return s->raw.size == 2 ? is_instance (s, l, r) : 0;
}

static bool infer (Saturation *s, Task task) {
  Bank *b = s->bank;
  if (task.place == NONE ? s->clause[task.clause].state != ACTIVE
                         : s->clause[task.clause].state != ACTIVE ||
                               !s->place[task.place].live)
    return true;
  s->counts.inferences++;
  BankMark moment = bank_moment (b);
  rewrite_begin (&s->rewriter);
  size_t clauses = s->clauses;
  uint64_t kept = s->counts.kept;
  uint32_t id = NONE;
  int yes;
  if (task.place == NONE) {
    id = resolve (s, task.clause);
    yes = id != NONE ? 1 : b->fault == FAULT_NONE ? 0 : -1;
  } else {
    yes = superpose (s, task, false, NULL);
    if (yes > 0) {
      yes = is_idle (s);
      if (yes > 0)
        s->counts.dropped++;
      yes = yes < 0 ? -1 : !yes;
    }
    if (yes > 0)
      yes = superpose (s, task, true, &id);
  }
  if (yes < 0)
    return false;
  if (yes && (!put (s, &s->agenda, id) || !settle_agenda (s)))
    return false;
  if (kept == s->counts.kept) {
    truncate_clauses (s, clauses);
    rewrite_rollback (&s->rewriter, moment.terms);
    bank_rollback (b, moment);
  }
  return true;
}

/* Take a clause that has been waiting: simplified, it waits again; as it
   was, it becomes active. */
static bool take (Saturation *s, uint32_t id) {
  s->counts.given++;
  int r = settle (s, id);
  if (r <= 0)
    return r == 0 && settle_agenda (s);
  return activate (s, id) && (!is_unit (s, id) || backward (s, id)) &&
         plan (s, id);
}

static bool retake (Saturation *s, uint32_t id) {
  int r = settle (s, id);
  if (r > 0)
    return enqueue (s, id);
  return r == 0 && settle_agenda (s);
}

uint32_t saturate_add (Saturation *s, bool support, const uint32_t *a,
                       uint32_t n) {
  s->bank->fault = FAULT_NONE;
  s->rewriter.journalling = false;
  uint32_t id = push_clause (s, a, n);
  if (id == NONE)
    return NONE;
  s->clause[id].support = support;
  s->clause[id].goal = a[0] == NONE;
  if (!put (s, &s->records, INPUT)) {
    truncate_clauses (s, id);
    return NONE;
  }
  if (s->answer != NONE)
    return id;
  if (put (s, &s->agenda, id) && settle_agenda (s))
    return id;
  s->agenda.size = 0;
  s->broken = true;
  return NONE;
}

static bool piece (Saturation *s, uint64_t *steps, SatStatus *status) {
  s->rewriter.journalling = false;
  if (s->backlog.size) {
    uint32_t id = s->backlog.item[0];
    memmove (s->backlog.item, s->backlog.item + 1,
             --s->backlog.size * sizeof *s->backlog.item);
    return retake (s, id);
  }
  if (s->next_task < s->tasks)
    return infer (s, s->task[s->next_task++]);
  bool by_age = s->counts.given % AGE_RATIO == AGE_RATIO - 1;
  if (oldest (s) == NONE) {
    *status = s->incomplete ? SAT_LIMIT : SAT_SATURATED;
    return true;
  }
  if (!*steps) {
    *status = SAT_LIMIT;
    return true;
  }
  --*steps;
  return take (s, by_age ? oldest (s) : lightest (s));
}

SatStatus saturate_run (Saturation *s, uint64_t *steps, size_t clauses,
                        uint64_t weight, volatile bool *stop) {
  SatStatus status = SAT_PAUSE;
  s->bank->fault = FAULT_NONE;
  s->bound = weight;
  for (int i = 0; i < PIECES && status == SAT_PAUSE && !*stop; i++) {
    if (s->answer != NONE)
      status = SAT_PROVED;
    else if (s->clauses >= clauses)
      status = SAT_LIMIT;
    else if (!piece (s, steps, &status)) {
      s->broken = true;
      s->agenda.size = 0;
      unify_reset (s->bank);
      status = SAT_FAULT;
    }
  }
  s->bound = UINT64_MAX;
  s->rewriter.journalling = false;
  return status;
}

const char *saturate_invariant (Saturation *s) {
  size_t units = 0, filed = 0;
  const char *wrong = rewrite_invariant (&s->rewriter);
  if (!wrong)
    wrong = tree_invariant (&s->from);
  if (!wrong)
    wrong = tree_invariant (&s->into);
  if (!wrong)
    wrong = tree_invariant (&s->equal);
  if (wrong)
    return wrong;
  for (uint32_t id = 0; id < s->clauses; id++) {
    const SatClause *c = s->clause + id;
    if (c->state == FRESH && id != s->answer && s->answer == NONE)
      return "a clause was left half-way";
    units += c->state == ACTIVE && is_unit (s, id);
    for (uint32_t i = 0; i < 2 * c->count; i++)
      if (literals (s, id)[i] != NONE &&
          literals (s, id)[i] >= s->bank->terms)
        return "a literal is no term";
  }
  if (units != s->units.size)
    return "the list of active units is wrong";
  for (size_t i = 0; i < s->table_size; i++)
    filed += s->table[i] != 0;
  if (filed != s->filed)
    return "the table of clauses is wrong";
  for (size_t i = 1; i < s->heaped; i++)
    if (s->heap[i] < s->heap[(i - 1) / 2])
      return "the heap is out of order";
  return NULL;
}
