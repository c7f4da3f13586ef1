"""`benchmarks/RESULTS.md`: the last results of every benchmark, one section each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure
from harness.environment import hardware, versions

HEADING = "# Results\n\nWritten by `python -m benchmarks NAME --record`; each section says when and on what.\n"


def record(page: Path, name: str, what: str, figures: Sequence[Figure]) -> None:
    """Put a benchmark's figures into its section of the page, in place of the last ones."""
    text = page.read_text(encoding="utf-8") if page.exists() else HEADING
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL))
    sections[name] = _section(what, figures)
    body = "".join(f"\n## {title}\n\n{section.strip()}\n" for title, section in sorted(sections.items()))
    page.write_text(HEADING + body, encoding="utf-8")


def _section(what: str, figures: Sequence[Figure]) -> str:
    used = ", ".join(f"{name} {version}" for name, version in versions().items())
    lines = [
        f"{what[:1].upper()}{what[1:]}. {datetime.now(UTC):%Y-%m-%d}, {hardware()}; {used}.",
        "",
        "| what | value | target | reached |",
        "|---|---|---|---|",
    ]
    for figure in figures:
        reached = {True: "yes", False: "**no**", None: ""}[figure.reached]
        lines.append(f"| {figure.what} | {figure.value:.4g} {figure.unit} | {figure.target or ''} | {reached} |")
    return "\n".join(lines)
