/* module_values.c: faults as exceptions, arguments in, results out. */

#include "module.h"

#include <math.h>
#include <time.h>

PyObject *raise_fault (PyObject *self, Fault fault) {
  const State *state = PyType_GetModuleState (Py_TYPE (self));
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
    PyErr_SetString (state->limit,
                     "the step budget ran out before a normal form");
    break;
  default:
    PyErr_NoMemory ();
  }
  return NULL;
}

bool is_free (const Bank *b) {
  if (!b->busy)
    return true;
  PyErr_SetString (PyExc_RuntimeError,
                   "the bank is in use by another call; give each thread "
                   "a bank of its own");
  return false;
}

bool enter (BankObject *o) {
  if (!is_free (o->bank))
    return false;
  o->bank->busy = true;
  o->bank->fault = FAULT_NONE;
  return true;
}

void leave (BankObject *o) {
  o->bank->busy = false;
}

bool count_is (const char *name, Py_ssize_t have, Py_ssize_t low,
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

bool get_number (PyObject *o, size_t end, const char *what,
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

bool get_term (const Bank *b, PyObject *o, uint32_t *out) {
  return is_free (b) && get_number (o, b->terms, "term of this bank", out);
}

bool get_symbol (const Bank *b, PyObject *o, uint32_t *out) {
  return is_free (b) &&
         get_number (o, b->symbols, "symbol of this bank", out);
}

bool get_small (PyObject *o, const char *what, uint32_t *out) {
  return get_number (o, (size_t) 1 << 31, what, out);
}

bool get_value (PyObject *o, int64_t *out) {
  if (!PyLong_Check (o)) {
    PyErr_Format (PyExc_TypeError, "the value must be an int, not %R",
                  (PyObject *) Py_TYPE (o));
    return false;
  }
  *out = PyLong_AsLongLong (o);
  return *out != -1 || !PyErr_Occurred ();
}

bool get_numbers (PyObject *o, size_t end, const char *what,
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

bool get_terms (const Bank *b, const char *name, PyObject *const *args,
                Py_ssize_t have, Py_ssize_t want, uint32_t *terms) {
  if (!count_is (name, have, want, want))
    return false;
  for (Py_ssize_t i = 0; i < want; i++)
    if (!get_term (b, args[i], terms + i))
      return false;
  return true;
}

PyObject *id_or_fault (PyObject *self, const Bank *b, uint32_t t) {
  if (t == NONE)
    return raise_fault (self, b->fault);
  return PyLong_FromUnsignedLong (t);
}

PyObject *tuple_of (const uint32_t *a, size_t n) {
  PyObject *r = PyTuple_New ((Py_ssize_t) n);
  for (size_t i = 0; r && i < n; i++) {
    PyObject *x = PyLong_FromUnsignedLong (a[i]);
    if (!x || PyTuple_SetItem (r, (Py_ssize_t) i, x) < 0)
      Py_CLEAR (r);
  }
  return r;
}

PyObject *list_of (const Values *v) {
  PyObject *r = PyList_New ((Py_ssize_t) v->size);
  for (size_t i = 0; r && i < v->size; i++) {
    PyObject *x = PyLong_FromLongLong (v->item[i]);
    if (!x || PyList_SetItem (r, (Py_ssize_t) i, x) < 0)
      Py_CLEAR (r);
  }
  return r;
}

PyObject *dict_of (const uint32_t *a, size_t pairs) {
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

PyObject *check_invariant (const char *wrong) {
  if (!wrong)
    Py_RETURN_NONE;
  PyErr_SetString (PyExc_AssertionError, wrong);
  return NULL;
}

void free_object (PyObject *self) {
  PyTypeObject *type = Py_TYPE (self);
  freefunc release = (freefunc) PyType_GetSlot (type, Py_tp_free);
  release (self);
  Py_DECREF (type);
}

PyObject *new_object (PyTypeObject *type) {
  allocfunc alloc = (allocfunc) PyType_GetSlot (type, Py_tp_alloc);
  return alloc (type, 0);
}

bool still (const Bank *b, const uint32_t *terms, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (terms[i] >= b->terms) {
      PyErr_Format (PyExc_ValueError, "%u is no term of this bank here: "
                    "there are %zu", (unsigned) terms[i], b->terms);
      return false;
    }
  return true;
}

bool get_pairs (const Bank *b, PyObject *o, uint32_t **out,
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

bool get_steps (PyObject *o, uint64_t *steps) {
  unsigned long long n = PyLong_AsUnsignedLongLong (o);
  if (n == (unsigned long long) -1 && PyErr_Occurred ())
    return false;
  *steps = n;
  return true;
}

BankObject *get_bank (PyTypeObject *type, PyObject *o) {
  State *state = PyType_GetModuleState (type);
  if (Py_TYPE (o) == state->bank_type)
    return (BankObject *) o;
  PyErr_Format (PyExc_TypeError, "expected a Bank, not %R",
                (PyObject *) Py_TYPE (o));
  return NULL;
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

PyObject *tenant_of (PyTypeObject *type, BankObject *owner, Init init,
                     const uint32_t *term) {
  if (!enter (owner))
    return NULL;
  Tenant *o = (Tenant *) new_object (type);
  bool ok = o != NULL;
  if (ok) {
    o->owner = (BankObject *) Py_NewRef ((PyObject *) owner);
    ok = init (o, owner->bank, term);
    if (!ok)
      PyErr_NoMemory ();
  }
  leave (owner);
  if (!ok)
    Py_CLEAR (o);
  return (PyObject *) o;
}

PyObject *new_tenant (PyTypeObject *type, PyObject *args, PyObject *kwds,
                      const char *format, Init init) {
  static char *names[] = {"bank", NULL};
  PyObject *bank;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, format, names, &bank))
    return NULL;
  BankObject *owner = get_bank (type, bank);
  return owner ? tenant_of (type, owner, init, NULL) : NULL;
}

void free_tenant (Tenant *o) {
  Py_XDECREF ((PyObject *) o->owner);
  free_object ((PyObject *) o);
}

bool get_deadline (PyObject *seconds, double *end) {
  *end = INFINITY;
  if (seconds == Py_None)
    return true;
  *end = PyFloat_AsDouble (seconds);
  if (*end == -1 && PyErr_Occurred ())
    return false;
  *end += clock_now ();
  return true;
}

LongEnd run_long (Slice slice, void *job, double end, volatile bool *stop) {
  bool more = true, late = false, stopped = false;
  while (more && !late && !stopped) {
    Py_BEGIN_ALLOW_THREADS
    /* Taking the GIL back may cost much more than a slice. */
    double now = clock_now (), back = now + 0.05;
    while (more && !late && !*stop && now < back) {
      more = slice (job);
      now = clock_now ();
      late = now > end;
    }
    Py_END_ALLOW_THREADS
    stopped = *stop;
    if (PyErr_CheckSignals () < 0)
      return LONG_RAISED;
  }
  if (!more)
    return LONG_DONE;
  if (!stopped)
    return LONG_LATE;
  *stop = false;
  return LONG_STOPPED;
}
