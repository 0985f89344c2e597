#include "index.h"
#include "fingerprint.h"
#include "nodes.h"

#include <string.h>

/* Label of a variable: its number along the path, and its sort. */
static uint64_t variable_label (uint32_t k, uint32_t sort) {
  return VAR_LABEL | (uint64_t) k << 32 | sort;
}

static uint32_t label_number (uint64_t label) {
  return (uint32_t) (label >> 32) & 0x7fffffffu;
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
      down = other_child (r, at, label);
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
