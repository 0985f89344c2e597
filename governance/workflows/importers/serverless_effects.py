"""What tasks of a Serverless Workflow do to the world: tools and arguments.

================================  ======================================================  =========
task                              tool and parameters (optional ones in brackets)         kind
================================  ======================================================  =========
``call: http``                    http(method, host, endpoint, [headers, query, body])    call
``call: grpc``                    grpc(service, host, method, [arguments])                call
``call: openapi``                 openapi(document, operation, [parameters])              call
``call: asyncapi``                asyncapi(document, operation, action, [message])        call
``call: a2a``                     a2a(server, method, [parameters])                       call
``call: mcp``                     mcp(server, method, [tool, arguments])                  call
``call:`` of a catalogue          function(name, [arguments])                             call
``emit``                          emit(type, source, [data])                              call
``listen``                        listen(events)                                          call
``run: container``                container(image, [command, arguments, environment,      call
                                  stdin])
``run: script``                   script(language, [code, source, arguments,              call
                                  environment, stdin])
``run: shell``                    shell(command, [arguments, environment, stdin])         call
``run: workflow``                 workflow(namespace, name, version, [input])             call
================================  ======================================================  =========

All parameters are texts; what is no text is its JSON. What an expression gives is any value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from governance.schema import Parameter
from governance.sorts import TEXT
from governance.workflows.importers.sketch import Sketch, text
from governance.workflows.records import Record
from logic.terms import Term, Var

_TOOLS: dict[str, tuple[str, str]] = {
    "http": ("method host endpoint", "headers query body"),
    "grpc": ("service host method", "arguments"),
    "openapi": ("document operation", "parameters"),
    "asyncapi": ("document operation action", "message"),
    "a2a": ("server method", "parameters"),
    "mcp": ("server method", "tool arguments"),
    "function": ("name", "arguments"),
    "emit": ("type source", "data"),
    "listen": ("events", ""),
    "container": ("image", "command arguments environment stdin"),
    "script": ("language", "code source arguments environment stdin"),
    "shell": ("command", "arguments environment stdin"),
    "workflow": ("namespace name version", "input"),
}
CALLS = ("http", "grpc", "openapi", "asyncapi", "a2a", "mcp")
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/{}?#$\s]+)(?=[/?#]|$)")


class Effect(NamedTuple):
    """A tool, its arguments, and those variables among them that an expression computes."""

    tool: str
    args: Mapping[str, Term]
    computed: tuple[str, ...]


class Effects:
    """Reads the parts of tasks that do something."""

    def __init__(self, sketch: Sketch) -> None:
        self._sketch = sketch
        self._task = ""
        self._computed: list[str] = []

    def read(self, task: str, kind: str, part: Record) -> Effect:
        """What a part of the kind ``kind`` does; ``part`` holds its arguments."""
        self._task, self._computed = task, []
        reader: Callable[[Record], Mapping[str, Term | None]] = getattr(self, f"_{kind}")
        given = reader(part)
        required, optional = (names.split() for names in _TOOLS[kind])
        parameters = [
            *(Parameter(n, TEXT) for n in required),
            *(Parameter(n, TEXT, True) for n in optional),
        ]
        self._sketch.tool(kind, "call", parameters)
        args = {n: t for n, t in given.items() if t is not None}
        for name in required:
            if name not in args:
                args[name] = self._unknown(name)
        return Effect(kind, args, tuple(self._computed))

    # -- values ----------------------------------------------------------------------------

    def _unknown(self, name: str) -> Var:
        found = self._sketch.unknown(f"{self._task}.{name}")
        self._computed.append(found.name)
        return found

    def _value(self, part: Record, name: str) -> Term | None:
        data = part.data
        if data is None:
            return None
        if is_computed(data):
            return self._unknown(name)
        if isinstance(data, str):
            return text(data)
        return text(json.dumps(data, ensure_ascii=False, sort_keys=True))

    def _needed(self, part: Record, key: str, what: str) -> Record:
        part.mapping(what)
        if key not in part:
            raise part.error(f"{what} has no '{key}'.")
        return part.at(key)

    def _endpoint(self, part: Record) -> tuple[Term | None, Term | None]:
        """The host and the whole of an endpoint; ``{petId}`` stands for any text."""
        if isinstance(part.data, dict):
            part.known(("uri", "authentication"), "An endpoint")
            part = self._needed(part, "uri", "An endpoint")
        if part.data is None:
            return None, None
        uri = part.text("An endpoint")
        if is_expression(uri):
            return self._unknown("host"), self._unknown("endpoint")
        host = _HOST.match(uri)
        whole = self._unknown("endpoint") if "{" in uri else text(uri)
        return text(host[1]) if host else self._unknown("host"), whole

    def _resource(self, part: Record, what: str) -> Term | None:
        part.mapping(what)
        part.known(("name", "endpoint"), what)
        _, whole = self._endpoint(self._needed(part, "endpoint", what))
        return whole

    # -- calls -----------------------------------------------------------------------------

    def _http(self, part: Record) -> Mapping[str, Term | None]:
        what = "An HTTP call"
        part.known(("method", "endpoint", "headers", "body", "query", "output", "redirect"), what)
        method = self._needed(part, "method", what).text("A method")
        host, endpoint = self._endpoint(self._needed(part, "endpoint", what))
        return {
            "method": self._unknown("method") if is_expression(method) else text(method.lower()),
            "host": host,
            "endpoint": endpoint,
            **{k: self._value(part.at(k), k) for k in ("headers", "query", "body")},
        }

    def _grpc(self, part: Record) -> Mapping[str, Term | None]:
        what = "A gRPC call"
        part.known(("proto", "service", "method", "arguments", "authentication"), what)
        service = self._needed(part, "service", what)
        service.mapping("A service")
        service.known(("name", "host", "port", "authentication"), "A service")
        return {
            "service": self._value(self._needed(service, "name", "A service"), "service"),
            "host": self._value(self._needed(service, "host", "A service"), "host"),
            "method": self._value(self._needed(part, "method", what), "method"),
            "arguments": self._value(part.at("arguments"), "arguments"),
        }

    def _openapi(self, part: Record) -> Mapping[str, Term | None]:
        what = "An OpenAPI call"
        part.known(
            ("document", "operationId", "parameters", "authentication", "output", "redirect"), what
        )
        return {
            "document": self._resource(self._needed(part, "document", what), "A document"),
            "operation": self._value(self._needed(part, "operationId", what), "operation"),
            "parameters": self._value(part.at("parameters"), "parameters"),
        }

    def _asyncapi(self, part: Record) -> Mapping[str, Term | None]:
        what = "An AsyncAPI call"
        part.known(
            ("document", "channel", "operation", "server", "protocol", "message", "subscription",
             "authentication"),
            what,
        )  # fmt: skip
        if ("message" in part) == ("subscription" in part):
            raise part.error(f"{what} has either a 'message' or a 'subscription'.")
        where = part.at("operation") if "operation" in part else part.at("channel")
        return {
            "document": self._resource(self._needed(part, "document", what), "A document"),
            "operation": self._value(where, "operation"),
            "action": text("publish" if "message" in part else "subscribe"),
            "message": self._value(part.at("message"), "message"),
        }

    def _a2a(self, part: Record) -> Mapping[str, Term | None]:
        part.known(("agentCard", "server", "method", "parameters"), "An A2A call")
        server = self._endpoint(part.at("server"))[1] if "server" in part else None
        if server is None and "agentCard" in part:
            server = self._resource(part.at("agentCard"), "An agent card")
        return {
            "server": server,
            "method": self._value(self._needed(part, "method", "An A2A call"), "method"),
            "parameters": self._value(part.at("parameters"), "parameters"),
        }

    def _mcp(self, part: Record) -> Mapping[str, Term | None]:
        what = "An MCP call"
        part.known(
            ("protocolVersion", "method", "parameters", "timeout", "transport", "client"), what
        )
        transport = self._needed(part, "transport", what)
        transport.mapping("A transport")
        transport.known(("http", "stdio", "options"), "A transport")
        server: Term | None
        if "http" in transport:
            http = transport.at("http")
            _, server = self._endpoint(self._needed(http, "endpoint", "A transport"))
        else:
            stdio = self._needed(transport, "stdio", "A transport")
            server = self._value(self._needed(stdio, "command", "A transport"), "server")
        given, tool, arguments = part.at("parameters"), None, None
        if isinstance(given.data, dict):
            tool = self._value(given.at("name"), "tool")
            arguments = self._value(given.at("arguments"), "arguments")
        elif given.data is not None:
            tool, arguments = self._unknown("tool"), self._unknown("arguments")
        method = self._value(self._needed(part, "method", what), "method")
        return {"server": server, "method": method, "tool": tool, "arguments": arguments}

    def _function(self, part: Record) -> Mapping[str, Term | None]:
        return {
            "name": text(part.at("call").text("The name of a function")),
            "arguments": self._value(part.at("with"), "arguments"),
        }

    # -- events ----------------------------------------------------------------------------

    def _emit(self, part: Record) -> Mapping[str, Term | None]:
        part.known(("event",), "'emit'")
        event = self._needed(self._needed(part, "event", "'emit'"), "with", "An event")
        return {
            "type": self._value(self._needed(event, "type", "An event"), "type"),
            "source": self._value(self._needed(event, "source", "An event"), "source"),
            "data": self._value(event.at("data"), "data"),
        }

    def _listen(self, part: Record) -> Mapping[str, Term | None]:
        part.known(("to", "read"), "'listen'")
        to = self._needed(part, "to", "'listen'")
        to.mapping("What is listened to")
        to.known(("one", "any", "all", "until"), "What is listened to")
        how = [k for k in ("one", "any", "all") if k in to]
        if len(how) != 1:
            raise to.error("One listens to 'one', 'any' or 'all' of some events.")
        (key,) = how
        filters = [to.at(key)] if key == "one" else to.at(key).list(f"'{key}'")
        types = []
        for filter_ in filters:
            filter_.mapping("A filter of events")
            filter_.known(("with", "correlate"), "A filter of events")
            with_ = self._needed(filter_, "with", "A filter of events")
            kind = with_.mapping("A filter of events").get("type")
            types.append("any" if kind is None or is_computed(kind) else str(kind))
        return {"events": text(", ".join(types) or "any")}

    # -- processes -------------------------------------------------------------------------

    def _process(self, part: Record, what: str, needed: str, others: str) -> dict[str, Term | None]:
        found = {needed: self._value(self._needed(part, needed, what), needed)}
        for name in others.split():
            found[name] = self._value(part.at(name), name)
        return found

    def _container(self, part: Record) -> Mapping[str, Term | None]:
        what = "A container"
        part.mapping(what)
        part.known(
            ("image", "name", "command", "ports", "volumes", "environment", "stdin", "arguments",
             "lifetime", "pullPolicy"),
            what,
        )  # fmt: skip
        return self._process(part, what, "image", _TOOLS["container"][1])

    def _script(self, part: Record) -> Mapping[str, Term | None]:
        what = "A script"
        part.mapping(what)
        part.known(("language", "code", "source", "arguments", "environment", "stdin"), what)
        found = self._process(part, what, "language", "code arguments environment stdin")
        if "source" in part:
            found["source"] = self._resource(part.at("source"), "A source")
        elif "code" not in part:
            raise part.error("A script has 'code' or a 'source'.")
        return found

    def _shell(self, part: Record) -> Mapping[str, Term | None]:
        what = "A shell"
        part.mapping(what)
        part.known(("command", "arguments", "environment", "stdin"), what)
        return self._process(part, what, "command", _TOOLS["shell"][1])

    def _workflow(self, part: Record) -> Mapping[str, Term | None]:
        what = "A workflow to run"
        part.mapping(what)
        part.known(("namespace", "name", "version", "input"), what)
        for key in ("namespace", "name", "version"):
            self._needed(part, key, what)
        self._sketch.assume(
            f"What the workflow '{part.data['name']}' does is not known: it is one call."
        )
        return {k: self._value(part.at(k), k) for k in ("namespace", "name", "version", "input")}


def is_expression(value: str) -> bool:
    """Whether a text is, or may be, a runtime expression: ``${ .a }``, ``.a``, ``$context``."""
    return value.lstrip().startswith((".", "$")) or "${" in value


def is_computed(data: Any) -> bool:
    """Whether an expression stands anywhere in some data."""
    if isinstance(data, str):
        return is_expression(data)
    if isinstance(data, Mapping):
        return any(map(is_computed, data.values()))
    return isinstance(data, list) and any(map(is_computed, data))


def truth(expression: str) -> bool | None:
    """The value of an expression that is ``true`` or ``false``; None: it is not known."""
    inner = expression.strip()
    if inner.startswith("${") and inner.endswith("}"):
        inner = inner[2:-1].strip()
    return {"true": True, "false": False}.get(inner)
