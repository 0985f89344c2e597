/* values.h: a growing array of 64-bit values.

     values_push (mem, v, x)     false: out of memory, and v unchanged
     values_sort (v, from)       ascending from that place on
     values_free (mem, v)                                              */

#ifndef CORE_VALUES_H
#define CORE_VALUES_H

#include "mem.h"

typedef struct {
  int64_t *item;
  size_t size, cap;
} Values;

bool values_push (Mem *, Values *, int64_t);
void values_free (Mem *, Values *);
void values_sort (Values *, size_t from);

#endif
