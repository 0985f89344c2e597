"""A proof graph as a folder of HTML pages that open from ``file://``: :func:`write_html`."""

from proofs.html.export import write_html

__all__ = ["write_html"]
