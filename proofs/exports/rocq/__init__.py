"""Proof graphs as files of Rocq."""

from proofs.exports.rocq.file import Rocq, rocq

__all__ = ["Rocq", "rocq"]
