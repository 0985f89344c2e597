"""What runs a workflow has, by walking it: small, slow and independent of the verifier.

A configuration is a multiset of nodes and the values of the variables that guards read. A guard
whose variable has no value may go either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from governance.workflows.ir import (
    Assign,
    Branch,
    Cut,
    End,
    Fork,
    Join,
    Perform,
    SubCall,
    Workflow,
)
from logic.formulas import Atom, Equal, Formula, Not
from logic.terms import App, Term, Var

Config = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


def _term(term: Term, env: dict[str, str]) -> str | None:
    match term:
        case Var(name, _):
            return env.get(name)
        case App("+", (left, right), _):
            a, b = _term(left, env), _term(right, env)
            return None if a is None or b is None else str(int(a) + int(b))
        case App(symbol, (), _):
            return symbol
    raise AssertionError(term)


def _holds(guard: Formula | None, env: dict[str, str]) -> bool | None:
    match guard:
        case None:
            return True
        case Not(body):
            inner = _holds(body, env)
            return None if inner is None else not inner
        case Equal(left, right):
            a, b = _term(left, env), _term(right, env)
            return None if a is None or b is None else a == b
        case Atom("<", (left, right)):
            a, b = _term(left, env), _term(right, env)
            return None if a is None or b is None else int(a) < int(b)
    raise AssertionError(guard)


class Walk:
    """The runs of one workflow as sequences of the names of its effects.

    ``label`` says how an effect is named: by default by its tool, and for ``llm`` and its like by
    the node that it names.
    """

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.joins = {n.join: len(n.branches) for n in self._nodes(Fork)}

    def _nodes(self, kind: type) -> Iterator[object]:
        return (n for n in self.workflow.nodes.values() if isinstance(n, kind))

    def label(self, node: Perform) -> str:
        at = node.args.get("node")
        return at.symbol if isinstance(at, App) else node.tool

    def start(self) -> set[Config]:
        env = tuple(
            (v.name, str(v.initial))
            for v in self.workflow.variables.values()
            if v.initial is not None
        )
        return self._closed({((self.workflow.start,), env)})

    def _moves(self, config: Config) -> Iterator[tuple[str, Config]]:
        """Each move with its effect; an empty one for those without."""
        tokens, values = config
        env = dict(values)
        for i, token in enumerate(tokens):
            node = self.workflow.nodes[token]
            rest = tokens[:i] + tokens[i + 1 :]

            def to(*names: str, env: dict[str, str] = env, rest: tuple[str, ...] = rest) -> Config:
                return tuple(sorted((*rest, *names))), tuple(sorted(env.items()))

            match node:
                case Perform():
                    new = {k: v for k, v in env.items() if k != node.into}
                    yield self.label(node), to(node.next, env=new)
                    if node.failed:
                        yield "!" + self.label(node), to(node.failed)
                case Assign():
                    new = dict(env)
                    for name, term in node.sets.items():
                        value = _term(term, env)
                        new.pop(name, None)
                        if value is not None:
                            new[name] = value
                    yield "", to(node.next, env=new)
                case Branch():
                    for case in node.cases:
                        if _holds(case.guard, env) is not False:
                            yield "", to(case.to)
                case Fork():
                    yield "", to(*node.branches)
                case Join():
                    needed = self.joins[node.name]
                    if tokens.count(token) >= needed:
                        left = list(tokens)
                        for _ in range(needed):
                            left.remove(token)
                        yield "", to(node.next, rest=tuple(left))
                case SubCall():
                    raise AssertionError("walk the callee by itself")

    def _closed(self, configs: Iterable[Config]) -> set[Config]:
        found = set(configs)
        todo = list(found)
        while todo:
            for effect, new in self._moves(todo.pop()):
                if not effect and new not in found:
                    found.add(new)
                    todo.append(new)
        return found

    def after(self, configs: set[Config], effect: str) -> set[Config]:
        """What may be so after an effect, and what needs none."""
        return self._closed(n for c in configs for e, n in self._moves(c) if e == effect)

    def effects(self, configs: set[Config]) -> set[str]:
        """What may come next."""
        return {e for c in configs for e, _ in self._moves(c) if e}

    def ended(self, configs: set[Config]) -> bool:
        """Whether a run may end here."""
        nodes = self.workflow.nodes
        return any(len(t) == 1 and isinstance(nodes[t[0]], End | Cut) for t, _ in configs)

    def accepts(self, run: Iterable[str], whole: bool = True) -> bool:
        """Whether these effects, in this order, are (the beginning of) a run."""
        configs = self.start()
        for effect in run:
            configs = self.after(configs, effect)
        return bool(configs) and (not whole or self.ended(configs))

    def runs(self, most: int, failing: bool = False) -> set[tuple[str, ...]]:
        """All runs of at most so many effects."""
        found: set[tuple[str, ...]] = set()
        todo: list[tuple[tuple[str, ...], set[Config]]] = [((), self.start())]
        while todo:
            run, configs = todo.pop()
            if self.ended(configs):
                found.add(run)
            if len(run) < most:
                for effect in self.effects(configs):
                    if failing or not effect.startswith("!"):
                        todo.append(((*run, effect), self.after(configs, effect)))
        return found


def runs(workflow: Workflow, most: int = 6, failing: bool = False) -> set[tuple[str, ...]]:
    """All runs of at most so many effects; ``!x`` is a failure of x."""
    return Walk(workflow).runs(most, failing)
