/* rpn.h: entries and hits as text in reverse Polish notation.

   rpn_of (t, hit, &length)  a new text of so many characters, without an end
                             mark; NULL: no memory                          */

#ifndef EML_RPN_H
#define EML_RPN_H

#include "peel.h"

char *rpn_of (const Table *t, const Hit *hit, size_t *length);

#endif
