/* fingerprint.h: the second tree of an index, over what its terms have at
   some fixed positions (Schulz 2012); index.h tells what it is for.

   It is built when it is first asked for; entries inserted after that are
   filed here too.  Its leaves are buckets, which fall apart.             */

#ifndef CORE_FINGERPRINT_H
#define CORE_FINGERPRINT_H

#include "index.h"

bool print_insert (Tree *, uint32_t entry);

/* An entry that is not filed here is left alone. */
void print_remove (Tree *, uint32_t entry);

/* The values of the INSTANCES of the term, or of what is UNIFIABLE with
   it renamed apart, in no order. */
bool by_print (Tree *, uint32_t term, int what, Values *out);

#endif
