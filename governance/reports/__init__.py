"""Findings for people and for tools: HTML pages and SARIF."""
