/* unify.h: unification and matching.

   Terms are unified as *nodes*, a term together with a side: variables of
   different sides are different variables, whatever their ids.  So two
   clauses that share variables are renamed apart without being copied.  A
   ground term is one node, whichever side it is seen from.

     int r = unify (b, s, t, 1);       1 yes, 0 no, -1 fault
     if (r > 0) {
       Naming names = {true, 0};
       u = unify_apply (b, s, 0, &names);
       v = unify_apply (b, t, 1, &names);        now u == v
     }
     unify_reset (b);                            always

   The algorithm is unification closure (Huet): nodes known to be equal
   form classes, kept by union-find in `link`; a class with a term in it
   is represented by such a term.  Each pair of classes is merged once, so
   terms that share are unified in almost linear time in the size of the
   shared graph; one pass at the end looks for cycles (the occurs check).
   Pairs with a variable are put off until all others have been compared,
   because the others may clash at once.  A variable is only ever bound
   to a term of its own sort.

   Matching binds the variables of the pattern only; the term's variables
   are constants to it, even those that the pattern has too.  A subterm of
   the pattern has one image, which is kept in `val`: a shared pattern is
   matched in time linear in its graph.

   `unify_apply` instantiates fully.  Where names.fresh is set, a variable
   that stays free is renamed to the variable of its sort whose index is
   names.next++, in the order in which they are met; otherwise it stands
   for itself (which makes sense for one side only).                     */

#ifndef CORE_UNIFY_H
#define CORE_UNIFY_H

#include "bank.h"

typedef struct {
  bool fresh;
  uint32_t next;
} Naming;

static inline uint32_t node_of (const Bank *b, uint32_t t, unsigned side) {
  return 2 * t + (is_ground (b, t) ? 0 : side);
}

/* Side 0 for s; for t the side given. */
int unify (Bank *, uint32_t s, uint32_t t, unsigned side);

/* Bindings of the pattern's variables, to be used by unify_apply with
   side 0 and without fresh names. */
int match (Bank *, uint32_t pattern, uint32_t term);

/* Goes on from the bindings that an earlier match left. */
int match_more (Bank *, uint32_t pattern, uint32_t term);

/* Bind a variable by hand, for use by unify_apply.  Not for a variable
   that is bound.  False: out of memory. */
bool unify_bind (Bank *, uint32_t variable, unsigned side, uint32_t term);

uint32_t unify_apply (Bank *, uint32_t t, unsigned side, Naming *);

/* The term bound to a variable by match, or NONE. */
static inline uint32_t match_image (const Bank *b, uint32_t variable) {
  return b->val[2 * variable] - 1;
}

void unify_reset (Bank *);

/* Append the distinct variables of t that are not marked yet, in order of
   first occurrence; unify_reset clears the marks. */
bool unify_variables (Bank *, uint32_t t, Vec *out);

#endif
