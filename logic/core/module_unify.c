/* module_unify.c: the methods of a Bank that unify, match and substitute. */

#include "module.h"
#include "unify.h"

#include <string.h>

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

PyObject *py_unifiable (BankObject *o, PyObject *const *args,
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

PyObject *py_unify (BankObject *o, PyObject *const *args,
                    Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t[2];
  Vec vars = {0}, out = {0};
  PyObject *r = NULL;
  if (!get_terms (b, "unify", args, n, 2, t) || !enter (o))
    return NULL;
  int yes = unify (b, t[0], t[1], 0);
  for (size_t i = 0; yes > 0 && i < b->trail.size; i++)
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

PyObject *py_unify_apart (BankObject *o, PyObject *const *args,
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

PyObject *py_match (BankObject *o, PyObject *const *args,
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

PyObject *py_matches (BankObject *o, PyObject *const *args,
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

PyObject *py_unify_many (BankObject *o, PyObject *const *args,
                         Py_ssize_t n) {
  return many (o, "unify_many", args, n, test_unify);
}

PyObject *py_match_many (BankObject *o, PyObject *const *args,
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

PyObject *py_substitute (BankObject *o, PyObject *const *args,
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
