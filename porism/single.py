"""``porism eml``: the calculus of the single operator eml(x, y) = exp(x) − ln(y)."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from logic.errors import PorismError
from porism.files import write_whole
from porism.fit import fit
from porism.options import Exit, Json, Memory, Quiet, Time, Workers, print_json

if TYPE_CHECKING:
    import sympy

    from eml.prove import Equality
    from eml.tree import Tree

eml = typer.Typer(
    help="Trees over eml(x, y) = exp(x) - ln(y): compile, evaluate, search, prove.",
    epilog="An argument is RPN where it reads as RPN (11xE1EE), else an expression (ln(x)).",
)
eml.command()(fit)

Argument: TypeAlias = Annotated[
    str, typer.Argument(metavar="EXPR", help="RPN such as 11xE1EE, or an expression: ln(x).")
]
SemanticsName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--semantics",
        metavar="NAME",
        help="real, real_extended, complex, complex_extended or complex_lower.",
    ),
]
DEFAULT = "complex_extended"


@eml.command("compile")
def compile_command(
    expression: Argument, semantics: SemanticsName = DEFAULT, as_json: Json = False
) -> int:
    """Write an expression as a short tree over eml."""
    from eml.compile import compile_expression
    from eml.prove import prove
    from eml.rpn import nested, rpn
    from eml.semantics import parse_semantics

    made = compile_expression(_expression(expression), parse_semantics(semantics))
    equality = prove(made.tree, made.expression, made.semantics, region=made.region)
    record = {
        **_measures(made.tree),
        "nested": nested(made.tree) if made.k < 2000 else "",
        "semantics": made.semantics.value,
        "domain": made.domain,
        **_verdict(equality),
    }
    if as_json:
        print_json({**record, "exit": int(Exit.DONE)})
        return Exit.DONE
    print(rpn(made.tree))
    _print_measures(made.tree)
    print(f"semantics {made.semantics}; checked for {made.domain or 'the constant'}")
    _print_verdict(equality)
    return Exit.DONE


@eml.command("eval")
def evaluate_command(
    expression: Argument,
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[x=VALUE...]", help="Such as x=0.5 y=1+2i.")
    ] = None,
    semantics: SemanticsName = DEFAULT,
    digits: Annotated[
        int, typer.Option("--digits", min=1, max=10_000, help="How many digits to compute.")
    ] = 15,
    as_json: Json = False,
) -> int:
    """Compute a tree or an expression at a point."""
    import mpmath

    from eml.evaluate import evaluate_mp
    from eml.numeric import value_of
    from eml.semantics import parse_semantics
    from eml.tree import Tree

    read = parse_semantics(semantics)
    side = _side(expression)
    with mpmath.workdps(digits + 15):
        point = dict(_assignment(text) for text in values or [])
        if isinstance(side, Tree):
            value = evaluate_mp(side, point, read, digits)
        else:
            missing = sorted(s.name for s in side.free_symbols if s.name not in point)
            if missing:
                raise PorismError(
                    f"The variable {missing[0]} has no value.",
                    hint=f"Give one, as in {missing[0]}=0.5.",
                )
            value = value_of(side, point, digits)
            if mpmath.isnan(value):
                raise PorismError("The expression is undefined there.")
        real = mpmath.im(value) == 0
        text = mpmath.nstr(mpmath.re(value) if real else value, digits).replace("j", "i")
    if as_json:
        print_json({"value": text, "semantics": read.value, "digits": digits, "exit": 0})
    else:
        print(text)
    return Exit.DONE


@eml.command()
def decompile(
    expression: Argument, semantics: SemanticsName = DEFAULT, as_json: Json = False
) -> int:
    """Bring a tree back into the notation of mathematics."""
    from eml.decompile import decompile as back
    from eml.domain import show_expression
    from eml.semantics import parse_semantics

    result = back(_tree(expression), parse_semantics(semantics))
    text = show_expression(result.expression)
    if as_json:
        print_json({"expression": text, "domain": result.domain, "semantics": semantics, "exit": 0})
    else:
        print(text)
        if result.domain:
            print(f"for {result.domain}")
    return Exit.DONE


@eml.command()
def search(
    target: Argument,
    max_k: Annotated[
        int, typer.Option("--max-k", min=1, max=99, metavar="N", help="Search up to this K.")
    ] = 27,
    semantics: SemanticsName = DEFAULT,
    time: Time = "1m",
    memory: Memory = "3G",
    workers: Workers = 2,
    resume: Annotated[
        str,
        typer.Option("--resume", metavar="FILE", help="Go on from this file; write it at the end."),
    ] = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Find the shortest tree for a constant or a function of x, or of x and y."""
    from eml.prove import prove
    from eml.rpn import rpn
    from eml.search import Enumeration
    from eml.search import search as find
    from eml.semantics import parse_semantics
    from logic.budget import Budget, parse_memory, parse_time
    from porism.terminal import Interrupts, Ticker

    wanted = _expression(target)
    budget = Budget(parse_time(time))
    interrupts = Interrupts(budget)
    names = tuple(sorted(s.name for s in wanted.free_symbols))
    read = parse_semantics(semantics)
    with ExitStack() as stack:
        stack.enter_context(interrupts.watch())
        ticker = stack.enter_context(Ticker(quiet))
        if resume and os.path.exists(resume):
            table = Enumeration.load(resume, parse_memory(memory), workers)
            if (table.variables, table.semantics) != (names, read):
                raise PorismError(
                    f"The search in {resume} is for {_and(table.variables) or 'constants'} "
                    f"under {table.semantics}.",
                    hint="Give another file, or the same semantics.",
                )
        else:
            table = Enumeration(names, read, memory=parse_memory(memory), workers=workers)
        found = find(wanted, max_k, budget=budget, enumeration=table, progress=ticker.phase)
        if resume:
            table.save(resume)
        ticker.phase("proving")
        equality = prove(found.tree, wanted, found.semantics) if found.tree else None
    code = Exit.DONE
    if found.tree is None:
        code = Exit.UNDECIDED if found.stopped else Exit.NOT_PROVED
    if interrupts.struck:
        code = Exit.INTERRUPTED
    complete = max(0, found.complete)
    if as_json:
        record: dict[str, Any] = {
            "k": found.k,
            "rpn": rpn(found.tree) if found.tree else None,
            "semantics": found.semantics.value,
            "domain": equality.domain if equality else "",
            "complete": complete,
            "candidates": found.candidates,
            "lookups": found.lookups,
            "stopped": found.stopped,
        }
        print_json({**record, **(_verdict(equality) if equality else {}), "exit": int(code)})
    elif not quiet:
        if found.tree is None:
            print(f"No tree up to K = {complete} has this value under {found.semantics}.")
            if found.stopped:
                print(f"Stopped early: {found.stopped}.")
        else:
            print(rpn(found.tree))
            print(f"K = {found.k}, and no shorter tree is found: complete to K = {complete}")
            print(f"semantics {found.semantics}")
            assert equality is not None
            _print_verdict(equality)
    return code


@eml.command()
def prove(
    left: Argument,
    right: Argument,
    semantics: SemanticsName = DEFAULT,
    domain: Annotated[
        str,
        typer.Option("--domain", metavar="NAME", help="complex, real, positive, or 'in (-1, 1)'."),
    ] = "",
    digits: Annotated[
        int, typer.Option("--digits", min=10, max=10_000, help="Digits of the numerical test.")
    ] = 50,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="Write the certificate there.")
    ] = "",
    as_json: Json = False,
) -> int:
    """Prove or refute that two trees or expressions are equal."""
    from eml.prove import prove as decide
    from eml.semantics import parse_semantics

    equality = decide(_side(left), _side(right), parse_semantics(semantics), domain, digits)
    if out and equality.graph:
        write_whole(out, equality.certificate)
    code = {
        "PROVED": Exit.DONE,
        "REFUTED": Exit.NOT_PROVED,
    }.get(equality.verdict.status, Exit.UNDECIDED)
    if as_json:
        print_json({**_verdict(equality), "semantics": equality.semantics, "exit": int(code)})
        return code
    _print_verdict(equality)
    if out:
        print(f"Certificate: {out}" if equality.graph else "There is no certificate to write.")
    return code


@eml.command("verify-base")
def verify_base(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="Constants and operators: 1 eml; or wolfram."),
    ],
    time: Time = "2m",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Find out whether constants and operators generate a calculator's repertoire."""
    from eml.bootstrap import verify_base as verify
    from logic.budget import Budget, parse_time
    from porism.terminal import Interrupts, Ticker, print_table

    budget = Budget(parse_time(time))
    with ExitStack() as stack:
        stack.enter_context(Interrupts(budget).watch())
        ticker = stack.enter_context(Ticker(quiet))
        basis = verify(names, budget=budget, progress=ticker.phase)
    code = Exit.DONE if basis.complete else Exit.NOT_PROVED
    if basis.stopped and not basis.complete:
        code = Exit.UNDECIDED
    if as_json:
        chain = [
            {"name": s.name, "definition": s.definition, "k": s.k, "verdict": s.verdict.status}
            for s in basis.chain
        ]
        print_json(
            {
                "given": list(basis.given),
                "complete": basis.complete,
                "chain": chain,
                "missing": list(basis.missing),
                "exit": int(code),
            }
        )
    elif not quiet:
        rows = [(s.name, s.definition, str(s.k), s.verdict.status) for s in basis.chain]
        if rows:
            print_table(["new", "by", "K", "verdict"], rows)
            print()
        print(
            "The base generates the whole repertoire."
            if basis.complete
            else f"Not found: {', '.join(basis.missing)}."
        )
    return code


@eml.command()
def table(
    certificates: Annotated[
        str, typer.Option("--out", "-o", metavar="DIR", help="Write the certificates there.")
    ] = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Print the shortest known tree of every primitive, each proved anew."""
    from eml.expression import parse_expression
    from eml.table import FURTHER, PRIMITIVES
    from porism.terminal import Ticker, print_table

    records = []
    if certificates:
        os.makedirs(certificates, exist_ok=True)
    with Ticker(quiet) as ticker:
        for number, name in enumerate((*PRIMITIVES, *FURTHER)):
            ticker.phase(f"proving {name}")
            record, equality = _table_row(name, parse_expression(name))
            records.append(record)
            if certificates and equality.graph:
                write_whole(os.path.join(certificates, f"{number:02}.jsonl"), equality.certificate)
    longer = [r for r in records if r["paper"] is not None and r["k"] > r["paper"]]
    unproved = [r["name"] for r in records if r["verdict"] != "PROVED"]
    code = Exit.UNDECIDED if unproved else Exit.DONE
    if as_json:
        total = sum(r["k"] for r in records)
        print_json({"rows": records, "total": total, "exit": int(code)})
        return code
    if quiet:
        return code
    heads = ["function", "K", "paper", "finite", "paper", "others", "verdict"]
    columns = ("name", "k", "paper", "k_finite", "paper_finite", "others", "verdict")
    print_table(heads, [tuple(_cell(r[c]) for c in columns) for r in records])
    print()
    print(f"Total K: {sum(r['k'] for r in records):,}. Published: the direct search of the paper's")
    print("Table 4, with infinities and without (finite), and the best of others.")
    for record in longer:
        print(
            f"{record['name']}: no tree with K = {record['paper']} has this value, "
            "which porism eml search shows."
        )
    return code


def _table_row(name: str, expression: sympy.Expr) -> tuple[dict[str, Any], Equality]:
    """A primitive's shortest tree, with and without infinities, and what is published."""
    from eml.compile import compile_expression
    from eml.prove import prove
    from eml.rpn import rpn
    from eml.semantics import Semantics
    from eml.table import PUBLISHED

    made = compile_expression(expression)
    finite = compile_expression(expression, Semantics.COMPLEX)
    equality = prove(made.tree, made.expression, made.semantics, region=made.region)
    paper, paper_finite, others = PUBLISHED.get(name, (None, None, None))
    record = {
        "name": name,
        "k": made.k,
        "rpn": rpn(made.tree),
        "semantics": made.semantics.value,
        "domain": equality.domain or made.domain,
        "verdict": equality.verdict.status,
        "detail": str(equality.verdict),
        "k_finite": finite.k,
        "rpn_finite": rpn(finite.tree),
        "paper": paper,
        "paper_finite": paper_finite,
        "others": others,
    }
    return record, equality


def _cell(value: object) -> str:
    return "" if value is None else str(value)


@eml.command()
def draw(
    expression: Argument,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="Write the picture there.")
    ] = "",
    as_json: Json = False,
) -> int:
    """Draw a tree as SVG."""
    from eml.draw import svg

    picture = svg(_tree(expression))
    if out:
        write_whole(out, picture)
    if as_json:
        print_json({"out": out, "svg": "" if out else picture, "exit": 0})
    elif out:
        print(f"Written: {out}")
    else:
        print(picture)
    return Exit.DONE


# -- arguments and output --------------------------------------------------------------------


def _side(text: str) -> Tree | sympy.Expr:
    from eml.expression import read

    return read(text)


def _tree(text: str) -> Tree:
    from eml.compile import compile_expression
    from eml.tree import Tree

    side = _side(text)
    return side if isinstance(side, Tree) else compile_expression(side).tree


def _expression(text: str) -> sympy.Expr:
    from eml.decompile import decompile as back
    from eml.expression import read
    from eml.tree import Tree

    side = read(text)
    return back(side).expression if isinstance(side, Tree) else side


def _assignment(text: str) -> tuple[str, Any]:
    import mpmath

    from eml.expression import parse_expression
    from eml.numeric import value_of

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise PorismError(f"'{text}' gives no value to a variable.", hint="Write x=0.5.")
    expression = parse_expression(value)
    if expression.free_symbols:
        raise PorismError(f"The value of {name.strip()} is not a number: {value}.")
    return name.strip(), value_of(expression, {}, mpmath.mp.dps)


def _measures(tree: Tree) -> dict[str, Any]:
    from eml.rpn import rpn

    return {
        "k": tree.k,
        "rpn": rpn(tree),
        "leaves": tree.leaves,
        "depth": tree.depth,
        "shared": tree.shared_size,
    }


def _print_measures(tree: Tree) -> None:
    print(
        f"K = {tree.k}, {tree.leaves} leaves, depth {tree.depth}, "
        f"{tree.shared_size} different subtrees"
    )


def _and(names: tuple[str, ...]) -> str:
    return " and ".join(names)


def _verdict(equality: Equality) -> dict[str, Any]:
    return {
        "verdict": equality.verdict.status,
        "detail": equality.verdict.detail,
        "holds_for": equality.domain,
        "premises": list(equality.premises),
    }


def _print_verdict(equality: Equality) -> None:
    if equality.graph is None:
        print(equality.verdict)
        return
    print(f"PROVED in {len(equality.graph.steps)} steps, which the independent checker accepts")
    if equality.domain:
        print(f"for {equality.domain}")
