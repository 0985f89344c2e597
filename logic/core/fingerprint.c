#include "fingerprint.h"

#include "nodes.h"
#include "unify.h"

/* A bucket of the fingerprint tree that holds more falls apart. */
#define BUCKET 8

/* Positions sampled, the length first. */
#define POSITIONS 16
static const uint8_t positions[POSITIONS][5] = {
    {0},          {1, 0},       {1, 1},       {1, 2},
    {2, 0, 0},    {2, 1, 0},    {2, 0, 1},    {2, 1, 1},
    {2, 2, 0},    {2, 2, 1},    {3, 0, 0, 0}, {3, 1, 0, 0},
    {3, 0, 1, 0}, {3, 1, 1, 0}, {3, 0, 0, 1}, {4, 0, 0, 0, 0}};

/* What a fingerprint has where no symbol stands. */
enum { AT_VARIABLE, BELOW_VARIABLE, NOWHERE };

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
  return label & VAR_LABEL ? other_child (r, n, label)
                           : symbol_child (r, n, (uint32_t) label);
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

bool print_insert (Tree *r, uint32_t id) {
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

void print_remove (Tree *r, uint32_t id) {
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

bool by_print (Tree *r, uint32_t term, int what, Values *out) {
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
