"""Directives as values: what a workflow written in Python yields.

>>> Call("send_money", to="ACME", amount=100)
Call('send_money', to='ACME', amount=100)
"""

from __future__ import annotations

from typing import Any, ClassVar

from governance.schema import Kind


class Directive:
    """An effect that is asked for; :class:`Compute`, :class:`Memory`, … say of which kind it is."""

    __slots__ = ("args", "tool")
    kind: ClassVar[Kind | None] = None

    def __init__(self, tool: str, /, **args: Any) -> None:
        self.tool = tool
        self.args = args

    def __repr__(self) -> str:
        args = "".join(f", {name}={value!r}" for name, value in self.args.items())
        return f"{type(self).__name__}({self.tool!r}{args})"

    def __eq__(self, other: object) -> bool:
        return (
            type(self) is type(other)
            and isinstance(other, Directive)
            and (self.tool, self.args) == (other.tool, other.args)
        )

    __hash__ = None  # type: ignore[assignment]


class Compute(Directive):
    """A computation that is worth a decision, as running code."""

    __slots__ = ()
    kind = "compute"


class Memory(Directive):
    """Storing and recalling."""

    __slots__ = ()
    kind = "memory"


class Reason(Directive):
    """A question to an oracle, such as a language model."""

    __slots__ = ()
    kind = "reason"


class Call(Directive):
    """A call out to the world."""

    __slots__ = ()
    kind = "call"


class Observe(Directive):
    """Something to be noted, and no more."""

    __slots__ = ()
    kind = "observe"


class Human(Directive):
    """A question to a person; its kind is the one that the schema gives the tool."""

    __slots__ = ()
