/* join.h: Datalog-style rules over ground facts.

   A fact is a ground term.  A rule  b1, ..., bn -> h  has terms with
   variables; each variable of h occurs in some b.  Rules fire until
   nothing new comes:

     join_fact (j, t)              a fact that is given
     join_rule (j, h, b, n)        a rule
     join_run (j, limit, &stop)    fire

   Evaluation is semi-naive.  Facts are taken in the order of their numbers;
   the one taken is matched with each premise of each rule in turn, the
   other premises with facts taken before it (those left of it with older
   facts only, so that no combination comes twice).  The other premises are
   put in an order in which as many arguments as possible are known, and
   each has a hash table over its predicate and its known arguments.

   A fact that is derived again is not stored again.  The first derivation
   is its provenance: the rule, and a fact for each premise.

   Rules are compiled.  Variables become slots; a premise's argument becomes
   a program in preorder, the head one in postorder; neither recurses.

   Facts and rules may be added between runs; a new rule is first joined
   over all facts taken so far.  When memory runs out, nothing is lost: the
   next run takes the same fact again.                                   */

#ifndef CORE_JOIN_H
#define CORE_JOIN_H

#include "bank.h"

typedef struct {
  uint32_t kind, what; /* see join.c */
} JoinOp;

/* One premise in the plan of a rule. */
typedef struct {
  uint32_t premise, table;
  size_t code, code_end; /* matches the arguments */
  size_t key, key_end;   /* computes the known ones */
} JoinStep;

typedef struct {
  uint32_t symbol; /* of the premise that the fact taken is matched with */
  uint32_t rule, premise;
  size_t step, steps; /* the first step matches that premise */
  uint32_t next;      /* with the same symbol */
} JoinPlan;

typedef struct {
  uint32_t premises, slots;
  size_t head, head_end;
  uint32_t plan; /* the first of its plans, one for each premise */
} JoinRule;

typedef struct {
  uint32_t term, rule;
  size_t premises;
} JoinFact;

typedef struct {
  uint32_t fact, next;
} JoinEntry;

typedef struct {
  uint32_t symbol, mask, next; /* the next table of the symbol */
  uint32_t *bucket;
  size_t buckets;
  JoinEntry *entry;
  size_t entries, entry_cap;
} JoinTable;

typedef struct {
  Bank *bank;
  Client client;
  uint32_t top; /* one more than the greatest term in use */
  JoinRule *rule;
  size_t rules, rule_cap, joined; /* rules joined over old facts */
  JoinPlan *plan;
  size_t plans, plan_cap;
  JoinStep *step;
  size_t steps, step_cap;
  JoinOp *op;
  size_t ops, op_cap;
  JoinTable *table;
  size_t tables, table_cap;
  JoinFact *fact;
  size_t facts, fact_cap, taken;
  Vec of_term;              /* fact + 1 of a term */
  Vec plan_of, table_of;    /* first + 1 of a symbol */
  Vec premises, slots, stack, chosen, cursor, draft;
  uint64_t firings;
} Join;

enum { JOIN_DONE, JOIN_LIMIT, JOIN_STOPPED, JOIN_FAULT };

bool join_init (Join *, Bank *);
void join_free (Join *);

/* The number of a fact, new or old; NONE on fault. */
uint32_t join_fact (Join *, uint32_t term);
uint32_t join_find (const Join *, uint32_t term);

/* The number of the rule, or NONE: on fault, and with FAULT_NONE if the head
   has a variable that no premise has. */
uint32_t join_rule (Join *, uint32_t head, const uint32_t *body, uint32_t n);

/* Until nothing is new, or there are `limit` facts or more. */
int join_run (Join *, uint64_t limit, volatile bool *stop);

const char *join_invariant (const Join *);

#endif
