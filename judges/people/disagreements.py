"""Where judge and people disagree: the labels to be looked at again, since either may be wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judges.people.judged_replies import agreed_label, has_labels
from judges.people.label_line import LabelledReply
from judges.people.opinion import Opinion
from judges.rubrics.scale import Scale
from suites.userfile import InputError, reason_of

FAR_APART: Final = 0.25
"""On scales without labels, the share of the scale from which two scores count as a disagreement."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A reply on which the judge and people came to different verdicts."""

    labelled: LabelledReply
    judge: str
    """The judge's label, or its score."""
    people: str
    """The label that prevails among the raters, or their mean score."""
    sureness: float
    """0 to 1. How sure both are: the judge's probability of its label times the share of raters who gave theirs; on scales
    without labels how far apart they are, as a share of the scale."""


def disagreements(labelled: Sequence[LabelledReply], opinions: Sequence[Opinion], scale: Scale) -> list[Disagreement]:
    """All of them, the surest first."""
    of_one = _by_label if has_labels(scale) else _by_score
    pairs = zip(labelled, opinions, strict=True)
    found = [each for reply, verdict in pairs if (each := of_one(reply, verdict, scale)) is not None]
    return sorted(found, key=lambda each: -each.sureness)


def write_disagreements(found: Sequence[Disagreement], file: Path) -> None:
    """Write a labels file of the disagreements, the surest first, to be edited and given back as mended labels.

    Raises:
        InputError: The file cannot be written.
    """
    try:
        file.write_text("".join(f"{_line(each)}\n" for each in found), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot be written ({reason_of(error)}); name another file with --disagreements", file=file
        ) from error


def _line(found: Disagreement) -> str:
    note = f"the judge says {found.judge}, people say {found.people} (sureness {found.sureness:.2f})"
    line = found.labelled.line.model_copy(update={"note": note})
    # What nobody wrote is left out, but for the context, which every line has.
    data = {"context": [], **line.model_dump(mode="json", by_alias=True, exclude_defaults=True)}
    data["labels"] = [_as_given(label) for label in data["labels"]]
    return json.dumps(data, ensure_ascii=False)


def _as_given(label: object) -> object:
    return int(label) if isinstance(label, float) and label.is_integer() else label


def _by_label(reply: LabelledReply, opinion: Opinion, scale: Scale) -> Disagreement | None:
    people = agreed_label(reply.ratings, scale)
    if people is None or opinion.label is None or opinion.label == people:
        return None
    share = sum(rating.label == people for rating in reply.ratings) / len(reply.ratings)
    return Disagreement(reply, opinion.label, people, opinion.certainty * share)


def _by_score(reply: LabelledReply, opinion: Opinion, scale: Scale) -> Disagreement | None:
    if opinion.score is None:
        return None
    low, high = scale.bounds
    apart = abs(opinion.score - reply.mean_score) / (high - low)
    if apart < FAR_APART:
        return None
    return Disagreement(reply, f"{opinion.score:g}", f"{reply.mean_score:g}", apart)
