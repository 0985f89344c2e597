#include "simplify.h"
#include "clause.h"
#include "order.h"
#include "unify.h"

#include <string.h>

/* Rewriting one side may take this many steps; a term that needs more is
   left as it is. */
#define NORMAL_STEPS 20000

/* A clause heavier than this has too many places to draw inferences. */
#define HEAVY 20000

/* Units with more variables are not tested in every ordering of them. */
#define RANKED_VARIABLES 4

static bool is_constructor (const Bank *b, uint32_t t) {
  return !is_variable (b, t) && b->symbol[number (b, t)].constructor;
}

bool simplify_term (Saturation *s, uint32_t t, int mode, uint32_t *out) {
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

int simplify_instance (Saturation *s, uint32_t l, uint32_t r) {
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
    ok = simplify_term (s, side[k], ORDER_RANKED, side + k);
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
    bool ok = clause_name (s, a, n, true, &names, &s->other);
    unify_reset (b);
    if (!ok)
      return -1;
  }
  Naming names = {true, 0};
  bool ok = clause_name (s, a, n, swapped, &names, &s->form);
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
  uint32_t id = clause_push (s, s->form.item, n);
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
       clause_name (s, s->now.item, n, swapped, &names, &s->other) &&
       clause_bindings (s, &s->scratch, 0, &names) &&
       put (s, &s->records, swapped);
  unify_reset (b);
  if (ok)
    return id;
  clause_truncate (s, id);
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
    id = clause_derive (s, kind, parent, extra, NONE, d->item,
                       (uint32_t) (d->size / 2));
    if (id == NONE || !put (s, &s->agenda, id))
      return false;
  }
  return true;
}

int simplify_clause (Saturation *s, uint32_t id) {
  Bank *b = s->bank;
  uint32_t n = s->clause[id].count;
  bool changed = false;
  s->now.size = 0;
  for (uint32_t i = 0; i < 2 * n; i++) {
    uint32_t t = literals (s, id)[i], u = t;
    if (t != NONE && !simplify_term (s, t, ORDER_PLAIN, &u))
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
    int yes = simplify_instance (s, a[0], a[1]);
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
  if (new == id && clause_is_filed (s, id))
    return 1;
  if (s->table[clause_slot (s, literals (s, new), n)])
    return drop (s, new);
  if (s->clause[new].weight > s->bound || s->clause[new].weight > HEAVY) {
    s->incomplete = true;
    return drop (s, new);
  }
  s->counts.kept++;
  return clause_file (s, new) && clause_enqueue (s, new) ? 0 : -1;
}

bool simplify_agenda (Saturation *s) {
  while (s->agenda.size && s->answer == NONE) {
    uint32_t id = s->agenda.item[--s->agenda.size];
    if (simplify_clause (s, id) < 0)
      return false;
  }
  s->agenda.size = 0;
  return true;
}
