"""Filling named places in a text, in one pass: what is put in is never looked at again."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACE = re.compile(r"\{([a-z_]+)\}")


def substitute(text: str, values: Mapping[str, str]) -> str:
    """`text` with `{name}` replaced by `values["name"]`; a place that `values` does not name stays as it is."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def places(text: str) -> list[str]:
    """The names of the places in a text, in order."""
    return _PLACE.findall(text)
