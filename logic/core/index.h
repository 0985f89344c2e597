/* index.h: a perfect discrimination tree.

   Terms are filed by their symbols in preorder, their variables renamed
   in the order of first occurrence, so that variants end at the same leaf
   and a path down the tree decides matching completely.  Each entry is a
   term with a value; the values come back.

     tree_find (tree, t, &out)        values of entries that t is an
                                      instance of
     tree_collect (tree, t, what, &out)
         INSTANCES      entries that are instances of t
         UNIFIABLE      entries unifiable with t, renamed apart
         CANDIDATES     entries that might be unifiable with t
         GENERALISATIONS  the same as tree_find

   Values are appended to `out` in ascending order, CANDIDATES in none.

   An edge is labelled with a symbol, or with a variable's number along
   the path and its sort.  Children that are symbols are found through one
   hash table for the whole tree; children that are variables are few and
   hang in a list.  The agenda of subterms still to be compared is a
   linked list in `cells`, which lets a search go back without copying.

   Finding generalisations visits at most one node for every prefix of
   some entry that generalises the same prefix of t.  A variable of the
   query would fan out over all subterms filed in its place before what
   stands to the right of it is looked at.  INSTANCES and UNIFIABLE use a
   second tree, therefore, over fingerprints (Schulz 2012): what a term has
   at some fixed positions, the root and those near it, position after
   position.  That is a symbol, a variable (A), nothing because a variable
   stands above (B), or nothing at all (N); the query's feature tells which
   children may hold answers.  Its leaves are buckets of a few entries,
   which fall apart when they overflow; what is found is matched or
   unified.  This tree is built when it is first asked for.  CANDIDATES
   come from the first tree, searched as if each variable occurred once.

   Removing an entry prunes the nodes that only it needed: a tree after
   inserting and removing is the tree before.                            */

#ifndef CORE_INDEX_H
#define CORE_INDEX_H

#include "bank.h"
#include "values.h"

/* A term of more symbols than this is too large to file. */
#define TREE_LARGE 1000000

typedef struct {
  uint64_t label;
  uint32_t parent, symbols, variables; /* first children */
  uint32_t next, prev;                 /* siblings */
  uint32_t entry;
} TreeNode;

typedef struct {
  uint32_t term, node, next, live;
  uint32_t print, print_next, print_prev; /* in the fingerprint tree */
  int64_t value;
} TreeEntry;

typedef struct {
  uint32_t term, next;
} TreeCell;

typedef struct {
  Bank *bank;
  TreeNode *node;
  size_t nodes, node_cap, live_nodes;
  uint32_t free_node;
  TreeEntry *entry;
  size_t entries, entry_cap, live_entries;
  uint32_t free_entry;
  bool printed; /* the fingerprint tree is there */
  uint32_t *table; /* (parent, symbol) -> child + 1 */
  size_t table_size, table_used;
  TreeCell *cell;
  size_t cells, cell_cap;
  Vec bound, stack;
} Tree;

enum { GENERALISATIONS, INSTANCES, UNIFIABLE, CANDIDATES };

bool tree_init (Tree *, Bank *);
void tree_free (Tree *);

bool tree_insert (Tree *, uint32_t term, int64_t value);

/* 1 removed, 0 not there, -1 fault.  Of equal entries the youngest. */
int tree_remove (Tree *, uint32_t term, int64_t value);

bool tree_find (Tree *, uint32_t term, Values *out);
bool tree_collect (Tree *, uint32_t term, int what, Values *out);

const char *tree_invariant (const Tree *);

#endif
