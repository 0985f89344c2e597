#include "rpn.h"

static size_t rpn_length (const Table *t, uint32_t entry) {
  const Partition *p = t->part + (entry >> 30);
  return 2 * (size_t) level_of (p, entry & LOCAL, t->grown + 1) + 1;
}

/* Writes backwards from the end; as deep as a level. */
static char *write_rpn (const Table *t, uint32_t entry, char *end) {
  const Partition *p = t->part + (entry >> 30);
  uint32_t a = p->left[entry & LOCAL], b = p->right[entry & LOCAL];
  if (b == NONE) {
    *--end = t->names[a];
    return end;
  }
  *--end = 'E';
  return write_rpn (t, a, write_rpn (t, b, end));
}

char *rpn_of (const Table *t, const Hit *hit, size_t *result) {
  size_t length = rpn_length (t, hit->inner);
  for (int i = 0; i < hit->depth; i++) length += rpn_length (t, hit->layers[i]) + 1;
  char *text = malloc (length), *end;
  if (!text) return NULL;
  /* From the outside in, backwards: E, then either a known right argument, or, for a known left
     one, what is inside it first: so the left ones go on a stack. */
  end = text + length;
  for (int i = 0; i < hit->depth; i++) {
    *--end = 'E';
    if (!hit->known_left[i]) end = write_rpn (t, hit->layers[i], end);
  }
  end = write_rpn (t, hit->inner, end);
  for (int i = hit->depth - 1; i >= 0; i--)
    if (hit->known_left[i]) end = write_rpn (t, hit->layers[i], end);
  *result = length;
  return text;
}
