"""Workflows from elsewhere: agent graphs, Serverless Workflow, MCP tool lists, traces, sources.

Each importer refuses by name what it does not understand, and takes what it cannot see for the
worst case: a response without a contract, a branch without guards, a tool of the kind ``call``.
What that came to is written down in :attr:`~governance.workflows.ir.Workflow.assumptions`.
"""

from governance.workflows.importers.front import FORMATS, import_workflow, parse_workflow
from governance.workflows.importers.temporal import TemporalRule, load_temporal

__all__ = ["FORMATS", "TemporalRule", "import_workflow", "load_temporal", "parse_workflow"]
