#include "order.h"

#include <stdlib.h>

/* Pairs below this total weight are decided anew each time. */
#define SMALL 12

/* Deciding more pairs of subterms than this is too much. */
#define PAIRS 4000000

/* How far the table of answers may grow before it is emptied. */
#define KEEP 65536

static bool above (const Bank *b, uint32_t f, uint32_t g) {
  return b->symbol[f].rank > b->symbol[g].rank;
}

static bool later (const Bank *b, uint32_t x, uint32_t y) {
  const Variable *v = b->variable + number (b, x);
  const Variable *w = b->variable + number (b, y);
  return v->sort != w->sort ? v->sort > w->sort : v->index > w->index;
}

/* Does x occur in t, or, where variables are ranked, one above x?  The
   mask is exact for the first 63 variables; else the term is searched,
   each subterm once. */
static int reaches (Bank *b, uint32_t x, uint32_t t, int mode) {
  uint64_t bit = b->mask[x];
  bool ranked = mode == ORDER_RANKED;
  if (b->mask[t] & bit && !(bit >> 63))
    return 1;
  if (!ranked && !(b->mask[t] & bit))
    return 0;
  if (!bank_workspace (b))
    return -1;
  /* May be called while the workspace's stack is in use: keep to one's own
     part of it. */
  Vec *stack = &b->stack, *set = &b->set;
  size_t base = stack->size, first = set->size;
  int r = vec_push (&b->mem, stack, t) ? 0 : -1;
  while (!r && stack->size > base) {
    t = stack->item[--stack->size];
    if (is_variable (b, t)) {
      r = t == x || (ranked && later (b, t, x));
      continue;
    }
    if (is_ground (b, t) || b->val[2 * t] || (!ranked && !(b->mask[t] & bit)))
      continue;
    if (!vec_push (&b->mem, set, 2 * t)) {
      r = -1;
      break;
    }
    b->val[2 * t] = 1;
    for (uint32_t k = 0; k < arity (b, t) && r >= 0; k++)
      if (!vec_push (&b->mem, stack, arguments (b, t)[k]))
        r = -1;
  }
  stack->size = base;
  while (set->size > first)
    b->val[set->item[--set->size]] = 0;
  if (r < 0)
    b->fault = FAULT_MEMORY;
  return r;
}

/*------------------------------------------------------------------------*/

static size_t slot_of (const Bank *b, uint32_t s, uint32_t t) {
  uint64_t h = ((uint64_t) s << 32 | t) * 0x9e3779b97f4a7c15u;
  return (h ^ h >> 32) & (b->memo_size - 1);
}

static bool live (const Bank *b, const OrderMemo *m) {
  return m->stamp >> 2 == b->memo_stamp >> 2;
}

static int recall (const Bank *b, uint32_t s, uint32_t t, int mode) {
  if (!b->memo_used)
    return -1;
  uint32_t stamp = b->memo_stamp | (uint32_t) mode;
  for (size_t i = slot_of (b, s, t);; i = (i + 1) & (b->memo_size - 1)) {
    const OrderMemo *m = b->memo + i;
    if (!live (b, m))
      return -1;
    if (m->left == s && m->right == t && m->stamp == stamp)
      return (int) m->answer;
  }
}

/* What cannot be kept is decided again: running out of memory here costs
   time, not correctness. */
static void keep (Bank *b, uint32_t s, uint32_t t, int mode, bool yes) {
  if (b->memo_used >= b->memo_size / 2) {
    size_t old = b->memo_size, size = old ? 2 * old : 256;
    OrderMemo *memo = mem_zeroed (&b->mem, size * sizeof *memo), *was;
    if (!memo)
      return;
    was = b->memo;
    b->memo = memo;
    b->memo_size = size;
    for (size_t i = 0; i < old; i++)
      if (live (b, was + i)) {
        size_t k = slot_of (b, was[i].left, was[i].right);
        while (live (b, memo + k))
          k = (k + 1) & (size - 1);
        memo[k] = was[i];
      }
    mem_free (&b->mem, was, old * sizeof *memo);
  }
  size_t i = slot_of (b, s, t);
  while (live (b, b->memo + i))
    i = (i + 1) & (b->memo_size - 1);
  b->memo[i] = (OrderMemo) {s, t, b->memo_stamp | (uint32_t) mode, yes};
  b->memo_used++;
}

/*------------------------------------------------------------------------*/

/* What can be said of s > t at a glance: 1, 0, or -1 for "look closer",
   -2 for a fault. */
static int glance (Bank *b, uint32_t s, uint32_t t, int mode) {
  if (s == t)
    return 0;
  uint32_t hs = b->cell[s].head, ht = b->cell[t].head;
  if (ht & VARIABLE) {
    if (mode == ORDER_PLAIN || (mode == ORDER_RANKED && !(hs & VARIABLE))) {
      int r = hs & VARIABLE ? 0 : reaches (b, t, s, mode);
      return r < 0 ? -2 : r;
    }
    /* A term that is not a variable contains no greater constant than its
       own head, which lies above all rigid variables. */
    return hs & VARIABLE ? later (b, s, t) : 1;
  }
  if (hs & VARIABLE)
    return 0;
  if (mode == ORDER_PLAIN && b->mask[t] & ~b->mask[s])
    return 0;
  uint32_t f = hs & NUMBER, g = ht & NUMBER;
  if (!b->symbol[f].arity)
    return b->symbol[g].arity ? (above (b, f, g) ? -1 : 0) : above (b, f, g);
  return -1;
}

typedef struct {
  uint32_t s, t, at, phase;
} Frame;

enum { ENTER, FIRST, REST, SUBTERM };

static int lpo_greater (Bank *b, uint32_t s, uint32_t t, int mode) {
  int r = glance (b, s, t, mode);
  if (r >= -2 && r != -1)
    return r == -2 ? -1 : r;
  Vec *stack = &b->frames;
  const size_t unit = sizeof (Frame) / sizeof (uint32_t);
  size_t base = stack->size;
  bool answered = false, yes = false;
  for (uint32_t pairs = 0;;) {
    /* Here either (s, t) is to be decided, or `yes` is the answer that
       the frame on top has been waiting for. */
    if (!answered) {
      bool many = ++pairs > PAIRS;
      if (many || !vec_reserve (&b->mem, stack, unit)) {
        stack->size = base;
        b->fault = many ? FAULT_LARGE : FAULT_MEMORY;
        return -1;
      }
      *(Frame *) (stack->item + stack->size) = (Frame) {s, t, 0, ENTER};
      stack->size += unit;
    }
    Frame *frame = (Frame *) (stack->item + stack->size - unit);
    uint32_t fs = frame->s, ft = frame->t;
    uint32_t f = number (b, fs), g = number (b, ft);
    const uint32_t *ps = arguments (b, fs), *pt = arguments (b, ft);
    uint32_t ns = b->symbol[f].arity, nt = b->symbol[g].arity;
    int result = -1;

    if (frame->phase == ENTER) {
      if (f == g) {
        uint32_t k = 0;
        while (ps[k] == pt[k])
          k++;
        frame->phase = FIRST;
        frame->at = k;
      } else {
        frame->phase = above (b, f, g) ? REST : SUBTERM;
        frame->at = 0;
      }
    }
    while (result < 0) {
      uint32_t x, y;
      if (frame->phase == FIRST) {
        x = ps[frame->at], y = pt[frame->at];
      } else if (frame->phase == REST) {
        if (frame->at == nt) {
          result = 1;
          break;
        }
        x = fs, y = pt[frame->at];
      } else {
        if (frame->at == ns) {
          result = 0;
          break;
        }
        x = ps[frame->at], y = ft;
        if (x == y) {
          result = 1;
          break;
        }
      }
      int r;
      if (answered) {
        r = yes;
        answered = false;
      } else {
        r = glance (b, x, y, mode);
        if (r == -2) {
          stack->size = base;
          return -1;
        }
        if (r == -1)
          r = recall (b, x, y, mode);
        if (r == -1) {
          s = x, t = y;
          break;
        }
      }
      if (frame->phase == SUBTERM) {
        if (r)
          result = 1;
        else
          frame->at++;
      } else if (r) {
        frame->phase = REST;
        frame->at++;
      } else if (frame->phase == FIRST) {
        /* An earlier argument of s is one of t, and if this one were at
           least t it would be greater than t's: only later ones can be. */
        frame->phase = SUBTERM;
        frame->at++;
      } else /* an argument of s above t would be above this one, too */
        result = 0;
    }
    if (result < 0) { /* decide (s, t) first */
      answered = false;
      continue;
    }
    if ((uint64_t) b->weight[fs] + b->weight[ft] >= SMALL)
      keep (b, fs, ft, mode, result);
    stack->size -= unit;
    if (stack->size == base)
      return result;
    answered = true;
    yes = result;
  }
}

/*------------------------------------------------------------------------*/

static int descending (const void *p, const void *q) {
  uint32_t a = *(const uint32_t *) p, c = *(const uint32_t *) q;
  return (a < c) - (a > c);
}

/* Terms up to this weight are counted through as trees. */
#define COUNTED 40

/* Add what variables occur in a small term to counts by variable. */
static uint32_t tally (const Bank *b, uint32_t t, int by, uint32_t *name,
                       int *count, uint32_t n) {
  uint32_t todo[COUNTED], size = 1;
  todo[0] = t;
  while (size) {
    t = todo[--size];
    uint32_t head = b->cell[t].head;
    if (head & GROUND)
      continue;
    if (!(head & VARIABLE)) {
      const uint32_t *args = arguments (b, t);
      for (uint32_t k = b->symbol[head].arity; k--;)
        todo[size++] = args[k];
      continue;
    }
    uint32_t i = 0;
    while (i < n && name[i] != t)
      i++;
    if (i == n) {
      name[n] = t;
      count[n++] = 0;
    }
    count[i] += by;
  }
  return n;
}

static int covers_small (const Bank *b, uint32_t s, uint32_t t) {
  uint32_t name[2 * COUNTED];
  int count[2 * COUNTED];
  uint32_t n = tally (b, s, 1, name, count, 0), all;
  all = tally (b, t, -1, name, count, n);
  if (all > n)
    return 0;
  for (uint32_t i = 0; i < n; i++)
    if (count[i] < 0)
      return 0;
  return 1;
}

/* Does every variable occur in s at least as often as in t?  Occurrences
   are counted on the shared graph: subterms from the youngest down pass
   their count on to their arguments. */
static int covers (Bank *b, uint32_t s, uint32_t t) {
  if (is_ground (b, t))
    return 1;
  if (b->mask[t] & ~b->mask[s])
    return 0;
  if (b->weight[s] <= COUNTED && b->weight[t] <= COUNTED)
    return covers_small (b, s, t);
  if (!bank_workspace (b))
    return -1;
  Vec all = {0};
  int64_t *count = NULL;
  size_t n = 0;
  int r = -1;
  b->stack.size = 0;
  if (!vec_push (&b->mem, &b->stack, s) || !vec_push (&b->mem, &b->stack, t))
    goto done;
  while (b->stack.size) {
    uint32_t u = b->stack.item[--b->stack.size];
    if (is_ground (b, u) || b->val[2 * u])
      continue;
    if (!vec_push (&b->mem, &all, u))
      goto done;
    b->val[2 * u] = 1;
    for (uint32_t k = 0; k < arity (b, u); k++)
      if (!vec_push (&b->mem, &b->stack, arguments (b, u)[k]))
        goto done;
  }
  n = all.size;
  qsort (all.item, n, sizeof *all.item, descending);
  count = mem_zeroed (&b->mem, n * sizeof *count);
  if (!count)
    goto done;
  for (size_t i = 0; i < n; i++)
    b->val[2 * all.item[i]] = (uint32_t) i + 1;
  if (b->val[2 * s])
    count[b->val[2 * s] - 1]++;
  count[b->val[2 * t] - 1]--;
  r = 1;
  for (size_t i = 0; i < n && r; i++) {
    uint32_t u = all.item[i];
    if (is_variable (b, u))
      r = count[i] >= 0;
    else
      for (uint32_t k = 0; k < arity (b, u); k++) {
        uint32_t a = b->val[2 * arguments (b, u)[k]];
        if (a)
          count[a - 1] += count[i]; /* weights below 2^32 bound it */
      }
  }
done:
  for (size_t i = 0; i < all.size; i++)
    b->val[2 * all.item[i]] = 0;
  mem_free (&b->mem, count, n * sizeof *count);
  vec_free (&b->mem, &all);
  if (r < 0)
    b->fault = FAULT_MEMORY;
  return r;
}

static int kbo_greater (Bank *b, uint32_t s, uint32_t t, int mode) {
  if (b->weight[s] == UINT32_MAX || b->weight[t] == UINT32_MAX) {
    b->fault = FAULT_LARGE;
    return -1;
  }
  for (;;) {
    if (s == t)
      return 0;
    if (b->weight[s] < b->weight[t])
      return 0;
    bool vs = is_variable (b, s), vt = is_variable (b, t);
    if (mode != ORDER_RIGID) { /* ranks would not help much: ignored */
      int r = covers (b, s, t);
      if (r <= 0)
        return r;
      if (vs || vt)
        return vt && !vs; /* t occurs in s, says `covers` */
    }
    if (b->weight[s] > b->weight[t])
      return 1;
    if (vs || vt)
      return vs ? vt && later (b, s, t) : 1;
    uint32_t f = number (b, s), g = number (b, t);
    if (f != g)
      return above (b, f, g);
    const uint32_t *p = arguments (b, s), *q = arguments (b, t);
    uint32_t k = 0;
    while (p[k] == q[k])
      k++;
    s = p[k], t = q[k];
  }
}

/*------------------------------------------------------------------------*/

int order_greater (Bank *b, uint32_t s, uint32_t t, int mode) {
  if (b->order == ORDER_KBO)
    return kbo_greater (b, s, t, mode);
  if (b->memo_used > KEEP) {
    b->memo_used = 0;
    b->memo_stamp += 4; /* bank.c sees to it that this cannot wrap */
  }
  return lpo_greater (b, s, t, mode);
}

int order_compare (Bank *b, uint32_t s, uint32_t t, int mode) {
  if (s == t)
    return ORDER_EQUAL;
  int r = order_greater (b, s, t, mode);
  if (r)
    return r < 0 ? ORDER_FAULT : ORDER_GREATER;
  r = order_greater (b, t, s, mode);
  if (r)
    return r < 0 ? ORDER_FAULT : ORDER_LESS;
  return ORDER_NONE;
}
