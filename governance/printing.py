"""Conditions, rules and policies as text, in the spelling of policy files."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from governance.past import Monitor, Operation, Pattern
from governance.policy import Rule, RuleSet
from governance.schema import Schema
from governance.sorts import ENTITY, TEXT, TIME, Duration, is_constant
from logic.formulas import TRUE, And, Atom, Equal, Formula, Not, Or, Truth
from logic.terms import App, If, Term, Var

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# How tightly each form binds.
_OR, _AND, _NOT, _RELATION, _SUM, _PRODUCT, _PRIMARY = range(7)


def show_condition(formula: Formula) -> str:
    """A condition on one line."""
    return _formula(formula, _OR)


def show_monitor(monitor: Monitor) -> str:
    """A history operator; a key is written ``term = request``."""
    event = _event(monitor.pattern)
    window = f" within {Duration(monitor.window)}" if monitor.window is not None else ""
    if monitor.operation in ("once", "previous"):
        return f"{monitor.operation} {event}{window}"
    if monitor.breaking is not None:
        return f"no {_event(monitor.breaking)} since {event}{window}"
    field = f"{_term(monitor.field, _PRIMARY)} of " if monitor.field is not None else ""
    return f"{monitor.operation}({field}{event}{window})"


def named_monitor(
    operation: Operation,
    pattern: Pattern,
    field: Term | None = None,
    window: int | None = None,
    breaking: Pattern | None = None,
) -> Monitor:
    """A monitor, named by its spelling; operators that mean the same have one name."""
    window = None if window is None else int(window)
    nameless = Monitor("", operation, pattern, field, window, breaking)
    return Monitor(show_monitor(nameless), operation, pattern, field, window, breaking)


def _event(pattern: Pattern) -> str:
    view = "" if pattern.view == "completed" else f"{pattern.view} "
    tools = "|".join(map(name, pattern.tools)) or "anything"
    parts = [] if pattern.guard == TRUE else [_formula(pattern.guard, _AND)]
    parts += [f"{_term(k, _SUM)} = request" for k in pattern.keys]
    where = f" where ({' and '.join(parts)})" if parts else ""
    return f"{view}{tools}{where}"


def name(text: str) -> str:
    """A name, quoted where it must be."""
    return text if _NAME.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _wrap(text: str, own: int, wanted: int) -> str:
    return text if own >= wanted else f"({text})"


def _formula(formula: Formula, level: int) -> str:
    match formula:
        case Truth(value):
            return "true" if value else "false"
        case Not(Equal(a, b)):
            return _wrap(f"{_term(a, _SUM)} != {_term(b, _SUM)}", _RELATION, level)
        case Not(Atom("in" | "under", (a, b))):
            return _wrap(f"{_term(a, _SUM)} not in {_term(b, _SUM)}", _RELATION, level)
        case Not(Atom("<" | "<=" as op, (a, b))):
            turned = ">=" if op == "<" else ">"
            return _wrap(f"{_term(a, _SUM)} {turned} {_term(b, _SUM)}", _RELATION, level)
        case Not(body):
            return _wrap(f"not {_formula(body, _NOT)}", _NOT, level)
        case And():
            parts = [_formula(p, _NOT) for p in _chain(formula, And)]
            return _wrap(" and ".join(parts), _AND, level)
        case Or():
            parts = [_formula(p, _AND) for p in _chain(formula, Or)]
            return _wrap(" or ".join(parts), _OR, level)
        case Equal(a, b):
            return _wrap(f"{_term(a, _SUM)} = {_term(b, _SUM)}", _RELATION, level)
        case Atom(predicate, args):
            return _atom(predicate, args, level)
    return str(formula)


def _chain(formula: Formula, node: type[And] | type[Or]) -> list[Formula]:
    if isinstance(formula, node):
        return _chain(formula.left, node) + _chain(formula.right, node)
    return [formula]


def _atom(predicate: str, args: tuple[Term, ...], level: int) -> str:
    match predicate:
        case "true":
            return _term(args[0], level)
        case "<" | "<=":
            return _wrap(
                f"{_term(args[0], _SUM)} {predicate} {_term(args[1], _SUM)}", _RELATION, level
            )
        case _ if predicate.startswith("below "):
            return _wrap(f"{_term(args[0], _SUM)} <= {_term(args[1], _SUM)}", _RELATION, level)
        case "in" | "under":
            return _wrap(f"{_term(args[0], _SUM)} in {_term(args[1], _SUM)}", _RELATION, level)
        case "like":
            text = f"{_term(args[0], _SUM)} like {json.dumps(args[1].symbol, ensure_ascii=False)}"  # type: ignore[union-attr]
            return _wrap(text, _RELATION, level)
        case "has" if len(args) == 1:
            return _wrap(f"has {_term(args[0], _PRIMARY)}", _RELATION, level)
        case "has" | "is":
            return _wrap(f"{_term(args[0], _SUM)} {predicate} {args[1].symbol}", _RELATION, level)  # type: ignore[union-attr]
        case "containsAll" | "containsAny" | "isEmpty" | "hasTag":
            inner = ", ".join(_term(a, _OR) for a in args[1:])
            return f"{_term(args[0], _PRIMARY)}.{predicate}({inner})"
    return _wrap(_with_keys(predicate, args), _RELATION, level)


def _with_keys(symbol: str, args: Sequence[Term]) -> str:
    """A history operator's spelling with the request's terms in it."""
    pieces = re.split(r" = request\b(?!\.)", symbol)
    # A since names the same keys in both of its events.
    keys = [f" = {_request(a)}" for a in args]
    if not keys:
        return symbol
    filled = [keys[i % len(keys)] for i in range(len(pieces) - 1)]
    return "".join(p + k for p, k in zip(pieces, [*filled, ""], strict=True))


def _request(term: Term) -> str:
    match term:
        case Var(text):
            return f"request.{text}"
        case App(symbol, (a, b)) if symbol in ("+", "-", "*"):
            return f"{_request(a)} {symbol} {_request(b)}"
    return _term(term, _PRIMARY)


def _term(term: Term, level: int) -> str:
    match term:
        case Var(text):
            return f"label({text[6:]})" if text.startswith("label ") else text
        case If(condition, then, otherwise):
            if (then, otherwise) == (App("true", (), then.sort), App("false", (), then.sort)):
                return _formula(condition, level)
            text = f"if {_formula(condition, _OR)} then {_term(then, _OR)}"
            text += f" else {_term(otherwise, _OR)}"
            return _wrap(text, _OR, level)
    if is_constant(term):
        if term.sort == TEXT:
            return json.dumps(term.symbol, ensure_ascii=False)
        if term.sort == TIME:
            return f"@{term.symbol}"
        return name(term.symbol) if term.sort == ENTITY and "::" not in term.symbol else term.symbol
    symbol, args = term.symbol, term.args
    if symbol in ("+", "-"):
        return _wrap(f"{_term(args[0], _SUM)} {symbol} {_term(args[1], _PRODUCT)}", _SUM, level)
    if symbol == "*":
        return _wrap(f"{_term(args[0], _PRODUCT)} * {_term(args[1], _PRIMARY)}", _PRODUCT, level)
    if symbol == "neg":
        return _wrap(f"-{_term(args[0], _PRIMARY)}", _PRODUCT, level)
    if symbol == "{}":
        return "{" + ", ".join(_term(a, _OR) for a in args) + "}"
    if symbol.startswith("."):
        return f"{_term(args[0], _PRIMARY)}{symbol}"
    if symbol.startswith("record "):
        names = json.loads(symbol[7:])
        return (
            "{" + ", ".join(f"{n}: {_term(a, _OR)}" for n, a in zip(names, args, strict=True)) + "}"
        )
    if "(" in symbol:
        return _with_keys(symbol, args)
    return f"{symbol}({', '.join(_term(a, _OR) for a in args)})"


# -- rules, schemas and policies ---------------------------------------------------------------


def show_rule(rule: Rule) -> str:
    """A rule as a policy file has it; a rule that was written is shown as it was."""
    if rule.text:
        return rule.text
    who = ", ".join(name(w.name) for w in rule.who) or "anyone"
    what = ", ".join(map(name, rule.tools)) or "anything"
    head = f"{rule.effect} {name(rule.name)}: {who} to {what}"
    return head if rule.condition == TRUE else f"{head}\n  when {show_condition(rule.condition)}"


def show_schema(schema: Schema) -> str:
    """The declarations of a schema."""
    lines = []
    for text, ups in schema.roles.items():
        lines.append(f"role {name(text)}" + (f" in {', '.join(map(name, ups))}" if ups else ""))
    for text, ups in schema.principals.items():
        lines.append(
            f"principal {name(text)}" + (f" in {', '.join(map(name, ups))}" if ups else "")
        )
    for lattice in schema.lattices.values():
        ordered = {label for pair in lattice.order for label in pair}
        parts = [f"{a} < {b}" for a, b in lattice.order]
        parts += [label for label in lattice.labels if label not in ordered]
        lines.append(f"label {name(lattice.name)} {{ {', '.join(parts)} }}")
    for text, members in schema.enumerations.items():
        lines.append(f"enum {name(text)} {{ {', '.join(map(name, members))} }}")
    for tool in schema.tools.values():
        parameters = ", ".join(
            f"{name(p.name)}: {_sort(p.sort)}" + (" optional" if p.optional else "")
            for p in tool.parameters
        )
        lines.append(f"tool {name(tool.name)}({parameters}) is {tool.kind}")
    return "\n".join(lines) + "\n"


def _sort(sort: object) -> str:
    text = str(sort)
    return f"Set of {text[4:-1]}" if text.startswith("Set(") else text


def show_policy(policy: RuleSet) -> str:
    """The rules of a policy, one below the other."""
    return f"policy {name(policy.name)}\n\n" + "\n\n".join(map(show_rule, policy.own)) + "\n"
