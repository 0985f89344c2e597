"""``Module``: a Python source, read and never run.

It knows what names are imported as, what they are assigned where that is written down once, and
where everything stands. What is not written down as a constant is refused by those who ask for it.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from governance.schema import Parameter, Tool
from governance.sorts import BOOL, DECIMAL, INT, TEXT, set_of
from governance.workflows.importers.sketch import Sketch, parameter_name
from logic.errors import PorismError, Span
from logic.source import Source
from logic.terms import Sort

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Scope: TypeAlias = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef

_SORTS = {"str": TEXT, "int": INT, "float": DECIMAL, "bool": BOOL}
MOST_STEPS = 30
"""Names that are followed from one to the next."""


class Module:
    """A source file as a syntax tree."""

    def __init__(self, source: Source) -> None:
        self.source = source
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.tree = ast.parse(source.text)
        except SyntaxError as error:
            line, column = error.lineno or 1, error.offset or 1
            at = self._offset(line) + max(0, column - 1)
            raise source.error(f"This is no Python: {error.msg}.", at, at + 1) from None
        except (RecursionError, MemoryError, ValueError):
            raise PorismError(f"'{source.file}' nests too deep.") from None
        self.imports: dict[str, str] = {}
        self.functions: list[Function] = []
        self.classes: dict[str, ast.ClassDef] = {}
        self.methods: dict[tuple[str, str], list[Function]] = {}
        self._class_of: dict[ast.AST, ast.ClassDef] = {}
        self._assigned: dict[tuple[ast.AST, str], list[ast.AST | None]] = {}
        self._parents: dict[ast.AST, Scope] = {}
        try:
            self._read(self.tree, self.tree, None)
        except RecursionError:
            raise PorismError(f"'{source.file}' nests too deep.") from None

    def _read(self, node: ast.AST, scope: Scope, class_: ast.ClassDef | None) -> None:
        for child in ast.iter_child_nodes(node):
            self._parents[child] = scope
            match child:
                case ast.Import(names=names):
                    for alias in names:
                        whole = alias.name if alias.asname else alias.name.partition(".")[0]
                        self.imports[alias.asname or whole] = whole
                case ast.ImportFrom(module=module, names=names, level=level):
                    for alias in names:
                        whole = f"{'.' * level}{module or ''}.{alias.name}"
                        self.imports[alias.asname or alias.name] = whole
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.functions.append(child)
                    if class_ is not None and node is class_:
                        self._class_of[child] = class_
                        self.methods.setdefault((class_.name, child.name), []).append(child)
                    else:
                        self._assign(scope, child.name, child)
                    self._parameters_of(child)
                    self._read(child, child, class_)
                    continue
                case ast.Lambda():
                    self._parameters_of(child)
                case ast.ClassDef():
                    self.classes[child.name] = child
                    self._read(child, scope, child)
                    continue
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._target(scope, class_, target, value)
                case ast.AnnAssign(target=target, value=value) if value is not None:
                    self._target(scope, class_, target, value)
                case ast.AugAssign(target=target) | ast.For(target=target):
                    self._target(scope, class_, target, None)
                case ast.NamedExpr(target=target):
                    self._target(scope, class_, target, None)
                case ast.withitem(optional_vars=ast.expr() as target):
                    self._target(scope, class_, target, None)
            self._read(child, scope, class_)

    def _target(
        self, scope: Scope, class_: ast.ClassDef | None, target: ast.expr, value: ast.expr | None
    ) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            for item in target.elts:
                self._target(scope, class_, item, None)
        elif (key := key_of(target)) is not None:
            # What is kept on ``self`` is seen by all methods of a class.
            where: ast.AST = class_ if class_ is not None and "." in key else scope
            self._assign(where, key, value)

    def _assign(self, scope: ast.AST, key: str, value: ast.AST | None) -> None:
        self._assigned.setdefault((scope, key), []).append(value)

    def _parameters_of(self, function: Function | ast.Lambda) -> None:
        """Arguments hide what has their names outside."""
        for name in parameter_names(function):
            self._assign(function, name, None)

    # -- places ----------------------------------------------------------------------------

    def _offset(self, line: int) -> int:
        at = 0
        for _ in range(line - 1):
            at = self.source.text.find("\n", at) + 1
        return at

    def span(self, node: ast.AST) -> Span:
        """Where a part of the source stands."""
        line = getattr(node, "lineno", 1)
        start = self._offset(line)
        whole = self.source.text[start:].partition("\n")[0]
        column = len(whole.encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
        end = getattr(node, "end_col_offset", column + 1)
        width = end - column if getattr(node, "end_lineno", line) == line else len(whole) - column
        return self.source.span(start + column, start + column + max(1, width))

    def error(self, node: ast.AST, message: str, hint: str = "") -> PorismError:
        """A complaint about a part of the source."""
        return PorismError(message, self.span(node), hint)

    # -- names -----------------------------------------------------------------------------

    def dotted(self, node: ast.AST) -> str:
        """The full name of an imported thing: ``langgraph.graph.StateGraph``; empty if none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imports:
            return ""
        return ".".join([self.imports[node.id], *reversed(parts)])

    def last(self, node: ast.AST) -> str:
        """The last part of a name, imported or not."""
        if isinstance(node, ast.Attribute):
            return node.attr
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id).rpartition(".")[2]
        return ""

    def scope_of(self, node: ast.AST) -> Scope:
        """The function in which something stands, or the module."""
        return self._parents.get(node, self.tree)

    def class_of(self, scope: ast.AST) -> ast.ClassDef | None:
        """The class whose method this is."""
        return self._class_of.get(scope)

    def value(self, node: ast.expr, scope: ast.AST) -> ast.expr:
        """What an expression stands for: names are followed where they are assigned once."""
        for _ in range(MOST_STEPS):
            key = key_of(node)
            found = self._lookup(key, scope) if key is not None else None
            if found is None:
                return node
            node = found
        return node

    def _lookup(self, key: str, scope: ast.AST) -> ast.expr | None:
        _, given = self.assigned(key, scope)
        (found,) = given if len(given) == 1 else (None,)
        return found if isinstance(found, ast.expr) else None

    def assigned(self, key: str, scope: ast.AST) -> tuple[ast.AST, list[ast.AST | None]]:
        """The scope in which a name gets its values, and these; None for one not written down."""
        at: ast.AST | None = scope
        while at is not None:
            places: list[ast.AST] = [at]
            if (class_ := self._class_of.get(at)) is not None:
                places.append(class_)
            for place in places:
                given = self._assigned.get((place, key))
                if given is not None:
                    return place, given
            if at is self.tree:
                break
            at = self._parents.get(at, self.tree)
        return self.tree, []

    def function(self, node: ast.expr, scope: ast.AST) -> Function | ast.Lambda | None:
        """The function of this source that an expression names."""
        node = self.value(node, scope)
        found: list[ast.AST | None] = []
        if isinstance(node, ast.Lambda):
            return node
        if isinstance(node, ast.Name):
            _, found = self.assigned(node.id, scope)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            at = scope
            while at is not self.tree and at not in self._class_of:
                at = self._parents.get(at, self.tree)
            class_ = self._class_of.get(at) if node.value.id in ("self", "cls") else None
            owner = class_.name if class_ is not None else node.value.id
            found = list(self.methods.get((owner, node.attr), []))
        (one,) = found if len(found) == 1 else (None,)
        return one if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) else None

    def text(self, node: ast.expr, scope: ast.AST, what: str) -> str:
        """A text that is written down.

        Raises
        ------
        PorismError : it is computed.
        """
        found = self.value(node, scope)
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            return found.value
        special = {"START": "__start__", "END": "__end__"}
        name = self.dotted(found)
        if name.startswith("langgraph") and (last := name.rpartition(".")[2]) in special:
            return special[last]
        raise self.error(
            node, f"{what} is computed: '{shorten(node)}'.", "Only what is written down is read."
        )

    def items(self, node: ast.expr, scope: ast.AST, what: str) -> list[ast.expr]:
        """The elements of a list that is written down; ``a + b`` and ``[*a, b]`` are."""
        found = self.value(node, scope)
        match found:
            case ast.List(elts=elts) | ast.Tuple(elts=elts):
                items: list[ast.expr] = []
                for e in elts:
                    if isinstance(e, ast.Starred):
                        items += self.items(e.value, scope, what)
                    else:
                        items.append(e)
                return items
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [*self.items(left, scope, what), *self.items(right, scope, what)]
            case ast.Constant(value=None):
                return []
        raise self.error(
            node, f"{what} are computed: '{shorten(node)}'.", "Only what is written down is read."
        )

    # -- tools -----------------------------------------------------------------------------

    def tool(self, sketch: Sketch, node: ast.expr, scope: ast.AST) -> str:
        """Declare the tool that an expression stands for; its name."""
        function = self.function(node, scope)
        if function is not None and not isinstance(function, ast.Lambda):
            return self.function_tool(sketch, function)
        found = self.value(node, scope)
        if isinstance(found, ast.Call):
            for keyword in found.keywords:
                if keyword.arg == "name":
                    return sketch.tool(self.text(keyword.value, scope, "The name of a tool")).name
            if self.last(found.func) == "from_function" and found.args:
                return self.tool(sketch, found.args[0], scope)
            if name := self.last(found.func):
                return self._named(sketch, name, found)
        if self.dotted(found):
            return self._named(sketch, self.last(found), found)
        if isinstance(found, ast.Name) and found.id in self.classes:
            return self._named(sketch, found.id, found)
        raise self.error(
            node, f"Which tool '{shorten(node)}' is, is not written down in this file."
        )

    def _named(self, sketch: Sketch, name: str, node: ast.AST) -> str:
        sketch.assume(f"The parameters of the tool '{name}' are not known.")
        return sketch.tool(name, span=self.span(node)).name

    def function_tool(self, sketch: Sketch, function: Function) -> str:
        """Declare the tool that a function is: its parameters are those of the function."""
        name = function.name
        for decorator in function.decorator_list:
            if (
                isinstance(decorator, ast.Call)
                and self.last(decorator.func) == "tool"
                and decorator.args
            ):
                name = self.text(decorator.args[0], self.tree, "The name of a tool")
        if name not in sketch.tools:
            found = Tool(name, "call", tuple(self._parameters(function)), self.span(function))
            sketch.tools[name] = found
        return name

    def _parameters(self, function: Function) -> Iterator[Parameter]:
        arguments = function.args
        positional = [*arguments.posonlyargs, *arguments.args]
        without = len(positional) - len(arguments.defaults)
        pairs = [(a, i >= without) for i, a in enumerate(positional)]
        pairs += [
            (a, d is not None)
            for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        ]
        for argument, optional in pairs:
            written = shorten(argument.annotation) if argument.annotation else ""
            if argument.arg in ("self", "cls") or "Injected" in written or "Config" in written:
                continue
            sort, nullable = self._sort(argument.annotation)
            yield Parameter(parameter_name(argument.arg), sort, optional or nullable)

    def _sort(self, annotation: ast.expr | None) -> tuple[Sort, bool]:
        match annotation:
            case ast.Name(id=name):
                return _SORTS.get(name, TEXT), False
            case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
                return self._sort(left)[0], True
            case ast.Subscript(value=outer, slice=inner):
                kind = self.last(outer)
                if kind == "Optional":
                    return self._sort(inner)[0], True
                if kind == "Annotated" and isinstance(inner, ast.Tuple) and inner.elts:
                    return self._sort(inner.elts[0])
                if kind.lower() in ("list", "set", "sequence") and isinstance(inner, ast.Name):
                    return (set_of(_SORTS[inner.id]) if inner.id in _SORTS else TEXT), False
        return TEXT, False


def parameter_names(function: Function | ast.Lambda) -> list[str]:
    """The names of a function's arguments, in order."""
    a = function.args
    found = [x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    return [*found, *(x.arg for x in (a.vararg, a.kwarg) if x is not None)]


def key_of(node: ast.AST) -> str | None:
    """How a variable is spelled: ``graph``, ``self.graph``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}" if node.value.id == "self" else None
    return None


def shorten(node: ast.AST) -> str:
    """A part of a source, for a complaint."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 50 else text[:47] + "..."


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """An argument by position or by one of its names."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    if position < len(call.args) and not any(isinstance(a, ast.Starred) for a in call.args):
        return call.args[position]
    return None


def statements(body: Sequence[ast.stmt], bound: bool = True) -> Iterator[tuple[ast.stmt, bool]]:
    """Statements in order, and whether each is sure to run once; not those of inner functions."""
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case ast.With(body=inner) | ast.AsyncWith(body=inner):
                yield statement, bound
                yield from statements(inner, bound)
            case ast.If(test=test, body=inner, orelse=other):
                main = isinstance(test, ast.Compare) and ast.unparse(test.left) == "__name__"
                yield from statements(inner, bound and main)
                yield from statements(other, False)
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=last):
                yield from statements(inner, False)
                for handler in handlers:
                    yield from statements(handler.body, False)
                yield from statements([*other, *last], False)
            case ast.For(body=inner, orelse=other) | ast.While(body=inner, orelse=other):
                yield from statements([*inner, *other], False)
            case ast.AsyncFor(body=inner) | ast.Match(cases=[ast.match_case(body=inner), *_]):
                yield from statements(inner, False)
            case _:
                yield statement, bound
