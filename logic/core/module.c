/* module.c: the Python module: its types and its state. */

#include "module.h"

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
