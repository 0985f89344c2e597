"""Cedar policies, entities and requests, read into the policy core.

Covered: permit and forbid, scopes, ``when`` and ``unless``, ``in``, ``has``, ``like``, ``is``,
sets, records, ``decimal``, ``datetime``, ``duration``, ``ip``, entity tags, templates with their
links, and schemas. What else a text has is refused by name. Cedar's actions are the core's tools,
``resource`` and ``context`` are arguments; rules are called ``policy0``, ``policy1``, … in order,
as Cedar does.
"""

from governance.spellings.cedar.data import (
    decider,
    entity_of,
    import_request,
    import_world,
    value_of,
)
from governance.spellings.cedar.policies import Link, import_links, import_policies
from governance.spellings.cedar.refusal import NotCovered
from governance.spellings.cedar.schema import import_schema

__all__ = [
    "Link",
    "NotCovered",
    "decider",
    "entity_of",
    "import_links",
    "import_policies",
    "import_request",
    "import_schema",
    "import_world",
    "value_of",
]
