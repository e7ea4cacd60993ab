"""Parts of pages that are the same on many: filled in once for a language and its settings, then joined."""

from collections.abc import Callable
from functools import cache

from jinja2 import Environment
from markupsafe import Markup


def parts(environment: Environment) -> Callable[..., Markup]:
    """Return what fills in a template from a few words and remembers it: other settings have another environment."""

    @cache
    def filled_in(name: str, **said: str) -> Markup:
        return Markup(environment.get_template(name).render(**said))  # noqa: S704 - escaped by the template itself

    return filled_in
