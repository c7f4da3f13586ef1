"""The blind test over the command line and the network: answering, killing, reporting, judges, and bad input."""

from __future__ import annotations

import json
import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from blind_server import Served, serving_blind
from command_server import CommandServer
from fake_judge_engine import KIND, install_fake_judges
from recorded_runs import QUICK_METRICS, Rejoinder, write_recorded_spec

from suites.cases import cases_of
from suites.loading import load_suite

GENERATED = " Right away!"
"""What all candidates end with here, so that the tests know them from the person."""


@pytest.fixture(scope="module")
def finished_run(command_server: CommandServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    spec = write_recorded_spec(folder, extra=QUICK_METRICS)
    lines = [json.loads(line) for line in (folder / "replies.jsonl").read_text(encoding="utf-8").splitlines()]
    marked = [json.dumps(line | {"reply": line["reply"] + GENERATED}) + "\n" for line in lines]
    (folder / "replies.jsonl").write_text("".join(marked), encoding="utf-8")
    answer = command_server.run(["run", spec, "--out", "run"], folder)
    assert answer.returncode == 0, answer.stderr
    return folder / "run"


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished_run, tmp_path / "run"))


def logged(run: Path) -> list[dict[str, Any]]:
    text = (run / "blind" / "answers.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


def right_choice(question: Mapping[str, Any]) -> int:
    """The reply that checks tell to choose, else one that is the person's."""
    first, second = question["replies"]
    if "Please choose" in first + second:
        return int("Please choose" in second)
    return int(first.endswith(GENERATED))


def sit(served: Served, rater: str, questions: int, *, finds: bool) -> None:
    """Answer some questions, all rightly or all wrongly; attention checks rightly."""
    standing = served.enter(rater)
    for _ in range(questions):
        question = standing["question"]
        if question is None:
            return
        is_check = "Please choose" in "".join(question["replies"])
        choice = right_choice(question)
        status, standing = served.answer(rater, question["id"], choice if finds or is_check else 1 - choice)
        assert status == 200


def test_kill_9_loses_no_answer_that_was_acknowledged(command_server: CommandServer, run: Path) -> None:
    acknowledged: list[str] = []
    for start in range(5):
        with serving_blind(command_server, run.parent, run, "--candidate", "poor", "--questions", "12") as served:
            standing = served.enter("Anna", resumes=start > 0)
            assert standing["answered"] == len(acknowledged)
            for _ in range(3):
                if standing["question"] is None:
                    break
                question = standing["question"]["id"]
                status, standing = served.answer("Anna", question, choice=1)
                assert status == 200
                acknowledged.append(question)
        assert [line["question"] for line in logged(run)] == acknowledged
        with (run / "blind" / "answers.jsonl").open("ab") as log:
            log.write(b'{"schema":1,"rater":"Anna","kind":"pai')  # as a power cut leaves it
    assert len(acknowledged) == len(set(acknowledged)) == 14


def test_two_raters_at_once_and_the_report(
    command_server: CommandServer, rejoinder: Rejoinder, run: Path, tmp_path: Path
) -> None:
    with serving_blind(command_server, tmp_path, run) as served:
        sit(served, "Anna", 44, finds=True)
        sit(served, "Борис", 20, finds=False)
        assert served.enter("Anna", resumes=True)["question"] is None
    told = json.loads(rejoinder("blind", "report", run, "--json").stdout)
    anna, boris = told["raters"]
    assert (anna["name"], anna["accuracy"]["share"], anna["checks_passed"], anna["checks"]) == ("Anna", 1.0, 4, 4)
    assert boris["accuracy"]["share"] == 0 and boris["attentive"]
    assert boris["accuracy"]["standing"] == "mistaken"
    assert told["together"]["answers"] == 40 + boris["accuracy"]["answers"]
    assert set(told["candidates"]) == {"good", "poor"}
    for language, title in (("en", "Blind test of"), ("ru", "Слепая проверка")):
        answer = rejoinder("blind", "report", run, "--language", language)
        assert answer.returncode == 0 and answer.stdout.startswith(title) and "Борис" in answer.stdout


def test_right_and_wrong_answers_get_the_same_answer(command_server: CommandServer, run: Path) -> None:
    with serving_blind(command_server, run.parent, run) as served:
        for rater, finds in (("Anna", True), ("Boris", False)):
            standing = served.enter(rater)
            for number in range(6):
                question = standing["question"]
                assert set(question) == {"id", "about", "context", "replies"}
                choice = right_choice(question) if finds else 1 - right_choice(question)
                status, standing = served.answer(rater, question["id"], choice)
                assert status == 200 and set(standing) == {"answered", "total", "question"}
                assert standing["answered"] == number + 1


def test_right_and_wrong_sittings_get_the_same_bytes_without_any_file_to_look_the_answer_up_in(
    command_server: CommandServer, run: Path, tmp_path: Path
) -> None:
    with serving_blind(command_server, tmp_path, run) as served:
        served.enter("nobody")  # so that both sittings have one secret, from which sides are drawn
    heard: dict[bool, list[tuple[int, dict[str, str], bytes]]] = {}
    chosen: dict[bool, list[str]] = {}
    for finds in (True, False):
        copy = Path(shutil.copytree(run, tmp_path / str(finds)))
        with serving_blind(command_server, tmp_path, copy) as served:
            standing = served.enter("Anna")
            for file in [*copy.glob("*.*"), copy / "records", copy / "blind" / "secret.json"]:
                file.rename(tmp_path / f"gone {finds} {file.name}")
            assert [file.name for file in copy.iterdir()] == ["blind"]
            heard[finds] = []
            while (question := standing["question"]) is not None:
                choice = right_choice(question) if finds else 1 - right_choice(question)
                given = {"rater": "Anna", "question": question["id"], "choice": choice, "confidence": 2}
                status, headers, body = served.request("/answer", given)
                headers.pop("Date")
                heard[finds].append((status, headers, body))
                standing = json.loads(body)
        chosen[finds] = [line["chosen"] for line in logged(copy)]
    assert heard[True] == heard[False] and len(heard[True]) > 40
    assert not any(right == wrong for right, wrong in zip(chosen[True], chosen[False], strict=True))


def test_nothing_is_told_without_the_token(command_server: CommandServer, run: Path) -> None:
    with serving_blind(command_server, run.parent, run) as served:
        for path, body in (("/", None), ("/?token=wrong", None), ("/?token=", None), ("/answers.jsonl", None)):
            status, _, answer = served.request(path, body, token="")
            assert status == 403 and b"<" not in answer, path
        for token in ("", "wrong", served.token[:-1], "\u00fc"):
            assert served.request("/enter", {"rater": "a", "device": "b"}, token=token)[0] == 403
        for path in ("/page.css", "/page.js"):
            status, headers, answer = served.request(path, token="")
            assert status == 200 and served.token.encode() not in answer
        for path in ("/secret.json", "/../secret.json", "/%2e%2e/secret.json", "/page.html.j2"):
            assert served.request(f"{path}?token={served.token}")[0] == 404
        status, headers, page = served.request(f"/?token={served.token}")
        assert status == 200 and served.token.encode() not in page
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert (
            "unsafe" not in headers["Content-Security-Policy"]
            and "data:" not in headers["Content-Security-Policy"].split("img-src")[0]
        )
        assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer"
        assert "Python" not in str(headers)


def test_requests_that_no_page_sends_are_refused_in_words(command_server: CommandServer, run: Path) -> None:
    bodies = [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"\xff",
        b"[" * 2000,
        b"x" * 5000,
        b'{"rater": 1, "device": "a"}',
        b'{"rater": "a"}',
    ]
    with serving_blind(command_server, run.parent, run) as served:
        for body in bodies:
            status, _, answer = served.request("/enter", body)
            assert status == 400 and json.loads(answer)["problem"], body
        assert served.enter("Anna")["answered"] == 0


def test_a_judge_takes_the_test_and_stands_beside_people(
    command_server: CommandServer, rejoinder: Rejoinder, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin").mkdir()
    install_fake_judges(tmp_path / "plugin", monkeypatch)
    with serving_blind(command_server, tmp_path, run, "--candidate", "poor") as served:
        sit(served, "Anna", 25, finds=True)
    asking = ("blind", "judge", run, "--model", "fake", "--engine", KIND, "--candidate", "poor", "--questions", "60")
    answer = rejoinder(*asking)
    assert answer.returncode == 0, answer.stderr
    log = run / "blind" / "verdicts.jsonl"
    verdicts = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert len(verdicts) == 60
    answered = {line["pair"] for line in logged(run) if line["kind"] == "pair"}
    assert answered <= {verdict["pair"] for verdict in verdicts}
    assert rejoinder(*asking).returncode == 0
    assert len(log.read_text(encoding="utf-8").splitlines()) == 60
    told = json.loads(rejoinder("blind", "report", run, "--json").stdout)
    (judge,) = told["judges"]
    outcomes = [verdict["verdict"].get("outcome") for verdict in verdicts]  # replies of one length give this judge none
    assert judge["accuracy"]["right"] == outcomes.count("second") + outcomes.count("inconsistent") / 2
    assert judge["inconsistent"] == outcomes.count("inconsistent")
    assert judge["unread"] == outcomes.count(None)
    read = {verdict["pair"] for verdict in verdicts if "outcome" in verdict["verdict"]}
    assert judge["beside_people"]["questions"] == len(answered & read)
    assert judge["beside_people"]["people"] == 1.0
    assert "beside people" in rejoinder("blind", "report", run).stdout


def test_two_candidates_without_the_person(command_server: CommandServer, rejoinder: Rejoinder, run: Path) -> None:
    with serving_blind(command_server, run.parent, run, "--against", "poor") as served:
        sit(served, "Anna", 12, finds=True)
        _, _, page = served.request(f"/?token={served.token}")
        assert b"sounds more like the person" in page
    told = json.loads(rejoinder("blind", "report", run, "--json").stdout)
    assert told["together"] is None
    assert set(told["taken_for_the_person"]) == {"good / poor"}


def test_answers_about_replies_that_have_changed_count_nowhere(
    command_server: CommandServer, rejoinder: Rejoinder, run: Path
) -> None:
    with serving_blind(command_server, run.parent, run) as served:
        sit(served, "Anna", 6, finds=True)
    file = run / "blind" / "answers.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    changed = [json.loads(line) for line in lines]
    changed[0]["pair"] = "0" * 32
    file.write_text("".join(json.dumps(line) + "\n" for line in changed), encoding="utf-8")
    told = json.loads(rejoinder("blind", "report", run, "--json").stdout)
    pairs = sum(line["kind"] == "pair" for line in changed)
    assert (told["outdated"], told["together"]["answers"]) == (1, pairs - 1)


def test_bad_input_is_told_in_one_sentence(rejoinder: Rejoinder, run: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        faults = {
            ("blind", run, "--candidate", "goood"): "did you mean 'good'?",
            ("blind", run, "--candidate", "good", "--against", "good"): "--against",
            ("blind", run, "--against", "nobody"): "there is no candidate of this run 'nobody'",
            ("blind", tmp_path / "nothing"): "is not a run folder",
            ("blind", run, "--about", tmp_path / "nothing.txt"): "there is no such file",
            ("blind", run, "--port", port): "choose another --port",
            ("blind", run, "--host", "192.0.2.1"): "choose another --port or --host",
            ("blind", "report", run): "nobody has taken a blind test",
            ("blind", "judge", run, "--model", "x", "--rubric", "style"): "does not compare pairs",
        }
        for arguments, sentence in faults.items():
            answer = rejoinder(*arguments)
            assert answer.returncode == 2, (arguments, answer)
            assert sentence in answer.stderr and answer.stderr.count("\n") == 1, answer.stderr
    (run / "blind").mkdir(exist_ok=True)
    (run / "blind" / "answers.jsonl").write_text('{"schema": 2}\n')
    answer = rejoinder("blind", "report", run)
    assert answer.returncode == 2 and "answers.jsonl:1" in answer.stderr


def test_a_run_that_offers_nothing_says_why(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec = write_recorded_spec(tmp_path, extra=QUICK_METRICS)
    replies = tmp_path / "replies.jsonl"
    lines = [json.loads(line) for line in replies.read_text(encoding="utf-8").splitlines()]
    real = {case.id: case.references[0] for case in cases_of(load_suite("coffee_orders"))}
    same = [line | {"reply": f" {real[line['case_id']]}\n"} for line in lines]
    replies.write_text("".join(json.dumps(line) + "\n" for line in same), encoding="utf-8")
    assert rejoinder("run", spec, "--out", "run").returncode == 0
    answer = rejoinder("blind", "run")
    assert answer.returncode == 2
    assert f"offers no pair of replies to tell apart; left out: {2 * len(real)} both the same" in answer.stderr


def test_serving_to_others_must_be_asked_for_and_warns(command_server: CommandServer, run: Path) -> None:
    with serving_blind(command_server, run.parent, run) as served:
        assert served.link.startswith("http://127.0.0.1:")
    with serving_blind(command_server, run.parent, run, "--host", "0.0.0.0") as served:
        served.command.send_signal(signal.SIGINT)
        printed, errors = served.command.communicate()
        assert "not encrypted" in errors and "0 answers so far" in printed
