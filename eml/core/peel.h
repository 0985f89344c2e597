/* peel.h: backward from a target.

   An outer eml with one known argument is inverted, b = exp(exp a - T) and
   a = ln(T + ln b) with its neighbouring branches; the other argument is looked
   up, and where it is larger than the table, it is peeled again.

   peel (p, level)  all trees of exactly a level whose value is near the target:
                    p->hits, and p->looked look-ups; the worker's share of them */

#ifndef EML_PEEL_H
#define EML_PEEL_H

#include "place.h"

enum { LAYERS = 40, HITS = 256 };

#define BACK 0x1p-26 /* what may be lost on the way inwards and back */

/* A search from the target inwards: layers[i] is the known argument of the i-th eml from outside,
   at its left or right; the other argument is sought. */
typedef struct {
  uint32_t layers[LAYERS];
  bool known_left[LAYERS];
  int depth;
  uint32_t inner;
} Hit;

typedef struct {
  Table *t;
  Hit at;
  Hit hits[HITS];
  int count;
  int64_t looked;
  int worker, workers;
  const double *target;
} Peel;

void peel (Peel *p, int level);

#endif
