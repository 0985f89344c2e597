"""The commands ``porism policy``: ``check | lint | limits | diff | eval | test | explain | learn``,
and ``ledger verify``.
"""

from __future__ import annotations

import typer

from porism.policy import analyse, decide, learn, ledger

app = typer.Typer(no_args_is_help=True, help="Check, lint, compare, test and explain policies.")
app.command()(analyse.check)
app.command()(analyse.lint)
app.command()(analyse.limits)
app.command()(analyse.diff)
app.command("eval")(decide.evaluate)
app.command()(decide.test)
app.command()(decide.explain)
app.command()(learn.learn)
app.add_typer(ledger.app, name="ledger")
