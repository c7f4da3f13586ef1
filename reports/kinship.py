"""A warning where a judge judges candidates of its own family."""

from __future__ import annotations

from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import Manifest


def kinship_warnings(manifest: Manifest, words: Words) -> list[str]:
    """One sentence a judge model that is of one family with candidates of the run."""
    return [
        words.judge_kin.format(judge=one_line(judge), candidates=", ".join(map(one_line, candidates)))
        for judge, candidates in manifest.judge_kin.items()
    ]
