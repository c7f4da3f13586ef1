"""A team's own demands on a run: `pytest --rejoinder eval.yaml` makes the run and these tests of it."""

from __future__ import annotations

from harness.pytest_plugin.evaluated import EvaluatedRun


def test_orders_are_repeated_before_they_are_closed(rejoinder_run: EvaluatedRun) -> None:
    """The fine-tune may not confirm wrong orders more often than the model it came from."""
    assert rejoinder_run.difference("check.order", "barista").relation != "worse"


def test_nobody_is_promised_a_delivery(rejoinder_run: EvaluatedRun) -> None:
    """The shop does not deliver."""
    replies = rejoinder_run.replies
    said = replies[replies["candidate"] == "barista"]["text"].fillna("")
    assert not said.str.contains("we deliver", case=False).any()
