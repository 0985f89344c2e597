/* simplify.h: what becomes of a clause before it may wait or act.

   A clause is rewritten by the active units.  Then it is
     dropped     if its head is trivial, an instance of a unit, or a unit
                 that follows by rewriting in every ordering of its
                 variables; if a body literal can never hold; if it is
                 there already, or heavier than allowed
     replaced    by its simplified form, or by the pieces that the
                 constructors in it make of it
     queued      if it is new
   Pieces go to the agenda, which simplify_agenda works off.             */

#ifndef CORE_SIMPLIFY_H
#define CORE_SIMPLIFY_H

#include "saturate.h"

/* 1: it stands as it was, and is filed already; 0: dropped, replaced, or
   newly queued; -1: fault. */
int simplify_clause (Saturation *, uint32_t id);
bool simplify_agenda (Saturation *);

/* The normal form; the term as it is where that takes too many steps or
   meets a term too large to compare. */
bool simplify_term (Saturation *, uint32_t t, int mode, uint32_t *out);

/* Is l = r an instance of an active unit that has no direction? */
int simplify_instance (Saturation *, uint32_t l, uint32_t r);

#endif
