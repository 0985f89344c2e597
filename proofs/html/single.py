"""A page that stands alone: one file, with the style of all pages inside."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def single_page(package: str, template: str, **context: Any) -> str:
    """A template of a package, which extends ``single.html.j2``, filled in.

    Parameters
    ----------
    package : has the template in its folder ``templates``.
    context : what the template shows; escaped, unless it is Markup.
    """
    return _templates(package).get_template(template).render(root="", **context)


@functools.cache
def _templates(package: str) -> Environment:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from logic.printing import printable

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("proofs.html")]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    css = resources.files("proofs.html").joinpath("static", "porism.css")
    environment.globals["css"] = Markup(css.read_text(encoding="utf-8"))
    environment.filters["printable"] = printable
    return environment
