"""Workflows, policies and claims from what a command line names."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from logic.errors import PorismError, Span, nearest
from porism.policy.reading import beside

if TYPE_CHECKING:
    from governance.policy import RuleSet
    from governance.schema import Schema
    from governance.workflows.claims import Claim
    from governance.workflows.generators import PythonWorkflow
    from governance.workflows.ir import Workflow
    from logic.budget import Budget

FRAMEWORKS = re.compile(r"^\s*(?:from|import)\s+(?:langgraph|crewai)\b", re.MULTILINE)


class Loaded(NamedTuple):
    """A workflow and its policy over one schema; ``python`` is the function it came from."""

    workflow: Workflow
    policy: RuleSet
    claims: list[Claim]
    python: PythonWorkflow | None


def load(
    name: str, policy: str, schema: str, claims: list[str], rules: str, format_: str, budget: Budget
) -> Loaded:
    """Everything that verification needs.

    Raises
    ------
    PorismError : a file is missing or wrong, or the parts do not fit together.
    """
    flow, python = load_workflow(name, format_, budget)
    found, source = _policy(policy, schema, flow)
    _adopt(flow, found.schema)
    flow.check()
    from governance.workflows.reading import parse_claim, parse_claims, temporal_claim

    wanted = parse_claims(source, found.schema, flow.variables) if source is not None else []
    for number, text in enumerate(claims, 1):
        label = f"claim {number}" if len(claims) > 1 else "claim"
        if "tool:" in text:
            wanted.append(temporal_claim(text, found.schema, label))
        else:
            wanted.append(parse_claim(text, found.schema, flow.variables, label.replace(" ", "_")))
    if rules:
        wanted += _rules(rules, found.schema, flow)
    return Loaded(flow, found, wanted, python)


def load_workflow(
    name: str, format_: str, budget: Budget
) -> tuple[Workflow, PythonWorkflow | None]:
    """A workflow of any form: our own files, what an importer reads, or Python."""
    from logic.source import read_source

    if format_:
        from governance.workflows.importers import FORMATS

        if format_ not in FORMATS:
            raise PorismError(
                f"--from: there is no format '{format_}'.",
                hint=nearest(format_, FORMATS) or f"There are {', '.join(FORMATS)}.",
            )
    path, inner = _split(name)
    source = read_source(path, "a workflow")
    if path.endswith(".py"):
        if format_ or FRAMEWORKS.search(source.text):
            from governance.workflows.importers import parse_workflow

            return parse_workflow(source, format_, inner), None
        return _python(path, inner, budget)
    if inner:
        raise PorismError(f"'{name}': only a Python file holds several workflows.")
    from governance.workflows import files
    from governance.workflows.records import yaml_record

    if not format_:
        head = source.text[:4000]
        if re.search(r'^\s*[{,]?\s*"?workflow"?\s*:', head, re.MULTILINE) and re.search(
            r'"?nodes"?\s*:', source.text
        ):
            record = yaml_record(source)
            if files.is_workflow(record.data):
                return files.read_workflow(record), None
    from governance.workflows.importers import parse_workflow

    return parse_workflow(source, format_), None


def _split(name: str) -> tuple[str, str]:
    path, colon, inner = name.rpartition(":")
    if colon and path.endswith(".py"):
        return path, inner
    return name, ""


def _python(path: str, inner: str, budget: Budget) -> tuple[Workflow, PythonWorkflow | None]:
    """A workflow of the user's own Python: the file is run, and its name looked up."""
    from governance.workflows.builder import WorkflowBuilder
    from governance.workflows.generators import PythonWorkflow
    from governance.workflows.ir import Workflow

    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(spec.name, module)
    sys.path.insert(0, str(Path(path).resolve().parent))
    try:
        spec.loader.exec_module(module)
    except PorismError:
        raise
    except SyntaxError as error:
        place = Span(path, error.lineno or 1, error.offset or 1, error.text or "")
        raise PorismError(f"'{path}' is no Python: {error.msg}.", place) from None
    except Exception as error:
        line = _line(error, path)
        raise PorismError(
            f"'{path}' raises {type(error).__name__}: {error}.", Span(path, line, 1)
        ) from None
    finally:
        sys.path.pop(0)
    kinds = (PythonWorkflow, Workflow, WorkflowBuilder)
    found = {n: v for n, v in vars(module).items() if isinstance(v, kinds)}
    if inner:
        if inner not in found:
            hint = nearest(inner, found) or f"It has {', '.join(found) or 'none'}."
            raise PorismError(f"'{path}' has no workflow '{inner}'.", hint=hint)
        chosen = found[inner]
    elif len(found) == 1:
        (chosen,) = found.values()
    elif found:
        raise PorismError(
            f"'{path}' has {len(found)} workflows.",
            hint=f"Say which: {', '.join(f'{path}:{n}' for n in found)}.",
        )
    else:
        raise PorismError(
            f"'{path}' has no workflow.",
            hint="Decorate a generator function with @workflow(schema=...).",
        )
    if isinstance(chosen, PythonWorkflow):
        return chosen.explore(budget), chosen
    return (chosen.workflow() if isinstance(chosen, WorkflowBuilder) else chosen), None


def _line(error: BaseException, path: str) -> int:
    found, traceback = 1, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == path:
            found = traceback.tb_lineno
        traceback = traceback.tb_next
    return found


# -- policies ------------------------------------------------------------------------------------


def _policy(policy: str, schema: str, flow: Workflow) -> tuple[RuleSet, Any]:
    from governance.policy import Rule, RuleSet
    from governance.spellings.elaborate import parse_policy, parse_schema
    from governance.spellings.parse import parse
    from logic.source import read_source

    if not policy:
        return RuleSet("no policy", flow.schema, [Rule("everything", "permit")]), None
    source = read_source(policy, "a policy")
    found = schema or beside(policy)
    declared = any(n.kind == "tool" for n in parse(source))
    known = parse_schema(read_source(found, "a schema")) if found else None
    if known is None and not declared:
        known = flow.schema
    return parse_policy(source, known), source


def _adopt(flow: Workflow, schema: Schema) -> None:
    """Give a workflow the schema of its policy, where the two say the same of its tools."""
    for name in dict.fromkeys(n.tool for n in flow.performs()):
        mine, theirs = flow.schema.tools[name], schema.tools.get(name)
        if theirs is None:
            raise PorismError(
                f"The policy's schema has no tool '{name}', which '{flow.name}' uses.",
                hint=nearest(name, schema.tools)
                or "Declare it, or leave the schema to the workflow.",
            )
        if (mine.kind, mine.parameters) != (theirs.kind, theirs.parameters):
            raise PorismError(
                f"The tool '{name}' is not the same in the workflow and in the policy.",
                theirs.span or mine.span,
                "Let both read one schema.",
            )
    flow.schema = schema
    for inner in flow.workflows.values():
        _adopt(inner, schema)


def _rules(path: str, schema: Schema, flow: Workflow) -> list[Claim]:
    """Claims of a file: a policy file, or a JSON list of objects with ``id`` and ``dsl``."""
    from governance.workflows.reading import parse_claims, temporal_claim
    from logic.source import read_source

    source = read_source(path, "a file of claims")
    if not source.text.lstrip().startswith("["):
        return parse_claims(source, schema, flow.variables)
    try:
        records = json.loads(source.text)
    except (ValueError, RecursionError):
        raise PorismError(f"'{path}' is not JSON.") from None
    found = []
    for record in records:
        if not isinstance(record, dict) or not isinstance(record.get("dsl"), str):
            raise PorismError(
                f"'{path}' is no list of claims.", hint='Such as [{"id": "a", "dsl": "G !tool:x"}].'
            )
        found.append(temporal_claim(record["dsl"], schema, str(record.get("id", "claim"))))
    return found
