/* bank.h: hash-consed terms.

   A bank holds symbols and terms.  A term is a `uint32_t`; two terms are
   equal if and only if their ids are, because building a term that is
   already there gives the id it has.  Terms are only ever appended, so an
   argument's id is smaller than that of any term it occurs in, and shared
   subterms make f(x,x) nested n deep cost n terms, not 2^n.

     Bank *b = bank_new (SIZE_MAX);
     uint32_t f = bank_symbol (b, 2, 0, false);
     uint32_t x = bank_variable (b, 0, 0);
     uint32_t fxx = bank_app (b, f, (uint32_t[]) {x, x});

   Whatever can fail returns NONE, false or a negative number and leaves
   the reason in `b->fault`; the bank stays usable.

   Layout.  The two words that unification reads, head and argument
   offset, sit side by side in `cell`; what is read less often has arrays
   of its own.  A head word carries, next to the number of the symbol (or
   of the variable), whether the term is a variable and whether it is
   ground.  Variables have dense numbers in the order they were first
   asked for; nothing that a caller sees depends on these numbers, nor on
   term ids, nor on the hash.

   Mark and release.  `bank_mark` remembers how many terms and symbols
   there are, `bank_release` forgets all later ones.  Whoever keeps term
   ids across calls (a rewriter, an index, a saturation) registers a
   `Client`: a release lowers `client->low` to the number of terms left,
   and the owner looks at it before it trusts an id again.

   Precedence.  Every symbol has a rank, greater for later ones.
   `bank_precede` lets symbols exchange the ranks they hold.  `epoch`
   counts the changes that could alter a comparison of existing terms.

   Workspace.  `link` and `val` hold one word for each *node*, which is a
   term together with a side (0 or 1): see unify.h.  They are all zero
   between operations, and `trail` (bound variables), `merged` (other nodes)
   and `set` list what to zero again.                                    */

#ifndef CORE_BANK_H
#define CORE_BANK_H

#include "mem.h"

#define NONE UINT32_MAX
#define VARIABLE 0x80000000u
#define GROUND 0x40000000u
#define NUMBER 0x3fffffffu
#define TERMS_MAX 0x7ffffff0u

typedef enum {
  FAULT_NONE,
  FAULT_MEMORY, /* out of memory, or past the bank's limit */
  FAULT_FULL,   /* more terms or symbols than ids */
  FAULT_LARGE,  /* a term too large for the operation */
  FAULT_STEPS   /* the step budget ran out */
} Fault;

typedef struct {
  uint32_t head, args;
} Cell;

typedef struct {
  uint32_t arity, sort, rank;
  bool constructor;
  bool used; /* some term has been built with it */
} Symbol;

typedef struct {
  uint32_t index, sort, term;
} Variable;

typedef struct {
  uint64_t serial;
  uint32_t terms, symbols, variables;
  size_t args;
} BankMark;

typedef struct Client {
  struct Client *next, **link;
  uint32_t low; /* ids from here on may have been released since */
} Client;

typedef enum { ORDER_LPO, ORDER_KBO } OrderKind;

typedef struct {
  uint32_t left, right, stamp, answer;
} OrderMemo;

typedef struct Bank {
  Mem mem;
  Fault fault;
  bool busy; /* a call is using the bank: see module.h */

  Symbol *symbol;
  size_t symbols, symbol_cap;

  Cell *cell;
  uint32_t *weight, *depth;
  uint64_t *mask; /* which variables occur: exact below 63 */
  size_t terms, cell_cap, weight_cap, depth_cap, mask_cap;
  uint32_t *arg;
  size_t args, arg_cap;

  Variable *variable;
  size_t variables, variable_cap;

  uint64_t *table; /* open addressing: hash and id + 1; 0 is free */
  size_t table_size;

  BankMark *mark;
  size_t marks, mark_cap;
  uint64_t serial;
  Client *clients;

  OrderKind order;
  uint32_t epoch;

  uint32_t *link, *val;
  size_t nodes;
  Vec trail, merged, set, stack, later, built;

  OrderMemo *memo; /* see order.c */
  size_t memo_size, memo_used;
  uint32_t memo_stamp;
  Vec frames;
} Bank;

Bank *bank_new (size_t limit);
void bank_delete (Bank *);

uint32_t bank_symbol (Bank *, uint32_t arity, uint32_t sort, bool constructor);
uint32_t bank_variable (Bank *, uint32_t index, uint32_t sort);
uint32_t bank_app (Bank *, uint32_t symbol, const uint32_t *args);

/* The subterm at a path of argument positions, and the term with another
   in its place; NONE with fault FAULT_NONE where there is no such path. */
uint32_t bank_at (Bank *, uint32_t t, const uint32_t *path, size_t length);
uint32_t bank_replace (Bank *, uint32_t t, const uint32_t *path,
                       size_t length, uint32_t by);

/* Marks are numbers that are never used twice.  Releasing one that is no
   longer there returns false. */
bool bank_mark (Bank *, uint64_t *mark);
bool bank_release (Bank *, uint64_t mark);

/* Take back what was made since this moment, which must be younger than
   every mark.  For use inside one call, by code that lets no id escape:
   clients are not told. */
BankMark bank_moment (const Bank *);
void bank_rollback (Bank *, BankMark);

void bank_join (Bank *, Client *);
void bank_leave (Client *);

/* Give these symbols, in ascending order, the ranks they now hold among
   themselves; others keep theirs. */
bool bank_precede (Bank *, const uint32_t *symbols, size_t count);
void bank_order (Bank *, OrderKind);

/* Make the workspace large enough for every term there is. */
bool bank_workspace (Bank *);

/* NULL, or a sentence about what is broken. */
const char *bank_invariant (const Bank *);

static inline bool is_variable (const Bank *b, uint32_t t) {
  return b->cell[t].head & VARIABLE;
}

static inline bool is_ground (const Bank *b, uint32_t t) {
  return b->cell[t].head & GROUND;
}

/* The symbol of an application, the number of a variable. */
static inline uint32_t number (const Bank *b, uint32_t t) {
  return b->cell[t].head & NUMBER;
}

static inline uint32_t arity (const Bank *b, uint32_t t) {
  uint32_t head = b->cell[t].head;
  return head & VARIABLE ? 0 : b->symbol[head & NUMBER].arity;
}

static inline const uint32_t *arguments (const Bank *b, uint32_t t) {
  return b->arg + b->cell[t].args;
}

static inline uint32_t sort_of (const Bank *b, uint32_t t) {
  uint32_t head = b->cell[t].head;
  return head & VARIABLE ? b->variable[head & NUMBER].sort
                         : b->symbol[head & NUMBER].sort;
}

#endif
