/* active.h: the active clauses, and the places where they may be entered.

   Making a unit active files it as a rewrite rule, and its sides in the
   indices `from` and, where it has no direction, `equal`.  Every position
   of the sides that may be entered becomes a place.  Places of one term
   hang together in a list, and `into` holds the term once.              */

#ifndef CORE_ACTIVE_H
#define CORE_ACTIVE_H

#include "saturate.h"

bool active_add (Saturation *, uint32_t id);
bool active_remove (Saturation *, uint32_t id);

/* Take back the active units that a new one simplifies, those with an
   instance of one of its sides in them, into the backlog. */
bool active_backward (Saturation *, uint32_t by);

#endif
