"""The summary for a pull request: what it says first, that it fits, and that hostile text stays where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from report_coffee_run import coffee_run
from report_run_folder import case, manifest, measure, reply, result, run_of_values, write_run

from reports.analysis import analyse
from reports.pages.pull_request import pull_request_summary
from reports.pages.regressions import worst_regressions
from reports.scores import scores_of
from reports.tables import read_tables

DIALOGUES = [f"d{i}" for i in range(8)]
HOSTILE = [
    "/close\n/merge\n/label ~bug",
    "```\n</details>\n# out of the fence\n@everyone",
    "~~~\n````text\n/approve\n`````\n",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "line one\r/close\r\n/merge\u2028/approve\u0085/close",
    "[link](javascript:alert(1)) ![](https://example.org/pixel.png)",
    "\x1b[31mred\x1b[0m \u202eesrever",
]


def summary(folder: Path, **options: Any) -> str:
    return pull_request_summary(analyse(read_tables(folder)), **options)


def fallen_run(folder: Path, texts: list[str], **names: str) -> Path:
    """A run in which `june` falls on the first cases, on which it says these texts."""
    ids = [f"{dialogue}#0" for dialogue in DIALOGUES]
    candidates = ["base", names.get("candidate", "june")]
    rows = [
        result(case_id, name, "quality", 0.0 if name != "base" and i < len(texts) else 1.0)
        for name in candidates
        for i, case_id in enumerate(ids)
    ]
    said = [*texts, *["Fine."] * len(ids)]
    replies = [reply(case_id, name, said[i]) for name in candidates for i, case_id in enumerate(ids)]
    title = names.get("title", "Quality")
    return write_run(
        folder,
        measures=[measure("quality", title=title)],
        cases=map(case, ids),
        results=rows,
        replies=replies,
        manifest_data=manifest(candidates),
    )


def test_the_verdict_is_first_and_the_sign_is_the_gates(tmp_path: Path) -> None:
    lines = summary(coffee_run(tmp_path, 30), link="https://ci.example/report.html").splitlines()
    assert lines[0].startswith("## ❌ order\\_taker fails 1 of 4 gate rules")
    assert lines[-1].startswith("[Full report](https://ci.example/report.html)")


def test_the_five_worst_cases_are_those_with_the_largest_loss(tmp_path: Path) -> None:
    values = {"base": [1.0] * 8, "june": [0.9, 0.1, 0.5, 1.0, 0.3, 0.0, 0.95, 0.99]}
    scores = scores_of(read_tables(run_of_values(tmp_path, values, DIALOGUES)))
    found = worst_regressions(scores, "base")
    assert [one.position for one in found] == [5, 1, 4, 2, 0]
    assert found[0].change == pytest.approx(-1)
    assert [(fall.before, fall.after) for fall in found[0].falls] == [(1.0, 0.0)]


def test_regressions_are_folded_with_both_replies(tmp_path: Path) -> None:
    text = summary(fallen_run(tmp_path, ["Ahoy, no idea."]))
    folded = text[text.index("<details>") : text.index("</details>")]
    assert "> Ahoy, no idea." in folded
    assert "**june said:**" in folded
    assert "Fell: Quality 1.000 → 0.000" in folded


def test_what_models_wrote_stays_in_fenced_quotes(tmp_path: Path) -> None:
    text = summary(fallen_run(tmp_path, HOSTILE[:5])) + summary(fallen_run(tmp_path / "2", HOSTILE[5:]))
    assert text.count("<details>") == text.count("\n</details>") == len(HOSTILE)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    outside = " ".join(token.content for token in tokens if token.type != "fence")
    fenced = " ".join(token.content for token in tokens if token.type == "fence")
    for orders in ("/close", "/merge", "/approve", "# out of the fence", "<script>", "javascript:", "pixel.png"):
        assert orders in fenced
        assert orders not in outside
    assert not [line for line in text.splitlines() if line.startswith(("/", "@"))], "robots read lines, not Markdown"
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_names_notify_nobody_and_end_no_element(tmp_path: Path) -> None:
    run = fallen_run(tmp_path, ["No."], candidate="</details>@everyone", title="@all #1 <b>|")
    text = summary(run)
    assert "@everyone" not in text
    assert "@all" not in text
    assert "#1" not in text
    assert text.count("</details>") == 1
    assert "<b>" not in text.replace("\\<b\\>", "")


@pytest.mark.parametrize("link", ["https://x.example/a (b)\n<c>", "https://x.example/)](https://evil.example"])
def test_a_link_stays_one_link(tmp_path: Path, link: str) -> None:
    run = fallen_run(tmp_path, [])
    inline = MarkdownIt().parse(summary(run, link=link))[-2].children or []
    assert sum(token.type == "link_open" for token in inline) == 1


def test_it_fits_whatever_is_in_it(tmp_path: Path) -> None:
    analysis = analyse(read_tables(fallen_run(tmp_path, ["word " * 5_000] * 5)))
    whole = pull_request_summary(analysis, most=1_000_000)
    assert whole.count("<details>") == 5
    for most in (len(whole) - 1, 5_000, 1_200, 500):
        text = pull_request_summary(analysis, most=most)
        assert len(text) <= most
        assert text.count("<details>") == text.count("\n</details>") < 5
        assert "What did not fit here is in the report." in text
        assert text.startswith("## june")


def test_a_candidate_alone_has_no_regressions(tmp_path: Path) -> None:
    assert "regression" not in summary(run_of_values(tmp_path, {"base": [1.0] * 8}, DIALOGUES))


def test_where_nothing_fell_it_says_so(tmp_path: Path) -> None:
    assert "No case fell against base." in summary(fallen_run(tmp_path, []))


def test_russian_suites_get_a_russian_summary(tmp_path: Path) -> None:
    text = summary(coffee_run(tmp_path, 20, language="ru"), link="https://ci.example/r.html")
    for words in ("Худшие ухудшения: 5", "Упало:", "На что нужно ответить", "[Полный отчёт](https"):
        assert words in text
    assert "worst" not in text
