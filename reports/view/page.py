"""The page that `rejoinder view` shows: the report of the run folder, but with the cases asked for from the server."""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from typing import Any, Final

from markupsafe import escape

from reports.errors import ReportError
from reports.failures.review import Review
from reports.pages.case_data import packed
from reports.pages.html import CASES_SLOT, POLICY_OPENING
from reports.view.index import Description

SERVED_POLICY: Final = f"{POLICY_OPENING} connect-src 'self';"


def served_page(report: str, frame: Mapping[str, Any], token: str, cases: int) -> tuple[str, str]:
    """The page, and its content security policy for the header of the answer.

    Args:
        report: The text of `report.html`.
        frame: As `frame_of` gives it.
        token: To be sent along with every question.
        cases: How many the run has.

    Raises:
        ReportError: The report is not of this version of Rejoinder.
    """
    before, opening, rest = report.partition(CASES_SLOT)
    _, closing, after = rest.partition("</script>")
    policy_opening = str(escape(POLICY_OPENING))
    policy_at = before.find(policy_opening)
    if not opening or not closing or policy_at < 0:
        raise ReportError("report.html is of another version of Rejoinder; rebuild it with `rejoinder report`")
    policy = unescape(before[policy_at : before.index('"', policy_at)]).replace(POLICY_OPENING, SERVED_POLICY, 1)
    before = before.replace(policy_opening, str(escape(SERVED_POLICY)), 1)
    data = packed({**frame, "served": {"token": token, "cases": cases}})
    return "".join((before, opening, data, closing, after)), policy


def frame_of(description: Description, review: Review) -> dict[str, Any]:
    """What the script knows of the run, with the names that the failure groups have now."""
    failures = [
        one | {"name": review.names.get(key) or one["name"]}
        for key, one in zip(description.failure_keys, description.frame["failures"], strict=True)
    ]
    return {**description.frame, "failures": failures}
