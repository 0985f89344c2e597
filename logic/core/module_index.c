/* module_index.c: the type Index. */

#include "module.h"
#include "unify.h"

typedef struct {
  PyObject_HEAD
  BankObject *owner;
  Tree tree;
  Client client;
  uint32_t top; /* one more than the greatest term id filed */
} IndexObject;

static bool index_init (Tenant *self, Bank *b, const uint32_t *none) {
  (void) none;
  IndexObject *o = (IndexObject *) self;
  bank_join (b, &o->client);
  return tree_init (&o->tree, b);
}

static PyObject *index_create (PyTypeObject *type, PyObject *args,
                               PyObject *kwds) {
  return new_tenant (type, args, kwds, "O:Index", index_init);
}

static void index_dealloc (PyObject *self) {
  IndexObject *o = (IndexObject *) self;
  bank_leave (&o->client);
  tree_free (&o->tree);
  free_tenant ((Tenant *) self);
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

PyType_Spec index_spec = {
    "logic.core._core.Index", sizeof (IndexObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, index_slots};
