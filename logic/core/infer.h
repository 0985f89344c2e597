/* infer.h: superposition and resolution.

   infer_plan lists, as tasks, all inferences between a clause just made
   active and the active ones, itself included; infer_task draws one of
   them.  A conclusion is built twice: first without writing anything down,
   to see whether it is worth keeping, and only then with its record.    */

#ifndef CORE_INFER_H
#define CORE_INFER_H

#include "saturate.h"

bool infer_plan (Saturation *, uint32_t id);
bool infer_task (Saturation *, Task);

#endif
