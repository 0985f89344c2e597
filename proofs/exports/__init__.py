"""Proof graphs in the languages of other systems."""

from proofs.exports.formats import FORMATS, export

__all__ = ["FORMATS", "export"]
