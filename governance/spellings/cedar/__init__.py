"""Cedar policies, entities and requests, read into the policy core.

Covered: permit and forbid, scopes, ``when`` and ``unless``, ``in``, ``has``, ``like``, ``is``,
sets, records, ``decimal``, ``datetime`` and ``duration``. Not covered, and refused by name:
templates, IP addresses, entity tags. Cedar's actions are the core's tools, ``resource`` and
``context`` are arguments; rules are called ``policy0``, ``policy1``, … in order, as Cedar does.
"""

from governance.spellings.cedar.data import (
    decider,
    entity_of,
    import_entities,
    import_request,
    value_of,
)
from governance.spellings.cedar.policies import import_policies
from governance.spellings.cedar.refusal import NotCovered

__all__ = [
    "NotCovered",
    "decider",
    "entity_of",
    "import_entities",
    "import_policies",
    "import_request",
    "value_of",
]
