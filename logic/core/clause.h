/* clause.h: the clauses of a saturation, and the waiting ones in order.

   A clause is pushed with its literals, its record is written behind it,
   and from then on neither changes.  A clause that turns out to be needless
   at once is truncated away.

     uint32_t id = clause_push (s, literals, n);      then its record
     clause_file (s, id)       remember it against duplicates
     clause_enqueue (s, id)    let it wait
     clause_lightest (s)       the waiting clause with least priority
     clause_oldest (s)         the waiting clause with least number

   Names.  A conclusion's variables are numbered from 0 in the order in
   which they are met, literal after literal, so that variants have the
   same literals.

   Priority is weight, halved for what comes from the goal, which is what
   ends a search, and zero for unsupported inputs, which cost nothing.  */

#ifndef CORE_CLAUSE_H
#define CORE_CLAUSE_H

#include <string.h>

#include "saturate.h"
#include "unify.h"

#define HEAD 0u

static inline bool no_memory (Saturation *s) {
  s->bank->fault = FAULT_MEMORY;
  return false;
}

static inline bool put (Saturation *s, Vec *v, uint32_t word) {
  return vec_push (&s->bank->mem, v, word) || no_memory (s);
}

static inline bool put_all (Saturation *s, Vec *v, const uint32_t *a,
                            size_t n) {
  if (!vec_reserve (&s->bank->mem, v, n))
    return no_memory (s);
  if (n)
    memcpy (v->item + v->size, a, n * sizeof *a);
  v->size += n;
  return true;
}

static inline const uint32_t *literals (const Saturation *s, uint32_t id) {
  return saturate_literals (s, id);
}

static inline bool is_unit (const Saturation *s, uint32_t id) {
  return s->clause[id].count == 1 && literals (s, id)[0] != NONE;
}

/* A clause whose record is about to be written; NONE on fault. */
uint32_t clause_push (Saturation *, const uint32_t *literals, uint32_t n);

/* A clause derived from one parent: its literals are those in `a`, under
   the unifier of literal `by` of the parent if that is not NONE.
   `extra` is the record's third word, NONE for none. */
uint32_t clause_derive (Saturation *, uint32_t kind, uint32_t parent,
                        uint32_t extra, uint32_t by, const uint32_t *a,
                        uint32_t n);

/* Take back the clauses from `count` on; none may have been filed. */
void clause_truncate (Saturation *, size_t count);

/* Instantiate literals in order, with fresh names, under the unifier in
   the workspace; literal HEAD with its sides exchanged if `swapped`. */
bool clause_name (Saturation *, const uint32_t *literals, uint32_t n,
                  bool swapped, Naming *, Vec *out);

/* The variables of a clause, in `out`; leaves the workspace clean. */
bool clause_variables (Saturation *, uint32_t id, Vec *out);

/* Append to the records a count and the pairs (variable, image). */
bool clause_bindings (Saturation *, const Vec *vars, unsigned side,
                      Naming *);

/* The slot where a clause with these literals is filed or belongs. */
size_t clause_slot (const Saturation *, const uint32_t *literals,
                    uint32_t n);
bool clause_file (Saturation *, uint32_t id);
bool clause_is_filed (const Saturation *, uint32_t id);

bool clause_enqueue (Saturation *, uint32_t id);

/* NONE where no clause waits. */
uint32_t clause_lightest (Saturation *);
uint32_t clause_oldest (Saturation *);

#endif
