"""Comments on pull and merge requests, against a real HTTP server: one a suite, brought up to date, and never another's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from forge_server import TOKEN, Forge, Refusal, running_forge

from harness.publishing.comment import Discussion, put_comment
from harness.publishing.github import pull_request_of
from harness.publishing.gitlab import merge_request_of
from harness.publishing.rest import RestServer, Token
from suites.userfile import InputError

Opened = Callable[..., Discussion]


@pytest.fixture
def forge() -> Iterator[Forge]:
    with running_forge() as served:
        yield served


def on_github(forge: Forge, **environment: str) -> Discussion:
    told = {
        "GITHUB_API_URL": forge.address,
        "GITHUB_REPOSITORY": "team/bots",
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REF": "refs/pull/7/merge",
        **environment,
    }
    return pull_request_of(told)


def on_gitlab(forge: Forge, **environment: str) -> Discussion:
    told = {
        "CI_API_V4_URL": f"{forge.address}/api/v4",
        "CI_PROJECT_ID": "team/bots",
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_TOKEN": TOKEN,
        "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.example/team/bots",
        **environment,
    }
    return merge_request_of(told)


@pytest.fixture(params=[on_github, on_gitlab], ids=["github", "gitlab"])
def opened(request: pytest.FixtureRequest) -> Opened:
    found: Opened = request.param
    return found


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, in place of waiting."""
    waited: list[float] = []
    told = RestServer.__init__

    def without_waiting(server: RestServer, *arguments: Any, **options: Any) -> None:
        told(server, *arguments, **options, pause=waited.append)

    monkeypatch.setattr(RestServer, "__init__", without_waiting)
    return waited


def test_the_first_time_it_is_written_and_then_replaced(forge: Forge, opened: Opened) -> None:
    for number in range(10):
        forge.wrote("someone", f"Talk {number}")
    first = put_comment(opened(forge), "coffee_orders", "passed")
    second = put_comment(opened(forge), "coffee_orders", "failed")
    assert (first.was_there, second.was_there) == (False, True)
    own = [one["body"] for one in forge.comments if one["user"]["login"] == "release-bot"]
    assert own == ["<!-- rejoinder coffee_orders -->\nfailed"]
    assert [one["body"] for one in forge.comments[:10]] == [f"Talk {number}" for number in range(10)]
    assert first.url == second.url != ""


def test_each_suite_has_a_comment_of_its_own(forge: Forge, opened: Opened) -> None:
    for suite in ("coffee_orders", "tea --> orders", "coffee_orders"):
        put_comment(opened(forge), suite, suite)
    assert [one["body"].splitlines()[0] for one in forge.comments] == [
        "<!-- rejoinder coffee_orders -->",
        "<!-- rejoinder tea_____orders -->",
    ]


def test_a_comment_of_someone_else_with_the_same_mark_is_left_alone(forge: Forge, opened: Opened) -> None:
    """Else whoever writes the mark first would have the report under a name and in hands that are not ours."""
    forge.wrote("mallory", "<!-- rejoinder coffee_orders -->\nmine to edit")
    put_comment(opened(forge), "coffee_orders", "passed")
    put_comment(opened(forge), "coffee_orders", "failed")
    assert [one["body"].splitlines()[1] for one in forge.comments] == ["mine to edit", "failed"]


def test_a_workflow_whose_token_does_not_know_itself_finds_the_robots_comment(forge: Forge) -> None:
    forge.knows_itself = False
    forge.wrote("mallory", "<!-- rejoinder coffee_orders -->\nmine")
    put_comment(on_github(forge), "coffee_orders", "passed")
    assert put_comment(on_github(forge), "coffee_orders", "failed").was_there
    assert len(forge.comments) == 2


def test_a_wrong_token_is_one_sentence_without_the_token(forge: Forge, opened: Opened) -> None:
    variable = "GITHUB_TOKEN" if opened is on_github else "GITLAB_TOKEN"
    with pytest.raises(InputError) as refused:
        put_comment(opened(forge, **{variable: "secret-but-wrong"}), "coffee_orders", "text")
    assert f"does not accept the token in {variable} (Bad credentials); give a valid one" in str(refused.value)
    assert "secret-but-wrong" not in str(refused.value)


def test_a_token_that_may_not_write_says_which_rights_it_needs(forge: Forge, opened: Opened) -> None:
    forge.may_write = False
    with pytest.raises(InputError, match=r"Resource not accessible by integration\); it needs .*(pull-requests|`api`)"):
        put_comment(opened(forge), "coffee_orders", "text")


def test_an_unknown_pull_request_is_one_sentence(forge: Forge) -> None:
    with pytest.raises(InputError, match=r"knows no /repos/team/bots/issues/8/comments, or hides it from GITHUB_TOKEN"):
        put_comment(on_github(forge, GITHUB_REF="refs/pull/8/merge"), "coffee_orders", "text")


@pytest.mark.parametrize(
    ("refusal", "wait"),
    [
        (Refusal(429, {"retry-after": "7"}), 7.0),
        (Refusal(403, {"retry-after": "3"}), 3.0),
        (Refusal(502, {}, "<html>bad gateway</html>"), 1.0),
    ],
)
def test_the_wait_that_is_asked_for_is_kept(
    forge: Forge, opened: Opened, waits: list[float], refusal: Refusal, wait: float
) -> None:
    forge.refusals.append(refusal)
    put_comment(opened(forge), "coffee_orders", "text")
    assert waits == [wait]
    assert len(forge.comments) == 1


def test_an_exhausted_rate_is_waited_for_until_its_reset(forge: Forge, waits: list[float]) -> None:
    soon = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 20)}
    forge.refusals.append(Refusal(403, soon))
    put_comment(on_github(forge), "coffee_orders", "text")
    assert 15 < waits[0] < 25


def test_a_wait_that_is_too_long_is_one_sentence(forge: Forge, opened: Opened, waits: list[float]) -> None:
    forge.refusals.append(Refusal(429, {"retry-after": "3600"}))
    with pytest.raises(InputError, match=r"takes no more requests for 3600 s \(rate limit\); try again then"):
        put_comment(opened(forge), "coffee_orders", "text")
    assert waits == []


def test_a_comment_is_not_written_twice_when_nobody_knows_whether_it_was(forge: Forge, waits: list[float]) -> None:
    discussion = on_github(forge)
    assert list(discussion.own_comments()) == []
    forge.refusals.append(Refusal(502, {}, "<html>"))
    with pytest.raises(InputError, match="answered 502 to POST"):
        discussion.add("text")
    assert len(forge.asked_for("POST")) == 1
    assert waits == []


def test_the_token_goes_to_no_other_server(forge: Forge, opened: Opened) -> None:
    for number in range(5):
        forge.wrote("someone", f"Talk {number}")
    with running_forge() as other:
        forge.next_elsewhere = other.address.replace("127.0.0.1", "localhost")
        with pytest.raises(InputError, match="sends on to localhost, which is not asked"):
            put_comment(opened(forge), "coffee_orders", "text")
        forge.refusals.append(Refusal(302, {"location": f"{other.address}/user"}))
        with pytest.raises(InputError, match="has moved; give its new address"):
            put_comment(opened(forge), "coffee_orders", "text")
        assert other.asked == []


def test_an_address_that_is_no_rest_interface_is_one_sentence(forge: Forge, opened: Opened) -> None:
    for body in ("<html>Sign in</html>", "[]", '{"login": "x", "username": "x"}'):
        forge.refusals.extend([Refusal(200, {}, body)] * 2)
        with pytest.raises(InputError, match="is the address that of its REST interface"):
            put_comment(opened(forge), "coffee_orders", "text")
        forge.refusals.clear()


def test_a_server_that_is_not_there_is_one_sentence(waits: list[float]) -> None:
    with pytest.raises(InputError, match="cannot be reached"):
        put_comment(on_github(Forge(address="http://127.0.0.1:9")), "coffee_orders", "text")
    assert waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("event", "number"),
    [
        ({"action": "opened", "pull_request": {"number": 7}}, 7),
        ({"comment": {}, "issue": {"number": 7, "pull_request": {"url": "https://api.github.com/"}}}, 7),
        ({"comment": {}, "issue": {"number": 7}}, None),
        ({"ref": "refs/heads/main"}, None),
        ([], None),
    ],
)
def test_the_number_comes_from_the_event_of_the_workflow(
    forge: Forge, tmp_path: Path, event: object, number: int | None
) -> None:
    (tmp_path / "event.json").write_text(json.dumps(event))
    told = {"GITHUB_EVENT_PATH": str(tmp_path / "event.json"), "GITHUB_REF": "refs/heads/main"}
    if number is None:
        with pytest.raises(InputError, match="runs for no pull request"):
            on_github(forge, **told)
        return
    put_comment(on_github(forge, **told), "coffee_orders", "text")
    assert forge.asked_for("POST") == [f"/repos/team/bots/issues/{number}/comments"]


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"GITHUB_REF": "refs/heads/main"}, "runs for no pull request; name one with --number"),
        ({"GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY names no repository"),
        ({"GITHUB_REPOSITORY": "a/b/../c"}, "GITHUB_REPOSITORY names no repository"),
        ({"GITHUB_TOKEN": " "}, "no token is there; give one in the environment as GITHUB_TOKEN"),
        ({"GITHUB_TOKEN": "a\nb"}, "GITHUB_TOKEN holds characters that no token has"),
        ({"GITHUB_API_URL": "ftp://x"}, "is no address of a server"),
    ],
)
def test_what_is_missing_in_the_environment_is_one_sentence(
    forge: Forge, environment: dict[str, str], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        on_github(forge, **environment)
    assert forge.asked == []


def test_a_token_is_never_printed() -> None:
    assert TOKEN not in repr(Token.of({"GITHUB_TOKEN": TOKEN}, "GITHUB_TOKEN"))
