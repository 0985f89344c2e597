/* module.c: eml._search, the one file that knows Python.  The GIL is released in all long loops. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "grow.h"
#include "peel.h"
#include "rpn.h"

typedef struct {
  PyObject_HEAD
  Table table;
} TableObject;

static Table *table_in (PyObject *self) { return &((TableObject *) self)->table; }

static int method_init (PyObject *self, PyObject *args, PyObject *kwargs) {
  static char *keys[] = {"names", "values", "points", "width", "extended", "lower", "limit", NULL};
  Table *t = table_in (self);
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
  t->shape = (Shape){points, width, points * width, extended, lower};
  t->limit = (size_t) limit;
  t->leaf_count = (int) name_count;
  t->leaves = malloc ((size_t) size);
  t->names = malloc ((size_t) name_count);
  if (t->leaves && t->names) {
    memcpy (t->leaves, values, (size_t) size);
    memcpy (t->names, names, (size_t) name_count);
    if (table_start (t)) return 0;
  }
  PyErr_NoMemory ();
  return -1;
}

static void method_dealloc (PyObject *self) {
  Table *t = table_in (self);
  table_free (t);
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

static PyObject *method_grow (PyObject *self, PyObject *args) {
  Table *t = table_in (self);
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

static PyObject *method_widen (PyObject *self, PyObject *unused) {
  Table *t = table_in (self);
  (void) unused;
  for (int i = 0; i < PARTITIONS; i++)
    if (!table_widen (t, t->part + i)) return PyErr_NoMemory ();
  Py_RETURN_NONE;
}

static PyObject *method_value (PyObject *self, PyObject *args) {
  Table *t = table_in (self);
  int worker, workers;
  if (!PyArg_ParseTuple (args, "ii", &worker, &workers) || !workers_ok (worker, workers))
    return NULL;
  Py_BEGIN_ALLOW_THREADS for (int i = worker; i < PARTITIONS; i += workers)
      table_value (t, t->part + i);
  Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

static PyObject *method_place (PyObject *self, PyObject *args) {
  Table *t = table_in (self);
  int worker, workers;
  bool ok = true;
  if (!PyArg_ParseTuple (args, "ii", &worker, &workers) || !workers_ok (worker, workers))
    return NULL;
  Py_BEGIN_ALLOW_THREADS for (int i = worker; ok && i < PARTITIONS; i += workers)
      ok = place_build (t, t->part + i);
  Py_END_ALLOW_THREADS if (!ok) return PyErr_NoMemory ();
  Py_RETURN_NONE;
}

static PyObject *method_end (PyObject *self, PyObject *unused) {
  (void) unused;
  return PyLong_FromSize_t (table_close (table_in (self)));
}

/* The two arguments of each entry of a partition's level. */
static PyObject *method_saved (PyObject *self, PyObject *args) {
  Table *t = table_in (self);
  int level, number;
  if (!PyArg_ParseTuple (args, "ii", &level, &number)) return NULL;
  if (level < 0 || level >= t->grown || number < 0 || number >= PARTITIONS) {
    PyErr_SetString (PyExc_ValueError, "there is no such level");
    return NULL;
  }
  const Partition *p = t->part + number;
  Py_ssize_t bytes = (Py_ssize_t) ((p->start[level + 1] - p->start[level]) * 4);
  return Py_BuildValue ("y#y#", (const char *) (p->left + p->start[level]), bytes,
                        (const char *) (p->right + p->start[level]), bytes);
}

static PyObject *method_put_back (PyObject *self, PyObject *args) {
  Table *t = table_in (self);
  int number;
  const char *left, *right;
  Py_ssize_t left_bytes, right_bytes;
  bool ok;
  if (!PyArg_ParseTuple (args, "iy#y#", &number, &left, &left_bytes, &right, &right_bytes))
    return NULL;
  if (number < 0 || number >= PARTITIONS || left_bytes != right_bytes || left_bytes % 4) {
    PyErr_SetString (PyExc_ValueError, "there is no such partition");
    return NULL;
  }
  Py_BEGIN_ALLOW_THREADS ok = table_restore (t, t->part + number, (const uint32_t *) left,
                                             (const uint32_t *) right, (size_t) left_bytes / 4);
  Py_END_ALLOW_THREADS if (ok) Py_RETURN_NONE;
  PyErr_SetString (PyExc_ValueError, "the entries are not those of a level");
  return NULL;
}

static bool read_target (const Table *t, const char *bytes, Py_ssize_t size, double *v) {
  if (size != t->shape.components * (Py_ssize_t) sizeof (double)) {
    PyErr_SetString (PyExc_ValueError, "the target does not fit the table's points");
    return false;
  }
  memcpy (v, bytes, (size_t) size);
  return true;
}

/* Whether every entry has its exp, ln and place. */
static bool placed (const Table *t) {
  for (int i = 0; i < PARTITIONS; i++) {
    const Partition *p = t->part + i;
    if (p->valued >= p->start[t->grown] && p->placed == p->start[t->grown] && p->first) continue;
    PyErr_SetString (PyExc_ValueError, "the last level has no values or places yet");
    return false;
  }
  return true;
}

static PyObject *text_of (const Table *t, const Hit *hit) {
  size_t length;
  char *text = rpn_of (t, hit, &length);
  if (!text) return PyErr_NoMemory ();
  PyObject *result = PyUnicode_DecodeASCII (text, (Py_ssize_t) length, NULL);
  free (text);
  return result;
}

static PyObject *method_find (PyObject *self, PyObject *args) {
  Table *t = table_in (self);
  const char *bytes;
  Py_ssize_t size;
  double v[COMPONENTS];
  if (!PyArg_ParseTuple (args, "y#", &bytes, &size) || !read_target (t, bytes, size, v)) return NULL;
  uint32_t near[NEIGHBOURS];
  if (!placed (t)) return NULL;
  int count = look_up (t, v, t->grown - 1, near);
  PyObject *list = PyList_New (0);
  for (int i = 0; list && i < count; i++) {
    Hit hit = {.depth = 0, .inner = near[i]};
    PyObject *text = text_of (t, &hit);
    if (!text || PyList_Append (list, text) < 0) Py_CLEAR (list);
    Py_XDECREF (text);
  }
  return list;
}

static PyObject *method_peel (PyObject *self, PyObject *args) {
  Table *t = table_in (self);
  const char *bytes;
  Py_ssize_t size;
  double v[COMPONENTS];
  int level, worker, workers;
  if (!PyArg_ParseTuple (args, "y#iii", &bytes, &size, &level, &worker, &workers) ||
      !read_target (t, bytes, size, v) || !workers_ok (worker, workers))
    return NULL;
  if (!placed (t)) return NULL;
  Peel *p = calloc (1, sizeof *p);
  if (!p) return PyErr_NoMemory ();
  p->t = t, p->worker = worker, p->workers = workers, p->target = v;
  Py_BEGIN_ALLOW_THREADS peel (p, level);
  Py_END_ALLOW_THREADS PyObject *list = PyList_New (0);
  for (int i = 0; list && i < p->count; i++) {
    PyObject *text = text_of (t, p->hits + i);
    if (!text || PyList_Append (list, text) < 0) Py_CLEAR (list);
    Py_XDECREF (text);
  }
  PyObject *result =
      list ? Py_BuildValue ("NLi", list, (long long) p->looked, t->stop || p->count == HITS) : NULL;
  free (p);
  return result;
}

static PyObject *method_stop (PyObject *self, PyObject *stop) {
  int truth = PyObject_IsTrue (stop);
  if (truth < 0) return NULL;
  table_in (self)->stop = truth;
  Py_RETURN_NONE;
}

static PyObject *method_memory (PyObject *self, PyObject *unused) {
  (void) unused;
  return PyLong_FromSize_t (table_memory (table_in (self)));
}

static PyObject *method_levels (PyObject *self, PyObject *unused) {
  Table *t = table_in (self);
  (void) unused;
  PyObject *list = PyList_New (0);
  for (int l = 0; list && l < t->grown; l++) {
    PyObject *number = PyLong_FromSize_t (level_size (t, l));
    if (!number || PyList_Append (list, number) < 0) Py_CLEAR (list);
    Py_XDECREF (number);
  }
  return list;
}

static PyMethodDef table_methods[] = {
    {"grow", method_grow, METH_VARARGS, "Generate the next level's candidates; how many."},
    {"close", method_end, METH_NOARGS, "End the level: how many new values it has."},
    {"widen", method_widen, METH_NOARGS, "Make room for value, before its workers start."},
    {"value", method_value, METH_VARARGS, "Take exp and ln of new values."},
    {"place", method_place, METH_VARARGS, "Make new entries findable, once they have values."},
    {"saved", method_saved, METH_VARARGS, "The arguments of a level's entries in a partition."},
    {"restore", method_put_back, METH_VARARGS, "Put such entries back, as the next level's."},
    {"find", method_find, METH_VARARGS, "RPN texts of the tabled trees near a value."},
    {"peel", method_peel, METH_VARARGS,
     "RPN texts of a level near a value, how many look-ups, and whether it was cut short."},
    {"stop", method_stop, METH_O, "Whether running calls are to return soon."},
    {"memory", method_memory, METH_NOARGS, "Bytes in use."},
    {"levels", method_levels, METH_NOARGS, "How many values each level has."},
    {NULL, NULL, 0, NULL}};

static PyType_Slot table_slots[] = {
    {Py_tp_doc, "Values of eml trees by K, at some witness points."},
    {Py_tp_init, method_init},
    {Py_tp_dealloc, method_dealloc},
    {Py_tp_methods, table_methods},
    {Py_tp_new, PyType_GenericNew},
    {0, NULL}};

static PyType_Spec table_spec = {.name = "eml._search.Table",
                                 .basicsize = sizeof (TableObject),
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
