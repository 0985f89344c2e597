#include "nodes.h"

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

uint32_t new_node (Tree *r, uint32_t parent, uint64_t label) {
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

void prune (Tree *r, uint32_t id) {
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
