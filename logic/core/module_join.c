/* module_join.c: the type Join. */

#include "module.h"
#include "join.h"

typedef struct {
  PyObject_HEAD
  BankObject *owner;
  Join j;
  volatile bool stop;
} JoinObject;

static bool join_prepare (Tenant *self, Bank *b, const uint32_t *none) {
  (void) none;
  join_init (&((JoinObject *) self)->j, b);
  return true;
}

static PyObject *join_create (PyTypeObject *type, PyObject *args,
                              PyObject *kwds) {
  return new_tenant (type, args, kwds, "O:Join", join_prepare);
}

static void join_dealloc (PyObject *self) {
  JoinObject *o = (JoinObject *) self;
  join_free (&o->j);
  free_tenant ((Tenant *) self);
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

typedef struct {
  JoinObject *o;
  uint64_t limit;
  int status;
} JoinJob;

static bool join_slice (void *data) {
  JoinJob *job = data;
  job->status = join_run (&job->o->j, job->limit, &job->o->stop);
  return job->status == JOIN_STOPPED;
}

static PyObject *py_join_run (JoinObject *o, PyObject *args, PyObject *kwds) {
  static char *names[] = {"limit", "seconds", NULL};
  static const char *const words[] = {"saturated", "limit"};
  PyObject *limit = Py_None, *seconds = Py_None;
  JoinJob job = {o, UINT64_MAX, JOIN_STOPPED};
  double end;
  if (!PyArg_ParseTupleAndKeywords (args, kwds, "|OO:run", names, &limit,
                                    &seconds) ||
      (limit != Py_None && !get_steps (limit, &job.limit)) ||
      !get_deadline (seconds, &end) || !join_enter (o))
    return NULL;
  LongEnd how = run_long (join_slice, &job, end, &o->stop);
  Fault fault = o->owner->bank->fault;
  leave (o->owner);
  if (how == LONG_RAISED)
    return NULL;
  if (how != LONG_DONE)
    return PyUnicode_FromString (how == LONG_LATE ? "time" : "stopped");
  return job.status == JOIN_FAULT ? raise_fault ((PyObject *) o, fault)
                                  : PyUnicode_FromString (words[job.status]);
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

PyType_Spec join_spec = {
    "logic.core._core.Join", sizeof (JoinObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, join_slots};
