#include "active.h"
#include "clause.h"
#include "order.h"
#include "unify.h"

#include <string.h>

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

bool active_add (Saturation *s, uint32_t id) {
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

bool active_remove (Saturation *s, uint32_t id) {
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

bool active_backward (Saturation *s, uint32_t by) {
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
  ids_sort (a, n);
  for (size_t i = 0; i < n; i++)
    if (!i || a[i] != a[i - 1])
      s->backlog.item[end++] = a[i];
  s->backlog.size = end;
  for (size_t i = from; i < end; i++) {
    s->counts.backward++;
    if (!active_remove (s, s->backlog.item[i]))
      return false;
  }
  return true;
}
