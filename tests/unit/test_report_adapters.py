"""The proof of adapters in the reports: HTML, Markdown and the screen, in English and Russian."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from report_run_folder import manifest, run_of_values
from rich.console import Console

from harness.engines.adapter_proof import AdapterProof, LogprobDifference, PeftAgreement
from reports.adapters import adapter_rows
from reports.analysis import analyse
from reports.errors import ReportError
from reports.pages.html import html_report
from reports.pages.markdown import markdown_report
from reports.pages.terminal import print_summary
from reports.pages.wording import ENGLISH, RUSSIAN
from reports.tables import read_tables

VALUES = {"base": [0.1, 0.2], "june": [0.3, 0.4], "weak": [0.1, 0.3]}


def proof(effect: float, **changes: Any) -> dict[str, Any]:
    """What the harness writes of an adapter that changes log-probabilities by `effect` in the mean."""
    agreement = PeftAgreement(
        made_by="peft 0.21.2, float32 on the CPU",
        difference=LogprobDifference(largest=0.3, mean=0.066),
        effect=LogprobDifference(largest=6.26, mean=effect),
        noise=LogprobDifference(largest=0.23, mean=0.043),
        tolerance=0.25 * effect + 0.086,
    )
    from_base = LogprobDifference(largest=6.135, mean=effect)
    return AdapterProof(prompts=5, tokens=121, from_base=from_base, peft=agreement).model_dump(mode="json") | changes


def run(folder: Path, language: str = "en", **proofs: Any) -> Path:
    data = manifest(list(VALUES))
    data["suite"]["language"] = language
    for name, found in proofs.items():
        data["candidates"][name] = {"settings": {"adapter": f"/adapters/{name}_lora"}, "adapter_proof": found}
    return run_of_values(folder, VALUES, ["one", "two"], manifest_data=data)


def screen(folder: Path) -> str:
    stream = io.StringIO()
    print_summary(read_tables(folder), Console(file=stream, width=200, color_system=None))
    return stream.getvalue()


def test_every_report_shows_the_proof(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", june=proof(1.1), weak=proof(0.05))
    analysis = analyse(read_tables(folder))
    page, document = html_report(analysis), markdown_report(analysis)
    assert '<section id="adapters"' in page
    for figure in ("june_lora", "1.100", "6.135", "0.066 (up to 0.361)", "peft 0.21.2, float32 on the CPU"):
        assert figure in page
    assert "| june | june\\_lora | 1.100 | 6.135 | 0.066 (up to 0.361) | peft 0.21.2, float32 on the CPU |" in document
    assert "Adapter of june: 1.100 nats from the base, 0.066 (up to 0.361) from peft in the mean." in screen(folder)
    (_, weak) = adapter_rows(read_tables(folder).manifest, ENGLISH)
    assert weak.remark == ENGLISH.adapter_weak


def test_a_russian_report_has_it_in_russian(tmp_path: Path) -> None:
    page = html_report(analyse(read_tables(run(tmp_path / "run", "ru", june=proof(1.1)))))
    assert ">Адаптеры</h2>" in page
    assert "0,066 (не более 0,361)" in page
    assert len(RUSSIAN.adapter_heads) == len(ENGLISH.adapter_heads)


def test_what_could_not_be_proven_says_why(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", june=proof(1.1, peft=None, remark="the base's weights take 140 GB"))
    (row,) = adapter_rows(read_tables(folder).manifest, ENGLISH)
    assert row.cells == ("june", "june_lora", "1.100", "6.135", "–", "the base's weights take 140 GB")
    assert "Adapter of june: 1.100 nats from the base, – from peft in the mean (the base's weights take" in screen(
        folder
    )


def test_runs_without_adapters_show_nothing(tmp_path: Path) -> None:
    folder = run(tmp_path / "run")
    analysis = analyse(read_tables(folder))
    assert 'id="adapters"' not in html_report(analysis)
    assert "Adapters" not in markdown_report(analysis)
    assert "Adapter" not in screen(folder)


def test_a_proof_that_is_none_is_named(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", june=proof(1.1, from_base={"largest": "much"}))
    with pytest.raises(ReportError, match=r"candidates\.june\.adapter_proof"):
        markdown_report(analyse(read_tables(folder)))
