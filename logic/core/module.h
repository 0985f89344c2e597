/* module.h: what Python sees of the core.

   The files module*.c are the only ones that know Python: one for each
   type, one (module_values.c) for what they share, and module.c for the
   module itself.

   Every method has the same shape: read the arguments (no Python code runs
   once an id has been checked), enter the bank, work, leave the bank, build
   the result.  A bank that has been entered refuses to be entered again, by
   another thread or by a finaliser, with a RuntimeError.

   A function below that returns false or NULL has set an exception.     */

#ifndef CORE_MODULE_H
#define CORE_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "bank.h"
#include "index.h"

typedef struct {
  PyTypeObject *bank_type, *index_type, *rewriter_type, *saturation_type,
      *join_type;
  PyObject *limit; /* the exception class LimitError */
} State;

typedef struct {
  PyObject_HEAD
  Bank *bank;
} BankObject;

/* Objects that live on a bank begin like this: they keep it alive and
   borrow its busy flag. */
typedef struct {
  PyObject_HEAD
  BankObject *owner;
} Tenant;

#define FAST(name) ((PyCFunction) (void (*) (void)) (name))
#define KEYS(name) ((PyCFunction) (void (*) (void)) (name))
#define KEYWORDS (METH_VARARGS | METH_KEYWORDS)

extern PyType_Spec bank_spec, index_spec, rewriter_spec, saturation_spec,
    join_spec;

/*---------------------------------------------------- entering a bank --*/

/* Even looking at a term is unsafe while another call, which may have let
   go of the GIL, moves the arrays about. */
bool is_free (const Bank *);
bool enter (BankObject *);
void leave (BankObject *);

/* After arguments have been read, a finaliser may have released terms:
   look again, now that nothing else can run. */
bool still (const Bank *, const uint32_t *terms, size_t count);

PyObject *raise_fault (PyObject *self, Fault);

/*----------------------------------------------------------- arguments --*/

bool count_is (const char *name, Py_ssize_t have, Py_ssize_t low,
               Py_ssize_t high);

/* An integer from 0 up to, not including, `end`. */
bool get_number (PyObject *, size_t end, const char *what, uint32_t *);
bool get_small (PyObject *, const char *what, uint32_t *);
bool get_term (const Bank *, PyObject *, uint32_t *);
bool get_symbol (const Bank *, PyObject *, uint32_t *);
bool get_value (PyObject *, int64_t *);
bool get_steps (PyObject *, uint64_t *);

/* Term ids, as many as `terms` has room for, from a fast call. */
bool get_terms (const Bank *, const char *name, PyObject *const *args,
                Py_ssize_t have, Py_ssize_t want, uint32_t *terms);

/* Arrays to be freed with PyMem_Free: numbers of any sequence; pairs of
   terms of one sort, flattened. */
bool get_numbers (PyObject *, size_t end, const char *what, uint32_t **,
                  size_t *count);
bool get_pairs (const Bank *, PyObject *, uint32_t **, size_t *pairs);

BankObject *get_bank (PyTypeObject *, PyObject *);

/*------------------------------------------------------------- results --*/

PyObject *id_or_fault (PyObject *self, const Bank *, uint32_t);
PyObject *tuple_of (const uint32_t *, size_t);
PyObject *list_of (const Values *);

/* A dict from an array of (key, value). */
PyObject *dict_of (const uint32_t *, size_t pairs);

PyObject *check_invariant (const char *wrong);

/*------------------------------------------------------ objects, clock --*/

PyObject *new_object (PyTypeObject *);
void free_object (PyObject *);

/* A tenant of the bank that is the one argument, `format` naming the type
   as in "O:Index"; or of a bank already read, with a term of it.  `init`
   runs in the bank and returns false where memory runs out. */
typedef bool (*Init) (Tenant *, Bank *, const uint32_t *term);
PyObject *new_tenant (PyTypeObject *, PyObject *args, PyObject *kwds,
                      const char *format, Init);
PyObject *tenant_of (PyTypeObject *, BankObject *, Init, const uint32_t *term);
void free_tenant (Tenant *);

/* A long job, in slices: without the GIL, which is taken back twenty times
   a second for the sake of Ctrl-C.  A slice does a little, and returns
   whether there is more to do.  `seconds` is a number or None. */
typedef bool (*Slice) (void *job);
typedef enum { LONG_DONE, LONG_LATE, LONG_STOPPED, LONG_RAISED } LongEnd;
bool get_deadline (PyObject *seconds, double *end);
LongEnd run_long (Slice, void *job, double end, volatile bool *stop);

/*------------------------------------------ methods in module_unify.c --*/

#define METHOD(name) \
  PyObject *py_##name (BankObject *, PyObject *const *, Py_ssize_t)

METHOD (unify);
METHOD (unifiable);
METHOD (unify_apart);
METHOD (match);
METHOD (matches);
METHOD (unify_many);
METHOD (match_many);
METHOD (substitute);

#endif
