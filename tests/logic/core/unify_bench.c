/* unify_bench: unifications a second in C alone, on random pairs that
   unify.  Each pair are two generalisations of one random ground term, so
   both sides bind variables.                                            */

#include "unify.h"

#include <stdio.h>
#include <time.h>

#define PAIRS 1000

static uint64_t state = 88172645463325252u;

static uint32_t roll (uint32_t n) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t) (state >> 11) % n;
}

static uint32_t symbols[6];
static const uint32_t arities[6] = {0, 0, 1, 2, 2, 3};

/* A ground term of about `size` symbols. */
static uint32_t grow (Bank *b, uint32_t size) {
  uint32_t k = size < 2 ? roll (2) : size < 3 ? 2 : 2 + roll (4), args[3];
  for (uint32_t i = 0; i < arities[k]; i++)
    args[i] = grow (b, (size - 1) / arities[k]);
  return bank_app (b, symbols[k], args);
}

/* Every so often a subterm becomes a variable. */
static uint32_t generalise (Bank *b, uint32_t t, uint32_t first,
                            uint32_t *next) {
  uint32_t args[3], n = arity (b, t);
  if (roll (6) == 0)
    return bank_variable (b, first + (*next)++, 0);
  for (uint32_t i = 0; i < n; i++)
    args[i] = generalise (b, arguments (b, t)[i], first, next);
  return bank_app (b, number (b, t), args);
}

int main (void) {
  for (uint32_t size = 10; size <= 1000; size *= 10) {
    Bank *b = bank_new (SIZE_MAX);
    for (int i = 0; i < 6; i++)
      symbols[i] = bank_symbol (b, arities[i], 0, false);
    uint32_t left[PAIRS], right[PAIRS];
    uint64_t nodes = 0;
    for (int i = 0; i < PAIRS; i++) {
      uint32_t next = 0, t = grow (b, size + size / 2);
      do {
        left[i] = generalise (b, t, 0, &next);
        right[i] = generalise (b, t, 2000, &next);
      } while (is_variable (b, left[i]) || is_variable (b, right[i]));
      nodes += b->weight[left[i]] + b->weight[right[i]];
    }
    clock_t start = clock ();
    uint64_t done = 0, yes = 0;
    while (clock () - start < CLOCKS_PER_SEC)
      for (int r = 0; r < 20; r++)
        for (int i = 0; i < PAIRS; i++, done++) {
          yes += (uint64_t) unify (b, left[i], right[i], 0);
          unify_reset (b);
        }
    double seconds = (double) (clock () - start) / CLOCKS_PER_SEC;
    printf ("%4u: %5.1f nodes a term, %.3f M/s, %.0f %% unify\n", size,
            (double) nodes / (2 * PAIRS), (double) done / seconds / 1e6,
            100.0 * (double) yes / (double) done);
    bank_delete (b);
  }
  return 0;
}
