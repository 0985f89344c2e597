/* rewrite.h: ordered conditional rewriting.

   A rule is an equation l = r with conditions s1 = t1, ..., sn = tn.  If
   l > r in the bank's order, it rewrites instances of l; if r > l, those
   of r; if neither, each instance of either side that is greater than the
   same instance of the other.  A direction whose pattern lacks a variable
   of the other side, or of a condition, is not used.  An instance fires
   if the two sides of each condition, instantiated, have the same normal
   form; conditions nest at most REWRITE_NEST deep, and fail there.

   rewrite_normalise goes innermost, leftmost, and at each place by the
   first rule in the order of their numbers, l to r before r to l; so its
   result depends on the rules alone.  It keeps what it found out, per
   term, until rules come or go.  The results kept carry how deep their
   conditions nested, and serve only where computing them anew would have
   gone the same way.

   The mode is the order's (see order.h): with ORDER_RIGID an equation
   like x * y = y * x sorts its arguments.

   With `trace`, what is done is written down as words:
     rule, reversed, length of path, path..., bindings, (variable, term)...
   one after the other, in the order in which the steps apply.

   Steps and evaluated conditions count against `steps`; running out is
   FAULT_STEPS.  Rules whose terms the bank has released make every call
   but rewrite_release fail: rewrite_sync returns false, with FAULT_NONE. */

#ifndef CORE_REWRITE_H
#define CORE_REWRITE_H

#include "index.h"

#define REWRITE_NEST 8

typedef struct {
  uint32_t left, right;
  uint32_t conditions; /* pairs, from `from` on in `condition` */
  size_t from;
  uint32_t top; /* the greatest term id in this and all earlier rules */
  uint8_t use;  /* bit 0: left to right, bit 1: right to left */
  uint8_t check;
  bool retired;
  int64_t tag;
} Rule;

/* `stamp` says whether the result still counts.  That a term is normal
   counts longer: while `base` stays, only rules from `since` on can have
   made it reducible. */
typedef struct {
  uint32_t normal, stamp, base, since;
} RewriteMemo;

typedef struct {
  Bank *bank;
  Client client;
  Tree tree;
  bool built;
  uint32_t epoch;
  Rule *rule;
  size_t rules, rule_cap;
  Vec condition;
  RewriteMemo *memo[3]; /* one for each mode */
  size_t memo_size[3];
  bool journalling;
  Vec journal; /* terms whose result was kept since rewrite_begin */
  uint32_t stamp, base;
  bool conditional; /* there has been a rule with conditions */
  uint64_t steps;
  Vec frames, values, pending, *trace;
  Values found;
} Rewriter;

bool rewrite_init (Rewriter *, Bank *);
void rewrite_free (Rewriter *);

/* Before any other call but rewrite_release. */
bool rewrite_sync (Rewriter *);

/* Adds a rule and returns its number; -1 where no direction is usable;
   -2 fault. */
int64_t rewrite_add (Rewriter *, uint32_t left, uint32_t right,
                     const uint32_t *conditions, uint32_t pairs, int64_t tag);

/* Drop the rules from this number on. */
void rewrite_release (Rewriter *, size_t rules);

/* Stop using a rule; its number stays taken. */
bool rewrite_retire (Rewriter *, size_t rule);

/* Between these two calls terms may be made that are then rolled back to
   `terms` of them: results kept in between are forgotten where needed. */
void rewrite_begin (Rewriter *);
void rewrite_rollback (Rewriter *, uint32_t terms);

uint32_t rewrite_normalise (Rewriter *, uint32_t t, int mode,
                            uint64_t steps);
uint32_t rewrite_trace (Rewriter *, uint32_t t, int mode, uint64_t steps,
                        Vec *trace);

const char *rewrite_invariant (Rewriter *);

#endif
