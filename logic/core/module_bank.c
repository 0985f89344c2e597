/* module_bank.c: the type Bank: building terms and looking at them, marks,
   the order. */

#include "module.h"
#include "order.h"
#include "unify.h"

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

/* Two terms, and perhaps whether their variables are rigid. */
static bool get_ordered (BankObject *o, const char *name, PyObject *const *args,
                         Py_ssize_t n, uint32_t *t, int *rigid) {
  *rigid = 0;
  return count_is (name, n, 2, 3) && get_term (o->bank, args[0], t) &&
         get_term (o->bank, args[1], t + 1) &&
         (n < 3 || (*rigid = PyObject_IsTrue (args[2])) >= 0) && enter (o);
}

static PyObject *py_compare (BankObject *o, PyObject *const *args,
                             Py_ssize_t n) {
  Bank *b = o->bank;
  uint32_t t[2];
  int rigid;
  if (!get_ordered (o, "compare", args, n, t, &rigid))
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
  int rigid;
  if (!get_ordered (o, "greater", args, n, t, &rigid))
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

PyType_Spec bank_spec = {
    "logic.core._core.Bank", sizeof (BankObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, bank_slots};
