#include "rewrite.h"
#include "order.h"
#include "unify.h"

#include <string.h>

/* Heights of the conditions below a result; TAINTED is that of a result
   that hangs on a condition cut off at REWRITE_NEST. */
#define TAINTED 15u
#define STAMP_MAX (UINT32_MAX >> 4)

static uint32_t no_memory (Rewriter *w) {
  w->bank->fault = FAULT_MEMORY;
  return NONE;
}

bool rewrite_init (Rewriter *w, Bank *b) {
  memset (w, 0, sizeof *w);
  w->bank = b;
  w->stamp = w->base = 1;
  w->epoch = b->epoch;
  w->built = true;
  bank_join (b, &w->client);
  return tree_init (&w->tree, b);
}

void rewrite_free (Rewriter *w) {
  Bank *b = w->bank;
  if (!b)
    return;
  bank_leave (&w->client);
  tree_free (&w->tree);
  mem_free (&b->mem, w->rule, w->rule_cap * sizeof *w->rule);
  for (int i = 0; i < ORDER_MODES; i++)
    mem_free (&b->mem, w->memo[i], w->memo_size[i] * sizeof **w->memo);
  vec_free (&b->mem, &w->condition);
  vec_free (&b->mem, &w->frames);
  vec_free (&b->mem, &w->values);
  vec_free (&b->mem, &w->pending);
  vec_free (&b->mem, &w->journal);
  values_free (&b->mem, &w->found);
  memset (w, 0, sizeof *w);
}

/* The rules have changed: no result kept so far counts.  Where rules were
   only added or retired, and none has conditions, what was normal need
   only be tried with the new ones. */
static void forget (Rewriter *w, bool grown) {
  if (!grown || w->conditional)
    w->base++;
  if (++w->stamp < STAMP_MAX)
    return;
  w->stamp = 1;
  for (int i = 0; i < ORDER_MODES; i++)
    if (w->memo[i])
      memset (w->memo[i], 0, w->memo_size[i] * sizeof **w->memo);
}

/*------------------------------------------------------------------------*/

/* Has `other`, or a condition, a variable that the pattern lacks? */
static int lacks (Rewriter *w, uint32_t pattern, uint32_t other,
                  const Rule *r) {
  Bank *b = w->bank;
  Vec *vars = &w->pending;
  vars->size = 0;
  bool ok = unify_variables (b, pattern, vars);
  size_t own = vars->size;
  ok = ok && unify_variables (b, other, vars);
  for (uint32_t k = 0; ok && k < 2 * r->conditions; k++)
    ok = unify_variables (b, w->condition.item[r->from + k], vars);
  unify_reset (b);
  size_t all = vars->size;
  vars->size = 0;
  return ok ? all > own : -1;
}

static bool orient (Rewriter *w, Rule *r) {
  if (r->retired) {
    r->use = 0;
    return true;
  }
  int c = order_compare (w->bank, r->left, r->right, ORDER_PLAIN);
  if (c == ORDER_FAULT)
    return false;
  r->use = c == ORDER_GREATER ? 1 : c == ORDER_LESS ? 2 :
           c == ORDER_EQUAL ? 0 : 3;
  r->check = c == ORDER_NONE;
  for (int way = 0; way < 2; way++) {
    if (!(r->use >> way & 1))
      continue;
    int bad = way ? lacks (w, r->right, r->left, r)
                  : lacks (w, r->left, r->right, r);
    if (bad < 0)
      return false;
    if (bad)
      r->use &= (uint8_t) ~(1u << way);
  }
  return true;
}

static bool file (Rewriter *w, size_t id) {
  const Rule *r = w->rule + id;
  for (int way = 0; way < 2; way++)
    if (r->use >> way & 1)
      if (!tree_insert (&w->tree, way ? r->right : r->left,
                        (int64_t) (2 * id) + way)) {
        if (way && r->use & 1 &&
            tree_remove (&w->tree, r->left, (int64_t) (2 * id)) < 0)
          w->built = false;
        return false;
      }
  return true;
}

int64_t rewrite_add (Rewriter *w, uint32_t left, uint32_t right,
                     const uint32_t *conditions, uint32_t pairs,
                     int64_t tag) {
  Bank *b = w->bank;
  Rule r = {left, right, pairs, w->condition.size, left, 0, 0, false, tag};
  if (right > r.top)
    r.top = right;
  if (!vec_reserve (&b->mem, &w->condition, 2 * (size_t) pairs) ||
      !mem_grow (&b->mem, &w->rule, &w->rule_cap, w->rules + 1,
                 sizeof *w->rule)) {
    b->fault = FAULT_MEMORY;
    return -2;
  }
  for (uint32_t k = 0; k < 2 * pairs; k++) {
    w->condition.item[w->condition.size++] = conditions[k];
    if (conditions[k] > r.top)
      r.top = conditions[k];
  }
  if (w->rules && w->rule[w->rules - 1].top > r.top)
    r.top = w->rule[w->rules - 1].top;
  int64_t id = (int64_t) w->rules;
  if (!orient (w, &r))
    id = -2;
  else if (!r.use)
    id = -1;
  else {
    w->rule[w->rules] = r;
    if (!file (w, w->rules))
      id = -2;
  }
  if (id < 0) {
    w->condition.size = r.from;
    return id;
  }
  w->rules++;
  w->conditional |= pairs > 0;
  forget (w, true);
  return id;
}

void rewrite_release (Rewriter *w, size_t rules) {
  while (w->rules > rules) {
    size_t id = --w->rules;
    Rule *r = w->rule + id;
    /* A pattern that the bank has released cannot be followed down the
       tree: build the tree anew. */
    if (r->top >= w->client.low || w->epoch != w->bank->epoch)
      w->built = false;
    for (int way = 0; way < 2 && w->built; way++)
      if (r->use >> way & 1 &&
          tree_remove (&w->tree, way ? r->right : r->left,
                       (int64_t) (2 * id) + way) < 0)
        w->built = false;
    w->condition.size = r->from;
  }
  forget (w, false);
}

bool rewrite_retire (Rewriter *w, size_t id) {
  Rule *r = w->rule + id;
  for (int way = 0; way < 2; way++) {
    if (!(r->use >> way & 1))
      continue;
    if (tree_remove (&w->tree, way ? r->right : r->left,
                     (int64_t) (2 * id) + way) < 0)
      return false;
    r->use &= (uint8_t) ~(1u << way);
  }
  r->retired = true;
  forget (w, true);
  return true;
}

void rewrite_begin (Rewriter *w) {
  w->journalling = true;
  w->journal.size = 0;
}

void rewrite_rollback (Rewriter *w, uint32_t terms) {
  for (size_t i = 0; i < w->journal.size; i++) {
    uint32_t t = w->journal.item[i];
    for (int mode = 0; mode < ORDER_MODES; mode++) {
      RewriteMemo *m = w->memo[mode] + t;
      if (t < w->memo_size[mode] && (t >= terms || m->normal >= terms))
        m->stamp = m->base = 0;
    }
  }
  w->journal.size = 0;
}

bool rewrite_sync (Rewriter *w) {
  Bank *b = w->bank;
  uint32_t low = w->client.low;
  b->fault = FAULT_NONE;
  if (low != NONE) {
    if (w->rules && w->rule[w->rules - 1].top >= low)
      return false;
    for (int i = 0; i < ORDER_MODES; i++)
      for (size_t t = 0; t < w->memo_size[i]; t++)
        if (t >= low || w->memo[i][t].normal >= low)
          w->memo[i][t].stamp = w->memo[i][t].base = 0;
    w->client.low = NONE;
  }
  if (w->built && w->epoch == b->epoch)
    return true;
  w->built = false;
  tree_free (&w->tree);
  if (!tree_init (&w->tree, b))
    return false;
  for (size_t id = 0; id < w->rules; id++)
    if (!orient (w, w->rule + id) || !file (w, id))
      return false;
  w->built = true;
  w->epoch = b->epoch;
  forget (w, false);
  return true;
}

/*------------------------------------------------------------------------*/

static uint32_t recall (Rewriter *w, uint32_t t, int mode, unsigned level,
                        uint32_t *height) {
  if (t >= w->memo_size[mode])
    return NONE;
  const RewriteMemo *m = w->memo[mode] + t;
  if (m->stamp >> 4 != w->stamp || level + (m->stamp & 15) > REWRITE_NEST)
    return NONE;
  *height = m->stamp & 15;
  return m->normal;
}

static void keep (Rewriter *w, uint32_t t, int mode, uint32_t normal,
                  uint32_t height) {
  if (height >= TAINTED)
    return;
  size_t size = w->memo_size[mode];
  if (t >= size) {
    size_t want = w->bank->cell_cap;
    RewriteMemo *m = mem_resize (&w->bank->mem, w->memo[mode],
                                 size * sizeof *m, want * sizeof *m);
    if (!m)
      return; /* it will be computed again */
    memset (m + size, 0, (want - size) * sizeof *m);
    w->memo[mode] = m;
    w->memo_size[mode] = want;
  }
  if (w->journalling && !vec_push (&w->bank->mem, &w->journal, t))
    return;
  w->memo[mode][t] = (RewriteMemo) {normal, w->stamp << 4 | height, w->base,
                                    (uint32_t) w->rules};
}

/* Rules before this one are known not to rewrite t at its root. */
static uint32_t tried (const Rewriter *w, uint32_t t, int mode) {
  if (t >= w->memo_size[mode])
    return 0;
  const RewriteMemo *m = w->memo[mode] + t;
  return m->base == w->base && m->normal == t ? m->since : 0;
}

typedef struct {
  uint32_t term, normal_args, at, state, height;
} Frame;

enum { START, ARGS, TAIL };

#define FRAME_WORDS (sizeof (Frame) / sizeof (uint32_t))

static Frame *frame_at (Rewriter *w, size_t at) {
  return (Frame *) (w->frames.item + at);
}

static bool spend (Rewriter *w) {
  if (w->steps--)
    return true;
  w->steps = 0;
  w->bank->fault = FAULT_STEPS;
  return false;
}

/* A trace longer than this many words ends as if the steps had run out:
   at great depth the paths alone would fill the memory. */
#define TRACE_WORDS ((size_t) 1 << 24)

/* Write down that rule `value` fires on t, in the frame at `top`. */
static bool record (Rewriter *w, size_t base, size_t top, int64_t value,
                    uint32_t pattern, uint32_t t) {
  Bank *b = w->bank;
  Mem *m = &b->mem;
  Vec *v = w->trace;
  if (v->size + (top - base) / FRAME_WORDS > TRACE_WORDS) {
    b->fault = FAULT_STEPS;
    return false;
  }
  bool ok = vec_push (m, v, (uint32_t) (value >> 1)) &&
            vec_push (m, v, value & 1) && vec_push (m, v, 0);
  size_t length = v->size - 1, count = 0;
  for (size_t i = base; ok && i < top; i += FRAME_WORDS)
    if (frame_at (w, i)->state == ARGS) {
      ok = vec_push (m, v, frame_at (w, i)->at);
      count++;
    }
  if (ok)
    v->item[length] = (uint32_t) count;
  ok = ok && match (b, pattern, t) > 0 && vec_push (m, v, 0);
  length = v->size - 1;
  count = 0;
  for (size_t i = 0; ok && i < b->set.size; i++) {
    uint32_t x = b->set.item[i] >> 1;
    if (!is_variable (b, x))
      continue;
    ok = vec_push (m, v, x) && vec_push (m, v, match_image (b, x));
    count++;
  }
  if (ok)
    v->item[length] = (uint32_t) count;
  unify_reset (b);
  if (!ok)
    b->fault = FAULT_MEMORY;
  return ok;
}

static uint32_t evaluate (Rewriter *, uint32_t, int, unsigned, uint32_t *);

/* 1: all conditions hold, 0: not, -1: fault.  They stand instantiated in
   `pending` from `from` on. */
static int hold (Rewriter *w, size_t from, int mode, unsigned level,
                 uint32_t *height) {
  for (size_t i = from; i < w->pending.size; i += 2) {
    if (level >= REWRITE_NEST) {
      *height = TAINTED;
      return 0;
    }
    uint32_t side[2];
    for (int k = 0; k < 2; k++) {
      uint32_t below = 0;
      if (!spend (w))
        return -1;
      side[k] = evaluate (w, w->pending.item[i + k], mode, level + 1,
                          &below);
      if (side[k] == NONE)
        return -1;
      below = below >= TAINTED ? TAINTED : below + 1;
      if (below > *height)
        *height = below;
    }
    if (side[0] != side[1])
      return 0;
  }
  return 1;
}

/* One step at the root of t, whose arguments are normal: the reduct, t if
   there is none, NONE on fault. */
static uint32_t step (Rewriter *w, uint32_t t, int mode, unsigned level,
                      uint32_t *height, size_t base, size_t top) {
  Bank *b = w->bank;
  size_t from = w->found.size, pending = w->pending.size;
  uint32_t result = t;
  if (!tree_find (&w->tree, t, &w->found))
    result = NONE;
  size_t end = w->found.size;
  Vec *trace = w->trace;
  int64_t first = 2 * (int64_t) tried (w, t, mode);
  for (size_t i = from; i < end && result == t; i++) {
    int64_t value = w->found.item[i];
    if (value < first)
      continue;
    const Rule *r = w->rule + (value >> 1);
    uint32_t pattern = value & 1 ? r->right : r->left;
    uint32_t other = value & 1 ? r->left : r->right;
    int yes = match (b, pattern, t);
    uint32_t reduct = yes > 0 ? unify_apply (b, other, 0, NULL) : NONE;
    for (uint32_t k = 0; reduct != NONE && k < 2 * r->conditions; k++) {
      uint32_t c = w->condition.item[r->from + k];
      c = unify_apply (b, c, 0, NULL);
      if (c == NONE || !vec_push (&b->mem, &w->pending, c))
        reduct = no_memory (w);
    }
    unify_reset (b);
    if (reduct == NONE) {
      result = yes ? NONE : t;
      continue;
    }
    yes = r->check ? order_greater (b, t, reduct, mode) : reduct != t;
    if (yes > 0 && r->conditions) {
      w->trace = NULL;
      yes = hold (w, pending, mode, level, height);
      w->trace = trace;
    }
    w->pending.size = pending;
    if (yes < 0 || (yes && !spend (w)))
      result = NONE;
    else if (yes) {
      result = reduct;
      if (trace && !record (w, base, top, value, pattern, t))
        result = NONE;
    }
  }
  w->found.size = from;
  w->pending.size = pending;
  return result;
}

/* The normal form of t, with an explicit stack: a frame for each term on
   the way down, its normalised arguments collected in `values`. */
static uint32_t evaluate (Rewriter *w, uint32_t t, int mode,
                          unsigned level, uint32_t *height) {
  Bank *b = w->bank;
  Mem *m = &b->mem;
  size_t base = w->frames.size, bottom = w->values.size;
  uint32_t result = NONE, below = 0;
  if (!vec_reserve (m, &w->frames, FRAME_WORDS))
    return no_memory (w);
  *frame_at (w, base) = (Frame) {t, t, 0, START, 0};
  w->frames.size += FRAME_WORDS;
  while (w->frames.size > base) {
    size_t top = w->frames.size - FRAME_WORDS;
    Frame *f = frame_at (w, top);
    uint32_t next = NONE;
    if (result != NONE) { /* the frame above has finished */
      if (below > f->height)
        f->height = below;
      if (f->state == ARGS) {
        if (!vec_push (m, &w->values, result))
          goto memory;
        f->at++;
        result = NONE;
      }
    } else if (f->state == START) {
      result = recall (w, f->term, mode, level, &below);
      if (result != NONE && (!w->trace || result == f->term)) {
        w->frames.size = top;
        continue;
      }
      result = NONE;
      if (w->trace && !spend (w))
        goto fault;
      f->state = ARGS;
    }
    if (f->state == ARGS) {
      uint32_t n = arity (b, f->term);
      if (f->at < n)
        next = arguments (b, f->term)[f->at];
      else {
        uint32_t u = f->term;
        if (n) {
          w->values.size -= n;
          const uint32_t *now = w->values.item + w->values.size;
          if (memcmp (now, arguments (b, u), n * sizeof *now))
            u = bank_app (b, number (b, u), now);
          if (u == NONE)
            goto fault;
        }
        f->normal_args = u;
        f->state = TAIL;
        uint32_t h = f->height, known = NONE;
        if (u != f->term && !w->trace)
          known = recall (w, u, mode, level, &below);
        if (known != NONE) {
          result = known;
          if (below > f->height)
            f->height = below;
        } else {
          next = step (w, u, mode, level, &h, base, top);
          f = frame_at (w, top); /* step may have moved the stack */
          f->height = h;
          if (next == NONE)
            goto fault;
          if (next == u) {
            result = u;
            next = NONE;
          }
        }
      }
    }
    if (next != NONE) {
      if (!vec_reserve (m, &w->frames, FRAME_WORDS))
        goto memory;
      *frame_at (w, w->frames.size) = (Frame) {next, next, 0, START, 0};
      w->frames.size += FRAME_WORDS;
      continue;
    }
    if (f->state == TAIL) { /* here the result is known */
      below = f->height;
      keep (w, f->term, mode, result, below);
      if (f->normal_args != f->term)
        keep (w, f->normal_args, mode, result, below);
      w->frames.size = top;
    }
  }
  *height = below;
  return result;
memory:
  no_memory (w);
fault:
  w->frames.size = base;
  w->values.size = bottom;
  return NONE;
}

uint32_t rewrite_normalise (Rewriter *w, uint32_t t, int mode,
                            uint64_t steps) {
  uint32_t height = 0;
  w->steps = steps;
  w->trace = NULL;
  return evaluate (w, t, mode, 0, &height);
}

uint32_t rewrite_trace (Rewriter *w, uint32_t t, int mode, uint64_t steps,
                        Vec *trace) {
  /* Normalised first without a trace, the terms that are normal are known
     and the traced run does not enter them. */
  if (rewrite_normalise (w, t, mode, steps) == NONE)
    return NONE;
  uint32_t height = 0;
  w->steps = steps > UINT64_MAX / 64 ? steps : 64 * steps + 64;
  w->trace = trace;
  uint32_t result = evaluate (w, t, mode, 0, &height);
  w->trace = NULL;
  return result;
}

const char *rewrite_invariant (Rewriter *w) {
  size_t filed = 0;
  if (!w->built)
    return NULL;
  for (size_t i = 0; i < w->rules; i++)
    filed += (w->rule[i].use & 1) + (w->rule[i].use >> 1);
  if (filed != w->tree.live_entries)
    return "the tree does not hold each direction once";
  if (w->frames.size || w->values.size || w->found.size || w->pending.size)
    return "a stack is not empty";
  return tree_invariant (&w->tree);
}
