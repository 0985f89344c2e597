/* module.c: what Python sees of the core.

   Every method has the same shape: read the arguments (no Python code runs
   once an id has been checked), enter the bank, work, leave the bank, build
   the result.  A bank that has been entered refuses to be entered again, by
   another thread or by a finaliser, with a RuntimeError.                 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bank.h"
#include "index.h"
#include "join.h"
#include "order.h"
#include "rewrite.h"
#include "saturate.h"
#include "unify.h"

typedef struct {
  PyTypeObject *bank_type, *index_type, *rewriter_type, *saturation_type,
      *join_type;
  PyObject *limit; /* the exception class LimitError */
} State;

typedef struct {
  PyObject_HEAD
  Bank *bank;
} BankObject;

#define FAST(name) ((PyCFunction) (void (*) (void)) (name))
#define KEYS(name) ((PyCFunction) (void (*) (void)) (name))
#define KEYWORDS (METH_VARARGS | METH_KEYWORDS)

static State *state_of (PyObject *self) {
  return PyType_GetModuleState (Py_TYPE (self));
}

/*---------------------------------------------------- faults, arguments --*/

static PyObject *raise_fault (PyObject *self, Fault fault) {
  switch (fault) {
  case FAULT_FULL:
    PyErr_SetString (PyExc_OverflowError,
                     "the bank is full: it has no more ids to give");
    break;
  case FAULT_LARGE:
    PyErr_SetString (PyExc_ValueError,
                     "the term is too large for this operation (measured "
                     "as a tree, shared parts counted each time)");
    break;
  case FAULT_STEPS:
    PyErr_SetString (state_of (self)->limit,
                     "the step budget ran out before a normal form");
    break;
  default:
    PyErr_NoMemory ();
  }
  return NULL;
}

/* Even looking at a term is unsafe while another call, which may have let
   go of the GIL, moves the arrays about. */
static bool is_free (const Bank *b) {
  if (!b->busy)
    return true;
  PyErr_SetString (PyExc_RuntimeError,
                   "the bank is in use by another call; give each thread "
                   "a bank of its own");
  return false;
}

static bool enter (BankObject *o) {
  if (!is_free (o->bank))
    return false;
  o->bank->busy = true;
  o->bank->fault = FAULT_NONE;
  return true;
}

static void leave (BankObject *o) {
  o->bank->busy = false;
}

static bool count_is (const char *name, Py_ssize_t have, Py_ssize_t low,
                      Py_ssize_t high) {
  if (have >= low && have <= high)
    return true;
  if (low == high)
    PyErr_Format (PyExc_TypeError, "%s() takes %zd arguments, %zd given",
                  name, low, have);
  else
    PyErr_Format (PyExc_TypeError, "%s() takes %zd to %zd arguments, %zd "
                  "given", name, low, high, have);
  return false;
}

/* An integer from 0 up to, not including, `end`. */
static bool get_number (PyObject *o, size_t end, const char *what,
                        uint32_t *out) {
  if (!PyLong_Check (o)) {
    PyErr_Format (PyExc_TypeError, "%s must be an int, not %R", what,
                  (PyObject *) Py_TYPE (o));
    return false;
  }
  long long v = PyLong_AsLongLong (o);
  if (v == -1 && PyErr_Occurred ()) {
    if (!PyErr_ExceptionMatches (PyExc_OverflowError))
      return false;
    PyErr_Clear ();
  }
  if (v < 0 || (unsigned long long) v >= end) {
    PyErr_Format (PyExc_ValueError, "%R is no %s here: there are %zu", o,
                  what, end);
    return false;
  }
  *out = (uint32_t) v;
  return true;
}

static bool get_term (const Bank *b, PyObject *o, uint32_t *out) {
  return is_free (b) && get_number (o, b->terms, "term of this bank", out);
}

static bool get_symbol (const Bank *b, PyObject *o, uint32_t *out) {
  return is_free (b) &&
         get_number (o, b->symbols, "symbol of this bank", out);
}

static bool get_small (PyObject *o, const char *what, uint32_t *out) {
  return get_number (o, (size_t) 1 << 31, what, out);
}

static bool get_value (PyObject *o, int64_t *out) {
  if (!PyLong_Check (o)) {
    PyErr_Format (PyExc_TypeError, "the value must be an int, not %R",
                  (PyObject *) Py_TYPE (o));
    return false;
  }
  *out = PyLong_AsLongLong (o);
  return *out != -1 || !PyErr_Occurred ();
}

/* Numbers of a list or tuple, as an array to be freed with PyMem_Free.
   Another sequence is made a tuple first. */
static bool get_numbers (PyObject *o, size_t end, const char *what,
                         uint32_t **out, size_t *count) {
  *out = NULL;
  *count = 0;
  PyObject *seq = PyTuple_Check (o) ? Py_NewRef (o) : PySequence_Tuple (o);
  if (!seq)
    return false;
  Py_ssize_t n = PyTuple_Size (seq);
  uint32_t *a = PyMem_Malloc ((n ? (size_t) n : 1) * sizeof *a);
  bool ok = a != NULL;
  if (!ok)
    PyErr_NoMemory ();
  for (Py_ssize_t i = 0; ok && i < n; i++)
    ok = get_number (PyTuple_GetItem (seq, i), end, what, a + i);
  Py_DECREF (seq);
  if (!ok) {
    PyMem_Free (a);
    return false;
  }
  *out = a;
  *count = (size_t) n;
  return true;
}

/* After arguments have been read, a finaliser may have released terms:
   look again, now that nothing else can run. */
static bool still (const Bank *b, const uint32_t *terms, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (terms[i] >= b->terms) {
      PyErr_Format (PyExc_ValueError, "%u is no term of this bank here: "
                    "there are %zu", (unsigned) terms[i], b->terms);
      return false;
    }
  return true;
}

/* Read term ids, as many as `terms` has room for, from a fast call. */
static bool get_terms (const Bank *b, const char *name, PyObject *const *args,
                       Py_ssize_t have, Py_ssize_t want, uint32_t *terms) {
  if (!count_is (name, have, want, want))
    return false;
  for (Py_ssize_t i = 0; i < want; i++)
    if (!get_term (b, args[i], terms + i))
      return false;
  return true;
}

static PyObject *id_or_fault (PyObject *self, const Bank *b, uint32_t t) {
  if (t == NONE)
    return raise_fault (self, b->fault);
  return PyLong_FromUnsignedLong (t);
}

static PyObject *tuple_of (const uint32_t *a, size_t n) {
  PyObject *r = PyTuple_New ((Py_ssize_t) n);
  for (size_t i = 0; r && i < n; i++) {
    PyObject *x = PyLong_FromUnsignedLong (a[i]);
    if (!x || PyTuple_SetItem (r, (Py_ssize_t) i, x) < 0)
      Py_CLEAR (r);
  }
  return r;
}

static PyObject *list_of (const Values *v) {
  PyObject *r = PyList_New ((Py_ssize_t) v->size);
  for (size_t i = 0; r && i < v->size; i++) {
    PyObject *x = PyLong_FromLongLong (v->item[i]);
    if (!x || PyList_SetItem (r, (Py_ssize_t) i, x) < 0)
      Py_CLEAR (r);
  }
  return r;
}

/* A dict from an array of (key, value). */
static PyObject *dict_of (const uint32_t *a, size_t pairs) {
  PyObject *d = PyDict_New ();
  for (size_t i = 0; d && i < pairs; i++) {
    PyObject *k = PyLong_FromUnsignedLong (a[2 * i]);
    PyObject *v = k ? PyLong_FromUnsignedLong (a[2 * i + 1]) : NULL;
    if (!v || PyDict_SetItem (d, k, v) < 0)
      Py_CLEAR (d);
    Py_XDECREF (k);
    Py_XDECREF (v);
  }
  return d;
}

static PyObject *check_invariant (const char *wrong) {
  if (!wrong)
    Py_RETURN_NONE;
  PyErr_SetString (PyExc_AssertionError, wrong);
  return NULL;
}

static void free_object (PyObject *self) {
  PyTypeObject *type = Py_TYPE (self);
  freefunc release = (freefunc) PyType_GetSlot (type, Py_tp_free);
  release (self);
  Py_DECREF (type);
}

static PyObject *new_object (PyTypeObject *type) {
  allocfunc alloc = (allocfunc) PyType_GetSlot (type, Py_tp_alloc);
  return alloc (type, 0);
}

/*------------------------------------------------------------------ Bank --*/

static PyObject *bank_create (PyTypeObject *type, PyObject *args,
                              PyObject *kwds) {
  static char *names[] = {"memory", NULL};
  PyObject *memory = Py_None;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "|O:Bank", names, &memory))
    return NULL;
  size_t limit = SIZE_MAX;
  if (memory != Py_None) {
    limit = PyLong_AsSize_t (memory);
    if (limit == (size_t) -1 && PyErr_Occurred ())
      return NULL;
  }
  BankObject *o = (BankObject *) new_object (type);
  if (!o)
    return NULL;
  o->bank = bank_new (limit);
  if (o->bank)
    return (PyObject *) o;
  Py_DECREF (o);
  return PyErr_NoMemory ();
}

static void bank_dealloc (PyObject *self) {
  bank_delete (((BankObject *) self)->bank);
  free_object (self);
}

static PyObject *py_symbol (BankObject *o, PyObject *args, PyObject *kwds) {
  static char *names[] = {"arity", "sort", "constructor", NULL};
  PyObject *arity_o, *sort_o = NULL;
  int constructor = 0;
  uint32_t arity, sort = 0;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "O|Op:symbol", names,
                                    &arity_o, &sort_o, &constructor))
    return NULL;
  if (!get_number (arity_o, 65536, "arity", &arity) ||
      (sort_o && !get_small (sort_o, "sort", &sort)) || !enter (o))
    return NULL;
  uint32_t s = bank_symbol (o->bank, arity, sort, constructor);
  leave (o);
  return id_or_fault ((PyObject *) o, o->bank, s);
}

static PyObject *py_variable (BankObject *o, PyObject *const *args,
                              Py_ssize_t n) {
  uint32_t index, sort = 0;
  if (!count_is ("variable", n, 1, 2) ||
      !get_small (args[0], "variable index", &index) ||
      (n > 1 && !get_small (args[1], "sort", &sort)) || !enter (o))
    return NULL;
  uint32_t t = bank_variable (o->bank, index, sort);
  leave (o);
  return id_or_fault ((PyObject *) o, o->bank, t);
}

static PyObject *py_term (BankObject *o, PyObject *const *args,
                          Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t symbol, small[16], *terms = small;
  size_t count = 0;
  if (!count_is ("term", n, 1, 2) || !get_symbol (b, args[0], &symbol))
    return NULL;
  if (n > 1 && PyTuple_Check (args[1]) && PyTuple_Size (args[1]) <= 16) {
    count = (size_t) PyTuple_Size (args[1]);
    for (size_t i = 0; i < count; i++)
      if (!get_term (b, PyTuple_GetItem (args[1], (Py_ssize_t) i), small + i))
        return NULL;
  } else if (n > 1 && !get_numbers (args[1], b->terms, "term of this bank",
                                    &terms, &count))
    return NULL;
  uint32_t t = NONE;
  bool ok = enter (o);
  if (ok && (symbol >= b->symbols || !still (b, terms, count))) {
    if (symbol >= b->symbols)
      PyErr_SetString (PyExc_ValueError, "the symbol has been released");
    ok = false;
    leave (o);
  } else if (ok && count != b->symbol[symbol].arity) {
    PyErr_Format (PyExc_ValueError, "symbol %u takes %u arguments, %zu given",
                  (unsigned) symbol, (unsigned) b->symbol[symbol].arity,
                  count);
    ok = false;
    leave (o);
  } else if (ok) {
    t = bank_app (b, symbol, terms);
    leave (o);
  }
  if (terms != small)
    PyMem_Free (terms);
  return ok ? id_or_fault ((PyObject *) o, b, t) : NULL;
}

/* Methods that look at one term. */
#define LOOK(name, value)                                        \
  static PyObject *py_##name (BankObject *o, PyObject *arg) {    \
    Bank *b = o->bank;                                           \
    uint32_t t;                                                  \
    if (!get_term (b, arg, &t))                                  \
      return NULL;                                               \
    return value;                                                \
  }

LOOK (is_variable, PyBool_FromLong (is_variable (b, t)))
LOOK (is_ground, PyBool_FromLong (is_ground (b, t)))
LOOK (head, PyLong_FromLong (is_variable (b, t) ? -1L : (long) number (b, t)))
LOOK (index, PyLong_FromLong (
                 is_variable (b, t)
                     ? (long) b->variable[number (b, t)].index : -1L))
LOOK (sort, PyLong_FromUnsignedLong (sort_of (b, t)))
LOOK (size, PyLong_FromUnsignedLong (b->weight[t]))
LOOK (depth, PyLong_FromUnsignedLong (b->depth[t]))

static PyObject *py_arguments (BankObject *o, PyObject *arg) {
  Bank *b = o->bank;
  uint32_t t;
  if (!get_term (b, arg, &t) || !enter (o))
    return NULL;
  PyObject *r = tuple_of (arguments (b, t), arity (b, t));
  leave (o);
  return r;
}

static PyObject *py_variables (BankObject *o, PyObject *arg) {
  Bank *b = o->bank;
  uint32_t t;
  Vec out = {0};
  if (!get_term (b, arg, &t) || !enter (o))
    return NULL;
  bool ok = unify_variables (b, t, &out);
  unify_reset (b);
  PyObject *r = ok ? tuple_of (out.item, out.size) : NULL;
  vec_free (&b->mem, &out);
  leave (o);
  return ok ? r : raise_fault ((PyObject *) o, b->fault);
}

static PyObject *py_symbol_info (BankObject *o, PyObject *arg) {
  uint32_t s;
  if (!get_symbol (o->bank, arg, &s))
    return NULL;
  Symbol f = o->bank->symbol[s];
  return Py_BuildValue ("(IIO)", f.arity, f.sort,
                        f.constructor ? Py_True : Py_False);
}

/* Bindings as pairs (variable, image): of the variables on the trail of a
   unification, of the variables in `vars` on a side, or those matched. */
static bool bindings (Bank *b, const Vec *vars, unsigned side, Naming *names,
                      Vec *out) {
  for (size_t i = 0; i < vars->size; i++) {
    uint32_t x = vars->item[i];
    uint32_t image = unify_apply (b, x, side, names);
    if (image == NONE)
      return false;
    if (!vec_push (&b->mem, out, x) || !vec_push (&b->mem, out, image)) {
      b->fault = FAULT_MEMORY;
      return false;
    }
  }
  return true;
}

static PyObject *py_unifiable (BankObject *o, PyObject *const *args,
                               Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t[2];
  if (!get_terms (b, "unifiable", args, n, 2, t) || !enter (o))
    return NULL;
  int yes = unify (b, t[0], t[1], 0);
  unify_reset (b);
  leave (o);
  return yes < 0 ? raise_fault ((PyObject *) o, b->fault)
                 : PyBool_FromLong (yes);
}

static PyObject *py_unify (BankObject *o, PyObject *const *args,
                           Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t[2];
  Vec vars = {0}, out = {0};
  PyObject *r = NULL;
  if (!get_terms (b, "unify", args, n, 2, t) || !enter (o))
    return NULL;
  int yes = unify (b, t[0], t[1], 0);
  for (size_t i = 0; yes > 0 && i < b->trail.size; i++)
    if (is_variable (b, b->trail.item[i] >> 1))
      if (!vec_push (&b->mem, &vars, b->trail.item[i] >> 1)) {
        b->fault = FAULT_MEMORY;
        yes = -1;
      }
  if (yes > 0 && !bindings (b, &vars, 0, NULL, &out))
    yes = -1;
  unify_reset (b);
  Fault fault = b->fault;
  if (yes > 0)
    r = dict_of (out.item, out.size / 2);
  vec_free (&b->mem, &vars);
  vec_free (&b->mem, &out);
  leave (o);
  if (yes < 0)
    return raise_fault ((PyObject *) o, fault);
  return yes ? r : Py_NewRef (Py_None);
}

static PyObject *py_unify_apart (BankObject *o, PyObject *const *args,
                                 Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t[2];
  Vec vars[2] = {{0}, {0}}, out = {0};
  PyObject *r = NULL;
  if (!get_terms (b, "unify_apart", args, n, 2, t) || !enter (o))
    return NULL;
  int yes = 1;
  for (int k = 0; k < 2 && yes > 0; k++) {
    if (!unify_variables (b, t[k], vars + k))
      yes = -1;
    unify_reset (b);
  }
  if (yes > 0)
    yes = unify (b, t[0], t[1], 1);
  Naming names = {true, 0};
  size_t first = 0;
  if (yes > 0) {
    if (!bindings (b, vars, 0, &names, &out))
      yes = -1;
    first = out.size;
    if (yes > 0 && !bindings (b, vars + 1, 1, &names, &out))
      yes = -1;
  }
  unify_reset (b);
  Fault fault = b->fault;
  if (yes > 0) {
    PyObject *left = dict_of (out.item, first / 2);
    PyObject *right =
        left ? dict_of (out.item + first, (out.size - first) / 2) : NULL;
    if (right)
      r = PyTuple_Pack (2, left, right);
    Py_XDECREF (left);
    Py_XDECREF (right);
  }
  vec_free (&b->mem, vars);
  vec_free (&b->mem, vars + 1);
  vec_free (&b->mem, &out);
  leave (o);
  if (yes < 0)
    return raise_fault ((PyObject *) o, fault);
  return yes ? r : Py_NewRef (Py_None);
}

static PyObject *py_match (BankObject *o, PyObject *const *args,
                           Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t[2];
  Vec out = {0};
  PyObject *r = NULL;
  if (!get_terms (b, "match", args, n, 2, t) || !enter (o))
    return NULL;
  int yes = match (b, t[0], t[1]);
  for (size_t i = 0; yes > 0 && i < b->set.size; i++) {
    uint32_t x = b->set.item[i] >> 1;
    if (is_variable (b, x) && (!vec_push (&b->mem, &out, x) ||
                               !vec_push (&b->mem, &out, match_image (b, x)))) {
      b->fault = FAULT_MEMORY;
      yes = -1;
    }
  }
  unify_reset (b);
  Fault fault = b->fault;
  if (yes > 0)
    r = dict_of (out.item, out.size / 2);
  vec_free (&b->mem, &out);
  leave (o);
  if (yes < 0)
    return raise_fault ((PyObject *) o, fault);
  return yes ? r : Py_NewRef (Py_None);
}

static PyObject *py_matches (BankObject *o, PyObject *const *args,
                             Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t[2];
  if (!get_terms (b, "matches", args, n, 2, t) || !enter (o))
    return NULL;
  int yes = match (b, t[0], t[1]);
  unify_reset (b);
  leave (o);
  return yes < 0 ? raise_fault ((PyObject *) o, b->fault)
                 : PyBool_FromLong (yes);
}

/* Ids from a buffer of 32-bit unsigned integers, or any sequence. */
static bool get_batch (const Bank *b, PyObject *o, uint32_t **out,
                       size_t *count) {
  if (!PyObject_CheckBuffer (o))
    return get_numbers (o, b->terms, "term of this bank", out, count);
  Py_buffer view;
  *out = NULL;
  *count = 0;
  if (PyObject_GetBuffer (o, &view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS) < 0)
    return false;
  bool ok = view.itemsize == 4 && view.ndim == 1 && view.format &&
            (!strcmp (view.format, "I") || !strcmp (view.format, "L"));
  if (!ok)
    PyErr_SetString (PyExc_TypeError,
                     "a buffer of term ids must hold 32-bit unsigned "
                     "integers, as array('I') does");
  if (ok && !(*out = PyMem_Malloc (view.len ? (size_t) view.len : 1))) {
    PyErr_NoMemory ();
    ok = false;
  }
  if (ok) {
    memcpy (*out, view.buf, (size_t) view.len);
    *count = (size_t) view.len / 4;
  }
  PyBuffer_Release (&view);
  return ok;
}

typedef int (*Test) (Bank *, uint32_t, uint32_t);

static int test_unify (Bank *b, uint32_t s, uint32_t t) {
  return unify (b, s, t, 0);
}

static PyObject *many (BankObject *o, const char *name, PyObject *const *args,
                       Py_ssize_t n, Test test) {
  Bank *b = o->bank;
  uint32_t *left = NULL, *right = NULL;
  size_t nl = 0, nr = 0;
  PyObject *result = NULL;
  char *mask = NULL;
  if (!count_is (name, n, 2, 2) || !get_batch (b, args[0], &left, &nl) ||
      !get_batch (b, args[1], &right, &nr))
    goto done;
  if (nl != nr) {
    PyErr_Format (PyExc_ValueError, "%s() takes two batches of one length, "
                  "not %zu and %zu terms", name, nl, nr);
    goto done;
  }
  mask = PyMem_Malloc (nl ? nl : 1);
  if (!mask) {
    PyErr_NoMemory ();
    goto done;
  }
  if (!enter (o))
    goto done;
  if (!still (b, left, nl) || !still (b, right, nr)) {
    leave (o);
    goto done;
  }
  bool ok = true;
  Py_BEGIN_ALLOW_THREADS
  for (size_t i = 0; i < nl && ok; i++) {
    int yes = test (b, left[i], right[i]);
    unify_reset (b);
    mask[i] = (char) (yes > 0);
    ok = yes >= 0;
  }
  Py_END_ALLOW_THREADS
  leave (o);
  result = ok ? PyBytes_FromStringAndSize (mask, (Py_ssize_t) nl)
              : raise_fault ((PyObject *) o, b->fault);
done:
  PyMem_Free (left);
  PyMem_Free (right);
  PyMem_Free (mask);
  return result;
}

static PyObject *py_unify_many (BankObject *o, PyObject *const *args,
                                Py_ssize_t n) {
  return many (o, "unify_many", args, n, test_unify);
}

static PyObject *py_match_many (BankObject *o, PyObject *const *args,
                                Py_ssize_t n) {
  return many (o, "match_many", args, n, match);
}

/* Pairs of ids from a dict. */
static bool get_binding (const Bank *b, PyObject *d, uint32_t **out,
                         size_t *pairs) {
  *out = NULL;
  if (!PyDict_Check (d)) {
    PyErr_Format (PyExc_TypeError, "the binding must be a dict, not %R",
                  (PyObject *) Py_TYPE (d));
    return false;
  }
  PyObject *key, *value;
  Py_ssize_t at = 0, n = PyDict_Size (d);
  size_t k = 0;
  uint32_t *a = PyMem_Malloc ((n ? (size_t) n : 1) * 2 * sizeof *a);
  if (!a) {
    PyErr_NoMemory ();
    return false;
  }
  while (PyDict_Next (d, &at, &key, &value) && k < (size_t) n) {
    if (!get_term (b, key, a + 2 * k) || !get_term (b, value, a + 2 * k + 1))
      goto bad;
    uint32_t x = a[2 * k], t = a[2 * k + 1];
    if (!is_variable (b, x)) {
      PyErr_Format (PyExc_ValueError, "term %u is bound, but it is no "
                    "variable", (unsigned) x);
      goto bad;
    }
    if (sort_of (b, x) != sort_of (b, t)) {
      PyErr_Format (PyExc_ValueError, "variable %u of sort %u is bound to "
                    "term %u of sort %u", (unsigned) x,
                    (unsigned) sort_of (b, x), (unsigned) t,
                    (unsigned) sort_of (b, t));
      goto bad;
    }
    k++;
  }
  *out = a;
  *pairs = k;
  return true;
bad:
  PyMem_Free (a);
  return false;
}

static PyObject *py_substitute (BankObject *o, PyObject *const *args,
                                Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t, *a;
  size_t pairs;
  if (!count_is ("substitute", n, 2, 2) || !get_term (b, args[0], &t) ||
      !get_binding (b, args[1], &a, &pairs))
    return NULL;
  if (!enter (o)) {
    PyMem_Free (a);
    return NULL;
  }
  bool ok = bank_workspace (b);
  for (size_t i = 0; ok && i < pairs; i++)
    ok = unify_bind (b, a[2 * i], 0, a[2 * i + 1]);
  t = ok ? unify_apply (b, t, 0, NULL) : NONE;
  unify_reset (b);
  leave (o);
  PyMem_Free (a);
  return id_or_fault ((PyObject *) o, b, t);
}

static PyObject *along (BankObject *o, const char *name, PyObject *const *args,
                        Py_ssize_t n, bool replace) {
  Bank *b = o->bank;
  uint32_t t, by = 0, *path = NULL;
  size_t length = 0;
  Py_ssize_t want = replace ? 3 : 2;
  if (!count_is (name, n, want, want) ||
      !get_numbers (args[1], (size_t) 1 << 31, "argument position", &path,
                    &length))
    return NULL;
  if (!get_term (b, args[0], &t) || (replace && !get_term (b, args[2], &by)) ||
      !enter (o)) {
    PyMem_Free (path);
    return NULL;
  }
  uint32_t r = replace ? bank_replace (b, t, path, length, by)
                       : bank_at (b, t, path, length);
  Fault fault = b->fault;
  leave (o);
  PyMem_Free (path);
  if (r == NONE && fault == FAULT_NONE) {
    PyErr_Format (PyExc_ValueError, "term %u has no position %R",
                  (unsigned) t, args[1]);
    return NULL;
  }
  return id_or_fault ((PyObject *) o, b, r);
}

static PyObject *py_at (BankObject *o, PyObject *const *args, Py_ssize_t n) {
  return along (o, "at", args, n, false);
}

static PyObject *py_replace (BankObject *o, PyObject *const *args,
                             Py_ssize_t n) {
  return along (o, "replace", args, n, true);
}

static PyObject *py_mark (BankObject *o, PyObject *none) {
  (void) none;
  uint64_t mark;
  if (!enter (o))
    return NULL;
  bool ok = bank_mark (o->bank, &mark);
  leave (o);
  return ok ? PyLong_FromUnsignedLongLong (mark)
            : raise_fault ((PyObject *) o, o->bank->fault);
}

static PyObject *py_release (BankObject *o, PyObject *arg) {
  if (!PyLong_Check (arg)) {
    PyErr_SetString (PyExc_TypeError, "a mark is an int that mark() gave");
    return NULL;
  }
  unsigned long long mark = PyLong_AsUnsignedLongLong (arg);
  if (mark == (unsigned long long) -1 && PyErr_Occurred ()) {
    PyErr_Clear ();
    mark = 0;
  }
  if (!enter (o))
    return NULL;
  bool ok = bank_release (o->bank, mark);
  leave (o);
  if (ok)
    Py_RETURN_NONE;
  PyErr_Format (PyExc_ValueError, "%R is no mark of this bank: it was "
                "released, or an earlier one was", arg);
  return NULL;
}

static PyObject *py_precede (BankObject *o, PyObject *arg) {
  Bank *b = o->bank;
  uint32_t *symbols;
  size_t count;
  if (!is_free (b) ||
      !get_numbers (arg, b->symbols, "symbol of this bank", &symbols, &count))
    return NULL;
  bool ok = true, bad = false;
  char *seen = is_free (b) ? PyMem_Calloc (b->symbols + 1, 1) : NULL;
  if (!seen && !PyErr_Occurred ())
    PyErr_NoMemory ();
  for (size_t i = 0; seen && i < count && !bad; i++) {
    bad = symbols[i] >= b->symbols || seen[symbols[i]];
    if (bad)
      PyErr_Format (PyExc_ValueError, "symbol %u stands in the precedence "
                    "twice", (unsigned) symbols[i]);
    else
      seen[symbols[i]] = 1;
  }
  if (!seen || bad || !enter (o)) {
    PyMem_Free (seen);
    PyMem_Free (symbols);
    return NULL;
  }
  ok = bank_precede (b, symbols, count);
  leave (o);
  PyMem_Free (seen);
  PyMem_Free (symbols);
  if (!ok)
    return PyErr_NoMemory ();
  Py_RETURN_NONE;
}

static PyObject *py_precedence (BankObject *o, PyObject *none) {
  (void) none;
  Bank *b = o->bank;
  if (!is_free (b))
    return NULL;
  size_t n = b->symbols;
  uint32_t *a = PyMem_Malloc ((n ? n : 1) * sizeof *a);
  if (!a)
    return PyErr_NoMemory ();
  for (size_t s = 0; s < n; s++)
    a[b->symbol[s].rank] = (uint32_t) s;
  PyObject *r = tuple_of (a, n);
  PyMem_Free (a);
  return r;
}

static PyObject *py_order (BankObject *o, PyObject *arg) {
  PyObject *kinds = Py_BuildValue ("(ss)", "lpo", "kbo");
  if (!kinds)
    return NULL;
  Py_ssize_t k = PySequence_Index (kinds, arg);
  Py_DECREF (kinds);
  if (k < 0) {
    PyErr_Format (PyExc_ValueError, "%R is no order: 'lpo' and 'kbo' are",
                  arg);
    return NULL;
  }
  if (!enter (o))
    return NULL;
  bank_order (o->bank, k ? ORDER_KBO : ORDER_LPO);
  leave (o);
  Py_RETURN_NONE;
}

static PyObject *py_compare (BankObject *o, PyObject *const *args,
                             Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t[2];
  int rigid = 0;
  if (!count_is ("compare", n, 2, 3) || !get_term (b, args[0], t) ||
      !get_term (b, args[1], t + 1) ||
      (n > 2 && (rigid = PyObject_IsTrue (args[2])) < 0) || !enter (o))
    return NULL;
  int c = still (b, t, 2) ? order_compare (b, t[0], t[1], rigid) : -3;
  leave (o);
  if (c == -3)
    return NULL;
  return c == ORDER_FAULT ? raise_fault ((PyObject *) o, b->fault)
                          : PyLong_FromLong (c);
}

static PyObject *py_greater (BankObject *o, PyObject *const *args,
                             Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t[2];
  int rigid = 0;
  if (!count_is ("greater", n, 2, 3) || !get_term (b, args[0], t) ||
      !get_term (b, args[1], t + 1) ||
      (n > 2 && (rigid = PyObject_IsTrue (args[2])) < 0) || !enter (o))
    return NULL;
  int c = still (b, t, 2) ? order_greater (b, t[0], t[1], rigid) : -3;
  leave (o);
  if (c == -3)
    return NULL;
  return c < 0 ? raise_fault ((PyObject *) o, b->fault) : PyBool_FromLong (c);
}

static PyObject *py_invariant (BankObject *o, PyObject *none) {
  (void) none;
  if (!enter (o))
    return NULL;
  const char *wrong = bank_invariant (o->bank);
  leave (o);
  return check_invariant (wrong);
}

static PyObject *py_stats (BankObject *o, PyObject *none) {
  (void) none;
  Bank *b = o->bank;
  return Py_BuildValue ("{s:n,s:n,s:n,s:n}", "terms", (Py_ssize_t) b->terms,
                        "symbols", (Py_ssize_t) b->symbols, "variables",
                        (Py_ssize_t) b->variables, "bytes",
                        (Py_ssize_t) b->mem.bytes);
}

static PyObject *py_fuse (BankObject *o, PyObject *arg) {
  unsigned long long n = PyLong_AsUnsignedLongLong (arg);
  if (n == (unsigned long long) -1 && PyErr_Occurred ())
    return NULL;
  o->bank->mem.fuse = n;
  Py_RETURN_NONE;
}

static PyMethodDef bank_methods[] = {
    {"symbol", KEYS (py_symbol), KEYWORDS,
     "symbol(arity, sort=0, constructor=False) -> int\n\nDeclare a function "
     "symbol; it stands above all earlier ones."},
    {"variable", FAST (py_variable), METH_FASTCALL,
     "variable(index, sort=0) -> int\n\nThe variable with this index and "
     "sort."},
    {"term", FAST (py_term), METH_FASTCALL,
     "term(symbol, args=()) -> int\n\nA symbol applied; O(arity)."},
    {"symbol_info", (PyCFunction) py_symbol_info, METH_O,
     "symbol_info(symbol) -> (arity, sort, constructor)"},
    {"is_variable", (PyCFunction) py_is_variable, METH_O,
     "is_variable(term) -> bool"},
    {"is_ground", (PyCFunction) py_is_ground, METH_O,
     "is_ground(term) -> bool"},
    {"head", (PyCFunction) py_head, METH_O,
     "head(term) -> int\n\nIts symbol, -1 for a variable."},
    {"arguments", (PyCFunction) py_arguments, METH_O,
     "arguments(term) -> tuple of terms"},
    {"variables", (PyCFunction) py_variables, METH_O,
     "variables(term) -> tuple of terms\n\nIn the order of first "
     "occurrence; linear in the shared graph."},
    {"index", (PyCFunction) py_index, METH_O,
     "index(term) -> int\n\nA variable's index, -1 for an application."},
    {"sort", (PyCFunction) py_sort, METH_O, "sort(term) -> int"},
    {"size", (PyCFunction) py_size, METH_O,
     "size(term) -> int\n\nOccurrences of symbols and variables; stays at "
     "2**32 - 1."},
    {"depth", (PyCFunction) py_depth, METH_O, "depth(term) -> int"},
    {"unify", FAST (py_unify), METH_FASTCALL,
     "unify(s, t) -> dict or None\n\nA most general unifier, fully "
     "resolved; almost linear in the shared graph."},
    {"unifiable", FAST (py_unifiable), METH_FASTCALL,
     "unifiable(s, t) -> bool"},
    {"unify_apart", FAST (py_unify_apart), METH_FASTCALL,
     "unify_apart(s, t) -> (dict, dict) or None\n\nt's variables are not "
     "s's, even where they are the same; the images use variables numbered "
     "from 0 in the order in which they are met."},
    {"match", FAST (py_match), METH_FASTCALL,
     "match(pattern, term) -> dict or None\n\nLinear in the shared graph "
     "of the pattern."},
    {"matches", FAST (py_matches), METH_FASTCALL,
     "matches(pattern, term) -> bool"},
    {"unify_many", FAST (py_unify_many), METH_FASTCALL,
     "unify_many(left, right) -> bytes\n\n1 where the pair unifies.  Takes "
     "sequences or array('I'); runs without the GIL."},
    {"match_many", FAST (py_match_many), METH_FASTCALL,
     "match_many(patterns, terms) -> bytes\n\n1 where the pattern matches."},
    {"substitute", FAST (py_substitute), METH_FASTCALL,
     "substitute(term, binding) -> int\n\nAll variables at once."},
    {"at", FAST (py_at), METH_FASTCALL,
     "at(term, path) -> int\n\nThe subterm at a path."},
    {"replace", FAST (py_replace), METH_FASTCALL,
     "replace(term, path, new) -> int"},
    {"mark", (PyCFunction) py_mark, METH_NOARGS, "mark() -> int"},
    {"release", (PyCFunction) py_release, METH_O,
     "release(mark) -> None\n\nForget the terms and symbols made since."},
    {"precede", (PyCFunction) py_precede, METH_O,
     "precede(symbols) -> None\n\nLet these symbols stand in this order, "
     "ascending, at the ranks they now hold among themselves."},
    {"precedence", (PyCFunction) py_precedence, METH_NOARGS,
     "precedence() -> tuple of symbols, ascending"},
    {"order", (PyCFunction) py_order, METH_O, "order('lpo' or 'kbo')"},
    {"compare", FAST (py_compare), METH_FASTCALL,
     "compare(s, t, rigid=False) -> int\n\n1 greater, -1 less, 0 equal, 2 "
     "incomparable."},
    {"greater", FAST (py_greater), METH_FASTCALL,
     "greater(s, t, rigid=False) -> bool"},
    {"invariant", (PyCFunction) py_invariant, METH_NOARGS,
     "invariant() -> None\n\nAssertionError if the bank is broken."},
    {"stats", (PyCFunction) py_stats, METH_NOARGS, "stats() -> dict"},
    {"_fuse", (PyCFunction) py_fuse, METH_O,
     "_fuse(n): the n-th allocation from now fails; for tests."},
    {NULL, NULL, 0, NULL}};

static PyType_Slot bank_slots[] = {
    {Py_tp_new, bank_create},
    {Py_tp_dealloc, bank_dealloc},
    {Py_tp_methods, bank_methods},
    {Py_tp_doc, "Bank(memory=None)\n\nHash-consed terms, as ints; see "
                "logic.core."},
    {0, NULL}};

static PyType_Spec bank_spec = {
    "logic.core._core.Bank", sizeof (BankObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, bank_slots};

/*----------------------------------------------------------------- Index --*/

/* Objects that live on a bank keep it alive and borrow its busy flag. */

static BankObject *get_bank (PyTypeObject *type, PyObject *o) {
  State *state = PyType_GetModuleState (type);
  if (Py_TYPE (o) == state->bank_type)
    return (BankObject *) o;
  PyErr_Format (PyExc_TypeError, "expected a Bank, not %R",
                (PyObject *) Py_TYPE (o));
  return NULL;
}

typedef struct {
  PyObject_HEAD
  BankObject *owner;
  Tree tree;
  Client client;
  uint32_t top; /* one more than the greatest term id filed */
} IndexObject;

static PyObject *index_create (PyTypeObject *type, PyObject *args,
                               PyObject *kwds) {
  static char *names[] = {"bank", NULL};
  PyObject *bank;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "O:Index", names, &bank))
    return NULL;
  BankObject *owner = get_bank (type, bank);
  if (!owner || !enter (owner))
    return NULL;
  IndexObject *o = (IndexObject *) new_object (type);
  bool ok = o != NULL;
  if (ok) {
    o->owner = (BankObject *) Py_NewRef (bank);
    bank_join (owner->bank, &o->client);
    ok = tree_init (&o->tree, owner->bank);
    if (!ok)
      PyErr_NoMemory ();
  }
  leave (owner);
  if (!ok)
    Py_CLEAR (o);
  return (PyObject *) o;
}

static void index_dealloc (PyObject *self) {
  IndexObject *o = (IndexObject *) self;
  bank_leave (&o->client);
  tree_free (&o->tree);
  Py_XDECREF ((PyObject *) o->owner);
  free_object (self);
}

static bool index_enter (IndexObject *o) {
  if (!enter (o->owner))
    return false;
  if (o->client.low >= o->top) {
    o->client.low = NONE;
    return true;
  }
  leave (o->owner);
  PyErr_SetString (PyExc_RuntimeError,
                   "the bank has released terms that this index holds; "
                   "make a new index");
  return false;
}

static PyObject *py_insert (IndexObject *o, PyObject *const *args,
                            Py_ssize_t n) {
  uint32_t t;
  int64_t value;
  Bank *b = o->owner->bank;
  if (!count_is ("insert", n, 2, 2) || !get_term (b, args[0], &t) ||
      !get_value (args[1], &value) || !index_enter (o))
    return NULL;
  bool ok = tree_insert (&o->tree, t, value);
  if (ok && t >= o->top)
    o->top = t + 1;
  leave (o->owner);
  if (!ok)
    return raise_fault ((PyObject *) o, b->fault);
  Py_RETURN_NONE;
}

static PyObject *py_remove (IndexObject *o, PyObject *const *args,
                            Py_ssize_t n) {
  uint32_t t;
  int64_t value;
  Bank *b = o->owner->bank;
  if (!count_is ("remove", n, 2, 2) || !get_term (b, args[0], &t) ||
      !get_value (args[1], &value) || !index_enter (o))
    return NULL;
  int r = tree_remove (&o->tree, t, value);
  leave (o->owner);
  if (r < 0)
    return raise_fault ((PyObject *) o, b->fault);
  if (r)
    Py_RETURN_NONE;
  PyErr_Format (PyExc_KeyError, "term %u with value %R is not in the index",
                (unsigned) t, args[1]);
  return NULL;
}

static PyObject *collect (IndexObject *o, PyObject *arg, int what) {
  uint32_t t;
  Bank *b = o->owner->bank;
  Values out = {0};
  if (!get_term (b, arg, &t) || !index_enter (o))
    return NULL;
  bool ok = tree_collect (&o->tree, t, what, &out);
  Fault fault = b->fault;
  PyObject *r = ok ? list_of (&out) : NULL;
  values_free (&b->mem, &out);
  leave (o->owner);
  return ok ? r : raise_fault ((PyObject *) o, fault);
}

static PyObject *py_generalisations (IndexObject *o, PyObject *arg) {
  return collect (o, arg, GENERALISATIONS);
}

static PyObject *py_instances (IndexObject *o, PyObject *arg) {
  return collect (o, arg, INSTANCES);
}

static PyObject *py_index_unifiable (IndexObject *o, PyObject *arg) {
  return collect (o, arg, UNIFIABLE);
}

static PyObject *py_index_invariant (IndexObject *o, PyObject *none) {
  (void) none;
  if (!enter (o->owner))
    return NULL;
  const char *wrong = tree_invariant (&o->tree);
  leave (o->owner);
  return check_invariant (wrong);
}

static Py_ssize_t index_length (PyObject *self) {
  return (Py_ssize_t) ((IndexObject *) self)->tree.live_entries;
}

static PyMethodDef index_methods[] = {
    {"insert", FAST (py_insert), METH_FASTCALL,
     "insert(term, value) -> None\n\nLinear in the term as a tree."},
    {"remove", FAST (py_remove), METH_FASTCALL,
     "remove(term, value) -> None\n\nKeyError if it is not there."},
    {"generalisations", (PyCFunction) py_generalisations, METH_O,
     "generalisations(term) -> list\n\nValues of the terms that this one "
     "is an instance of, ascending."},
    {"instances", (PyCFunction) py_instances, METH_O,
     "instances(term) -> list\n\nValues of the terms that are instances of "
     "this one, ascending."},
    {"unifiable", (PyCFunction) py_index_unifiable, METH_O,
     "unifiable(term) -> list\n\nValues of the terms that unify with this "
     "one after renaming apart, ascending."},
    {"invariant", (PyCFunction) py_index_invariant, METH_NOARGS,
     "invariant() -> None"},
    {NULL, NULL, 0, NULL}};

static PyType_Slot index_slots[] = {
    {Py_tp_new, index_create},
    {Py_tp_dealloc, index_dealloc},
    {Py_tp_methods, index_methods},
    {Py_sq_length, index_length},
    {Py_tp_doc, "Index(bank)\n\nA perfect discrimination tree of terms with "
                "values."},
    {0, NULL}};

static PyType_Spec index_spec = {
    "logic.core._core.Index", sizeof (IndexObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, index_slots};

/*-------------------------------------------------------------- Rewriter --*/

typedef struct {
  PyObject_HEAD
  BankObject *owner;
  Rewriter w;
} RewriterObject;

static PyObject *rewriter_create (PyTypeObject *type, PyObject *args,
                                  PyObject *kwds) {
  static char *names[] = {"bank", NULL};
  PyObject *bank;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "O:Rewriter", names, &bank))
    return NULL;
  BankObject *owner = get_bank (type, bank);
  if (!owner || !enter (owner))
    return NULL;
  RewriterObject *o = (RewriterObject *) new_object (type);
  bool ok = o != NULL;
  if (ok) {
    o->owner = (BankObject *) Py_NewRef (bank);
    ok = rewrite_init (&o->w, owner->bank);
    if (!ok)
      PyErr_NoMemory ();
  }
  leave (owner);
  if (!ok)
    Py_CLEAR (o);
  return (PyObject *) o;
}

static void rewriter_dealloc (PyObject *self) {
  RewriterObject *o = (RewriterObject *) self;
  rewrite_free (&o->w);
  Py_XDECREF ((PyObject *) o->owner);
  free_object (self);
}

static bool rewriter_enter (RewriterObject *o) {
  if (!enter (o->owner))
    return false;
  if (rewrite_sync (&o->w))
    return true;
  leave (o->owner);
  if (o->owner->bank->fault != FAULT_NONE)
    raise_fault ((PyObject *) o, o->owner->bank->fault);
  else
    PyErr_SetString (PyExc_RuntimeError,
                     "the bank has released terms that rules use; release "
                     "the rewriter to a mark before them");
  return false;
}

/* Pairs of terms, flattened. */
static bool get_pairs (const Bank *b, PyObject *o, uint32_t **out,
                       size_t *pairs) {
  *out = NULL;
  *pairs = 0;
  PyObject *seq = PySequence_Tuple (o);
  if (!seq)
    return false;
  Py_ssize_t n = PyTuple_Size (seq);
  uint32_t *a = PyMem_Malloc ((n ? (size_t) n : 1) * 2 * sizeof *a);
  bool ok = a != NULL;
  if (!ok)
    PyErr_NoMemory ();
  for (Py_ssize_t i = 0; ok && i < n; i++) {
    PyObject *pair = PyTuple_GetItem (seq, i);
    ok = PyTuple_Check (pair) && PyTuple_Size (pair) == 2;
    if (!ok)
      PyErr_Format (PyExc_TypeError, "an equation is a tuple of two terms, "
                    "not %R", pair);
    for (Py_ssize_t k = 0; ok && k < 2; k++)
      ok = get_term (b, PyTuple_GetItem (pair, k), a + 2 * i + k);
    if (ok && sort_of (b, a[2 * i]) != sort_of (b, a[2 * i + 1])) {
      PyErr_Format (PyExc_ValueError, "the sides of %R have the sorts %u and "
                    "%u", pair, (unsigned) sort_of (b, a[2 * i]),
                    (unsigned) sort_of (b, a[2 * i + 1]));
      ok = false;
    }
  }
  Py_DECREF (seq);
  if (!ok) {
    PyMem_Free (a);
    return false;
  }
  *out = a;
  *pairs = (size_t) n;
  return true;
}

static PyObject *py_add (RewriterObject *o, PyObject *args, PyObject *kwds) {
  static char *names[] = {"left", "right", "conditions", "tag", NULL};
  PyObject *left, *right, *conditions = NULL;
  long long tag = 0;
  Bank *b = o->owner->bank;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "OO|OL:add", names, &left,
                                    &right, &conditions, &tag))
    return NULL;
  uint32_t t[2], *c = NULL;
  size_t pairs = 0;
  if (conditions && !get_pairs (b, conditions, &c, &pairs))
    return NULL;
  int64_t id = -3;
  if (get_term (b, left, t) && get_term (b, right, t + 1)) {
    if (sort_of (b, t[0]) != sort_of (b, t[1]))
      PyErr_Format (PyExc_ValueError, "the sides of the rule have the sorts "
                    "%u and %u", (unsigned) sort_of (b, t[0]),
                    (unsigned) sort_of (b, t[1]));
    else if (rewriter_enter (o)) {
      if (still (b, t, 2) && still (b, c, 2 * pairs))
        id = rewrite_add (&o->w, t[0], t[1], c, (uint32_t) pairs, tag);
      leave (o->owner);
    }
  }
  PyMem_Free (c);
  if (id == -3)
    return NULL;
  return id == -2 ? raise_fault ((PyObject *) o, b->fault)
                  : PyLong_FromLongLong (id);
}

static PyObject *py_rule (RewriterObject *o, PyObject *arg) {
  uint32_t id;
  if (!get_number (arg, o->w.rules, "rule of this rewriter", &id) ||
      !enter (o->owner))
    return NULL;
  Rule r = o->w.rule[id];
  PyObject *c = PyTuple_New (r.conditions);
  for (uint32_t k = 0; c && k < r.conditions; k++) {
    const uint32_t *p = o->w.condition.item + r.from + 2 * k;
    PyObject *pair = Py_BuildValue ("(II)", p[0], p[1]);
    if (!pair || PyTuple_SetItem (c, k, pair) < 0)
      Py_CLEAR (c);
  }
  leave (o->owner);
  return c ? Py_BuildValue ("(IINL)", r.left, r.right, c, (long long) r.tag)
           : NULL;
}

static PyObject *py_rewriter_mark (RewriterObject *o, PyObject *none) {
  (void) none;
  return PyLong_FromSize_t (o->w.rules);
}

static PyObject *py_rewriter_release (RewriterObject *o, PyObject *arg) {
  uint32_t mark;
  if (!get_number (arg, o->w.rules + 1, "mark of this rewriter", &mark) ||
      !enter (o->owner))
    return NULL;
  rewrite_release (&o->w, mark);
  leave (o->owner);
  Py_RETURN_NONE;
}

static bool get_steps (PyObject *o, uint64_t *steps) {
  unsigned long long n = PyLong_AsUnsignedLongLong (o);
  if (n == (unsigned long long) -1 && PyErr_Occurred ())
    return false;
  *steps = n;
  return true;
}

static PyObject *py_normalise (RewriterObject *o, PyObject *args,
                               PyObject *kwds) {
  static char *names[] = {"term", "steps", "rigid", NULL};
  PyObject *term, *limit = NULL;
  int rigid = 0;
  uint64_t steps = 100000;
  uint32_t t;
  Bank *b = o->owner->bank;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "O|Op:normalise", names,
                                    &term, &limit, &rigid) ||
      (limit && !get_steps (limit, &steps)) || !get_term (b, term, &t) ||
      !rewriter_enter (o))
    return NULL;
  t = rewrite_normalise (&o->w, t, rigid, steps);
  leave (o->owner);
  return id_or_fault ((PyObject *) o, b, t);
}

static PyObject *py_joinable (RewriterObject *o, PyObject *args,
                              PyObject *kwds) {
  static char *names[] = {"s", "t", "steps", "rigid", NULL};
  PyObject *left, *right, *limit = NULL;
  int rigid = 0;
  uint64_t steps = 100000;
  uint32_t t[2];
  Bank *b = o->owner->bank;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "OO|Op:joinable", names,
                                    &left, &right, &limit, &rigid) ||
      (limit && !get_steps (limit, &steps)) || !get_term (b, left, t) ||
      !get_term (b, right, t + 1) || !rewriter_enter (o))
    return NULL;
  uint32_t u = rewrite_normalise (&o->w, t[0], rigid, steps);
  uint32_t v = NONE;
  if (u != NONE)
    v = rewrite_normalise (&o->w, t[1], rigid, steps);
  leave (o->owner);
  return v == NONE ? raise_fault ((PyObject *) o, b->fault)
                   : PyBool_FromLong (u == v);
}

static PyObject *py_trace (RewriterObject *o, PyObject *args,
                           PyObject *kwds) {
  static char *names[] = {"term", "steps", "rigid", NULL};
  PyObject *term, *limit = NULL, *list = NULL;
  int rigid = 0;
  uint64_t steps = 100000;
  uint32_t t;
  Vec words = {0};
  Bank *b = o->owner->bank;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "O|Op:trace", names, &term,
                                    &limit, &rigid) ||
      (limit && !get_steps (limit, &steps)) || !get_term (b, term, &t) ||
      !rewriter_enter (o))
    return NULL;
  t = rewrite_trace (&o->w, t, rigid, steps, &words);
  Fault fault = b->fault;
  if (t != NONE)
    list = PyList_New (0);
  for (size_t i = 0; list && i < words.size;) {
    const uint32_t *p = words.item + i;
    size_t length = p[2], pairs = p[3 + length];
    PyObject *path = tuple_of (p + 3, length);
    PyObject *binding = path ? dict_of (p + 4 + length, pairs) : NULL;
    PyObject *one = binding ? Py_BuildValue ("(OIOO)", path, p[0],
                                             p[1] ? Py_True : Py_False,
                                             binding)
                            : NULL;
    Py_XDECREF (path);
    Py_XDECREF (binding);
    if (!one || PyList_Append (list, one) < 0)
      Py_CLEAR (list);
    Py_XDECREF (one);
    i += 4 + length + 2 * pairs;
  }
  vec_free (&b->mem, &words);
  leave (o->owner);
  if (t == NONE)
    return raise_fault ((PyObject *) o, fault);
  return list ? Py_BuildValue ("(IN)", t, list) : NULL;
}

static PyObject *py_rewriter_invariant (RewriterObject *o, PyObject *none) {
  (void) none;
  if (!rewriter_enter (o))
    return NULL;
  const char *wrong = rewrite_invariant (&o->w);
  leave (o->owner);
  return check_invariant (wrong);
}

static Py_ssize_t rewriter_length (PyObject *self) {
  return (Py_ssize_t) ((RewriterObject *) self)->w.rules;
}

static PyMethodDef rewriter_methods[] = {
    {"add", KEYS (py_add), KEYWORDS,
     "add(left, right, conditions=(), tag=0) -> int\n\nThe rule's number, "
     "or -1 where neither direction can rewrite."},
    {"rule", (PyCFunction) py_rule, METH_O,
     "rule(id) -> (left, right, conditions, tag)"},
    {"mark", (PyCFunction) py_rewriter_mark, METH_NOARGS, "mark() -> int"},
    {"release", (PyCFunction) py_rewriter_release, METH_O,
     "release(mark) -> None\n\nDrop the rules added since."},
    {"normalise", KEYS (py_normalise), KEYWORDS,
     "normalise(term, steps=100000, rigid=False) -> int\n\nInnermost, "
     "leftmost, first rule first; LimitError if the steps run out."},
    {"joinable", KEYS (py_joinable), KEYWORDS,
     "joinable(s, t, steps=100000, rigid=False) -> bool"},
    {"trace", KEYS (py_trace), KEYWORDS,
     "trace(term, steps=100000, rigid=False) -> (normal form, steps)\n\n"
     "Each step is (path, rule, reversed, binding)."},
    {"invariant", (PyCFunction) py_rewriter_invariant, METH_NOARGS,
     "invariant() -> None"},
    {NULL, NULL, 0, NULL}};

static PyType_Slot rewriter_slots[] = {
    {Py_tp_new, rewriter_create},
    {Py_tp_dealloc, rewriter_dealloc},
    {Py_tp_methods, rewriter_methods},
    {Py_sq_length, rewriter_length},
    {Py_tp_doc, "Rewriter(bank)\n\nOrdered conditional rewriting."},
    {0, NULL}};

static PyType_Spec rewriter_spec = {
    "logic.core._core.Rewriter", sizeof (RewriterObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, rewriter_slots};

/*------------------------------------------------------------ Saturation --*/

typedef struct {
  PyObject_HEAD
  BankObject *owner;
  Saturation s;
  volatile bool stop;
} SaturationObject;

static PyObject *saturation_create (PyTypeObject *type, PyObject *args,
                                    PyObject *kwds) {
  static char *names[] = {"bank", "true", NULL};
  PyObject *bank, *truth;
  uint32_t t;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "OO:Saturation", names, &bank,
                                    &truth))
    return NULL;
  BankObject *owner = get_bank (type, bank);
  if (!owner || !get_term (owner->bank, truth, &t))
    return NULL;
  if (is_variable (owner->bank, t) || arity (owner->bank, t)) {
    PyErr_Format (PyExc_ValueError, "TRUE must be a constant, and term %u is "
                  "none", (unsigned) t);
    return NULL;
  }
  if (!enter (owner))
    return NULL;
  SaturationObject *o = (SaturationObject *) new_object (type);
  bool ok = o != NULL;
  if (ok) {
    o->owner = (BankObject *) Py_NewRef (bank);
    ok = saturate_init (&o->s, owner->bank, t);
    if (!ok)
      PyErr_NoMemory ();
  }
  leave (owner);
  if (!ok)
    Py_CLEAR (o);
  return (PyObject *) o;
}

static void saturation_dealloc (PyObject *self) {
  SaturationObject *o = (SaturationObject *) self;
  saturate_free (&o->s);
  Py_XDECREF ((PyObject *) o->owner);
  free_object (self);
}

static bool saturation_enter (SaturationObject *o) {
  if (!enter (o->owner))
    return false;
  if (o->s.broken)
    PyErr_SetString (PyExc_RuntimeError,
                     "this saturation ran out of memory; what it derived "
                     "can be read, but it cannot go on");
  else if (o->s.client.low != NONE)
    PyErr_SetString (PyExc_RuntimeError,
                     "the bank has been released to a mark since this "
                     "saturation began; make a new one");
  else if (o->s.epoch != o->owner->bank->epoch)
    PyErr_SetString (PyExc_RuntimeError,
                     "the order of the bank has changed since this "
                     "saturation began; make a new one");
  else
    return true;
  leave (o->owner);
  return false;
}

static PyObject *py_sat_add (SaturationObject *o, PyObject *args,
                             PyObject *kwds) {
  static char *names[] = {"head", "body", "support", NULL};
  PyObject *head, *body = NULL, *all = NULL;
  int support = 1;
  Bank *b = o->owner->bank;
  uint32_t *a = NULL, *c = NULL;
  size_t heads = 0, pairs = 0;
  PyObject *result = NULL;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "O|Op:add", names, &head,
                                    &body, &support))
    return NULL;
  if (head != Py_None) {
    all = PyTuple_Pack (1, head);
    if (!all || !get_pairs (b, all, &a, &heads))
      goto done;
  }
  if (body && !get_pairs (b, body, &c, &pairs))
    goto done;
  Vec v = {0};
  if (!saturation_enter (o))
    goto done;
  bool ok = still (b, a, 2 * heads) && still (b, c, 2 * pairs);
  for (size_t i = 0; ok && i < 2; i++)
    if (heads && a[1 - i] == o->s.truth &&
        order_greater (b, o->s.truth, a[i], ORDER_PLAIN) > 0) {
      PyErr_SetString (PyExc_ValueError, "TRUE must stand below the "
                       "predicates in the precedence: declare it first");
      ok = false;
    }
  if (ok) {
    for (size_t i = 0; ok && i < 2; i++)
      ok = vec_push (&b->mem, &v, heads ? a[i] : NONE);
    for (size_t i = 0; ok && i < 2 * pairs; i++)
      ok = vec_push (&b->mem, &v, c[i]);
    uint32_t id = NONE;
    if (ok)
      id = saturate_add (&o->s, support, v.item, (uint32_t) (v.size / 2));
    else
      b->fault = FAULT_MEMORY;
    result = id_or_fault ((PyObject *) o, b, id);
  }
  vec_free (&b->mem, &v);
  leave (o->owner);
done:
  Py_XDECREF (all);
  PyMem_Free (a);
  PyMem_Free (c);
  return result;
}

static double clock_now (void) {
  struct timespec t;
#ifdef CLOCK_MONOTONIC
  clock_gettime (CLOCK_MONOTONIC, &t);
#else
  timespec_get (&t, TIME_UTC);
#endif
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static PyObject *py_run (SaturationObject *o, PyObject *args,
                         PyObject *kwds) {
  static char *names[] = {"steps", "clauses", "weight", "seconds", NULL};
  static const char *const words[] = {"proved", "saturated", "limit"};
  PyObject *limit[3] = {NULL, NULL, NULL}, *seconds = Py_None;
  uint64_t bound[3] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
  double end = 0;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "|OOOO:run", names, limit,
                                    limit + 1, limit + 2, &seconds))
    return NULL;
  for (int i = 0; i < 3; i++)
    if (limit[i] && limit[i] != Py_None && !get_steps (limit[i], bound + i))
      return NULL;
  if (seconds != Py_None) {
    end = PyFloat_AsDouble (seconds);
    if (end == -1 && PyErr_Occurred ())
      return NULL;
    end += clock_now ();
  }
  if (!saturation_enter (o))
    return NULL;
  SatStatus status = SAT_PAUSE;
  bool late = false, stopped = false;
  size_t clauses = bound[1] < SIZE_MAX ? (size_t) bound[1] : SIZE_MAX;
  while (status == SAT_PAUSE && !late && !stopped) {
    Py_BEGIN_ALLOW_THREADS
    /* Taking the GIL back may cost much more than a few inferences: do so
       twenty times a second, for the sake of Ctrl-C. */
    double now = clock_now (), back = now + 0.05;
    while (status == SAT_PAUSE && !late && !o->stop && now < back) {
      status = saturate_run (&o->s, bound, clauses, bound[2], &o->stop);
      now = clock_now ();
      late = seconds != Py_None && now > end;
    }
    Py_END_ALLOW_THREADS
    stopped = o->stop;
    if (PyErr_CheckSignals () < 0) {
      leave (o->owner);
      return NULL;
    }
  }
  Fault fault = o->owner->bank->fault;
  leave (o->owner);
  if (status == SAT_FAULT)
    return raise_fault ((PyObject *) o, fault);
  if (status != SAT_PAUSE)
    return PyUnicode_FromString (words[status]);
  if (stopped)
    o->stop = false;
  return PyUnicode_FromString (stopped ? "stopped" : "time");
}

static PyObject *py_interrupt (SaturationObject *o, PyObject *none) {
  (void) none;
  o->stop = true;
  Py_RETURN_NONE;
}

static bool get_clause (SaturationObject *o, PyObject *arg, uint32_t *id) {
  return get_number (arg, o->s.clauses, "clause of this saturation", id) &&
         enter (o->owner);
}

static PyObject *py_clause (SaturationObject *o, PyObject *arg) {
  uint32_t id;
  if (!get_clause (o, arg, &id))
    return NULL;
  const uint32_t *a = saturate_literals (&o->s, id);
  uint32_t n = o->s.clause[id].count;
  PyObject *head = a[0] == NONE ? Py_NewRef (Py_None) : tuple_of (a, 2);
  PyObject *body = head ? PyTuple_New (n - 1) : NULL;
  for (uint32_t k = 1; body && k < n; k++) {
    PyObject *pair = tuple_of (a + 2 * k, 2);
    if (!pair || PyTuple_SetItem (body, k - 1, pair) < 0)
      Py_CLEAR (body);
  }
  leave (o->owner);
  if (body)
    return Py_BuildValue ("(NN)", head, body);
  Py_XDECREF (head);
  return NULL;
}

/* Readers of the words of a record, which move on the pointer. */

static PyObject *read_literal (const uint32_t **p) {
  uint32_t k = *(*p)++;
  return PyLong_FromLong (k == NONE ? -1L : (long) k);
}

static PyObject *read_number (const uint32_t **p) {
  return PyLong_FromUnsignedLong (*(*p)++);
}

static PyObject *read_bool (const uint32_t **p) {
  return PyBool_FromLong ((long) *(*p)++);
}

static PyObject *read_path (const uint32_t **p) {
  size_t n = *(*p)++;
  PyObject *r = tuple_of (*p, n);
  *p += n;
  return r;
}

static PyObject *read_bindings (const uint32_t **p) {
  size_t n = *(*p)++;
  PyObject *r = dict_of (*p, n);
  *p += 2 * n;
  return r;
}

/* One field after the other, as the letters say: n number, l literal,
   b bool, p path, s substitution. */
static PyObject *read_fields (const char *name, const char *form,
                              const uint32_t **p) {
  Py_ssize_t n = (Py_ssize_t) strlen (form), at = name != NULL;
  PyObject *r = PyTuple_New (n + at), *x;
  if (r && name && (!(x = PyUnicode_FromString (name)) ||
                    PyTuple_SetItem (r, 0, x) < 0))
    Py_CLEAR (r);
  for (Py_ssize_t i = 0; r && i < n; i++) {
    x = form[i] == 'n'   ? read_number (p)
        : form[i] == 'l' ? read_literal (p)
        : form[i] == 'b' ? read_bool (p)
        : form[i] == 'p' ? read_path (p)
                         : read_bindings (p);
    if (!x || PyTuple_SetItem (r, i + at, x) < 0)
      Py_CLEAR (r);
  }
  return r;
}

static PyObject *read_simplify (const uint32_t *p) {
  PyObject *parent = read_number (&p);
  uint32_t n = *p++;
  PyObject *steps = parent ? PyTuple_New (n) : NULL;
  for (uint32_t i = 0; steps && i < n; i++) {
    PyObject *step = read_fields (NULL, "lnpnbs", &p);
    if (!step || PyTuple_SetItem (steps, i, step) < 0)
      Py_CLEAR (steps);
  }
  PyObject *names = steps ? read_bindings (&p) : NULL;
  if (names)
    return Py_BuildValue ("(sNNNN)", "simplify", parent, steps, names,
                          read_bool (&p));
  Py_XDECREF (parent);
  Py_XDECREF (steps);
  return NULL;
}

static PyObject *py_derivation (SaturationObject *o, PyObject *arg) {
  uint32_t id;
  if (!get_clause (o, arg, &id))
    return NULL;
  const uint32_t *p = saturate_record (&o->s, id);
  PyObject *r;
  switch (*p++) {
  case SUPERPOSE:
    r = read_fields ("superpose", "nbnlnpss", &p);
    break;
  case RESOLVE:
    r = read_fields ("resolve", "nls", &p);
    break;
  case DECOMPOSE:
    r = read_fields ("decompose", "nls", &p);
    break;
  case INJECT:
    r = read_fields ("inject", "nns", &p);
    break;
  case CLASH:
    r = read_fields ("clash", "ns", &p);
    break;
  case SIMPLIFY:
    r = read_simplify (p);
    break;
  default:
    r = read_fields ("input", "", &p);
  }
  leave (o->owner);
  return r;
}

static int by_id (const void *p, const void *q) {
  uint32_t a = *(const uint32_t *) p, b = *(const uint32_t *) q;
  return (a > b) - (a < b);
}

static PyObject *py_units (SaturationObject *o, PyObject *none) {
  (void) none;
  if (!enter (o->owner))
    return NULL;
  size_t n = o->s.units.size;
  uint32_t *a = PyMem_Malloc ((n ? n : 1) * sizeof *a);
  PyObject *r = NULL;
  if (!a)
    PyErr_NoMemory ();
  else {
    if (n)
      memcpy (a, o->s.units.item, n * sizeof *a);
    qsort (a, n, sizeof *a, by_id);
    r = PyList_New ((Py_ssize_t) n);
    for (size_t i = 0; r && i < n; i++) {
      PyObject *x = PyLong_FromUnsignedLong (a[i]);
      if (!x || PyList_SetItem (r, (Py_ssize_t) i, x) < 0)
        Py_CLEAR (r);
    }
    PyMem_Free (a);
  }
  leave (o->owner);
  return r;
}

static PyObject *py_state (SaturationObject *o, PyObject *arg) {
  static const char *const words[] = {"fresh", "passive", "active", "dead"};
  uint32_t id;
  if (!get_clause (o, arg, &id))
    return NULL;
  const char *word = words[o->s.clause[id].state];
  leave (o->owner);
  return PyUnicode_FromString (word);
}

static PyObject *py_sat_stats (SaturationObject *o, PyObject *none) {
  (void) none;
  if (!enter (o->owner))
    return NULL;
  SatCounts c = o->s.counts;
  size_t clauses = o->s.clauses, units = o->s.units.size;
  leave (o->owner);
  return Py_BuildValue (
      "{s:n,s:n,s:K,s:K,s:K,s:K,s:K,s:K}", "clauses", (Py_ssize_t) clauses,
      "units", (Py_ssize_t) units, "given", c.given, "inferences",
      c.inferences, "kept", c.kept, "dropped", c.dropped, "joined", c.joined,
      "backward", c.backward);
}

static PyObject *py_sat_invariant (SaturationObject *o, PyObject *none) {
  (void) none;
  if (!saturation_enter (o))
    return NULL;
  const char *wrong = saturate_invariant (&o->s);
  leave (o->owner);
  return check_invariant (wrong);
}

static PyObject *get_answer (PyObject *self, void *none) {
  (void) none;
  uint32_t id = ((SaturationObject *) self)->s.answer;
  return PyLong_FromLong (id == NONE ? -1L : (long) id);
}

static Py_ssize_t saturation_length (PyObject *self) {
  return (Py_ssize_t) ((SaturationObject *) self)->s.clauses;
}

static PyMethodDef saturation_methods[] = {
    {"add", KEYS (py_sat_add), KEYWORDS,
     "add(head, body=(), support=True) -> int\n\nAdd body -> head, or with "
     "None for a head the denial of the body. Clauses added without support "
     "are not combined with each other."},
    {"run", KEYS (py_run), KEYWORDS,
     "run(steps=None, clauses=None, weight=None, seconds=None) -> str\n\n"
     "'proved', 'saturated', 'limit', 'time' or 'stopped'; goes on where "
     "the last run ended; without the GIL."},
    {"interrupt", (PyCFunction) py_interrupt, METH_NOARGS,
     "interrupt() -> None\n\nStop the run in progress, or else the next."},
    {"clause", (PyCFunction) py_clause, METH_O,
     "clause(id) -> (head or None, body)"},
    {"derivation", (PyCFunction) py_derivation, METH_O,
     "derivation(id) -> tuple\n\nHow the clause was derived, in full."},
    {"state", (PyCFunction) py_state, METH_O,
     "state(id) -> 'passive', 'active', 'dead' or 'fresh'"},
    {"units", (PyCFunction) py_units, METH_NOARGS,
     "units() -> list of clauses\n\nThe active unit equations, ascending."},
    {"stats", (PyCFunction) py_sat_stats, METH_NOARGS, "stats() -> dict"},
    {"invariant", (PyCFunction) py_sat_invariant, METH_NOARGS,
     "invariant() -> None"},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef saturation_getset[] = {
    {"answer", get_answer, NULL, "The clause that ended the search, or -1.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot saturation_slots[] = {
    {Py_tp_new, saturation_create},
    {Py_tp_dealloc, saturation_dealloc},
    {Py_tp_methods, saturation_methods},
    {Py_tp_getset, saturation_getset},
    {Py_sq_length, saturation_length},
    {Py_tp_doc, "Saturation(bank, true)\n\nThe given-clause loop for Horn "
                "clauses with equality."},
    {0, NULL}};

static PyType_Spec saturation_spec = {
    "logic.core._core.Saturation", sizeof (SaturationObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, saturation_slots};

/*------------------------------------------------------------------ Join --*/

typedef struct {
  PyObject_HEAD
  BankObject *owner;
  Join j;
  volatile bool stop;
} JoinObject;

static PyObject *join_create (PyTypeObject *type, PyObject *args,
                              PyObject *kwds) {
  static char *names[] = {"bank", NULL};
  PyObject *bank;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "O:Join", names, &bank))
    return NULL;
  BankObject *owner = get_bank (type, bank);
  if (!owner || !enter (owner))
    return NULL;
  JoinObject *o = (JoinObject *) new_object (type);
  if (o) {
    o->owner = (BankObject *) Py_NewRef (bank);
    join_init (&o->j, owner->bank);
  }
  leave (owner);
  return (PyObject *) o;
}

static void join_dealloc (PyObject *self) {
  JoinObject *o = (JoinObject *) self;
  join_free (&o->j);
  Py_XDECREF ((PyObject *) o->owner);
  free_object (self);
}

static bool join_enter (JoinObject *o) {
  if (!enter (o->owner))
    return false;
  if (o->j.client.low >= o->j.top) {
    o->j.client.low = NONE;
    return true;
  }
  leave (o->owner);
  PyErr_SetString (PyExc_RuntimeError,
                   "the bank has released terms that facts or rules use; "
                   "make a new join");
  return false;
}

static bool is_atom (const Bank *b, uint32_t t, const char *what) {
  if (!is_variable (b, t))
    return true;
  PyErr_Format (PyExc_ValueError, "%s must be a symbol applied, and term %u "
                "is a variable", what, (unsigned) t);
  return false;
}

static PyObject *py_fact (JoinObject *o, PyObject *arg) {
  Bank *b = o->owner->bank;
  uint32_t t;
  if (!get_term (b, arg, &t))
    return NULL;
  if (!is_ground (b, t)) {
    PyErr_Format (PyExc_ValueError, "a fact must be ground, and term %u has "
                  "variables", (unsigned) t);
    return NULL;
  }
  if (!join_enter (o))
    return NULL;
  uint32_t id = join_fact (&o->j, t);
  leave (o->owner);
  return id_or_fault ((PyObject *) o, b, id);
}

static PyObject *py_find (JoinObject *o, PyObject *arg) {
  uint32_t t;
  if (!get_term (o->owner->bank, arg, &t) || !join_enter (o))
    return NULL;
  uint32_t id = join_find (&o->j, t);
  leave (o->owner);
  return PyLong_FromLong (id == NONE ? -1L : (long) id);
}

static PyObject *py_join_rule (JoinObject *o, PyObject *const *args,
                               Py_ssize_t n) {
  Bank *b = o->owner->bank;
  uint32_t head, *body, id = NONE;
  size_t count;
  if (!count_is ("rule", n, 2, 2) ||
      !get_numbers (args[1], b->terms, "term of this bank", &body, &count))
    return NULL;
  bool ok = get_term (b, args[0], &head) && is_atom (b, head, "the head");
  if (ok && (!count || count > 1000)) {
    PyErr_Format (PyExc_ValueError, "a rule has 1 to 1000 premises, not %zu",
                  count);
    ok = false;
  }
  ok = ok && join_enter (o);
  if (ok) {
    ok = still (b, body, count);
    for (size_t i = 0; ok && i < count; i++)
      ok = is_atom (b, body[i], "a premise");
    if (ok)
      id = join_rule (&o->j, head, body, (uint32_t) count);
    leave (o->owner);
  }
  PyMem_Free (body);
  if (!ok)
    return NULL;
  if (id == NONE && b->fault == FAULT_NONE) {
    PyErr_SetString (PyExc_ValueError,
                     "the head has a variable that no premise has");
    return NULL;
  }
  return id_or_fault ((PyObject *) o, b, id);
}

static PyObject *py_join_run (JoinObject *o, PyObject *args, PyObject *kwds) {
  static char *names[] = {"limit", "seconds", NULL};
  static const char *const words[] = {"saturated", "limit"};
  PyObject *limit_o = Py_None, *seconds = Py_None;
  uint64_t limit = UINT64_MAX;
  double end = 0;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "|OO:run", names, &limit_o,
                                    &seconds) ||
      (limit_o != Py_None && !get_steps (limit_o, &limit)))
    return NULL;
  if (seconds != Py_None) {
    end = PyFloat_AsDouble (seconds);
    if (end == -1 && PyErr_Occurred ())
      return NULL;
    end += clock_now ();
  }
  if (!join_enter (o))
    return NULL;
  int status = JOIN_STOPPED;
  bool late = false, stopped = false;
  while (status == JOIN_STOPPED && !late && !stopped) {
    Py_BEGIN_ALLOW_THREADS
    double now = clock_now (), back = now + 0.05;
    while (status == JOIN_STOPPED && !late && !o->stop && now < back) {
      status = join_run (&o->j, limit, &o->stop);
      now = clock_now ();
      late = seconds != Py_None && now > end;
    }
    Py_END_ALLOW_THREADS
    stopped = o->stop;
    if (PyErr_CheckSignals () < 0) {
      leave (o->owner);
      return NULL;
    }
  }
  Fault fault = o->owner->bank->fault;
  leave (o->owner);
  if (status == JOIN_FAULT)
    return raise_fault ((PyObject *) o, fault);
  if (status != JOIN_STOPPED)
    return PyUnicode_FromString (words[status]);
  if (stopped)
    o->stop = false;
  return PyUnicode_FromString (stopped ? "stopped" : "time");
}

static PyObject *py_join_interrupt (JoinObject *o, PyObject *none) {
  (void) none;
  o->stop = true;
  Py_RETURN_NONE;
}

static PyObject *py_facts (JoinObject *o, PyObject *none) {
  (void) none;
  if (!enter (o->owner))
    return NULL;
  size_t n = o->j.facts;
  PyObject *r = PyList_New ((Py_ssize_t) n);
  for (size_t i = 0; r && i < n; i++) {
    PyObject *x = PyLong_FromUnsignedLong (o->j.fact[i].term);
    if (!x || PyList_SetItem (r, (Py_ssize_t) i, x) < 0)
      Py_CLEAR (r);
  }
  leave (o->owner);
  return r;
}

static PyObject *py_provenance (JoinObject *o, PyObject *arg) {
  uint32_t id;
  if (!get_number (arg, o->j.facts, "fact of this join", &id) ||
      !enter (o->owner))
    return NULL;
  JoinFact f = o->j.fact[id];
  uint32_t n = f.rule == NONE ? 0 : o->j.rule[f.rule].premises;
  PyObject *premises = tuple_of (o->j.premises.item + f.premises, n);
  leave (o->owner);
  return premises ? Py_BuildValue ("(lN)", f.rule == NONE ? -1L
                                                          : (long) f.rule,
                                   premises)
                  : NULL;
}

static PyObject *py_join_stats (JoinObject *o, PyObject *none) {
  (void) none;
  return Py_BuildValue ("{s:n,s:n,s:n,s:K}", "facts", (Py_ssize_t) o->j.facts,
                        "taken", (Py_ssize_t) o->j.taken, "rules",
                        (Py_ssize_t) o->j.rules, "firings",
                        (unsigned long long) o->j.firings);
}

static PyObject *py_join_invariant (JoinObject *o, PyObject *none) {
  (void) none;
  if (!join_enter (o))
    return NULL;
  const char *wrong = join_invariant (&o->j);
  leave (o->owner);
  return check_invariant (wrong);
}

static Py_ssize_t join_length (PyObject *self) {
  return (Py_ssize_t) ((JoinObject *) self)->j.facts;
}

static PyMethodDef join_methods[] = {
    {"fact", (PyCFunction) py_fact, METH_O,
     "fact(term) -> int\n\nA given fact; the number it has."},
    {"find", (PyCFunction) py_find, METH_O,
     "find(term) -> int\n\nThe fact's number, -1 if it does not hold."},
    {"rule", FAST (py_join_rule), METH_FASTCALL,
     "rule(head, body) -> int\n\nTerms with variables; those of the head "
     "occur in the body."},
    {"run", KEYS (py_join_run), KEYWORDS,
     "run(limit=None, seconds=None) -> str\n\nFire until nothing is new: "
     "'saturated'; or there are `limit` facts: 'limit'; or 'time', or "
     "'stopped'.  Without the GIL."},
    {"interrupt", (PyCFunction) py_join_interrupt, METH_NOARGS,
     "interrupt() -> None"},
    {"facts", (PyCFunction) py_facts, METH_NOARGS,
     "facts() -> list of terms\n\nBy number."},
    {"provenance", (PyCFunction) py_provenance, METH_O,
     "provenance(fact) -> (rule, facts)\n\nRule -1 for a given fact."},
    {"stats", (PyCFunction) py_join_stats, METH_NOARGS, "stats() -> dict"},
    {"invariant", (PyCFunction) py_join_invariant, METH_NOARGS,
     "invariant() -> None"},
    {NULL, NULL, 0, NULL}};

static PyType_Slot join_slots[] = {
    {Py_tp_new, join_create},
    {Py_tp_dealloc, join_dealloc},
    {Py_tp_methods, join_methods},
    {Py_sq_length, join_length},
    {Py_tp_doc, "Join(bank)\n\nRules over ground facts, semi-naive."},
    {0, NULL}};

static PyType_Spec join_spec = {
    "logic.core._core.Join", sizeof (JoinObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, join_slots};

/*---------------------------------------------------------------- module --*/

static PyTypeObject *add_type (PyObject *module, PyType_Spec *spec) {
  PyObject *type = PyType_FromModuleAndSpec (module, spec, NULL);
  if (type && PyModule_AddType (module, (PyTypeObject *) type) < 0)
    Py_CLEAR (type);
  return (PyTypeObject *) type;
}

static int module_exec (PyObject *module) {
  State *state = PyModule_GetState (module);
  if (!(state->bank_type = add_type (module, &bank_spec)) ||
      !(state->index_type = add_type (module, &index_spec)) ||
      !(state->rewriter_type = add_type (module, &rewriter_spec)) ||
      !(state->saturation_type = add_type (module, &saturation_spec)) ||
      !(state->join_type = add_type (module, &join_spec)))
    return -1;
  state->limit = PyErr_NewExceptionWithDoc (
      "logic.core._core.LimitError", "A step budget ran out.",
      PyExc_RuntimeError, NULL);
  if (!state->limit)
    return -1;
  return PyModule_AddObjectRef (module, "LimitError", state->limit);
}

static int module_traverse (PyObject *module, visitproc visit, void *arg) {
  State *state = PyModule_GetState (module);
  Py_VISIT (state->bank_type);
  Py_VISIT (state->index_type);
  Py_VISIT (state->rewriter_type);
  Py_VISIT (state->saturation_type);
  Py_VISIT (state->join_type);
  Py_VISIT (state->limit);
  return 0;
}

static int module_clear (PyObject *module) {
  State *state = PyModule_GetState (module);
  Py_CLEAR (state->bank_type);
  Py_CLEAR (state->index_type);
  Py_CLEAR (state->rewriter_type);
  Py_CLEAR (state->saturation_type);
  Py_CLEAR (state->join_type);
  Py_CLEAR (state->limit);
  return 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec},
                                          {0, NULL}};

static PyModuleDef module_def = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_core",
    .m_doc = "The C core of logic; use it through logic.core.",
    .m_size = sizeof (State),
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC PyInit__core (void) {
  return PyModuleDef_Init (&module_def);
}
