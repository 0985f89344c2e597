/* order.h: simplification orders on terms.

   order_compare gives ORDER_GREATER, ORDER_LESS, ORDER_EQUAL or
   ORDER_NONE (incomparable), or ORDER_FAULT.  The order is the bank's:

   LPO   the lexicographic path order over the precedence of the symbols,
         arguments from left to right.  s > t if
           (1) some argument of s is t or is greater than t, or
           (2) s and t start with f and g, f stands above g, and s is
               greater than each argument of t, or
           (3) both start with f, at the first difference the argument of
               s is greater, and s is greater than t's arguments after it.
   KBO   the Knuth-Bendix order with every symbol and variable weighing
         one, over the same precedence.

   The mode says what variables are:
   ORDER_PLAIN    unknown; the comparison holds for every instance
   ORDER_RIGID    constants below every symbol, ordered among themselves
                  by (sort, index): the order is total
   ORDER_RANKED   unknown, but known to be ordered by (sort, index): it
                  holds for the instances in which they are

   LPO decides each pair of subterms once: answers for larger pairs are
   kept in a table in the bank, which a release or a change of precedence
   empties.  Time is O(|s| |t|) in distinct subterms; more than some
   millions of pairs are FAULT_LARGE.  The recursion keeps its own stack,
   so that depth is no problem as such.
   KBO is O(n log n) in distinct subterms; terms of 2^32 or more symbols
   are FAULT_LARGE.                                                      */

#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include "bank.h"

enum { ORDER_PLAIN, ORDER_RIGID, ORDER_RANKED, ORDER_MODES };

enum {
  ORDER_FAULT = -2,
  ORDER_LESS = -1,
  ORDER_EQUAL = 0,
  ORDER_GREATER = 1,
  ORDER_NONE = 2
};

int order_compare (Bank *, uint32_t s, uint32_t t, int mode);

/* 1 if s > t, 0 if not, -1 fault. */
int order_greater (Bank *, uint32_t s, uint32_t t, int mode);

#endif
