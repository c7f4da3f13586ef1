"""`rejoinder judge list | test | probe` and `rejoinder init rubric`, on a judge that an endpoint serves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from judge_endpoint import judge_endpoint
from recorded_runs import Rejoinder

from judges.people.certificate import read_certificate
from judges.prompting.tags import parts_in

LABELS = [
    {
        "context": [{"role": "user", "content": f"Order {number}, please."}],
        "reply": reply,
        "labels": [label],
        "id": f"{number}{label}",
    }
    for number in range(12)
    for reply, label in ((f"Gladly, {number}! Anything else?", "pass"), (f"Number {number}. Hurry up.", "fail"))
]


def is_polite(reply: str) -> bool:
    return bool(re.search(r"!|\?|No trouble|chief|милок|страшного", reply)) and "can't you" not in reply.lower()


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "labels.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in LABELS), encoding="utf-8")
    return file


def test_list_names_every_built_in_rubric_with_its_languages(rejoinder: Rejoinder) -> None:
    lines = rejoinder("judge", "list").stdout.splitlines()
    names = [line.split()[0] for line in lines]
    for name in ("clarifying_question", "order_confirmation", "persona_consistency", "safety_of_promise"):
        assert name in names
    assert {"tone", "formality", "humour", "empathy"} <= set(names)
    assert all("en, ru" in line for line in lines)
    assert [row["name"] for row in json.loads(rejoinder("judge", "list", "--json").stdout)["rubrics"]] == names


def test_test_prints_a_confusion_matrix(rejoinder: Rejoinder) -> None:
    with judge_endpoint(is_polite) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        answer = rejoinder("judge", "test", "style", *judge)
        as_data = json.loads(rejoinder("judge", "test", "style", *judge, "--language", "en", "--json").stdout)
    assert answer.returncode == 0, answer.stderr
    lines = [line.split() for line in answer.stdout.splitlines()]
    assert lines[1] == ["right", "\\", "given", "fail", "pass"]
    counts = {line[0]: list(map(int, line[1:])) for line in lines[2:4]}
    assert sum(counts["fail"]) == sum(counts["pass"]) == 6
    share = (counts["fail"][0] + counts["pass"][1]) / 12
    assert lines[4] == [f"{share:.0%}", "of", "12", "verdicts", "are", "right"]
    assert len(as_data["tests"]) == 6
    assert all(test["verdict"]["readout"] == "label_probabilities" for test in as_data["tests"])


NUMERIC = """\
name: warmth
scale: {kind: numeric, highest: 100}
readout: {kind: free_text}
languages:
  en:
    question: How warm is it?
    anchors: {0: cold, 100: warm}
    tests:
      - {reply: "Gladly!", verdict: 80}
      - {reply: "With pleasure!", verdict: 77}
"""


def test_test_tells_how_far_numbers_are_from_the_right_ones(rejoinder: Rejoinder, tmp_path: Path) -> None:
    (tmp_path / "warmth.yaml").write_text(NUMERIC, encoding="utf-8")
    with judge_endpoint(is_polite, number=82) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        answer = rejoinder("judge", "test", "warmth.yaml", *judge)
        as_data = json.loads(rejoinder("judge", "test", "warmth.yaml", *judge, "--json").stdout)
    assert answer.returncode == 0, answer.stderr
    _, *lines = answer.stdout.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["right", "given", "test"],
        ["80", "82", "warmth.en.tests.0"],
        ["77", "82", "warmth.en.tests.1"],
    ]
    assert lines[3:] == ["scores are 3.5 on average and 5 at worst from the right ones, on a scale from 0 to 100"]
    assert as_data["distances"] == {"mean": 3.5, "worst": 5, "scored": 2, "without_score": 0}
    assert "accuracy" not in as_data


def test_a_language_without_tests_is_named_before_a_model_is_loaded(rejoinder: Rejoinder, tmp_path: Path) -> None:
    file = tmp_path / "rubric.yaml"
    assert rejoinder("init", "rubric", file).returncode == 0
    text = file.read_text(encoding="utf-8")
    russian = "  ru:\n    question: Да?\n    anchors: {pass: да, fail: нет}\n"
    file.write_text(text.rstrip("\n") + "\n" + russian, encoding="utf-8")
    answer = rejoinder("judge", "test", "rubric.yaml", "--model", "no-such-model", "--language", "ru")
    assert answer.returncode == 2
    assert "rubric.yaml: languages.ru.tests: there are no tests in 'ru', only in en; add some" in answer.stderr


def test_the_rubric_that_init_writes_passes_its_own_tests_and_is_commented(
    rejoinder: Rejoinder, tmp_path: Path
) -> None:
    assert rejoinder("init", "rubric").returncode == 0
    text = (tmp_path / "rubric.yaml").read_text(encoding="utf-8")
    assert text.count("#") >= 8
    with judge_endpoint(lambda reply: "!" in reply) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        answer = rejoinder("judge", "test", "rubric.yaml", *judge)
    assert answer.returncode == 0, answer.stderr
    assert "100% of" in answer.stdout


def test_an_endpoint_without_log_probabilities_is_told_the_readouts_it_can_do(
    rejoinder: Rejoinder, labels: Path, tmp_path: Path
) -> None:
    sampled = tmp_path / "sampled.yaml"
    assert rejoinder("init", "rubric", sampled).returncode == 0
    text = sampled.read_text(encoding="utf-8")
    sampled.write_text(
        text.replace("{kind: label_probabilities}", "{kind: sampled_label, samples: 3}"), encoding="utf-8"
    )
    with judge_endpoint(is_polite, logprobs=False) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        refused = [
            rejoinder("judge", "test", "style", *judge),
            rejoinder("judge", "probe", "style", "--labels", labels, *judge),
        ]
        drawn = rejoinder("judge", "test", "sampled.yaml", *judge, "--json")
    for answer in refused:
        assert answer.returncode == 2
        assert "gives no log-probabilities" in answer.stderr
        assert "set the rubric's readout to free_text or sampled_label, or to json" in answer.stderr
        assert "Traceback" not in answer.stderr
    assert drawn.returncode == 0, drawn.stderr
    verdicts = [test["verdict"] for test in json.loads(drawn.stdout)["tests"]]
    assert all(verdict["samples"] == {"drawn": 3, "unparsed": 0, "agreement": 1.0} for verdict in verdicts)


def test_probe_measures_each_weakness_and_puts_it_into_the_certificate(
    rejoinder: Rejoinder, labels: Path, tmp_path: Path
) -> None:
    with judge_endpoint(lambda reply: len(reply.split()) > 12, says="Yes.") as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        alone = rejoinder("judge", "probe", "style", "--labels", labels, *judge)
        calibrated = rejoinder("judge", "calibrate", "style", "--labels", labels, *judge)
        probed = rejoinder("judge", "probe", "style", "--labels", labels, *judge, "--json")
        again = rejoinder("judge", "calibrate", "style", "--labels", labels, *judge)
    assert alone.returncode == 0, alone.stderr
    assert "There is no certificate of this judge" in alone.stdout
    length = next(line for line in alone.stdout.splitlines() if line.startswith("length") and "score" in line)
    assert "+1.000*" in length
    assert calibrated.returncode == 0, calibrated.stderr
    found = json.loads(probed.stdout)
    weaknesses = {figure["weakness"] for figure in found["probes"]}
    assert weaknesses == {
        *("position", "length", "self_preference", "self_consistency", "format", "language", "anchoring"),
    }
    assert all(figure["interval"] for figure in found["probes"] if figure["value"] is not None)
    (file,) = found["certificates"]
    certificate = read_certificate(tmp_path / file)
    assert [figure.model_dump(mode="json") for figure in certificate.probes] == found["probes"], (
        "kept by a new calibration"
    )
    assert length in again.stdout.splitlines()
    assert length not in calibrated.stdout.splitlines()


def test_probe_on_a_suite(rejoinder: Rejoinder) -> None:
    with judge_endpoint(is_polite) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        answer = rejoinder("judge", "probe", "correctness", "--suite", "grocery_orders_ru", "--replies", "24", *judge)
    assert answer.returncode == 0, answer.stderr
    assert re.search(r"^anchoring +good reply, wrong references +score", answer.stdout, re.MULTILINE)


def test_a_few_replies_to_probe_on_are_from_as_many_contexts(rejoinder: Rejoinder) -> None:
    with judge_endpoint(is_polite) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        answer = rejoinder("judge", "probe", "style", "--suite", "coffee_orders", "--replies", "9", *judge, "--json")
    found = json.loads(answer.stdout)
    assert (found["replies"], found["contexts"]) == (9, 9)


def test_a_probe_shows_no_reply_that_is_judged_as_a_reference(rejoinder: Rejoinder) -> None:
    with judge_endpoint(is_polite) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        answer = rejoinder("judge", "probe", "correctness", "--suite", "coffee_orders", "--replies", "8", *judge)
    assert answer.returncode == 0, answer.stderr
    prompts = [each.body["messages"][-1]["content"] for each in server.script.received]
    judged = [
        (parts["reply"], parts["references"])
        for prompt in prompts
        if {"reply", "references"} <= (parts := {part.tag: part.text for part in parts_in(prompt)}).keys()
    ]
    assert len(judged) > 8
    assert all(references.startswith("- ") for _, references in judged)
    assert not [reply for reply, references in judged if f"- {reply}" in references.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("style",), "either --labels FILE or --suite NAME"),
        (("style", "--labels", "labels.jsonl", "--suite", "coffee_orders"), "either --labels FILE or --suite NAME"),
        (("style", "--suite", "cofee_orders"), "did you mean 'coffee_orders'"),
        (("persona_consistency", "--suite", "coffee_orders"), "no case has what the rubric 'persona_consistency'"),
        (("rubric.yaml", "--suite", "grocery_orders_ru"), "has no texts in 'ru', the language of the suite"),
        (("style", "--labels", "labels.jsonl", "--certificate", "c.json"), "there is no such file"),
        (("style", "--labels", "labels.jsonl", "--run", "runs/none"), "runs/none"),
    ],
)
def test_what_is_wrong_with_a_probe_is_said_before_a_model_is_loaded(
    rejoinder: Rejoinder, labels: Path, arguments: tuple[str, ...], said: str
) -> None:
    if "rubric.yaml" in arguments:
        assert rejoinder("init", "rubric").returncode == 0
    answer = rejoinder("judge", "probe", *arguments, "--model", "no-such-model")
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
