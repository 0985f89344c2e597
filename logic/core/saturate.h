/* saturate.h: saturation of Horn clauses with equality.

   A clause is  s1 = t1, ..., sn = tn  ->  l = r,  or one without a head,
   which denies its body.  A unit is a head without a body.  An atom p(t)
   is the equation p(t) = TRUE, where TRUE is a constant that stands below
   every symbol of its sort.

   The loop takes one passive clause after the other (the lightest, every
   fifth time the oldest), simplifies it, makes it active and draws all
   inferences with the clauses that are active already:

     superpose    l = r from a unit into a unit, or into the selected body
                  literal of a clause, at a position that is no variable,
                  where the instances of l and of the side entered are not
                  less than the other sides; otherwise unfailing completion
     resolve      the sides of the selected literal unify: it goes
     decompose    c(s..) = c(t..) in a body becomes s = t, ...
     inject       c(s..) = c(t..) as a head gives s = t, ...
     clash        c(..) = d(..) as a head leaves the denial of the body
     simplify     rewriting by active units, then renaming of variables and
                  perhaps an exchange of the head's sides

   A body literal s = c(..s..) with constructors c, .. alone above s has no
   solution among finite values, and its clause is dropped.

   Since units meet a body one literal at a time, superposition at the root
   of atoms is hyperresolution.  Trivial clauses, instances of units,
   duplicates, and units that hold in every ordering of their variables by
   rewriting alone (as the many forms of associative-commutative laws do)
   are dropped.  Active units that a new one simplifies are taken back.

   Inputs may be added without support: they are taken first, simplify what
   they can, and take part in inferences, but not with each other.  What
   is known of a theory already enters so (the set-of-support strategy of
   Wos, Robinson and Carson); the search then starts from what is new.

   Clauses are kept for ever, dead ones too, each with its derivation: an
   array of words, see `saturate_record`.  Terms made for a conclusion that
   is dropped are rolled back.

   Work is cut into small pieces, so that a run can stop between any two
   inferences and go on later as if it had not.  Everything is ordered by
   clause numbers; nothing depends on ids or time.                       */

#ifndef CORE_SATURATE_H
#define CORE_SATURATE_H

#include "rewrite.h"

enum { FRESH, PASSIVE, ACTIVE, DEAD };

/* First words of a record.  `literal` is NONE for the head; bindings are
   a count and pairs (variable of the parent, term of the conclusion).

     INPUT
     SUPERPOSE from reversed into literal side path bindings bindings
     RESOLVE   parent literal bindings
     DECOMPOSE parent literal bindings
     INJECT    parent argument bindings
     CLASH     parent bindings
     SIMPLIFY  parent count {literal side path unit reversed bindings}
               bindings swapped

   A path is a count and that many positions.  In the steps of SIMPLIFY
   the bindings are of the unit's variables, to terms of the parent.     */
enum { INPUT, SUPERPOSE, RESOLVE, DECOMPOSE, INJECT, CLASH, SIMPLIFY };

typedef struct {
  size_t literals; /* in `words`: head, then body, two words each */
  size_t record;   /* in `records` */
  uint32_t count;  /* of literals, the head's place included */
  uint32_t weight;
  uint32_t rule; /* of an active unit, in the rewriter */
  uint32_t selected;
  uint8_t state;
  bool oriented; /* a unit whose left side is greater */
  bool support;  /* false: an input that meets only supported clauses */
  bool goal;     /* comes from an input without a head */
  size_t places, places_end;
} SatClause;

/* A subterm that may be entered: where it stands.  Places of one term form
   a list, and the index holds the term once, however many clauses share
   it.  The place of the term around it gives the path. */
typedef struct {
  uint32_t clause, literal, side, term;
  uint32_t up, arg; /* the place around it, NONE at the root */
  uint32_t next, prev;
  bool live;
  bool entered; /* false: only simplified, on the lesser side of a unit */
} Place;

typedef struct {
  uint32_t clause, side, place; /* place NONE: resolve `clause` */
} Task;

typedef enum {
  SAT_PROVED,
  SAT_SATURATED,
  SAT_LIMIT,
  SAT_PAUSE,
  SAT_FAULT
} SatStatus;

typedef struct {
  uint64_t given;       /* clauses taken */
  uint64_t inferences;  /* tried */
  uint64_t conclusions; /* of them with a conclusion that counts */
  uint64_t kept, dropped, joined, backward;
} SatCounts;

typedef struct {
  Bank *bank;
  Client client;
  uint32_t epoch, truth;
  Rewriter rewriter;
  Tree from, into, equal;

  SatClause *clause;
  size_t clauses, clause_cap;
  Vec words, records;
  Place *place;
  size_t places, place_cap;
  Vec first; /* for each term, its first place + 1 */
  Task *task;
  size_t tasks, task_cap, next_task;

  uint64_t *heap;
  size_t heaped, heap_cap;
  size_t oldest; /* no passive clause stands before */
  uint32_t *table;
  size_t table_size, filed;

  Vec units; /* active units, ascending */
  uint32_t answer;
  bool incomplete; /* something was dropped for its weight */
  SatCounts counts;
  uint64_t bound; /* weight, of this run */
  bool broken;    /* memory ran out in the middle of a change */
  Values found;
  Vec agenda, now, raw, form, other, trace, draft, scratch, backlog, path;
} Saturation;

bool saturate_init (Saturation *, Bank *, uint32_t truth);
void saturate_free (Saturation *);

/* `literals`: head (NONE, NONE for none) and body, two words each.  The
   clause's number, or NONE. */
uint32_t saturate_add (Saturation *, bool support, const uint32_t *literals,
                       uint32_t count);

/* At most `*steps` given clauses, which it counts down; pauses after some
   dozens of inferences, or as soon as *stop is true. */
SatStatus saturate_run (Saturation *, uint64_t *steps, size_t clauses,
                        uint64_t weight, volatile bool *stop);

static inline const uint32_t *saturate_literals (const Saturation *s,
                                                 uint32_t id) {
  return s->words.item + s->clause[id].literals;
}

static inline const uint32_t *saturate_record (const Saturation *s,
                                               uint32_t id) {
  return s->records.item + s->clause[id].record;
}

const char *saturate_invariant (Saturation *);

#endif
