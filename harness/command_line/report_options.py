"""Options that several commands about reports share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Language = Annotated[
    Literal["en", "ru"] | None,
    typer.Option("--lang", help="Language of the reports; the suite's if not given."),
]
