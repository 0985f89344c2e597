/* The table behind eml.search: every value of eml trees up to a size, and where it came from.

   A value is a vector: the tree at each witness point, one double for a real point and two for a
   complex one. Trees are enumerated by K; a tree whose value is there already is dropped, so that
   each value keeps its shortest tree. exp and ln are taken once for each value, so that a candidate
   eml(a, b) costs one subtraction for each component.

   The table is split into partitions by the hash of the value. While a level grows, every worker
   generates all candidates of the level and keeps those of its own partitions: nothing is shared
   and nothing locked, and what is found does not depend on the number of workers.

   A hash has two parts. The coarse one rounds the first point to 30 bits and places the entry, so
   that a value known to 2^-33 is found by looking into its neighbouring cells; the fine one rounds
   all points to 44 bits and tells entries apart.

   The GIL is released in all long loops. */

#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
  PARTITIONS = 4,
  LEVELS = 64,   /* K = 2 * level + 1 */
  COMPONENTS = 8,
  LAYERS = 40,
  HITS = 256,
  NEIGHBOURS = 8,
  AHEAD = 32 /* candidates whose slot is on its way from memory */
};

#define NONE UINT32_MAX
#define LOCAL ((1u << 30) - 1)
#define NEAR 0x1p-33
#define BACK 0x1p-26 /* what may be lost on the way inwards and back */
#define ROUNDING 0x1p-47
#define PI 3.14159265358979323846

/* Twelve bytes, so that most are within one line of the cache; a tag of 0 is an empty slot. */
typedef struct {
  uint32_t tag[2], entry;
} Slot;

typedef struct {
  Slot *slots;
  size_t capacity, count;
  uint32_t *left, *right; /* of a leaf: its number, and NONE */
  size_t room;
  double *exps, *logs; /* of entries below `valued` */
  size_t valued;
  size_t start[LEVELS + 1]; /* entries of a level are start[l] .. start[l + 1] - 1 */
} Partition;

typedef struct {
  PyObject_HEAD
  Partition part[PARTITIONS];
  int points, width, components;
  bool extended, lower;
  int grown; /* levels that are there */
  size_t limit;
  double *leaves;
  char *names;
  int leaf_count;
  volatile int stop;
} Table;

/* -- values ------------------------------------------------------------------------------------ */

static inline uint64_t mix (uint64_t h) {
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93u;
  h ^= h >> 29;
  h *= 0xff51afd7ed558ccdu;
  return h ^ h >> 32;
}

static inline uint64_t bits_of (double v) {
  uint64_t u;
  memcpy (&u, &v, sizeof u);
  return u;
}

/* One real or complex number rounded to `kept` bits, as a number to hash. */
static inline uint64_t rounded (const double *v, int width, int kept) {
  if (width == 1)
    return v[0] == 0 ? 1 : (bits_of (v[0]) + ((uint64_t) 1 << (51 - kept))) >> (52 - kept);
  double re = fabs (v[0]), im = fabs (v[1]), size = re > im ? re : im;
  if (size == 0 || isinf (size)) return 2 + bits_of (v[0]);
  uint64_t exponent = bits_of (size) >> 52;
  /* 2^(kept - exponent), and 2^500 where that leaves the range */
  int64_t power = 1023 + kept - ((int64_t) exponent - 1023);
  if (power > 2040) power = 2040;
  if (power < 1) power = 1;
  uint64_t u = (uint64_t) power << 52;
  double scale;
  memcpy (&scale, &u, sizeof scale);
  uint64_t a = (uint64_t) llrint (v[0] * scale), b = (uint64_t) llrint (v[1] * scale);
  return a * 0x9e3779b97f4a7c15u + (b ^ exponent << 48) * 0xc2b2ae3d27d4eb4fu;
}

static inline uint64_t coarse (const Table *t, const double *v) {
  return mix (rounded (v, t->width, 30));
}

/* 40 bits of place, 24 bits to tell apart; never 0. */
static inline uint64_t tag_at (const Table *t, uint64_t place, const double *v) {
  uint64_t fine = 0;
  for (int p = 0; p < t->points; p++)
    fine = mix (fine + rounded (v + p * t->width, t->width, 44) * 0x9e3779b97f4a7c15u);
  return (place & ~(uint64_t) 0xffffff) | (fine & 0xffffff) | 1;
}

static inline uint64_t tag_of (const Table *t, const double *v) {
  return tag_at (t, coarse (t, v), v);
}

static inline uint64_t tag_in (const Slot *s) { return s->tag[0] | (uint64_t) s->tag[1] << 32; }
static inline int partition_of (uint64_t tag) { return (int) (tag >> 62); }
static inline size_t slot_of (const Partition *p, uint64_t tag) {
  return (size_t) (tag >> 24) & (p->capacity - 1);
}

/* exp(a) - ln(b) from exp(a) and ln(b); false if it is undefined or beyond a double. */
static inline bool difference (const Table *t, const double *e, const double *l, double *v) {
  if (t->width == 1) {
    for (int p = 0; p < t->points; p++) {
      double d = e[p] - l[p];
      double size = fabs (e[p]) > fabs (l[p]) ? fabs (e[p]) : fabs (l[p]);
      if (d != d) return false;
      v[p] = fabs (d) <= ROUNDING * size && !isinf (d) ? 0 : d;
    }
    return true;
  }
  for (int p = 0; p < t->components; p += 2) {
    double re = e[p] - l[p], im = e[p + 1] - l[p + 1];
    if (isinf (re)) {
      v[p] = re, v[p + 1] = 0;
      continue;
    }
    if (!(fabs (re) <= DBL_MAX && fabs (im) <= DBL_MAX)) return false;
    double a = fabs (e[p]) + fabs (e[p + 1]), b = fabs (l[p]) + fabs (l[p + 1]);
    double small = ROUNDING * (a > b ? a : b);
    v[p] = fabs (re) <= small ? 0 : re;
    v[p + 1] = fabs (im) <= small ? 0 : im;
  }
  return true;
}

static bool exponential (const Table *t, const double *v, double *e) {
  for (int p = 0; p < t->components; p += t->width) {
    double im = t->width == 2 ? v[p + 1] : 0, size = exp (v[p]);
    if (isinf (v[p])) {
      if (!t->extended) return false;
      e[p] = size;
      if (t->width == 2) e[p + 1] = 0;
      continue;
    }
    /* A finite number's exp is neither 0 nor infinite: that is the format's end, no value. */
    if (!(size >= DBL_MIN && size <= DBL_MAX)) return false;
    if (t->width == 1) {
      e[p] = size;
      continue;
    }
    double small = ROUNDING * size * (1 + fabs (im)), re = size * cos (im), i = size * sin (im);
    e[p] = fabs (re) <= small ? 0 : re;
    e[p + 1] = fabs (i) <= small ? 0 : i;
  }
  return true;
}

static bool logarithm (const Table *t, const double *v, double *l) {
  for (int p = 0; p < t->components; p += t->width) {
    double re = v[p], im = t->width == 2 ? v[p + 1] : 0;
    if ((re == 0 && im == 0) || isinf (re)) {
      if (!t->extended || (isinf (re) && re < 0)) return false;
      l[p] = isinf (re) ? INFINITY : -INFINITY;
      if (t->width == 2) l[p + 1] = 0;
    } else if (t->width == 1) {
      if (re < 0) return false;
      l[p] = log (re);
    } else {
      l[p] = im == 0 ? log (fabs (re)) : log (hypot (re, im));
      l[p + 1] = im != 0 ? atan2 (im, re) : re > 0 ? 0 : t->lower ? -PI : PI;
    }
  }
  return true;
}

static bool near_to (const Table *t, const double *v, const double *w, double tolerance) {
  for (int p = 0; p < t->components; p += t->width) {
    double size = fabs (w[p]) + (t->width == 2 ? fabs (w[p + 1]) : 0), bound = tolerance * size;
    for (int c = p; c < p + t->width; c++)
      if (v[c] != w[c] && !(fabs (v[c] - w[c]) <= bound)) return false;
  }
  return true;
}

static void value_of (const Table *t, uint32_t entry, double *v) {
  const Partition *p = t->part + (entry >> 30);
  size_t i = entry & LOCAL;
  uint32_t a = p->left[i], b = p->right[i];
  size_t n = (size_t) t->components;
  if (b == NONE)
    memcpy (v, t->leaves + a * n, n * sizeof *v);
  else
    difference (t, t->part[a >> 30].exps + (a & LOCAL) * n,
                t->part[b >> 30].logs + (b & LOCAL) * n, v);
}

/* -- the table --------------------------------------------------------------------------------- */

static size_t memory_of (const Table *t) {
  size_t sum = 0;
  for (int i = 0; i < PARTITIONS; i++) {
    const Partition *p = t->part + i;
    sum += p->capacity * 12 + p->room * 8 + p->valued * (size_t) t->components * 16;
  }
  return sum;
}

/* Zeroed slots, in large pages where the system has them: access is at random. */
static Slot *new_slots (size_t capacity) {
  size_t bytes = capacity * sizeof (Slot);
  void *memory =
      mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
  madvise (memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

static void free_slots (Slot *slots, size_t capacity) {
  if (slots) munmap (slots, capacity * sizeof (Slot));
}

static bool rehash (Partition *p, size_t capacity) {
  Slot *slots = new_slots (capacity), *old = p->slots;
  if (!slots) return false;
  size_t before = p->capacity;
  p->slots = slots, p->capacity = capacity;
  for (size_t i = 0; i < before; i++) {
    if (!tag_in (old + i)) continue;
    size_t s = slot_of (p, tag_in (old + i));
    while (tag_in (slots + s)) s = (s + 1) & (capacity - 1);
    slots[s] = old[i];
  }
  free_slots (old, before);
  return true;
}

/* Make room for a share of a level's candidates, as far as the limit allows; most are new. */
static bool reserve (Table *t, Partition *p, size_t candidates) {
  size_t capacity = p->capacity;
  while ((p->count + candidates / PARTITIONS) * 4 > capacity * 3) capacity *= 2;
  if (memory_of (t) + (capacity - p->capacity) * 12 > t->limit) return true;
  return capacity == p->capacity || rehash (p, capacity);
}

/* Put in what is not there yet. False: no memory. */
static bool insert (Table *t, int number, uint64_t tag, uint32_t left, uint32_t right) {
  Partition *p = t->part + number;
  size_t s = slot_of (p, tag);
  for (uint64_t there; (there = tag_in (p->slots + s)); s = (s + 1) & (p->capacity - 1))
    if (there == tag) return true;
  if (p->count == p->room) {
    size_t room = p->room + p->room / 2 + 1024;
    if (room > LOCAL || memory_of (t) + (room - p->room) * 8 > t->limit) return false;
    uint32_t *l = realloc (p->left, room * sizeof *l);
    if (l) p->left = l;
    uint32_t *r = realloc (p->right, room * sizeof *r);
    if (r) p->right = r;
    if (!l || !r) return false;
    p->room = room;
  }
  p->left[p->count] = left, p->right[p->count] = right;
  p->slots[s] = (Slot){{(uint32_t) tag, (uint32_t) (tag >> 32)},
                       (uint32_t) number << 30 | (uint32_t) p->count};
  p->count++;
  if (p->count * 4 > p->capacity * 3)
    return memory_of (t) + p->capacity * 12 <= t->limit && rehash (p, p->capacity * 2);
  return true;
}

static size_t level_size (const Table *t, int level) {
  size_t sum = 0;
  for (int i = 0; i < PARTITIONS; i++)
    sum += t->part[i].start[level + 1] - t->part[i].start[level];
  return sum;
}

typedef struct {
  uint64_t tag;
  uint32_t left, right;
} Candidate;

/* All candidates of a level; those of the worker's partitions go in. Returns their number, or -1
   without memory, or -2 if told to stop. */
static int64_t grow (Table *t, int level, int worker, int workers) {
  size_t n = (size_t) t->components;
  int64_t made = 0;
  Candidate queue[AHEAD];
  memset (queue, 0, sizeof queue);
  unsigned head = 0;
  bool mine[PARTITIONS];
  size_t expected = 0;
  for (int a = 0; a < level; a++) expected += level_size (t, a) * level_size (t, level - 1 - a);
  for (int i = 0; i < PARTITIONS; i++) {
    mine[i] = i % workers == worker;
    if (mine[i] && !reserve (t, t->part + i, expected)) return -1;
  }
  for (int a = 0; a < level; a++) {
    int b = level - 1 - a;
    for (uint32_t pa = 0; pa < PARTITIONS; pa++) {
      const Partition *A = t->part + pa;
      for (size_t i = A->start[a]; i < A->start[a + 1]; i++) {
        const double *e = A->exps + i * n;
        if (e[0] != e[0]) continue;
        if (t->stop) return -2;
        for (uint32_t pb = 0; pb < PARTITIONS; pb++) {
          const Partition *B = t->part + pb;
          const double *l = B->logs + B->start[b] * n;
          for (size_t j = B->start[b]; j < B->start[b + 1]; j++, l += n) {
            double v[COMPONENTS];
            if (l[0] != l[0] || !difference (t, e, l, v)) continue;
            made++;
            uint64_t place = coarse (t, v);
            int number = partition_of (place);
            if (!mine[number]) continue;
            uint64_t tag = tag_at (t, place, v);
            Partition *p = t->part + number;
            __builtin_prefetch (p->slots + slot_of (p, tag), 1);
            Candidate *c = queue + head++ % AHEAD;
            if (c->tag && !insert (t, partition_of (c->tag), c->tag, c->left, c->right)) return -1;
            *c = (Candidate){tag, pa << 30 | (uint32_t) i, pb << 30 | (uint32_t) j};
          }
        }
      }
    }
  }
  for (unsigned i = 0; i < AHEAD; i++, head++) {
    Candidate *c = queue + head % AHEAD;
    if (c->tag && !insert (t, partition_of (c->tag), c->tag, c->left, c->right)) return -1;
  }
  return made;
}

/* Room for exp and ln of all entries. Not to run beside give_values, which reads them all. */
static bool widen (Table *t, Partition *p) {
  size_t n = (size_t) t->components, bytes = (p->count ? p->count : 1) * n * sizeof (double);
  if (memory_of (t) + (p->count - p->valued) * n * 16 > t->limit) return false;
  double *e = realloc (p->exps, bytes);
  if (e) p->exps = e;
  double *l = realloc (p->logs, bytes);
  if (l) p->logs = l;
  return e && l;
}

/* exp and ln of a partition's entries up to the end. */
static void give_values (Table *t, Partition *p) {
  size_t n = (size_t) t->components;
  double *e = p->exps, *l = p->logs;
  for (size_t i = p->valued; i < p->count; i++) {
    double v[COMPONENTS];
    value_of (t, (uint32_t) (p - t->part) << 30 | (uint32_t) i, v);
    if (!exponential (t, v, e + i * n)) e[i * n] = NAN;
    if (!logarithm (t, v, l + i * n)) l[i * n] = NAN;
  }
  p->valued = p->count;
}

static int level_of (const Partition *p, size_t entry, int grown) {
  int low = 0, high = grown;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (entry < p->start[middle])
      high = middle;
    else
      low = middle;
  }
  return low;
}

/* The entries of at most a level whose values are near to v: how many. Often there are several, of
   which one is equal: exp(x) - ln(exp(exp(x) - ln(x)) - ln(x)) is nearly ln(x). */
static int look_up (const Table *t, const double *v, int level, uint32_t *near) {
  int result = 0;
  uint64_t seen[4];
  int count = 0;
  double w[COMPONENTS];
  double size = fabs (v[0]) + (t->width == 2 ? fabs (v[1]) : 0);
  double shift = isinf (size) ? 0 : NEAR * size;
  for (int side = 0; side < (t->width == 2 ? 4 : 2); side++) {
    w[0] = v[0] + (side & 1 ? shift : -shift);
    if (t->width == 2) w[1] = v[1] + (side & 2 ? shift : -shift);
    uint64_t cell = coarse (t, w) >> 24;
    bool again = false;
    for (int i = 0; i < count; i++) again |= seen[i] == cell;
    if (again) continue;
    seen[count++] = cell;
    const Partition *p = t->part + (cell >> 38);
    size_t s = slot_of (p, cell << 24);
    for (uint64_t tag; (tag = tag_in (p->slots + s)); s = (s + 1) & (p->capacity - 1)) {
      if (tag >> 24 != cell) continue;
      uint32_t entry = p->slots[s].entry;
      if ((entry & LOCAL) >= p->start[level + 1]) continue;
      double found[COMPONENTS];
      value_of (t, entry, found);
      if (near_to (t, found, v, 4 * NEAR)) near[result++] = entry;
      if (result == NEIGHBOURS) return result;
    }
  }
  return result;
}

/* -- backward ---------------------------------------------------------------------------------- */

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

static void seek (Peel *p, const double *target, int level);

/* The value of a hit's tree, from the inside out: a target that vanishes in the rounding of a larger
   number on the way inwards comes back as something else. */
static bool comes_back (const Table *t, const Hit *hit, const double *target) {
  size_t n = (size_t) t->components;
  double v[COMPONENTS], w[COMPONENTS];
  value_of (t, hit->inner, v);
  for (int i = hit->depth - 1; i >= 0; i--) {
    const Partition *known = t->part + (hit->layers[i] >> 30);
    size_t at = (hit->layers[i] & LOCAL) * n;
    if (hit->known_left[i] ? !logarithm (t, v, w) || !difference (t, known->exps + at, w, v)
                           : !exponential (t, v, w) || !difference (t, w, known->logs + at, v))
      return false;
  }
  return near_to (t, v, target, BACK);
}

/* The argument is sought among the trees of exactly a level. */
static void seek_inner (Peel *p, const double *v, int level) {
  if (p->count == HITS) return;
  if (level >= p->t->grown) {
    seek (p, v, level);
    return;
  }
  p->looked++;
  uint32_t near[NEIGHBOURS];
  int count = look_up (p->t, v, level, near);
  for (int i = 0; i < count && p->count < HITS; i++) {
    p->at.inner = near[i];
    if (comes_back (p->t, &p->at, p->target)) p->hits[p->count++] = p->at;
  }
}

/* eml(known, b) = target: ln b = exp(known) - target. */
static bool right_of (const Table *t, const double *e, const double *target, double *b) {
  double l[COMPONENTS];
  if (!difference (t, e, target, l)) return false;
  for (int p = 0; p < t->components; p += t->width) {
    if (isinf (l[p]) && !t->extended) return false;
    if (t->width == 2 && fabs (l[p + 1]) > PI * (1 + 0x1p-40)) return false;
  }
  return exponential (t, l, b);
}

/* eml(a, known) = target: exp a = target + ln(known), up to turns of the imaginary part. */
static bool left_of (const Table *t, const double *l, const double *target, double *a) {
  double minus[COMPONENTS], e[COMPONENTS];
  for (int c = 0; c < t->components; c++) minus[c] = -l[c];
  return difference (t, target, minus, e) && logarithm (t, e, a);
}

/* All trees of exactly a level whose value is the target, the smaller argument enumerated. */
static void seek (Peel *p, const double *target, int level) {
  const Table *t = p->t;
  size_t n = (size_t) t->components;
  int depth = p->at.depth;
  if (depth == LAYERS) return;
  p->at.depth++;
  for (int a = 0; a <= (level - 1) / 2 && a < t->grown; a++) {
    int other = level - 1 - a;
    for (uint32_t pa = 0; pa < PARTITIONS; pa++) {
      const Partition *A = t->part + pa;
      for (size_t i = A->start[a]; i < A->start[a + 1]; i++) {
        /* Workers take turns at the outermost layer. */
        if (!depth && (int) (i % (size_t) p->workers) != p->worker) continue;
        if (t->stop || p->count == HITS) goto done;
        double v[COMPONENTS];
        const double *e = A->exps + i * n, *l = A->logs + i * n;
        p->at.layers[depth] = pa << 30 | (uint32_t) i;
        p->at.known_left[depth] = true;
        if (e[0] == e[0] && right_of (t, e, target, v)) seek_inner (p, v, other);
        p->at.known_left[depth] = false;
        if (l[0] != l[0] || !left_of (t, l, target, v)) continue;
        seek_inner (p, v, other);
        if (t->width == 1) continue;
        for (int turn = -1; turn <= 1; turn += 2) {
          double w[COMPONENTS];
          memcpy (w, v, sizeof w);
          bool finite = true;
          for (int c = 1; c < t->components; c += 2) {
            finite &= !isinf (w[c - 1]);
            w[c] += turn * 2 * PI;
          }
          if (finite) seek_inner (p, w, other);
        }
      }
    }
  }
done:
  p->at.depth = depth;
}

/* -- Python ------------------------------------------------------------------------------------ */

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

static PyObject *hit_rpn (const Table *t, const Hit *hit) {
  size_t length = rpn_length (t, hit->inner);
  for (int i = 0; i < hit->depth; i++) length += rpn_length (t, hit->layers[i]) + 1;
  char *text = malloc (length), *end;
  if (!text) return PyErr_NoMemory ();
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
  PyObject *result = PyUnicode_DecodeASCII (text, (Py_ssize_t) length, NULL);
  free (text);
  return result;
}

static int table_init (PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *keys[] = {"names", "values", "points", "width", "extended", "lower", "limit", NULL};
  Table *t = (Table *) self;
  const char *names;
  const char *values;
  Py_ssize_t name_count, size, limit;
  int points, width, extended, lower;
  if (!PyArg_ParseTupleAndKeywords (args, kwargs, "s#y#iippn", keys, &names, &name_count, &values,
                                    &size, &points, &width, &extended, &lower, &limit))
    return -1;
  if (t->leaves) {
    PyErr_SetString (PyExc_RuntimeError, "a table is made once");
    return -1;
  }
  if (points < 1 || width < 1 || width > 2 || points * width > COMPONENTS || name_count < 1 ||
      size != name_count * points * width * (Py_ssize_t) sizeof (double) || limit < 1) {
    PyErr_SetString (PyExc_ValueError, "the values do not fit the leaves and points");
    return -1;
  }
  t->points = points, t->width = width, t->components = points * width;
  t->extended = extended, t->lower = lower;
  t->limit = (size_t) limit;
  t->leaf_count = (int) name_count;
  t->leaves = malloc ((size_t) size);
  t->names = malloc ((size_t) name_count);
  bool ok = t->leaves && t->names;
  for (int i = 0; ok && i < PARTITIONS; i++) ok = rehash (t->part + i, 1024);
  if (ok) {
    memcpy (t->leaves, values, (size_t) size);
    memcpy (t->names, names, (size_t) name_count);
    for (uint32_t i = 0; ok && i < (uint32_t) name_count; i++) {
      uint64_t tag = tag_of (t, t->leaves + i * (size_t) t->components);
      ok = insert (t, partition_of (tag), tag, i, NONE);
    }
    for (int i = 0; ok && i < PARTITIONS; i++) {
      t->part[i].start[1] = t->part[i].count;
      ok = widen (t, t->part + i);
      if (ok) give_values (t, t->part + i);
    }
    t->grown = 1;
  }
  if (ok) return 0;
  PyErr_NoMemory ();
  return -1;
}

static void table_dealloc (PyObject *self) {
  Table *t = (Table *) self;
  for (int i = 0; i < PARTITIONS; i++) {
    Partition *p = t->part + i;
    free_slots (p->slots, p->capacity);
    free (p->left), free (p->right), free (p->exps), free (p->logs);
  }
  free (t->leaves), free (t->names);
  PyTypeObject *type = Py_TYPE (self);
  freefunc release = (freefunc) PyType_GetSlot (type, Py_tp_free);
  release (self);
  Py_DECREF (type);
}

static bool workers_ok (int worker, int workers) {
  if (workers >= 1 && worker >= 0 && worker < workers) return true;
  PyErr_SetString (PyExc_ValueError, "there is no such worker");
  return false;
}

static PyObject *table_grow (PyObject *self, PyObject *args) {
  Table *t = (Table *) self;
  int worker, workers;
  int64_t made;
  if (!PyArg_ParseTuple (args, "ii", &worker, &workers) || !workers_ok (worker, workers))
    return NULL;
  if (t->grown >= LEVELS) {
    PyErr_SetString (PyExc_ValueError, "the table has all the levels that it can hold");
    return NULL;
  }
  Py_BEGIN_ALLOW_THREADS made = grow (t, t->grown, worker, workers);
  Py_END_ALLOW_THREADS if (made == -1) return PyErr_NoMemory ();
  return PyLong_FromLongLong (made);
}

static PyObject *table_widen (PyObject *self, PyObject *unused) {
  Table *t = (Table *) self;
  (void) unused;
  for (int i = 0; i < PARTITIONS; i++)
    if (!widen (t, t->part + i)) return PyErr_NoMemory ();
  Py_RETURN_NONE;
}

static PyObject *table_value (PyObject *self, PyObject *args) {
  Table *t = (Table *) self;
  int worker, workers;
  if (!PyArg_ParseTuple (args, "ii", &worker, &workers) || !workers_ok (worker, workers))
    return NULL;
  Py_BEGIN_ALLOW_THREADS for (int i = worker; i < PARTITIONS; i += workers)
      give_values (t, t->part + i);
  Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

/* Ends the level that grow has filled: from now on it is there. */
static PyObject *table_close (PyObject *self, PyObject *unused) {
  Table *t = (Table *) self;
  (void) unused;
  size_t count = 0;
  for (int i = 0; i < PARTITIONS; i++) {
    t->part[i].start[t->grown + 1] = t->part[i].count;
    count += t->part[i].count - t->part[i].start[t->grown];
  }
  t->grown++;
  return PyLong_FromSize_t (count);
}

static bool read_target (const Table *t, const char *bytes, Py_ssize_t size, double *v) {
  if (size != t->components * (Py_ssize_t) sizeof (double)) {
    PyErr_SetString (PyExc_ValueError, "the target does not fit the table's points");
    return false;
  }
  memcpy (v, bytes, (size_t) size);
  return true;
}

static PyObject *table_find (PyObject *self, PyObject *args) {
  Table *t = (Table *) self;
  const char *bytes;
  Py_ssize_t size;
  double v[COMPONENTS];
  if (!PyArg_ParseTuple (args, "y#", &bytes, &size) || !read_target (t, bytes, size, v)) return NULL;
  uint32_t near[NEIGHBOURS];
  int count = look_up (t, v, t->grown - 1, near);
  PyObject *list = PyList_New (0);
  for (int i = 0; list && i < count; i++) {
    Hit hit = {.depth = 0, .inner = near[i]};
    PyObject *text = hit_rpn (t, &hit);
    if (!text || PyList_Append (list, text) < 0) Py_CLEAR (list);
    Py_XDECREF (text);
  }
  return list;
}

static PyObject *table_peel (PyObject *self, PyObject *args) {
  Table *t = (Table *) self;
  const char *bytes;
  Py_ssize_t size;
  double v[COMPONENTS];
  int level, worker, workers;
  if (!PyArg_ParseTuple (args, "y#iii", &bytes, &size, &level, &worker, &workers) ||
      !read_target (t, bytes, size, v) || !workers_ok (worker, workers))
    return NULL;
  for (int i = 0; i < PARTITIONS; i++)
    if (t->part[i].valued != t->part[i].start[t->grown]) {
      PyErr_SetString (PyExc_ValueError, "the last level has no values yet");
      return NULL;
    }
  Peel *p = calloc (1, sizeof *p);
  if (!p) return PyErr_NoMemory ();
  p->t = t, p->worker = worker, p->workers = workers, p->target = v;
  Py_BEGIN_ALLOW_THREADS seek (p, v, level);
  Py_END_ALLOW_THREADS PyObject *list = PyList_New (0);
  for (int i = 0; list && i < p->count; i++) {
    PyObject *text = hit_rpn (t, p->hits + i);
    if (!text || PyList_Append (list, text) < 0) Py_CLEAR (list);
    Py_XDECREF (text);
  }
  PyObject *result =
      list ? Py_BuildValue ("NLi", list, (long long) p->looked, t->stop || p->count == HITS) : NULL;
  free (p);
  return result;
}

static PyObject *table_stop (PyObject *self, PyObject *stop) {
  int truth = PyObject_IsTrue (stop);
  if (truth < 0) return NULL;
  ((Table *) self)->stop = truth;
  Py_RETURN_NONE;
}

static PyObject *table_memory (PyObject *self, PyObject *unused) {
  (void) unused;
  return PyLong_FromSize_t (memory_of ((Table *) self));
}

static PyObject *table_levels (PyObject *self, PyObject *unused) {
  Table *t = (Table *) self;
  (void) unused;
  PyObject *list = PyList_New (0);
  for (int l = 0; list && l < t->grown; l++) {
    size_t count = 0;
    for (int i = 0; i < PARTITIONS; i++) count += t->part[i].start[l + 1] - t->part[i].start[l];
    PyObject *number = PyLong_FromSize_t (count);
    if (!number || PyList_Append (list, number) < 0) Py_CLEAR (list);
    Py_XDECREF (number);
  }
  return list;
}

static PyMethodDef table_methods[] = {
    {"grow", table_grow, METH_VARARGS, "Generate the next level's candidates; how many."},
    {"close", table_close, METH_NOARGS, "End the level: how many new values it has."},
    {"widen", table_widen, METH_NOARGS, "Make room for value, before its workers start."},
    {"value", table_value, METH_VARARGS, "Take exp and ln of new values."},
    {"find", table_find, METH_VARARGS, "RPN texts of the tabled trees near a value."},
    {"peel", table_peel, METH_VARARGS,
     "RPN texts of a level near a value, how many look-ups, and whether it was cut short."},
    {"stop", table_stop, METH_O, "Whether running calls are to return soon."},
    {"memory", table_memory, METH_NOARGS, "Bytes in use."},
    {"levels", table_levels, METH_NOARGS, "How many values each level has."},
    {NULL, NULL, 0, NULL}};

static PyType_Slot table_slots[] = {
    {Py_tp_doc, "Values of eml trees by K, at some witness points."},
    {Py_tp_init, table_init},
    {Py_tp_dealloc, table_dealloc},
    {Py_tp_methods, table_methods},
    {Py_tp_new, PyType_GenericNew},
    {0, NULL}};

static PyType_Spec table_spec = {.name = "eml._search.Table",
                                 .basicsize = sizeof (Table),
                                 .flags = Py_TPFLAGS_DEFAULT,
                                 .slots = table_slots};

static int module_exec (PyObject *module) {
  PyObject *type = PyType_FromModuleAndSpec (module, &table_spec, NULL);
  if (!type) return -1;
  int failed = PyModule_AddObjectRef (module, "Table", type);
  Py_DECREF (type);
  return failed;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, (void *) module_exec}, {0, NULL}};

static PyModuleDef module_def = {.m_base = PyModuleDef_HEAD_INIT,
                                 .m_name = "eml._search",
                                 .m_doc = "The table behind eml.search.",
                                 .m_slots = module_slots};

PyMODINIT_FUNC PyInit__search (void) { return PyModuleDef_Init (&module_def); }
