/* module_rewrite.c: the type Rewriter. */

#include "module.h"
#include "rewrite.h"

typedef struct {
  PyObject_HEAD
  BankObject *owner;
  Rewriter w;
} RewriterObject;

static bool rewriter_init (Tenant *self, Bank *b, const uint32_t *none) {
  (void) none;
  return rewrite_init (&((RewriterObject *) self)->w, b);
}

static PyObject *rewriter_create (PyTypeObject *type, PyObject *args,
                                  PyObject *kwds) {
  return new_tenant (type, args, kwds, "O:Rewriter", rewriter_init);
}

static void rewriter_dealloc (PyObject *self) {
  RewriterObject *o = (RewriterObject *) self;
  rewrite_free (&o->w);
  free_tenant ((Tenant *) self);
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

PyType_Spec rewriter_spec = {
    "logic.core._core.Rewriter", sizeof (RewriterObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, rewriter_slots};
