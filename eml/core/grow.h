/* grow.h: the next level.

   grow (t, level, worker, workers)
       all candidates of a level, of which those of the worker's partitions go
       in: what is found does not depend on the number of workers.  Returns how
       many candidates there are, -1 without memory, -2 if told to stop.  After
       that the level may be grown again: what is there stays.              */

#ifndef EML_GROW_H
#define EML_GROW_H

#include "table.h"

int64_t grow (Table *t, int level, int worker, int workers);

#endif
