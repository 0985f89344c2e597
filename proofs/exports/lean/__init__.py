"""Proof graphs as files of Lean 4."""

from proofs.exports.lean.file import Lean, lean

__all__ = ["Lean", "lean"]
