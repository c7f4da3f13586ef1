"""`rejoinder suite`: listing, checking, importing and exporting suites."""

from __future__ import annotations

import typer

app = typer.Typer(help="List, check, import and export suites.", no_args_is_help=True)
