/* module_saturation.c: the type Saturation, and its derivations as tuples. */

#include "module.h"
#include "order.h"
#include "saturate.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  PyObject_HEAD
  BankObject *owner;
  Saturation s;
  volatile bool stop;
} SaturationObject;

static bool saturation_init (Tenant *self, Bank *b, const uint32_t *truth) {
  return saturate_init (&((SaturationObject *) self)->s, b, *truth);
}

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
  return tenant_of (type, owner, saturation_init, &t);
}

static void saturation_dealloc (PyObject *self) {
  SaturationObject *o = (SaturationObject *) self;
  saturate_free (&o->s);
  free_tenant ((Tenant *) self);
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

typedef struct {
  SaturationObject *o;
  uint64_t bound[3]; /* steps, clauses, weight */
  SatStatus status;
} SaturationJob;

static bool saturation_slice (void *data) {
  SaturationJob *job = data;
  size_t clauses = job->bound[1] < SIZE_MAX ? (size_t) job->bound[1] : SIZE_MAX;
  job->status = saturate_run (&job->o->s, job->bound, clauses, job->bound[2],
                              &job->o->stop);
  return job->status == SAT_PAUSE;
}

static PyObject *py_run (SaturationObject *o, PyObject *args,
                         PyObject *kwds) {
  static char *names[] = {"steps", "clauses", "weight", "seconds", NULL};
  static const char *const words[] = {"proved", "saturated", "limit"};
  PyObject *limit[3] = {Py_None, Py_None, Py_None}, *seconds = Py_None;
  SaturationJob job = {o, {UINT64_MAX, UINT64_MAX, UINT64_MAX}, SAT_PAUSE};
  double end;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "|OOOO:run", names, limit,
                                    limit + 1, limit + 2, &seconds))
    return NULL;
  for (int i = 0; i < 3; i++)
    if (limit[i] != Py_None && !get_steps (limit[i], job.bound + i))
      return NULL;
  if (!get_deadline (seconds, &end) || !saturation_enter (o))
    return NULL;
  LongEnd how = run_long (saturation_slice, &job, end, &o->stop);
  Fault fault = o->owner->bank->fault;
  leave (o->owner);
  if (how == LONG_RAISED)
    return NULL;
  if (how != LONG_DONE)
    return PyUnicode_FromString (how == LONG_LATE ? "time" : "stopped");
  return job.status == SAT_FAULT ? raise_fault ((PyObject *) o, fault)
                                 : PyUnicode_FromString (words[job.status]);
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
    ids_sort (a, n);
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
      "{s:n,s:n,s:K,s:K,s:K,s:K,s:K,s:K,s:K}", "clauses", (Py_ssize_t) clauses,
      "units", (Py_ssize_t) units, "given", c.given, "inferences",
      c.inferences, "conclusions", c.conclusions, "kept", c.kept, "dropped",
      c.dropped, "joined", c.joined, "backward", c.backward);
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

PyType_Spec saturation_spec = {
    "logic.core._core.Saturation", sizeof (SaturationObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, saturation_slots};
