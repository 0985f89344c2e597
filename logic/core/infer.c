#include "infer.h"
#include "clause.h"
#include "order.h"
#include "simplify.h"
#include "unify.h"

static bool add_task (Saturation *s, Task t) {
  if (!mem_grow (&s->bank->mem, &s->task, &s->task_cap, s->tasks + 1,
                 sizeof *s->task))
    return no_memory (s);
  s->task[s->tasks++] = t;
  return true;
}

bool infer_plan (Saturation *s, uint32_t id) {
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
    values_sort (&s->found, 0);
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

/*------------------------------------------------------------------------*/

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
    *id = clause_push (s, s->raw.item, n);
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
        !clause_bindings (s, vars, 0, &names) ||
        !clause_bindings (s, vars + 1, 1, &names))
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
  return clause_derive (s, RESOLVE, id, k - 1, k, s->raw.item, c->count - 1);
}

/* A conclusion that is trivial or an instance, seen before anything is
   written down. */
static int is_idle (Saturation *s) {
  uint32_t *a = s->raw.item, l, r;
  if (a[0] == NONE)
    return 0;
  if (a[0] == a[1])
    return 1;
  if (!simplify_term (s, a[0], ORDER_PLAIN, &l) ||
      !simplify_term (s, a[1], ORDER_PLAIN, &r))
    return -1;
  if (l == r)
    return 1;
  return s->raw.size == 2 ? simplify_instance (s, l, r) : 0;
}

bool infer_task (Saturation *s, Task task) {
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
    s->counts.conclusions += yes > 0;
  } else {
    yes = superpose (s, task, false, NULL);
    s->counts.conclusions += yes > 0;
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
  if (yes && (!put (s, &s->agenda, id) || !simplify_agenda (s)))
    return false;
  if (kept == s->counts.kept) {
    clause_truncate (s, clauses);
    rewrite_rollback (&s->rewriter, moment.terms);
    bank_rollback (b, moment);
  }
  return true;
}
