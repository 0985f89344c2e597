/* nodes.h: the nodes that both trees of an index are made of.

   A node hangs below its parent under a label: a symbol, found through the
   index's one hash table, or something marked with VAR_LABEL, found by
   walking a short list.

     symbol_child (r, parent, f)     NONE where there is none
     other_child (r, parent, label)  the same for what is no symbol
     new_node (r, parent, label)     NONE: out of memory or of ids
     prune (r, node)                 drop it, and what is above it, as far
                                     as nothing else needs them          */

#ifndef CORE_NODES_H
#define CORE_NODES_H

#include "index.h"

/* The roots of the two trees. */
#define ROOT 0u
#define PRINT_ROOT 1u

/* A label with this bit is no symbol. */
#define VAR_LABEL ((uint64_t) 1 << 63)

uint32_t new_node (Tree *, uint32_t parent, uint64_t label);
void prune (Tree *, uint32_t node);

static inline size_t slot_of (const Tree *r, uint32_t parent, uint64_t label) {
  uint64_t h = (label ^ (uint64_t) parent << 30) * 0x9e3779b97f4a7c15u;
  h = (h ^ h >> 32 ^ parent) * 0xd6e8feb86659fd93u;
  return (h ^ h >> 32) & (r->table_size - 1);
}

static inline uint32_t symbol_child (const Tree *r, uint32_t parent, uint32_t f) {
  size_t i = slot_of (r, parent, f);
  for (; r->table[i]; i = (i + 1) & (r->table_size - 1)) {
    const TreeNode *n = r->node + r->table[i] - 1;
    if (n->parent == parent && n->label == f)
      return r->table[i] - 1;
  }
  return NONE;
}

static inline uint32_t other_child (const Tree *r, uint32_t parent,
                                    uint64_t label) {
  uint32_t n = r->node[parent].variables;
  while (n != NONE && r->node[n].label != label)
    n = r->node[n].next;
  return n;
}

/* A failed allocation, reported where every fault is. */
static inline bool no_memory (Tree *r) {
  r->bank->fault = FAULT_MEMORY;
  return false;
}

#endif
