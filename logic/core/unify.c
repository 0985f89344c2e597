#include "unify.h"

/* The first pairs of applications are not remembered as merged: in a small
   problem, writing that down costs more than comparing again.  It must be
   done from some point on, because it is what bounds the work where terms
   share, and where bindings run in a circle ends it at all. */
#define UNMERGED 40

/* Terms up to this weight are looked through for bound variables. */
#define SCANNED 16

/* Subterms of a pattern up to this weight are matched anew each time. */
#define SMALL 5

static int out_of_memory (Bank *b) {
  b->fault = FAULT_MEMORY;
  return -1;
}

static inline uint32_t find (Bank *b, uint32_t n) {
  uint32_t *link = b->link, up;
  while ((up = link[n])) {
    uint32_t top = link[up - 1];
    if (!top)
      return up - 1;
    link[n] = top; /* halve the path */
    n = top - 1;
  }
  return n;
}

static inline bool unite (Bank *b, Vec *list, uint32_t n, uint32_t into) {
  if (!vec_push (&b->mem, list, n))
    return false;
  b->link[n] = into + 1;
  return true;
}

static inline bool push_pair (Bank *b, Vec *v, uint32_t m, uint32_t n) {
  if (!vec_reserve (&b->mem, v, 2))
    return false;
  v->item[v->size++] = m;
  v->item[v->size++] = n;
  return true;
}

/* The last pair of applications pushed comes first: it is kept in `m` and
   `n`, and only what it displaces goes to the stack. */
static int merge (Bank *b, uint32_t m, uint32_t n) {
  Vec *stack = &b->stack, *later = &b->later;
  const Cell *cell = b->cell;
  const uint32_t *arg = b->arg;
  for (uint32_t unmerged = 0;;) {
    m = find (b, m);
    n = find (b, n);
    bool more = false;
    if (m != n) {
      uint32_t s = m >> 1, t = n >> 1;
      uint32_t hs = cell[s].head, ht = cell[t].head;
      if ((hs | ht) & VARIABLE) {
        if (sort_of (b, s) != sort_of (b, t))
          return 0;
        /* Of two variables the one of side 1 is bound. */
        if (ht & VARIABLE && !(hs & VARIABLE && m & 1 && !(n & 1))) {
          if (!unite (b, &b->trail, n, m))
            return -1;
        } else if (!unite (b, &b->trail, m, n))
          return -1;
      } else if ((hs ^ ht) & NUMBER || hs & ht & GROUND)
        return 0;
      else {
        if (unmerged++ > UNMERGED && !unite (b, &b->merged, m, n))
          return -1;
        uint32_t count = b->symbol[hs & NUMBER].arity;
        if (!vec_reserve (&b->mem, stack, 2 * (size_t) count) ||
            !vec_reserve (&b->mem, later, 2 * (size_t) count))
          return -1;
        const uint32_t *p = arg + cell[s].args, *q = arg + cell[t].args;
        uint32_t *open = stack->item + stack->size;
        uint32_t *put_off = later->item + later->size;
        unsigned sm = m & 1, sn = n & 1;
        for (uint32_t i = 0; i < count; i++) {
          uint32_t hp = cell[p[i]].head, hq = cell[q[i]].head;
          uint32_t x = 2 * p[i] + (hp & GROUND ? 0 : sm);
          uint32_t y = 2 * q[i] + (hq & GROUND ? 0 : sn);
          if (x == y)
            continue;
          if ((hp | hq) & VARIABLE) {
            *put_off++ = x;
            *put_off++ = y;
          } else if ((hp ^ hq) & NUMBER || hp & hq & GROUND)
            return 0;
          else {
            if (more) {
              *open++ = m;
              *open++ = n;
            }
            m = x;
            n = y;
            more = true;
          }
        }
        stack->size = (size_t) (open - stack->item);
        later->size = (size_t) (put_off - later->item);
      }
    }
    if (more)
      continue;
    Vec *from = stack->size ? stack : later;
    if (!from->size)
      return 1;
    n = from->item[--from->size];
    m = from->item[--from->size];
  }
}

enum { OPEN = 1, DONE = 2 };

static inline bool set_val (Bank *b, uint32_t n, uint32_t value) {
  if (!vec_push (&b->mem, &b->set, n))
    return false;
  b->val[n] = value;
  return true;
}

static void clear_val (Bank *b) {
  for (size_t i = 0; i < b->set.size; i++)
    b->val[b->set.item[i]] = 0;
  b->set.size = 0;
}

/* Does some way lead on from a node that represents its class: has its
   term a bound variable, or a part that was merged with another?  Small
   terms are looked through; of others it is supposed. */
static inline bool leads_on (const Bank *b, uint32_t n) {
  uint32_t todo[SCANNED], size = 1, t = n >> 1;
  unsigned side = n & 1;
  if (b->weight[t] > SCANNED)
    return true;
  todo[0] = t;
  while (size) {
    t = todo[--size];
    const uint32_t *args = arguments (b, t);
    uint32_t count = b->symbol[b->cell[t].head & NUMBER].arity;
    for (uint32_t i = 0; i < count; i++) {
      uint32_t head = b->cell[args[i]].head;
      if (head & GROUND)
        continue;
      if (b->link[2 * args[i] + side])
        return true;
      if (!(head & VARIABLE))
        todo[size++] = args[i];
    }
  }
  return false;
}

/* Is there no way from a bound variable down through arguments and
   bindings back to itself?  Depth first, on nodes that represent their
   class; `val` tells the nodes being visited from those done.  A term
   without a bound variable leads nowhere: mostly that settles it. */
static int acyclic (Bank *b) {
  Vec *stack = &b->stack;
  uint64_t bound = 0;
  for (size_t i = 0; i < b->trail.size; i++)
    bound |= b->mask[b->trail.item[i] >> 1];
  for (size_t i = 0; i < b->trail.size; i++) {
    uint32_t n = find (b, b->trail.item[i]);
    if (!(b->mask[n >> 1] & bound) || b->cell[n >> 1].head & VARIABLE ||
        b->val[n] == DONE || !leads_on (b, n))
      continue;
    stack->size = 0;
    if (!set_val (b, n, OPEN) || !push_pair (b, stack, n, 0))
      return -1;
    while (stack->size) {
      uint32_t *next = stack->item + stack->size - 1;
      n = next[-1];
      uint32_t t = n >> 1, count = arity (b, t);
      const uint32_t *args = arguments (b, t);
      uint32_t down = 0, k = *next;
      for (; k < count; k++) {
        uint32_t head = b->cell[args[k]].head;
        if (head & GROUND)
          continue;
        down = find (b, 2 * args[k] + (n & 1));
        if (!(b->mask[down >> 1] & bound) ||
            b->cell[down >> 1].head & VARIABLE)
          continue;
        if (b->val[down] == OPEN)
          return 0;
        if (!b->val[down] && leads_on (b, down))
          break;
      }
      if (k == count) {
        b->val[n] = DONE;
        stack->size -= 2;
        continue;
      }
      *next = k + 1;
      if (!set_val (b, down, OPEN) || !push_pair (b, stack, down, 0))
        return -1;
    }
  }
  return 1;
}

int unify (Bank *b, uint32_t s, uint32_t t, unsigned side) {
  if (!bank_workspace (b))
    return -1;
  uint32_t m = node_of (b, s, 0), n = node_of (b, t, side);
  if (m == n)
    return 1;
  b->stack.size = b->later.size = 0;
  int r = merge (b, m, n);
  if (r > 0)
    r = acyclic (b);
  clear_val (b);
  return r < 0 ? out_of_memory (b) : r;
}

void unify_reset (Bank *b) {
  for (size_t i = 0; i < b->trail.size; i++)
    b->link[b->trail.item[i]] = 0;
  for (size_t i = 0; i < b->merged.size; i++)
    b->link[b->merged.item[i]] = 0;
  b->trail.size = b->merged.size = 0;
  clear_val (b);
}

/*------------------------------------------------------------------------*/

int match (Bank *b, uint32_t pattern, uint32_t term) {
  return bank_workspace (b) ? match_more (b, pattern, term) : -1;
}

int match_more (Bank *b, uint32_t pattern, uint32_t term) {
  Vec *stack = &b->stack;
  stack->size = 0;
  uint32_t p = pattern, t = term;
  for (;;) {
    uint32_t hp = b->cell[p].head;
    if (hp & GROUND) {
      if (p != t)
        return 0;
    } else if (b->val[2 * p]) {
      if (b->val[2 * p] != t + 1)
        return 0;
    } else {
      bool variable = hp & VARIABLE;
      if (variable) {
        if (sort_of (b, p) != sort_of (b, t))
          return 0;
      } else if ((b->cell[t].head & ~GROUND) != hp ||
                 b->weight[p] > b->weight[t])
        return 0;
      if (variable || b->weight[p] > SMALL)
        if (!set_val (b, 2 * p, t + 1))
          return out_of_memory (b);
      if (!variable) {
        const uint32_t *x = arguments (b, p), *y = arguments (b, t);
        /* Pushed in reverse, so that arguments come left to right. */
        for (uint32_t k = b->symbol[hp].arity; k--;)
          if (!push_pair (b, stack, x[k], y[k]))
            return out_of_memory (b);
      }
    }
    if (!stack->size)
      return 1;
    t = stack->item[--stack->size];
    p = stack->item[--stack->size];
  }
}

bool unify_bind (Bank *b, uint32_t variable, unsigned side, uint32_t term) {
  if (set_val (b, 2 * variable + side, term + 1))
    return true;
  b->fault = FAULT_MEMORY;
  return false;
}

/* The image of a node that has no image yet, if it needs no building. */
static inline bool leaf (Bank *b, uint32_t n, Naming *names,
                         uint32_t *image) {
  uint32_t t = n >> 1, head = b->cell[t].head;
  if (head & VARIABLE) {
    if (names && names->fresh) {
      t = bank_variable (b, names->next, sort_of (b, t));
      if (t == NONE || !set_val (b, n, t + 1)) {
        b->fault = FAULT_MEMORY;
        t = NONE;
      } else
        names->next++;
    }
    *image = t;
    return true;
  }
  *image = t;
  return head & GROUND;
}

uint32_t unify_apply (Bank *b, uint32_t t, unsigned side, Naming *names) {
  Vec *stack = &b->stack, *built = &b->built;
  stack->size = built->size = 0;
  uint32_t n = find (b, node_of (b, t, side)), image;
  if (b->val[n])
    return b->val[n] - 1;
  if (leaf (b, n, names, &image))
    return image;
  if (!push_pair (b, stack, n, 0))
    goto memory;
  for (;;) {
    uint32_t *next = stack->item + stack->size - 1;
    n = next[-1];
    t = n >> 1;
    uint32_t count = arity (b, t), k = *next, down = 0;
    for (; k < count; k++) {
      down = find (b, node_of (b, arguments (b, t)[k], n & 1));
      if (b->val[down])
        image = b->val[down] - 1;
      else if (!leaf (b, down, names, &image))
        break;
      if (image == NONE)
        return NONE;
      if (!vec_push (&b->mem, built, image))
        goto memory;
    }
    if (k < count) {
      *next = k; /* come back here once its image is known */
      if (!push_pair (b, stack, down, 0))
        goto memory;
      continue;
    }
    built->size -= count;
    image = bank_app (b, number (b, t), built->item + built->size);
    if (image == NONE)
      return NONE;
    if (!set_val (b, n, image + 1))
      goto memory;
    stack->size -= 2;
    if (!stack->size)
      return image;
  }
memory:
  b->fault = FAULT_MEMORY;
  return NONE;
}

bool unify_variables (Bank *b, uint32_t t, Vec *out) {
  if (!bank_workspace (b))
    return false;
  Vec *stack = &b->stack;
  stack->size = 0;
  b->fault = FAULT_MEMORY;
  if (!vec_push (&b->mem, stack, t))
    return false;
  while (stack->size) {
    t = stack->item[--stack->size];
    uint32_t head = b->cell[t].head;
    if (head & GROUND || b->val[2 * t])
      continue;
    if (!set_val (b, 2 * t, t + 1))
      return false;
    if (head & VARIABLE) {
      if (!vec_push (&b->mem, out, t))
        return false;
      continue;
    }
    const uint32_t *args = arguments (b, t);
    for (uint32_t k = b->symbol[head].arity; k--;)
      if (!vec_push (&b->mem, stack, args[k]))
        return false;
  }
  b->fault = FAULT_NONE;
  return true;
}
