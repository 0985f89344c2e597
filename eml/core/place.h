/* place.h: which entries are near to a value.

   place_build (t, p)     put the partition's new entries in their cells;
                          false: no memory
   look_up (t, v, level, near)
       the entries of at most a level whose values are near to v: how many, up
       to NEIGHBOURS.  Often there are several, of which one is equal:
       exp(x) - ln(exp(exp(x) - ln(x)) - ln(x)) is nearly ln(x).           */

#ifndef EML_PLACE_H
#define EML_PLACE_H

#include "table.h"

enum { NEIGHBOURS = 8 };

#define NEAR 0x1p-33

bool place_build (Table *t, Partition *p);
int look_up (const Table *t, const double *v, int level, uint32_t *near);

#endif
