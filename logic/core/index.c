#include "index.h"
#include "unify.h"

#include <stdlib.h>
#include <string.h>

#define ROOT 0u
#define PRINT_ROOT 1u

/* A bucket of the fingerprint tree that holds more falls apart. */
#define BUCKET 8

/* Positions sampled, the length first. */
#define POSITIONS 16
static const uint8_t positions[POSITIONS][5] = {
    {0},          {1, 0},       {1, 1},       {1, 2},
    {2, 0, 0},    {2, 1, 0},    {2, 0, 1},    {2, 1, 1},
    {2, 2, 0},    {2, 2, 1},    {3, 0, 0, 0}, {3, 1, 0, 0},
    {3, 0, 1, 0}, {3, 1, 1, 0}, {3, 0, 0, 1}, {4, 0, 0, 0, 0}};
#define VAR_LABEL ((uint64_t) 1 << 63)

/* Label of a variable: its number along the path, and its sort. */
static uint64_t variable_label (uint32_t k, uint32_t sort) {
  return VAR_LABEL | (uint64_t) k << 32 | sort;
}

/* What a fingerprint has where no symbol stands. */
enum { AT_VARIABLE, BELOW_VARIABLE, NOWHERE };

static uint32_t label_number (uint64_t label) {
  return (uint32_t) (label >> 32) & 0x7fffffffu;
}

static bool no_memory (Tree *r) {
  r->bank->fault = FAULT_MEMORY;
  return false;
}

bool values_push (Mem *m, Values *v, int64_t x) {
  if (v->size == v->cap &&
      !mem_grow (m, &v->item, &v->cap, v->size + 1, sizeof *v->item))
    return false;
  v->item[v->size++] = x;
  return true;
}

void values_free (Mem *m, Values *v) {
  mem_free (m, v->item, v->cap * sizeof *v->item);
  memset (v, 0, sizeof *v);
}

static int by_value (const void *p, const void *q) {
  int64_t a = *(const int64_t *) p, b = *(const int64_t *) q;
  return (a > b) - (a < b);
}

/* By eleven bits at a time; false where values do not fit in 32 bits, or
   there is no memory for a copy. */
static bool sort_digits (int64_t *a, size_t n) {
  int64_t all = 0, *copy, *from = a, *to;
  for (size_t i = 0; i < n; i++)
    all |= a[i];
  if (all < 0 || all > UINT32_MAX || !(copy = malloc (n * sizeof *copy)))
    return false;
  to = copy;
  for (int shift = 0; shift < 33 && all >> shift; shift += 11) {
    size_t start[2049] = {0};
    for (size_t i = 0; i < n; i++)
      start[(from[i] >> shift & 2047) + 1]++;
    for (size_t k = 1; k < 2048; k++)
      start[k] += start[k - 1];
    for (size_t i = 0; i < n; i++)
      to[start[from[i] >> shift & 2047]++] = from[i];
    int64_t *swap = from;
    from = to;
    to = swap;
  }
  if (from != a)
    memcpy (a, from, n * sizeof *a);
  free (copy);
  return true;
}

void values_sort (Values *v, size_t from) {
  size_t n = v->size - from;
  if (n < 2)
    return;
  int64_t *a = v->item + from;
  if (n > 16) {
    if (n < 1000 || !sort_digits (a, n))
      qsort (a, n, sizeof *a, by_value);
    return;
  }
  for (size_t i = 1; i < n; i++) {
    int64_t x = a[i];
    size_t j = i;
    for (; j && a[j - 1] > x; j--)
      a[j] = a[j - 1];
    a[j] = x;
  }
}

/*------------------------------------------------------------------------*/

static size_t slot_of (const Tree *r, uint32_t parent, uint64_t label) {
  uint64_t h = (label ^ (uint64_t) parent << 30) * 0x9e3779b97f4a7c15u;
  h = (h ^ h >> 32 ^ parent) * 0xd6e8feb86659fd93u;
  return (h ^ h >> 32) & (r->table_size - 1);
}

static uint32_t symbol_child (const Tree *r, uint32_t parent, uint32_t f) {
  size_t i = slot_of (r, parent, f);
  for (; r->table[i]; i = (i + 1) & (r->table_size - 1)) {
    const TreeNode *n = r->node + r->table[i] - 1;
    if (n->parent == parent && n->label == f)
      return r->table[i] - 1;
  }
  return NONE;
}

static void place (Tree *r, uint32_t n) {
  size_t i = slot_of (r, r->node[n].parent, r->node[n].label);
  while (r->table[i])
    i = (i + 1) & (r->table_size - 1);
  r->table[i] = n + 1;
}

static void unplace (Tree *r, uint32_t n) {
  size_t mask = r->table_size - 1;
  size_t i = slot_of (r, r->node[n].parent, r->node[n].label);
  while (r->table[i] != n + 1)
    i = (i + 1) & mask;
  /* Move up whatever was displaced over the hole. */
  for (size_t j = i;;) {
    j = (j + 1) & mask;
    if (!r->table[j])
      break;
    const TreeNode *m = r->node + r->table[j] - 1;
    size_t home = slot_of (r, m->parent, m->label);
    if (((j - home) & mask) >= ((j - i) & mask)) {
      r->table[i] = r->table[j];
      i = j;
    }
  }
  r->table[i] = 0;
  r->table_used--;
}

static uint32_t new_node (Tree *r, uint32_t parent, uint64_t label) {
  Mem *m = &r->bank->mem;
  uint32_t id = r->free_node;
  if (id == NONE) {
    if (r->nodes >= NONE - 1 ||
        !mem_grow (m, &r->node, &r->node_cap, r->nodes + 1, sizeof *r->node))
      return NONE;
    id = (uint32_t) r->nodes;
  }
  bool filed = parent != NONE && !(label & VAR_LABEL);
  if (filed && r->table_used >= r->table_size / 2) {
    size_t old = r->table_size;
    uint32_t *table = mem_zeroed (m, 2 * old * sizeof *table), *was;
    if (!table)
      return NONE;
    was = r->table;
    r->table = table;
    r->table_size = 2 * old;
    for (size_t i = 0; i < old; i++)
      if (was[i])
        place (r, was[i] - 1);
    mem_free (m, was, old * sizeof *table);
  }
  if (id == r->nodes)
    r->nodes++;
  else
    r->free_node = r->node[id].next;
  r->live_nodes++;
  TreeNode *n = r->node + id;
  *n = (TreeNode) {label, parent, NONE, NONE, NONE, NONE, NONE};
  if (parent == NONE)
    return id;
  TreeNode *up = r->node + parent;
  uint32_t *first = filed ? &up->symbols : &up->variables;
  n->next = *first;
  if (*first != NONE)
    r->node[*first].prev = id;
  *first = id;
  if (filed) {
    place (r, id);
    r->table_used++;
  }
  return id;
}

static void prune (Tree *r, uint32_t id) {
  while (r->node[id].parent != NONE) {
    TreeNode *n = r->node + id;
    if (n->entry != NONE || n->symbols != NONE || n->variables != NONE)
      return;
    TreeNode *up = r->node + n->parent;
    bool filed = !(n->label & VAR_LABEL);
    if (filed)
      unplace (r, id);
    if (n->prev != NONE)
      r->node[n->prev].next = n->next;
    else if (filed)
      up->symbols = n->next;
    else
      up->variables = n->next;
    if (n->next != NONE)
      r->node[n->next].prev = n->prev;
    uint32_t parent = n->parent;
    n->next = r->free_node;
    n->entry = NONE;
    r->free_node = id;
    r->live_nodes--;
    id = parent;
  }
}

bool tree_init (Tree *r, Bank *b) {
  memset (r, 0, sizeof *r);
  r->bank = b;
  r->free_node = r->free_entry = NONE;
  r->table_size = 32;
  r->table = mem_zeroed (&b->mem, r->table_size * sizeof *r->table);
  if (r->table && new_node (r, NONE, 0) != NONE &&
      new_node (r, NONE, 0) != NONE)
    return true;
  tree_free (r);
  return no_memory (r);
}

void tree_free (Tree *r) {
  Bank *b = r->bank;
  if (!b)
    return;
  mem_free (&b->mem, r->node, r->node_cap * sizeof *r->node);
  mem_free (&b->mem, r->entry, r->entry_cap * sizeof *r->entry);
  mem_free (&b->mem, r->table, r->table_size * sizeof *r->table);
  mem_free (&b->mem, r->cell, r->cell_cap * sizeof *r->cell);
  vec_free (&b->mem, &r->bound);
  vec_free (&b->mem, &r->stack);
  memset (r, 0, sizeof *r);
  r->bank = b;
}

/*------------------------------------------------------------------------*/

/* Walk down along t; where `make` is true, nodes that are missing are
   made.  Returns the leaf, or NONE with a fault, or without one if the
   leaf is not there. */
static uint32_t descend (Tree *r, uint32_t t, bool make) {
  Bank *b = r->bank;
  if (b->weight[t] > TREE_LARGE) {
    b->fault = FAULT_LARGE;
    return NONE;
  }
  b->fault = FAULT_MEMORY;
  r->stack.size = r->bound.size = 0;
  uint32_t at = ROOT;
  if (!vec_push (&b->mem, &r->stack, t) || !bank_workspace (b))
    return NONE;
  while (r->stack.size && at != NONE) {
    t = r->stack.item[--r->stack.size];
    uint32_t down = NONE;
    uint64_t label;
    if (is_variable (b, t)) {
      if (!b->val[2 * t]) {
        if (!vec_push (&b->mem, &r->bound, t))
          break;
        b->val[2 * t] = (uint32_t) r->bound.size;
      }
      label = variable_label (b->val[2 * t] - 1, sort_of (b, t));
      down = r->node[at].variables;
      while (down != NONE && r->node[down].label != label)
        down = r->node[down].next;
    } else {
      label = number (b, t);
      down = symbol_child (r, at, (uint32_t) label);
      const uint32_t *args = arguments (b, t);
      uint32_t n = arity (b, t);
      if (!vec_reserve (&b->mem, &r->stack, n))
        break;
      while (n--)
        r->stack.item[r->stack.size++] = args[n];
    }
    if (down == NONE && make) {
      down = new_node (r, at, label);
      if (down == NONE)
        break;
    }
    if (down == NONE) { /* not there, and no fault */
      b->fault = FAULT_NONE;
      at = NONE;
      break;
    }
    at = down;
    if (!r->stack.size)
      b->fault = FAULT_NONE;
  }
  for (size_t i = 0; i < r->bound.size; i++)
    b->val[2 * r->bound.item[i]] = 0;
  if (b->fault != FAULT_NONE && at != NONE) {
    prune (r, at);
    at = NONE;
  }
  return at;
}

/* The feature of a term at a position, as a label. */
static uint64_t feature (const Bank *b, uint32_t t, size_t position) {
  const uint8_t *path = positions[position];
  for (uint8_t k = 1; k <= path[0]; k++) {
    if (is_variable (b, t))
      return VAR_LABEL | BELOW_VARIABLE;
    if (path[k] >= arity (b, t))
      return VAR_LABEL | NOWHERE;
    t = arguments (b, t)[path[k]];
  }
  return is_variable (b, t) ? VAR_LABEL | AT_VARIABLE : number (b, t);
}

static uint32_t print_child (const Tree *r, uint32_t n, uint64_t label) {
  if (!(label & VAR_LABEL))
    return symbol_child (r, n, (uint32_t) label);
  n = r->node[n].variables;
  while (n != NONE && r->node[n].label != label)
    n = r->node[n].next;
  return n;
}

static void print_link (Tree *r, uint32_t id, uint32_t n) {
  TreeEntry *e = r->entry + id;
  uint32_t first = r->node[n].entry;
  e->print = n;
  e->print_prev = NONE;
  e->print_next = first;
  if (first != NONE)
    r->entry[first].print_prev = id;
  r->node[n].entry = id;
}

static void print_unlink (Tree *r, uint32_t id) {
  TreeEntry *e = r->entry + id;
  if (e->print_prev != NONE)
    r->entry[e->print_prev].print_next = e->print_next;
  else
    r->node[e->print].entry = e->print_next;
  if (e->print_next != NONE)
    r->entry[e->print_next].print_prev = e->print_prev;
}

/* Move the entries of a bucket to children, as long as memory lasts: an
   inner node may keep some. */
static void print_split (Tree *r, uint32_t n, size_t level) {
  for (uint32_t id = r->node[n].entry, next; id != NONE; id = next) {
    next = r->entry[id].print_next;
    uint64_t label = feature (r->bank, r->entry[id].term, level);
    uint32_t down = print_child (r, n, label);
    if (down == NONE)
      down = new_node (r, n, label);
    if (down == NONE)
      return;
    print_unlink (r, id);
    print_link (r, id, down);
  }
}

static bool print_insert (Tree *r, uint32_t id) {
  uint32_t n = PRINT_ROOT, term = r->entry[id].term;
  for (size_t level = 0; level < POSITIONS; level++) {
    const TreeNode *node = r->node + n;
    if (node->symbols == NONE && node->variables == NONE) {
      uint32_t held = 0, e = node->entry;
      for (; e != NONE && held < BUCKET; e = r->entry[e].print_next)
        held++;
      if (held < BUCKET)
        break;
      print_split (r, n, level);
    }
    uint64_t label = feature (r->bank, term, level);
    uint32_t down = print_child (r, n, label);
    if (down == NONE)
      down = new_node (r, n, label);
    if (down == NONE) {
      prune (r, n);
      return no_memory (r);
    }
    n = down;
  }
  print_link (r, id, n);
  return true;
}

static void print_remove (Tree *r, uint32_t id) {
  if (r->entry[id].print == NONE)
    return;
  print_unlink (r, id);
  prune (r, r->entry[id].print);
}

static bool print_all (Tree *r) {
  for (size_t i = 0; i < r->entries; i++)
    if (r->entry[i].live && r->entry[i].print == NONE &&
        !print_insert (r, (uint32_t) i))
      return false;
  r->printed = true;
  return true;
}

static void free_entry (Tree *r, uint32_t id) {
  r->entry[id].live = 0;
  r->entry[id].next = r->free_entry;
  r->free_entry = id;
  r->live_entries--;
}

bool tree_insert (Tree *r, uint32_t term, int64_t value) {
  uint32_t leaf = descend (r, term, true);
  if (leaf == NONE)
    return false;
  uint32_t id = r->free_entry;
  if (id == NONE) {
    if (!mem_grow (&r->bank->mem, &r->entry, &r->entry_cap, r->entries + 1,
                   sizeof *r->entry)) {
      prune (r, leaf);
      return no_memory (r);
    }
    id = (uint32_t) r->entries++;
  } else
    r->free_entry = r->entry[id].next;
  TreeNode *n = r->node + leaf;
  r->entry[id] =
      (TreeEntry) {term, leaf, n->entry, 1, NONE, NONE, NONE, value};
  n->entry = id;
  r->live_entries++;
  if (!r->printed || print_insert (r, id))
    return true;
  r->node[leaf].entry = r->entry[id].next;
  free_entry (r, id);
  prune (r, leaf);
  return false;
}

int tree_remove (Tree *r, uint32_t term, int64_t value) {
  uint32_t leaf = descend (r, term, false);
  if (leaf == NONE)
    return r->bank->fault == FAULT_NONE ? 0 : -1;
  uint32_t *from = &r->node[leaf].entry;
  while (*from != NONE) {
    TreeEntry *e = r->entry + *from;
    if (e->value == value && e->term == term) {
      uint32_t id = *from;
      *from = e->next;
      print_remove (r, id);
      free_entry (r, id);
      prune (r, leaf);
      return 1;
    }
    from = &e->next;
  }
  return 0;
}

/*------------------------------------------------------------------------*/

static inline uint32_t agenda (Tree *r, uint32_t term, uint32_t next) {
  if (r->cells == r->cell_cap &&
      !mem_grow (&r->bank->mem, &r->cell, &r->cell_cap, r->cells + 1,
                 sizeof *r->cell))
    return NONE - 1;
  r->cell[r->cells] = (TreeCell) {term, next};
  return (uint32_t) r->cells++;
}

/* A choice that is still open: go on at `node` with `rest`, `binds`
   variables being bound, after binding one more to `term` unless it is
   NONE. */
typedef struct {
  uint32_t node, rest, binds, term;
} Choice;

static inline bool choose (Tree *r, Choice c) {
  Vec *s = &r->stack;
  if (!vec_reserve (&r->bank->mem, s, 4))
    return false;
  uint32_t *p = s->item + s->size;
  p[0] = c.node, p[1] = c.rest, p[2] = c.binds, p[3] = c.term;
  s->size += 4;
  return true;
}

bool tree_find (Tree *r, uint32_t term, Values *out) {
  Bank *b = r->bank;
  Mem *m = &b->mem;
  size_t from = out->size;
  r->stack.size = r->bound.size = 0;
  r->cells = 0;
  uint32_t node = ROOT, rest = agenda (r, term, NONE);
  if (rest == NONE - 1)
    return no_memory (r);
  for (;;) {
    if (rest == NONE) {
      for (uint32_t e = r->node[node].entry; e != NONE; e = r->entry[e].next)
        if (!values_push (m, out, r->entry[e].value))
          return no_memory (r);
    } else {
      uint32_t t = r->cell[rest].term, next = r->cell[rest].next;
      uint32_t binds = (uint32_t) r->bound.size;
      for (uint32_t v = r->node[node].variables; v != NONE;
           v = r->node[v].next) {
        uint64_t label = r->node[v].label;
        uint32_t k = label_number (label);
        if (k < binds) {
          if (r->bound.item[k] == t &&
              !choose (r, (Choice) {v, next, binds, NONE}))
            return no_memory (r);
        } else if ((uint32_t) label == sort_of (b, t))
          if (!choose (r, (Choice) {v, next, binds, t}))
            return no_memory (r);
      }
      if (r->node[node].symbols != NONE && !is_variable (b, t)) {
        uint32_t down = symbol_child (r, node, number (b, t));
        if (down != NONE) {
          const uint32_t *args = arguments (b, t);
          for (uint32_t n = arity (b, t); n--;) {
            next = agenda (r, args[n], next);
            if (next == NONE - 1)
              return no_memory (r);
          }
          node = down;
          rest = next;
          continue;
        }
      }
    }
    if (!r->stack.size)
      break;
    uint32_t *p = r->stack.item + (r->stack.size -= 4);
    node = p[0], rest = p[1];
    r->bound.size = p[2];
    if (p[3] != NONE && !vec_push (m, &r->bound, p[3]))
      return no_memory (r);
  }
  values_sort (out, from);
  return true;
}

/*------------------------------------------------------------------------*/

/* The nodes at which one whole filed term ends that starts below `node`:
   for a variable of the query, which takes anything.  Sorts are left to
   the check at the end, but for that of the first symbol. */
static bool skip (Tree *r, uint32_t node, uint32_t sort, Choice c) {
  Bank *b = r->bank;
  Vec todo = {0};
  bool ok = true, first = true;
  ok = vec_push (&b->mem, &todo, node) && vec_push (&b->mem, &todo, 1);
  while (ok && todo.size) {
    uint32_t open = todo.item[--todo.size];
    uint32_t n = todo.item[--todo.size];
    if (!open) {
      c.node = n;
      ok = choose (r, c);
      continue;
    }
    for (int kind = 0; kind < 2 && ok; kind++) {
      uint32_t k = kind ? r->node[n].symbols : r->node[n].variables;
      for (; k != NONE && ok; k = r->node[k].next) {
        uint64_t label = r->node[k].label;
        uint32_t more = 0, has = (uint32_t) label;
        if (kind) {
          more = b->symbol[label].arity;
          has = b->symbol[label].sort;
        }
        if (first && has != sort)
          continue;
        ok = vec_push (&b->mem, &todo, k) &&
             vec_push (&b->mem, &todo, open - 1 + more);
      }
    }
    first = false;
  }
  vec_free (&b->mem, &todo);
  return ok;
}

/* Entries of the first tree that might unify with the term. */
static bool candidates (Tree *r, uint32_t term, Values *out) {
  Bank *b = r->bank;
  Mem *m = &b->mem;
  r->stack.size = 0;
  r->cells = 0;
  uint32_t node = ROOT, rest = agenda (r, term, NONE);
  if (rest == NONE - 1)
    return false;
  for (;;) {
    if (rest == NONE) {
      for (uint32_t e = r->node[node].entry; e != NONE; e = r->entry[e].next)
        if (!values_push (m, out, r->entry[e].value))
          return false;
    } else {
      uint32_t t = r->cell[rest].term, next = r->cell[rest].next;
      uint32_t sort = sort_of (b, t);
      if (is_variable (b, t)) {
        if (!skip (r, node, sort, (Choice) {0, next, 0, NONE}))
          return false;
      } else {
        for (uint32_t v = r->node[node].variables; v != NONE;
             v = r->node[v].next)
          if ((uint32_t) r->node[v].label == sort &&
              !choose (r, (Choice) {v, next, 0, NONE}))
            return false;
        uint32_t down = symbol_child (r, node, number (b, t));
        if (down != NONE) {
          const uint32_t *args = arguments (b, t);
          for (uint32_t n = arity (b, t); n--;) {
            next = agenda (r, args[n], next);
            if (next == NONE - 1)
              return false;
          }
          node = down;
          rest = next;
          continue;
        }
      }
    }
    if (!r->stack.size)
      return true; /* each leaf was reached by one way only */
    uint32_t *p = r->stack.item + (r->stack.size -= 4);
    node = p[0], rest = p[1];
  }
}

/* May a stored term have this feature, which is no symbol, where the query
   has that one? */
static bool agrees (uint64_t stored, uint64_t query, int what) {
  bool apart = what == UNIFIABLE;
  switch (query) {
  case VAR_LABEL | BELOW_VARIABLE:
    return true;
  case VAR_LABEL | AT_VARIABLE:
  case VAR_LABEL | NOWHERE:
    return stored == query ||
           (apart && stored == (VAR_LABEL | BELOW_VARIABLE));
  default:
    return apart && stored != (VAR_LABEL | NOWHERE);
  }
}

static bool push_level (Mem *m, Vec *todo, uint32_t node, uint32_t level) {
  return vec_push (m, todo, node) && vec_push (m, todo, level);
}

/* Instances of the term or what unifies with it, by fingerprints. */
static bool by_print (Tree *r, uint32_t term, int what, Values *out) {
  Bank *b = r->bank;
  Mem *m = &b->mem;
  uint64_t query[POSITIONS];
  Vec *todo = &r->stack;
  if (!r->printed && !print_all (r))
    return false;
  for (size_t k = 0; k < POSITIONS; k++)
    query[k] = feature (b, term, k);
  todo->size = 0;
  if (!push_level (m, todo, PRINT_ROOT, 0))
    return false;
  while (todo->size) {
    uint32_t level = todo->item[--todo->size];
    uint32_t at = todo->item[--todo->size];
    const TreeNode *n = r->node + at;
    for (uint32_t i = n->entry; i != NONE; i = r->entry[i].print_next) {
      const TreeEntry *e = r->entry + i;
      int yes = what == INSTANCES ? match (b, term, e->term)
                                  : unify (b, term, e->term, 1);
      unify_reset (b);
      if (yes < 0 || (yes && !values_push (m, out, e->value)))
        return false;
    }
    if (level == POSITIONS)
      continue;
    uint32_t k = n->variables;
    for (; k != NONE; k = r->node[k].next)
      if (agrees (r->node[k].label, query[level], what) &&
          !push_level (m, todo, k, level + 1))
        return false;
    if (!(query[level] & VAR_LABEL)) {
      k = symbol_child (r, at, (uint32_t) query[level]);
      if (k != NONE && !push_level (m, todo, k, level + 1))
        return false;
    } else if (query[level] != (VAR_LABEL | NOWHERE))
      for (k = n->symbols; k != NONE; k = r->node[k].next)
        if (!push_level (m, todo, k, level + 1))
          return false;
  }
  return true;
}

bool tree_collect (Tree *r, uint32_t term, int what, Values *out) {
  if (what == GENERALISATIONS)
    return tree_find (r, term, out);
  size_t from = out->size;
  r->bank->fault = FAULT_MEMORY;
  if (what == CANDIDATES ? !candidates (r, term, out)
                         : !by_print (r, term, what, out))
    return false;
  r->bank->fault = FAULT_NONE;
  if (what != CANDIDATES)
    values_sort (out, from);
  return true;
}

static const char *check_tree (const Tree *r, uint32_t root, Vec *todo,
                               size_t *live, size_t *entries,
                               size_t *filed) {
  Mem *m = &r->bank->mem;
  bool print = root == PRINT_ROOT;
  if (!vec_push (m, todo, root))
    return "out of memory while checking";
  while (todo->size) {
    uint32_t id = todo->item[--todo->size];
    const TreeNode *n = r->node + id;
    ++*live;
    if (n->parent != NONE && n->symbols == NONE && n->variables == NONE &&
        n->entry == NONE)
      return "a node leads nowhere";
    for (uint32_t i = n->entry; i != NONE;) {
      const TreeEntry *e = r->entry + i;
      ++*entries;
      if ((print ? e->print : e->node) != id || !e->live)
        return "an entry hangs at the wrong leaf";
      i = print ? e->print_next : e->next;
    }
    for (int kind = 0; kind < 2; kind++) {
      uint32_t prev = NONE, k = kind ? n->symbols : n->variables;
      for (; k != NONE; prev = k, k = r->node[k].next) {
        const TreeNode *c = r->node + k;
        if (c->parent != id || c->prev != prev)
          return "a child does not know its place";
        *filed += kind;
        if (kind && symbol_child (r, id, (uint32_t) c->label) != k)
          return "a child is not in the table";
        if (!vec_push (m, todo, k))
          return "out of memory while checking";
      }
    }
  }
  return NULL;
}

const char *tree_invariant (const Tree *r) {
  size_t live = 0, entries = 0, printed = 0, filed = 0, used = 0;
  Vec todo = {0};
  const char *wrong = check_tree (r, ROOT, &todo, &live, &entries, &filed);
  if (!wrong)
    wrong = check_tree (r, PRINT_ROOT, &todo, &live, &printed, &filed);
  vec_free (&r->bank->mem, &todo);
  if (wrong)
    return wrong;
  for (size_t i = 0; i < r->table_size; i++)
    used += r->table[i] != 0;
  if (live != r->live_nodes || entries != r->live_entries)
    return "nodes or entries have been lost";
  if (printed != entries && (r->printed || printed > entries))
    return "an entry has no fingerprint";
  if (filed != used || filed != r->table_used)
    return "the table and the children disagree";
  return NULL;
}
