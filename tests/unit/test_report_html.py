"""The HTML report without a browser: what is in the file, how large it is, and what it lets run."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from report_coffee_run import coffee_run
from report_run_folder import case, manifest, measure, reply, result, run_of_values, write_run

from harness.metrics.selection import make_metrics
from harness.spec import METRIC_NAMES
from judges.loading import builtin_rubric_names, load_rubric
from reports.analysis import analyse
from reports.errors import ReportError
from reports.pages.html import MOST_BYTES
from reports.pages.selection import MOST_CASES, Standing, select_cases
from reports.reporting import ReportPaths, write_reports
from reports.tables import read_tables


class _Page(HTMLParser):
    """Tags with their attributes, and the text of script and style elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str, dict[str, str | None], str]] = []
        self._block: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._block = []

    def handle_data(self, data: str) -> None:
        if self._block is not None:
            self._block.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self._block is not None:
            self.blocks.append((tag, self.tags[-1][1], "".join(self._block)))
            self._block = None

    def data(self, name: str) -> Any:
        attributes, text = next(block[1:] for block in self.blocks if block[1].get("id") == name)
        return unpacked(text) if attributes["type"] == "text/plain" else json.loads(text)


def unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))


def page_of(paths: ReportPaths) -> _Page:
    return _Page(paths.html.read_text(encoding="utf-8"))


def test_only_the_pages_own_style_and_script_may_run(tmp_path: Path) -> None:
    page = page_of(write_reports(coffee_run(tmp_path)))
    policy = next(a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    data = ("application/json", "text/plain")
    executed = [(tag, text) for tag, attributes, text in page.blocks if attributes.get("type") not in data]
    assert [tag for tag, _ in executed] == ["style", "script"]
    for tag, text in executed:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "img", "object", "base")
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src")]
        assert not (attributes.get("href") or "#").startswith(("http", "//", "javascript"))


def test_all_data_of_every_case_is_there(tmp_path: Path) -> None:
    run = coffee_run(tmp_path, dialogues=20)
    data = page_of(write_reports(run)).data("cases-data")
    assert data["candidates"] == ["base", "order_taker", "june"]
    assert len(data["cases"]) == len({one["id"] for one in data["cases"]}) > 40
    first = data["cases"][0]
    assert first["id"] == "coffee-h001#1"
    roles = [data["messages"][i][0] for i in first["context"]]
    assert roles == ["system", "user"]
    assert len(data["messages"]) < sum(len(one["context"]) for one in data["cases"])  # shared ones once
    for own in first["replies"]:
        assert len(own) == 1
        assert len(own[0]["scores"]) == 16
    assert ["missing", "size / how big, milk"] in first["expectation"]
    unparsed = [s for one in data["cases"] for own in one["replies"] for s in own[0]["scores"] if isinstance(s, list)]
    assert any(data["statuses"][s[0]] == "unparsed" and "no level" in data["reasons"][s[3]] for s in unparsed)


HOSTILE = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>\x1b[31m\u202e\u2028&amp;"


def hostile_run(folder: Path) -> Path:
    """A run in which everything that can be written holds markup and control characters."""
    names = ("base", HOSTILE)
    cases = [
        case(
            f"d{i}{HOSTILE}#1",
            dialogue_id=f"d{i}",
            tags=[HOSTILE],
            act=HOSTILE,
            messages=json.dumps([{"role": HOSTILE, "name": HOSTILE, "content": HOSTILE}]),
            references=[HOSTILE],
            expectation=json.dumps({HOSTILE: [HOSTILE]}),
        )
        for i in range(8)
    ]
    ids = [one["case_id"] for one in cases]
    texts = dict.fromkeys(("title", "description", "signature"), HOSTILE)
    return write_run(
        folder,
        measures=[measure("act", kind="act", **texts)],
        cases=cases,
        results=[
            result(i, name, "act", 0.1 * n, label=HOSTILE, reason=HOSTILE) for n, name in enumerate(names) for i in ids
        ],
        replies=[
            reply(i, name, HOSTILE, error=HOSTILE, finish_reason=HOSTILE, reasoning=HOSTILE)
            for name in names
            for i in ids
        ],
        manifest_data=manifest(
            names,
            hardware=HOSTILE,
            signature=HOSTILE,
            versions={HOSTILE: HOSTILE},
            run=HOSTILE,
            spec={"x": HOSTILE, "gate": [{"measure": "act", "candidate": HOSTILE, "at_least": 0.05}]},
        ),
    )


def test_nothing_that_was_written_becomes_markup(tmp_path: Path) -> None:
    paths = write_reports(hostile_run(tmp_path))
    text = paths.html.read_text(encoding="utf-8")
    page = _Page(text)
    assert [tag for tag, _ in page.tags].count("script") == 4
    assert "img" not in [tag for tag, _ in page.tags]
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", text)
    data = page.data("cases-data")
    written = data["cases"][0]["replies"][1][0]
    for text in (written["text"], written["reasoning"]):
        assert text.startswith("</script><script>alert(1)")
        assert "␛[31m⟨U+202E⟩⟨U+2028⟩" in text


def test_long_replies_are_whole_or_cut_with_their_length_said(tmp_path: Path) -> None:
    lengths = [100_000, 150_000, 0]
    texts = ["a\x00" * (length // 2) for length in lengths]
    names = [f"d{i}#0" for i in range(3)]
    run = write_run(
        tmp_path,
        measures=[measure("quality")],
        cases=map(case, names),
        results=[],
        replies=[reply(name, "base", text) for name, text in zip(names, texts, strict=True)],
        manifest_data=manifest(["base"]),
    )
    cases = page_of(write_reports(run)).data("cases-data")["cases"]
    shown = [one["replies"][0][0]["text"] for one in cases]
    assert shown[0] == "a␀" * 50_000
    assert shown[1]["length"] == 150_000
    assert shown[1]["text"] == "a␀" * 50_000
    assert shown[2] == ""


def test_file_stays_small_however_much_was_written(tmp_path: Path) -> None:
    words = np.random.default_rng(0).integers(0, 1_000, (600, 4_000))
    names = [f"d{i}#0" for i in range(600)]
    run = write_run(
        tmp_path,
        measures=[measure("quality")],
        cases=map(case, names),
        results=[result(name, c, "quality", 0.5) for name in names for c in ("base", "june")],
        replies=[
            reply(name, c, " ".join(map(str, row)))
            for name, row in zip(names, words, strict=True)
            for c in ("base", "june")
        ],
    )
    paths = write_reports(run)
    assert paths.html.stat().st_size <= MOST_BYTES
    page = page_of(paths)
    cases = page.data("cases-data")["cases"]
    assert len(cases) == 600
    text = cases[7]["replies"][0][0]["text"]
    assert text["length"] > 10_000 > len(text["text"]) >= 800


def test_large_runs_show_a_choice_and_say_so(tmp_path: Path) -> None:
    count = MOST_CASES + 200
    generator = np.random.default_rng(1)
    base, june = generator.random(count).tolist(), generator.random(count).tolist()
    run = run_of_values(tmp_path, {"base": base, "june": june}, [f"d{i // 4}" for i in range(count)])
    paths = write_reports(run)
    cases = page_of(paths).data("cases-data")["cases"]
    assert len(cases) == MOST_CASES
    shown = {one["id"]: one["group"] for one in cases}
    ids = [f"d{i // 4}#{i}" for i in range(count)]
    assert shown[ids[int(np.argmin(june))]] in ("lowest", "regressed")
    assert shown[ids[int(np.argmax(june))]] == "highest"
    regressed = np.argsort(np.array(june) - np.array(base))
    assert all(ids[i] in shown for i in regressed[:100])
    assert f"{MOST_CASES:,} of {count:,} cases are on this page" in paths.html.read_text(encoding="utf-8")


def test_large_runs_show_a_random_sample_of_every_slice(tmp_path: Path) -> None:
    count, tags = 2 * MOST_CASES, ("rare", "common")
    names = [f"d{i}#0" for i in range(count)]
    tag_of = {name: tags[i % 4 != 0] for i, name in enumerate(names)}
    values = np.random.default_rng(3).random((2, count))
    run = write_run(
        tmp_path,
        measures=[measure("quality")],
        cases=[case(name, tags=[tag_of[name]]) for name in names],
        results=[
            result(name, candidate, "quality", value)
            for candidate, own in zip(("base", "june"), values.tolist(), strict=True)
            for name, value in zip(names, own, strict=True)
        ],
        replies=[reply(name, candidate, "Yes.") for name in names for candidate in ("base", "june")],
    )
    shown = page_of(write_reports(run)).data("cases-data")["cases"]
    june = dict(zip(names, values[1].tolist(), strict=True))
    for tag in tags:
        groups = {
            group: [june[o["id"]] for o in shown if tag_of[o["id"]] == tag and o["group"] == group]
            for group in ("lowest", "highest", "random")
        }
        assert min(map(len, groups.values())) >= 50, tag
        assert max(groups["lowest"]) < min(groups["highest"])
        ends = np.quantile(groups["random"], [0.1, 0.9])
        assert ends[1] - ends[0] > 0.2, "a random sample is neither of the best nor of the worst alone"


def test_selection_takes_every_kind_and_no_case_twice() -> None:
    generator = np.random.default_rng(2)
    score = generator.random((3, 5_000))
    score[:, ::10] = np.nan
    standing = Standing(score, score - score[0])
    selection = select_cases(standing, 0, most=100)
    assert len(set(selection.positions)) == 100
    assert {group: selection.groups.count(group) for group in set(selection.groups)} == {
        "lowest": 25,
        "regressed": 25,
        "highest": 25,
        "random": 25,
    }
    assert selection == select_cases(standing, 0, most=100)
    nothing = Standing(np.full((2, 300), np.nan), np.full((2, 300), np.nan))
    assert set(select_cases(nothing, 0, most=50).groups) == {"random"}


def test_several_seeds_are_all_shown(tmp_path: Path) -> None:
    run = write_run(
        tmp_path,
        measures=[measure("quality")],
        cases=[case("d1#0")],
        results=[result("d1#0", "base", "quality", v, seed=s) for s, v in ((5, 0.25), (2, 0.75))],
        replies=[reply("d1#0", "base", f"seed {s}", seed=s) for s in (5, 2)],
        manifest_data=manifest(["base"], seeds=[2, 5]),
    )
    one = page_of(write_reports(run)).data("cases-data")["cases"][0]
    assert [(r["seed"], r["text"], r["scores"]) for r in one["replies"][0]] == [
        (2, "seed 2", [0.75]),
        (5, "seed 5", [0.25]),
    ]


def test_reports_of_the_same_tables_are_the_same_and_nothing_else_is_left(tmp_path: Path) -> None:
    run = coffee_run(tmp_path, dialogues=10)
    first = {path.name: path.read_bytes() for path in _written(write_reports(run))}
    second = {path.name: path.read_bytes() for path in _written(write_reports(run))}
    assert first == second
    assert sorted(first) == ["comparison.json", "junit.xml", "report.html", "report.md"]
    assert not [path for path in run.iterdir() if path.name.startswith(".")]


def _written(paths: ReportPaths) -> list[Path]:
    assert paths.junit is not None
    return [paths.html, paths.markdown, paths.comparison, paths.junit]


def test_runs_without_gate_acts_or_slices_have_no_empty_parts(tmp_path: Path) -> None:
    paths = write_reports(
        run_of_values(tmp_path, {"base": [0.5] * 6}, list("abcdef"), manifest_data=manifest(["base"]))
    )
    assert paths.junit is None
    text = paths.html.read_text(encoding="utf-8")
    for part in ("gate", "differences", "slices", "acts"):
        assert f'id="{part}"' not in text
    assert 'id="measures"' in text


def test_run_that_measured_nothing_yet_is_reported(tmp_path: Path) -> None:
    data = manifest(status="incomplete", finished=None)
    run = write_run(tmp_path, measures=[], cases=[case("d1#0")], results=[], manifest_data=data)
    assert "The run is incomplete" in write_reports(run).markdown.read_text(encoding="utf-8")


def test_hover_and_footnote_explain_every_measure_and_its_signature(tmp_path: Path) -> None:
    run = coffee_run(tmp_path, dialogues=10)
    text = write_reports(run).html.read_text(encoding="utf-8")
    titles = [attributes.get("title") for tag, attributes in _Page(text).tags if tag == "a"]
    footnotes = html.unescape(text.split('id="glossary"')[1])
    for info in read_tables(run).measures:
        assert f"{info.description}\n{info.signature}" in titles
        assert f"{info.description} " in footnotes and f">{info.signature}<" in footnotes


def test_page_speaks_russian(tmp_path: Path) -> None:
    text = write_reports(coffee_run(tmp_path, dialogues=12, language="ru")).html.read_text(encoding="utf-8")
    assert '<html lang="ru">' in text
    assert "Как получен этот прогон" in text
    assert not re.search(r"Differences from|Slices<|How this run|What went wrong", text)


def test_own_measures_and_rubrics_are_explained_in_russian(tmp_path: Path) -> None:
    own = [m.model_dump() for metric in make_metrics(METRIC_NAMES, "ru") for m in metric.measures]
    rubrics = [load_rubric(name) for name in builtin_rubric_names()]
    house = {"title": "Style", "description": "As our house speaks."}
    run = run_of_values(
        tmp_path,
        {"base": [0.5]},
        ["d1"],
        measures=[
            measure("quality", **house),
            *own,
            *(measure(r.name, title=r.title, description=r.description) for r in rubrics),
        ],
        manifest_data=manifest(["base"], suite=manifest()["suite"] | {"language": "ru"}),
    )
    measures = analyse(read_tables(run)).tables.measures
    assert measures[0].description == house["description"]
    assert [m.name for m in measures[1:] if not re.search("[а-я]", m.description)] == []
    assert {m.title for m in measures if not re.search("[а-я]", m.title)} == {
        *("BLEU", "chrF", "ROUGE-1", "ROUGE-2", "ROUGE-L", "METEOR")
    }


def test_reports_that_cannot_be_written(tmp_path: Path) -> None:
    run = coffee_run(tmp_path, dialogues=5)
    (run / "report.html").mkdir()
    with pytest.raises(ReportError, match="cannot be written"):
        write_reports(run)


def test_a_run_without_reasoning_is_shown(tmp_path: Path) -> None:
    """As earlier versions wrote it."""
    run = coffee_run(tmp_path, dialogues=5)
    replies = pq.read_table(run / "replies.parquet").drop_columns("reasoning")
    pq.write_table(replies, run / "replies.parquet")
    shown = page_of(write_reports(run)).data("cases-data")["cases"]
    assert {reply["reasoning"] for one in shown for own in one["replies"] for reply in own} == {None}
    assert all(reply["seconds"] for one in shown for own in one["replies"] for reply in own)


def test_replies_that_cannot_be_read(tmp_path: Path) -> None:
    run = coffee_run(tmp_path, dialogues=5)
    (run / "replies.parquet").unlink()
    with pytest.raises(ReportError, match="is missing; rebuild it"):
        write_reports(run)
