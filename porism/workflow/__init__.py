"""The commands about workflows: ``porism verify | certify | footprint | run``."""

from porism.workflow.commands import certify, footprint, run, verify

__all__ = ["certify", "footprint", "run", "verify"]
