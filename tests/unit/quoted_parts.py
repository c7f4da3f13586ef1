"""What stands in the parts of a judge's prompt, as it was before it was quoted. Holds no tests."""

from __future__ import annotations

_QUOTE = "| "


def unquoted(text: str) -> str:
    """What `judges.prompting.tags.quoted` made of a text, undone."""
    lines = text.split("\n")
    is_quoted = len(lines) > 1 and all(line.startswith(_QUOTE) for line in lines)
    return "\n".join(line.removeprefix(_QUOTE) for line in lines) if is_quoted else text
