"""Data about a page for machines (JSON-LD), as a block that is no script and cannot end early."""

import json
from typing import Any

from markupsafe import Markup

_ESCAPED = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def linked(data: Any) -> Markup:
    """Return data as JSON for within <script>: no mark that HTML would read, Chinese as it is, nothing empty."""
    text = json.dumps(_said(data), ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPED))  # noqa: S704 - JSON without <, > and & is text to a parser of HTML


def _said(data: Any) -> Any:
    if isinstance(data, dict):
        said = {name: _said(value) for name, value in data.items()}
        return {name: value for name, value in said.items() if value not in (None, "", [], {})}
    return [_said(one) for one in data] if isinstance(data, list | tuple) else data
