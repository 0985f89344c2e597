"""What a Python function does to the world, as far as its source shows.

Known are calls of chat models of LangChain (*reason*), of functions declared as tools, questions to
people (``interrupt``, ``input``), helpers of the same file, and what is sure to do nothing outside:
messages, builtins, methods of plain values, ``print`` and ``logging``. Any other call may do
anything: the function itself then counts as a tool of the kind *call*.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from governance.schema import Parameter
from governance.sorts import TEXT
from governance.workflows.importers.flowgraph import AnyOf, Do, Step
from governance.workflows.importers.modules import Function, Module, key_of, parameter_names
from governance.workflows.importers.sketch import Sketch, text

MOST_HELPERS = 8
MOST_CALLS = 2_000
"""Calls that are looked at for one vertex, those of helpers each time anew."""

_MODELS = ("init_chat_model", "AzureChatOpenAI", "OpenAI", "Ollama", "OllamaLLM", "AzureOpenAI",
           "HuggingFaceEndpoint", "Anthropic", "Bedrock")  # fmt: skip
_RUNS = ("invoke", "ainvoke", "stream", "astream", "batch", "abatch", "predict", "__call__", "run",
         "arun", "generate", "call")  # fmt: skip
_SHAPES = ("bind_tools", "with_structured_output", "with_config", "with_retry", "bind")
_PURE_MODULES = ("langchain_core.messages", "langchain_core.prompts", "langchain_core.documents",
                 "langchain_core.output_parsers", "langchain.schema", "langchain.prompts",
                 "langgraph.types.Command", "langgraph.types.Send", "langgraph.graph", "typing",
                 "json", "re", "datetime", "math", "dataclasses", "operator", "collections",
                 "itertools", "functools", "uuid", "textwrap", "enum", "logging", "time", "random",
                 "copy", "decimal", "hashlib", "base64", "statistics", "string", "asyncio.sleep",
                 "asyncio.gather", "asyncio.run")  # fmt: skip
_CALLING = ("re", "operator", "itertools", "functools")
"""Those among them whose functions call what they are given."""
_BUILTINS = frozenset(
    """
    abs all any bool bytes dict divmod enumerate filter float format frozenset hasattr hash int
    isinstance issubclass iter len list map max min next ord chr pow print range repr reversed
    round set slice sorted str sum tuple type zip ValueError KeyError TypeError RuntimeError
    Exception
    """.split()  # noqa: SIM905
)
_METHODS = frozenset(
    """
    add append capitalize copy count dict endswith extend find format format_messages
    from_messages from_template get index insert isalpha isdigit items join json keys lower
    lstrip model_dump partition pop remove replace rpartition rsplit rstrip setdefault sort
    split splitlines startswith strip title union update upper values zfill isoformat strftime
    group groups
    """.split()  # noqa: SIM905
)


class Functions:
    """Reads what functions of one module do."""

    def __init__(self, module: Module, sketch: Sketch) -> None:
        self._module = module
        self._sketch = sketch
        self._left = MOST_CALLS

    def steps(self, node: str, function: Function | ast.Lambda) -> tuple[Step, ...]:
        """The effects of a function, as a vertex of the name ``node`` has them."""
        self._left = MOST_CALLS
        found = list(self._effects(node, function, True, ()))
        if self._left < 0:
            return (self.unknown(node, function, "it calls too much to follow"),)
        if not found:
            return ()
        if all(sure for _, sure in found):
            return tuple(do for do, _ in found)
        ways: list[Do] = []
        for do, _ in found:
            if do not in ways:
                ways.append(do)
        return (AnyOf(tuple(ways), maybe=True),)

    def unknown(self, node: str, at: ast.AST, why: str) -> Do:
        """The worst that a vertex can do."""
        line = self._module.span(at).line
        self._sketch.assume(f"What '{node}' does is not known (line {line}: {why}): it is a call.")
        return Do(self._declare(node, "call"), {})

    def ask(self, node: str) -> Do:
        """A question to the model."""
        return Do(self._declare("llm", "reason", "node"), {"node": text(node)})

    def person(self, node: str) -> Do:
        """A question to a person."""
        return Do(self._declare("human", "call", "node"), {"node": text(node)}, human=True)

    def _declare(self, name: str, kind: str, *parameters: str) -> str:
        wanted = tuple(Parameter(p, TEXT) for p in parameters)
        while name in self._sketch.tools and self._sketch.tools[name].parameters != wanted:
            name += "_"
        return self._sketch.tool(name, "reason" if kind == "reason" else "call", wanted).name

    # -- calls -----------------------------------------------------------------------------

    def _effects(
        self, node: str, function: Function | ast.Lambda, sure: bool, above: tuple[ast.AST, ...]
    ) -> Iterator[tuple[Do, bool]]:
        """What a function does, in order, each with whether it is sure to do it just once."""
        module = self._module
        decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
        for decorator in decorators:
            if module.last(decorator) not in ("staticmethod", "classmethod", "override"):
                yield self.unknown(node, decorator, "a decorator"), False
        body = [function.body] if isinstance(function, ast.Lambda) else function.body
        calls: list[tuple[ast.Call, bool]] = []
        for part in body:
            _collect(part, sure, calls)
        returns = [
            n for part in body[:-1] for n in ast.walk(part) if isinstance(n, ast.Return | ast.Raise)
        ]
        for call, inner in calls:
            self._left -= 1
            if self._left < 0:
                return
            after = any(r.lineno < call.lineno for r in returns)
            yield from self._call(node, call, function, inner and not after, above)

    def _call(
        self, node: str, call: ast.Call, scope: ast.AST, sure: bool, above: tuple[ast.AST, ...]
    ) -> Iterator[tuple[Do, bool]]:
        module, callee = self._module, call.func
        name = module.dotted(callee)
        if name.endswith(".interrupt") and name.startswith("langgraph"):
            yield self.person(node), sure
            return
        if is_pure(name):
            if name.partition(".")[0] in _CALLING:
                yield from self._handed(node, call, scope, above)
            return
        if isinstance(callee, ast.Name) and callee.id not in module.imports:
            if callee.id in _BUILTINS and not module.assigned(callee.id, scope)[1]:
                yield from self._handed(node, call, scope, above)
                return
            if callee.id == "input" and not module.assigned("input", scope)[1]:
                yield self.person(node), sure
                return
            if (class_ := module.classes.get(callee.id)) is not None and _is_record(class_):
                return
        runs = callee.value if isinstance(callee, ast.Attribute) and callee.attr in _RUNS else None
        if runs is not None and self.is_model(runs, scope):
            yield self.ask(node), sure
            return
        target = module.function(runs if runs is not None else callee, scope)
        if target is not None and not isinstance(target, ast.Lambda) and is_tool(module, target):
            yield Do(module.function_tool(self._sketch, target)), sure
            return
        if target is not None and runs is None:
            if target in above or len(above) >= MOST_HELPERS:
                yield self.unknown(node, call, "it calls itself"), False
            else:
                yield from self._effects(node, target, sure, (*above, scope))
            return
        if isinstance(callee, ast.Attribute):
            if callee.attr in (*_SHAPES, "from_messages", "from_template") and (
                self.is_model(callee.value, scope) or is_pure(module.dotted(callee.value))
            ):
                return
            if self._is_logger(callee.value, scope):
                return
            if callee.attr in _METHODS and self._is_plain(callee.value, scope):
                yield from self._handed(node, call, scope, above)
                return
        yield self.unknown(node, call, f"it calls '{ast.unparse(callee)[:40]}'"), sure

    def _handed(
        self, node: str, call: ast.Call, scope: ast.AST, above: tuple[ast.AST, ...]
    ) -> Iterator[tuple[Do, bool]]:
        """What the functions do that are handed to a builtin, as to ``map`` or ``sorted``."""
        module = self._module
        for value in (*call.args, *(k.value for k in call.keywords)):
            function = module.function(value, scope)
            if function is not None and not isinstance(function, ast.Lambda):
                if function in above or len(above) >= MOST_HELPERS:
                    yield self.unknown(node, call, "it calls itself"), False
                elif is_tool(module, function):
                    yield Do(module.function_tool(self._sketch, function)), False
                else:
                    yield from self._effects(node, function, False, (*above, scope))
            elif isinstance(value, ast.Name | ast.Attribute) and not self._is_plain(value, scope):
                yield self.unknown(node, call, f"it hands on '{ast.unparse(value)}'"), False

    def is_model(self, node: ast.expr, scope: ast.AST, depth: int = 0) -> bool:
        """Whether an expression is a chat model of LangChain, or a chain that asks one."""
        module, node = self._module, self._module.value(node, scope)
        if depth > 10:
            return False
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in _SHAPES:
                return self.is_model(inner, scope, depth + 1)
            case ast.Call(func=func):
                name = module.dotted(func)
                last = name.rpartition(".")[2]
                return name.startswith("langchain") and (last.startswith("Chat") or last in _MODELS)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                sides = [
                    self.is_model(s, scope, depth + 1) or self._is_pure(s, scope)
                    for s in (left, right)
                ]
                some = self.is_model(left, scope, depth + 1) or self.is_model(
                    right, scope, depth + 1
                )
                return all(sides) and some
        return False

    def _is_pure(self, node: ast.expr, scope: ast.AST) -> bool:
        """Whether a part of a chain is a prompt or a parser."""
        node = self._module.value(node, scope)
        if isinstance(node, ast.Call):
            return is_pure(self._module.dotted(node.func))
        return isinstance(node, ast.Dict | ast.Constant)

    def _is_logger(self, node: ast.expr, scope: ast.AST) -> bool:
        found = self._module.value(node, scope)
        return (
            isinstance(found, ast.Call) and self._module.dotted(found.func) == "logging.getLogger"
        )

    def _is_plain(self, node: ast.expr, scope: ast.AST) -> bool:
        """Whether an expression is plain data: of the state, of a constant, of a local value."""
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Await):
            if (key := key_of(node)) is not None and key.startswith("self."):
                return self._is_constant(self._module.value(node, scope))
            if isinstance(node, ast.Call):
                # What it does is looked at where it is called; only what it gives is asked here.
                if not isinstance(node.func, ast.Attribute):
                    return True
                node = node.func.value
            else:
                node = node.value
        if not isinstance(node, ast.Name):
            return True
        module = self._module
        if node.id in module.imports:
            return is_pure(module.imports[node.id])
        place, given = module.assigned(node.id, scope)
        if given == [None] and isinstance(place, Function | ast.Lambda):
            names = [n for n in parameter_names(place) if n not in ("self", "cls")]
            if node.id in names:
                # The first argument is the state, which is data; others may be anything.
                return names[0] == node.id or node.id == "config"
        if place is module.tree:
            return all(isinstance(v, ast.expr) and self._is_constant(v) for v in given)
        return all(
            not isinstance(v, ast.Name | ast.Attribute) or self._is_plain(v, scope) for v in given
        )

    @staticmethod
    def _is_constant(node: ast.expr) -> bool:
        return isinstance(
            node,
            ast.Constant | ast.Dict | ast.List | ast.Set | ast.Tuple | ast.JoinedStr
            | ast.ListComp | ast.DictComp | ast.SetComp | ast.BinOp | ast.Compare | ast.BoolOp,
        )  # fmt: skip


def is_pure(name: str) -> bool:
    """Whether a full name is of a module that does nothing outside."""
    return any(name == pure or name.startswith(f"{pure}.") for pure in _PURE_MODULES)


def is_tool(module: Module, function: Function) -> bool:
    """Whether a function is declared as a tool."""
    for decorator in function.decorator_list:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        if module.last(inner) == "tool":
            return True
    return False


def _is_record(class_: ast.ClassDef) -> bool:
    """Whether making an object of a class does nothing but keep its fields."""
    return not any(isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef) for s in class_.body)


_MAYBE = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.IfExp, ast.BoolOp, ast.ListComp,
          ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.FunctionDef,
          ast.AsyncFunctionDef, ast.Match)  # fmt: skip


def _collect(node: ast.AST, sure: bool, calls: list[tuple[ast.Call, bool]]) -> None:
    """All calls inside, arguments before the call; what is inside a choice or loop is not sure."""
    inner = sure and not isinstance(node, _MAYBE)
    for child in ast.iter_child_nodes(node):
        _collect(child, inner, calls)
    if isinstance(node, ast.Call):
        calls.append((node, sure))
