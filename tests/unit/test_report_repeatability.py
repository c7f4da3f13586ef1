"""What the reports say of the same run made again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_run_folder import manifest, run_of_values

from reports.pages.wording import words_for
from reports.records import Manifest
from reports.repeatability import repeatability
from reports.reporting import write_reports


def sentences(language: str = "en", **identities: dict[str, Any]) -> list[str]:
    candidates = {name: {"settings": {}, "identity": identity} for name, identity in identities.items()}
    record = Manifest.model_validate(manifest(list(identities)) | {"candidates": candidates})
    return repeatability(record, words_for(language))


def test_one_sentence_for_candidates_that_are_alike() -> None:
    local = {"repeats": "up_to_rounding", "precision": "bfloat16"}
    (sentence,) = sentences(base=local, june=local)
    assert "up to rounding in bfloat16" in sentence
    (russian,) = sentences("ru", base=local)
    assert "bfloat16" in russian


def test_candidates_that_differ_are_named() -> None:
    first, second = sentences(
        a={"repeats": "up_to_rounding", "precision": "float32"},
        b={"repeats": "not_promised", "precision": None},
        c={"repeats": "not_promised", "precision": None},
    )
    assert first.startswith("a: the same replies on the same machine")
    assert second.startswith("b, c: perhaps other replies")


@pytest.mark.parametrize("identity", [{}, {"repeats": None}, {"repeats": "of a later version"}])
def test_nothing_is_said_where_the_manifest_does_not_say(identity: dict[str, Any]) -> None:
    assert sentences(base=identity) == []


def test_html_and_markdown_say_it(tmp_path: Path) -> None:
    told = manifest()
    for candidate in told["candidates"].values():
        candidate["identity"] = {"repeats": "not_promised", "precision": None}
    values = {"base": [1.0, 0.0], "june": [1.0, 1.0]}
    paths = write_reports(run_of_values(tmp_path, values, ["first", "second"], manifest_data=told))
    for report in (paths.html, paths.markdown):
        assert report.read_text(encoding="utf-8").count("perhaps other replies, even at temperature 0") == 1
