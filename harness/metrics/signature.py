"""Signatures of measures: one line that holds all that decides a value, in the manner of sacreBLEU's signatures."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def signature(measure: str, *parts: str) -> str:
    """`measure`, `parts` ("tok:13a") and Rejoinder's version, joined by `|`."""
    return "|".join((measure, *parts, f"v:{_version_of('rejoinder')}"))


def library(distribution: str) -> str:
    """A part that names an installed library and its version: "nltk:3.10.4"."""
    return f"{distribution}:{_version_of(distribution)}"


def _version_of(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"
