"""Policies analysed: questions to Z3, and answers with witnesses that were replayed."""
