"""The judge of a spec outside of its runs: `rejoinder judge test | calibrate | probe | drift --spec`, readouts that a spec
chooses, and faults under the names that the user wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fault_server import FaultServer, listing
from judge_endpoint import REASON, judge_endpoint
from recorded_runs import QUICK_METRICS, Rejoinder, write_recorded_spec
from test_report_html import unpacked

from judges.loading import load_rubric
from judges.people.certificate import read_certificate
from reports.analysis import analyse
from reports.pages.case_data import case_data
from reports.tables import read_tables

QUIET = "{chat_template_kwargs: {enable_thinking: false}}"
NOWHERE = "http://127.0.0.1:9/v1"


def asks(reply: str) -> bool:
    return "?" in reply


def write_labels(file: Path) -> Path:
    lines = [
        {
            "context": [{"role": "user", "content": f"A coffee for table {i // 2}, please."}],
            "reply": f"Which size for {i}?" if i % 2 else f"It is {i} euros.",
            "labels": [i % 2],
        }
        for i in range(24)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def write_spec(folder: Path, server: FaultServer, judges: str, extra_body: str = QUIET) -> Path:
    folder.mkdir(exist_ok=True)
    engine = (
        f"{{kind: openai, model: judge-small, options: {{base_url: '{server.base_url}', extra_body: {extra_body}}}}}"
    )
    return write_recorded_spec(
        folder, extra=f"{QUICK_METRICS}max_dialogues: 3\njudges: {judges}\njudge_engine: {engine}\n"
    )


def standing(run: Path, measure: str = "style") -> list[dict[str, str]]:
    """What has changed since the certificate of a run's judge was made."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    changes: list[dict[str, str]] = manifest["certificates"][measure]["changes"]
    return changes


def test_a_judge_with_options_is_tested_certified_and_known_again_in_runs(rejoinder: Rejoinder, tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "labels.jsonl")
    with judge_endpoint(asks) as server:
        spec = write_spec(tmp_path / "specs", server, "[{rubric: style}]")
        tested = rejoinder("judge", "test", "style", "--spec", spec, "--json")
        calibrated = rejoinder("judge", "calibrate", "style", "--labels", labels, "--spec", spec)
        (certificate,) = (tmp_path / "specs").glob("*.certificate.json")  # where runs look for it
        drifted = rejoinder("judge", "drift", certificate, "--spec", spec)
        probed = rejoinder("judge", "probe", "style", "--labels", labels, "--spec", spec, "--json")
        assert all(r.body["chat_template_kwargs"] == {"enable_thinking": False} for r in server.script.received)
        ran = rejoinder("run", spec, "--out", "run")
        other = write_spec(
            tmp_path / "specs", server, "[{rubric: style}]", "{chat_template_kwargs: {enable_thinking: true}}"
        )
        ran_otherwise = rejoinder("run", other, "--out", "other")
    for answer in (tested, calibrated, probed, ran, ran_otherwise):
        assert answer.returncode == 0, answer.stderr
    assert drifted.returncode == 0, drifted.stdout + drifted.stderr
    assert json.loads(tested.stdout)["judge"] == read_certificate(certificate).judge
    assert json.loads(probed.stdout)["certificates"] == [str(certificate)]
    assert standing(tmp_path / "run") == []
    assert [change["what"] for change in standing(tmp_path / "other")] == ["judge"]


def test_reasons_are_asked_as_the_spec_says_and_change_no_verdict(rejoinder: Rejoinder, tmp_path: Path) -> None:
    why = "It says no kind word."
    said: dict[str, list[tuple[str, float, str | None]]] = {}
    with judge_endpoint(asks, says=why) as server:
        for reasons in ("none", "faults"):
            spec = write_spec(tmp_path / reasons, server, f"[{{rubric: style, reasons: {reasons}}}]")
            ran = rejoinder("run", spec, "--out", f"{reasons}/run")
            assert ran.returncode == 0, ran.stderr
            log = (tmp_path / reasons / "run" / "records" / "verdicts.jsonl").read_text(encoding="utf-8")
            verdicts = [json.loads(line)["verdict"] for line in log.splitlines()]
            said[reasons] = sorted((v["label"], v["score"], v.get("reason")) for v in verdicts)
        before = len(server.script.received)
        tested = rejoinder("judge", "test", "style", "--spec", spec, "--language", "en")
    assert {label for label, _, _ in said["faults"]} == {"pass", "fail"}, "both are asked about"
    assert all(reason == (why if label == "fail" else None) for label, _, reason in said["faults"])
    assert said["none"] == [(label, score, None) for label, score, _ in said["faults"]]
    assert tested.returncode == 0, tested.stderr
    assert len(server.script.received) > before
    assert not any("Why?" in r.body["messages"][-1]["content"] for r in server.script.received[before:])
    shown = unpacked(case_data(analyse(read_tables(tmp_path / "faults" / "run")), 10_000_000).packed)
    assert why in shown["reasons"]


def test_the_engine_of_the_candidates_judges_where_the_spec_says_so(rejoinder: Rejoinder, tmp_path: Path) -> None:
    with judge_endpoint(asks) as server:
        server.script.models = listing("judge-small", "strict")
        (tmp_path / "eval.yaml").write_text(
            f"suite: coffee_orders\nengine: {{kind: openai, model: judge-small, options: {{base_url: '{server.base_url}', "
            f"extra_body: {QUIET}}}}}\njudges: [{{rubric: style}}, {{rubric: style, name: manner, model: strict}}]\n",
            encoding="utf-8",
        )
        plain = rejoinder("judge", "test", "style", "--spec", "eval.yaml", "--language", "en")
        own = rejoinder("judge", "test", "manner", "--spec", "eval.yaml", "--language", "en")
        beside = rejoinder("judge", "test", "tone", "--spec", "eval.yaml", "--language", "en")
    assert plain.stdout.startswith("style judged by judge-small@"), plain.stderr
    assert own.stdout.startswith("manner judged by strict@"), own.stderr
    assert beside.stdout.startswith("tone judged by judge-small@"), beside.stderr
    assert {r.body["chat_template_kwargs"]["enable_thinking"] for r in server.script.received} == {False}


def test_a_readout_of_the_spec_gives_reasons_and_is_certified_with_it(rejoinder: Rejoinder, tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "labels.jsonl")
    with judge_endpoint(asks) as server:
        spec = write_spec(tmp_path, server, "[{rubric: style, readout: {kind: json, max_tokens: 200}}]")
        ran = rejoinder("run", spec, "--out", "run")
        calibrated = rejoinder("judge", "calibrate", "style", "--labels", labels, "--spec", spec)
        (file,) = tmp_path.glob("*.certificate.json")
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        drifted = [rejoinder("judge", "drift", file, *options) for options in (("--spec", spec), judge)]
        again = rejoinder("run", spec, "--out", "again")
    assert ran.returncode == 0, ran.stderr
    verdicts = [
        json.loads(line)["verdict"]
        for line in (tmp_path / "run" / "records" / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert {(verdict["readout"], verdict["reason"]) for verdict in verdicts} == {("json", REASON)}
    assert REASON in unpacked(case_data(analyse(read_tables(tmp_path / "run")), 10_000_000).packed)["reasons"]
    written = tmp_path / "style_json.yaml"
    text = (Path(load_rubric.__code__.co_filename).parent / "builtin" / "style.yaml").read_text(encoding="utf-8")
    written.write_text(f"{text}\nreadout: {{kind: json, max_tokens: 200}}\n", encoding="utf-8")
    said_by_file = load_rubric(written).digest()
    assert f":{said_by_file[:8]}|readout:json" in verdicts[0]["signature"]
    assert calibrated.returncode == 0, calibrated.stderr
    certificate = read_certificate(file)
    assert (certificate.readout, certificate.rubric_hash) == ("json", said_by_file)
    for answer in drifted:
        assert answer.returncode == 0, answer.stdout + answer.stderr
    assert again.returncode == 0, again.stderr
    assert standing(tmp_path / "again") == []


def test_how_far_drawn_answers_agree_stands_in_the_reports(rejoinder: Rejoinder, tmp_path: Path) -> None:
    with judge_endpoint(asks) as server:
        spec = write_spec(tmp_path, server, "[{rubric: style, readout: {kind: sampled_label, samples: 3}}]")
        tested = rejoinder("judge", "test", "style", "--spec", spec, "--language", "en")
        ran = rejoinder("run", spec, "--out", "run")
    assert "100% of the answers drawn for a verdict agree with it, on average\n0 of 18 drawn answers" in tested.stdout
    assert ran.returncode == 0, ran.stderr
    said = r"drawn answers agree with the verdict to 100.?% on average; 0 of \d+ drawn"
    assert re.search(said, " ".join(ran.stdout.split()))
    assert re.search(said, (tmp_path / "run" / "report.md").read_text(encoding="utf-8"))
    assert "drawn answers agree with the verdict" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("judges", "said"),
    [
        ("[{rubric: style, reasons: some}]", "judges.0.reasons: "),
        (
            "[{rubric: better_reply, pairs: baseline, reasons: faults}]",
            "judges.0.reasons: no label of this scale",
        ),
        ("[{rubric: style, readout: {kind: jsn}}]", "judges.0.readout: its 'kind' must be 'label_probabilities'"),
        ("[{rubric: style, readout: {kind: json, max_reason: 0}}]", "judges.0.readout.max_reason: "),
        (
            "[{rubric: style, readout: {kind: json, fallback: {kind: json}}}]",
            "judges.0.readout.fallback.kind: falls back on json",
        ),
        (
            "[{rubric: tens.yaml, readout: {kind: label_probabilities}}]",
            "judges.0.readout: does not fit the rubric 'tens'",
        ),
    ],
)
def test_a_readout_that_cannot_be_is_said_with_its_place(
    rejoinder: Rejoinder, tmp_path: Path, judges: str, said: str
) -> None:
    (tmp_path / "tens.yaml").write_text(
        "name: tens\nscale: {kind: numeric, lowest: 0, highest: 100}\nreadout: {kind: json}\nlanguages:\n  en:\n"
        "    question: How kind is it?\n    anchors: {0: rude, 100: kind}\n",
        encoding="utf-8",
    )
    spec = write_recorded_spec(tmp_path, extra=f"judges: {judges}\njudge_engine: {{kind: openai, model: m}}\n")
    for answer in (rejoinder("run", spec), rejoinder("judge", "test", "tens", "--spec", spec)):
        line = spec.read_text(encoding="utf-8").splitlines().index(f"judges: {judges}") + 1
        assert answer.returncode == 2
        assert f"eval.yaml:{line}: {said}" in answer.stderr
        assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "error: name the judge: either --model NAME or --spec FILE"),
        (("--spec", "eval.yaml", "--model", "m"), "error: --model: is what the spec says"),
        (("--spec", "eval.yaml", "--base-url", NOWHERE), "error: --base-url: is what the spec says"),
        (("--spec", "evil.yaml"), "error: evil.yaml: there is no such file; did you mean 'eval.yaml'?"),
        (("--spec", "eval.yaml"), "error: eval.yaml:6: judge_engine.options.base_url: 127.0.0.1:9/v1 gave no answer"),
        (("--spec", "adapter.yaml"), "error: adapter.yaml:2: judges.0.adapter: the engine 'openai' cannot use it"),
        (("--spec", "recorded.yaml"), "error: recorded.yaml:1: judge_engine: recorded replies cannot judge"),
        (("--spec", "kind.yaml"), "error: kind.yaml:1: judge_engine.kind: there is no engine 'opnai'"),
        (("--spec", "both.yaml"), "error: RUBRIC: is asked by several judges of the spec; name one of them: a, b"),
        (("--model", "m", "--engine", "vlm"), "error: --engine: there is no engine 'vlm'; did you mean 'vllm'?"),
        (
            ("--model", "m", "--engine", "openai", "--adapter", "."),
            "error: --adapter: the engine 'openai' cannot use it",
        ),
        (("--model", "m", "--engine", "openai"), "error: the environment variable OPENAI_API_KEY is not set"),
        (
            ("--model", "m", "--engine", "openai", "--base-url", NOWHERE),
            "error: --base-url: 127.0.0.1:9/v1 gave no answer",
        ),
        (
            ("--model", "m", "--engine", "openai", "--base-url", "here"),
            "error: --base-url: `base_url` must be an address",
        ),
    ],
)
def test_faults_are_told_under_the_names_that_the_user_wrote(
    rejoinder: Rejoinder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    engine = f"{{kind: openai, model: m, options: {{base_url: '{NOWHERE}'}}}}"
    specs = {
        "eval.yaml": (
            "suite: coffee_orders\njudges: [{rubric: style}]\njudge_engine:\n  kind: openai\n  options:\n"
            f"    base_url: {NOWHERE}\n"
        ),
        "adapter.yaml": f"suite: coffee_orders\njudges: [{{rubric: style, adapter: ./a}}]\njudge_engine: {engine}\n",
        "recorded.yaml": "suite: coffee_orders\nengine: {kind: recorded}\n",
        "kind.yaml": "{suite: coffee_orders, judge_engine: {kind: opnai}}\n",
        "both.yaml": (
            "suite: coffee_orders\njudges: [{rubric: style, name: a}, {rubric: style, name: b}]\n"
            f"judge_engine: {engine}\n"
        ),
    }
    for name, text in specs.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    answer = rejoinder("judge", "test", "style", *options)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "engine.options" not in answer.stderr.replace("judge_engine.options", "")
    assert "candidates." not in answer.stderr and "Traceback" not in answer.stderr


def test_a_run_names_the_field_of_an_address_where_nobody_answers(rejoinder: Rejoinder, tmp_path: Path) -> None:
    engine = f"judge_engine: {{kind: openai, model: m, options: {{base_url: '{NOWHERE}'}}}}"
    spec = write_recorded_spec(tmp_path, extra=f"{QUICK_METRICS}judges: [{{rubric: style}}]\n{engine}\n")
    answer = rejoinder("run", spec, "--out", "run")
    line = spec.read_text(encoding="utf-8").splitlines().index(engine) + 1
    assert answer.returncode == 3
    assert f"eval.yaml:{line}: judge_engine.options.base_url: 127.0.0.1:9/v1 gave no answer" in answer.stderr
