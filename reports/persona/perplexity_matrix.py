"""The perplexity matrix: how likely every candidate finds what every person really said, and what an adapter has gained.

The unit of all means is the token of a reply, the unit of their errors the dialogue. All candidates are compared on the same
tokens: replies that one of them was not scored on are left out for all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.estimates import relation_of
from reports.persona.findings import Cell, Compared, Estimate, Gain, Imitator, Note, PerplexityMatrix
from reports.persona.roles import OWN_TEMPLATE
from reports.persona.samples import compared, jackknife_interval, left_out_means
from reports.persona.tables import Row
from reports.statistics.clusters import FloatArray, Interval, sum_by_dialogue
from reports.statistics.intervals import intervals_of_means


@dataclass(frozen=True, slots=True)
class TokenScores:
    """Log-probabilities of one person's replies with all candidates that were scored on the same tokens."""

    candidates: tuple[str, ...]
    logprobs: FloatArray
    """Natural logarithms; shape [candidates, tokens]."""
    dialogues: tuple[str, ...]
    """The dialogue of each token."""
    replies: int

    def of(self, candidate: str) -> FloatArray:
        """One candidate's; shape [tokens]."""
        own: FloatArray = self.logprobs[self.candidates.index(candidate)]
        return own


def token_scores(rows: Sequence[Row], generic: str, half: str = "held_out") -> dict[str, TokenScores]:
    """The scores by person, of the candidates that were scored on the generic model's tokens.

    Args:
        rows: Of `PERPLEXITIES`.
        generic: Whose tokens count.
        half: `held_out` or `train`.
    """
    by_case: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        if row["half"] == half and row["status"] == "ok" and row["logprobs"]:
            by_case.setdefault((row["person"], row["case_id"]), {})[row["candidate"]] = row
    found = {}
    for person in dict.fromkeys(person for person, _ in by_case):
        scored = [own for (name, _), own in by_case.items() if name == person and generic in own]
        if scores := _aligned(scored, generic):
            found[person] = scores
    return found


def perplexity_matrix(
    scores: Mapping[str, TokenScores], imitators: Sequence[Imitator], generic: str
) -> PerplexityMatrix:
    """All cells and gains.

    Args:
        scores: By person, of the held-out half.
        imitators: Whose gains are worked out.
        generic: The candidate that they are compared with.
    """
    candidates = tuple(dict.fromkeys(name for own in scores.values() for name in own.candidates))
    cells = [cell for person, own in scores.items() for cell in _cells(person, own, generic)]
    gains = [gain for one in imitators if (gain := _gain(one, scores, imitators, generic)) is not None]
    return PerplexityMatrix(candidates=candidates, persons=tuple(scores), cells=tuple(cells), gains=tuple(gains))


def scoring_notes(rows: Sequence[Row], generic: str) -> list[Note]:
    """Which candidates could not be scored, or not on the generic model's tokens."""
    notes = []
    held_out = [row for row in rows if row["half"] == "held_out"]
    if held_out and all(row["status"] != "ok" for row in held_out):
        return [Note(kind="nothing_scored", detail=held_out[0]["error"])]
    tokens = {
        row["case_id"]: row["tokens"] for row in held_out if row["candidate"] == generic and row["status"] == "ok"
    }
    for name in dict.fromkeys(row["candidate"] for row in held_out):
        own = [row for row in held_out if row["candidate"] == name]
        failed = [row for row in own if row["status"] != "ok"]
        others = [
            row for row in own if row["status"] == "ok" and tokens.get(row["case_id"], row["tokens"]) != row["tokens"]
        ]
        if failed:
            notes.append(Note(kind="unscored", candidate=name, count=len(failed), detail=failed[0]["error"]))
        if others:
            notes.append(Note(kind="other_tokens", candidate=name, count=len(others)))
    return notes


def training_notes(rows: Sequence[Row], imitators: Sequence[Imitator], generic: str) -> list[Note]:
    """Imitators that know their person's training replies worse than they should.

    Where a chat template lies beside the adapter and the run uses another: those whose log-probabilities of them are lower
    with the run's, the 95 % interval clustered by dialogue. Otherwise those that find them no likelier than the generic model.
    """
    scores = token_scores(rows, generic, half="train")
    notes = []
    for one in imitators:
        own = scores.get(one.person)
        if own is None or one.candidate not in own.candidates:
            continue
        if (perplexities := _with_and_without_own_template(own, one.candidate)) is not None:
            note = Note(kind="foreign_template", candidate=one.candidate, person=one.person, count=own.replies)
            notes.append(note.model_copy(update={"perplexities": perplexities}))
        else:
            gained = float((own.of(one.candidate) - own.of(generic)).mean())
            if gained <= 0:
                notes.append(
                    Note(kind="stranger_to_training", candidate=one.candidate, person=one.person, count=own.replies)
                )
    return notes


def _with_and_without_own_template(scores: TokenScores, candidate: str) -> tuple[float, float] | None:
    """Perplexities with the run's chat template and with the adapter's own; None where the run's is no worse, beyond noise."""
    name = OWN_TEMPLATE.format(candidate=candidate)
    if name not in scores.candidates:
        return None
    (lost,) = compared((scores.of(name) - scores.of(candidate))[np.newaxis], scores.dialogues)
    if lost is None or lost.relation != "better":
        return None
    with_runs, with_own = (_exp(-float(scores.of(each).mean())) for each in (candidate, name))
    return with_runs, with_own


def _aligned(cases: Sequence[dict[str, Row]], generic: str) -> TokenScores | None:
    """The scores of all candidates that were scored on some of the generic model's tokens, where all of them were."""
    alike = [{name: row for name, row in own.items() if row["tokens"] == own[generic]["tokens"]} for own in cases]
    candidates = tuple(dict.fromkeys(name for own in alike for name in own))
    common = [own for own in alike if len(own) == len(candidates)]
    if not common:
        return None
    logprobs = np.array([[value for own in common for value in own[name]["logprobs"]] for name in candidates])
    dialogues = tuple(own[generic]["dialogue_id"] for own in common for _ in own[generic]["logprobs"])
    return TokenScores(candidates, logprobs, dialogues, len(common))


def _cells(person: str, scores: TokenScores, generic: str) -> list[Cell]:
    groups = sum_by_dialogue(-scores.logprobs, _numbered(scores.dialogues))
    intervals = intervals_of_means(groups, [None] * len(scores.candidates))
    means, dialogues = groups.means.tolist(), groups.dialogues.tolist()
    gained = compared(scores.logprobs - scores.of(generic), scores.dialogues)
    return [
        Cell(
            candidate=name,
            person=person,
            perplexity=_exp(means[place]),
            interval=_perplexities(intervals[place]),
            against_generic=None if name == generic else gained[place],
            tokens=scores.logprobs.shape[1],
            replies=scores.replies,
            dialogues=dialogues[place],
            is_lowest=means[place] == min(means),
        )
        for place, name in enumerate(scores.candidates)
    ]


def _gain(
    imitator: Imitator, scores: Mapping[str, TokenScores], imitators: Sequence[Imitator], generic: str
) -> Gain | None:
    own = scores.get(imitator.person)
    if own is None or imitator.candidate not in own.candidates:
        return None
    name = imitator.candidate
    (gained,) = compared((own.of(name) - own.of(generic))[np.newaxis], own.dialogues)
    assert gained is not None, "a person's scores have at least one token"
    others = [one for person, one in scores.items() if person != imitator.person and name in one.candidates]
    rivals = [one.candidate for one in imitators if one.person != imitator.person and one.candidate in own.candidates]
    runner_up = max([generic, *rivals], key=lambda rival: float(own.of(rival).mean()))
    (lead,) = compared((own.of(name) - own.of(runner_up))[np.newaxis], own.dialogues)
    elsewhere, personal = _beyond_others(own, others, name, generic)
    return Gain(
        candidate=name,
        person=imitator.person,
        own=gained,
        others=elsewhere,
        personal=personal,
        lead=lead,
        runner_up=runner_up,
    )


def _beyond_others(
    own: TokenScores, others: Sequence[TokenScores], name: str, generic: str
) -> tuple[Estimate | None, Compared | None]:
    """The gain on the other persons' replies, and by how much the gain on the person's own is larger."""
    if not others:
        return None, None
    differences = np.concatenate([one.of(name) - one.of(generic) for one in others])
    dialogues = [dialogue for one in others for dialogue in one.dialogues]
    (elsewhere,) = compared(differences[np.newaxis], dialogues)
    assert elsewhere is not None, "others' scores have at least one token"
    at_home = left_out_means(sum_by_dialogue((own.of(name) - own.of(generic))[np.newaxis], _numbered(own.dialogues)))[
        :, 0
    ]
    abroad = left_out_means(sum_by_dialogue(differences[np.newaxis], _numbered(dialogues)))[:, 0]
    gained = float((own.of(name) - own.of(generic)).mean())
    value = gained - elsewhere.value
    interval = jackknife_interval(value, [at_home - elsewhere.value, gained - abroad])
    personal = Compared(
        value=value, interval=interval, dialogues=len(at_home) + len(abroad), relation=relation_of(interval, 1)
    )
    return Estimate(value=elsewhere.value, interval=elsewhere.interval, dialogues=elsewhere.dialogues), personal


def _perplexities(interval: Interval | None) -> Interval | None:
    return None if interval is None else Interval(low=_exp(interval.low), high=_exp(interval.high))


def _exp(nats: float) -> float:
    """e to the power of `nats`, at most the largest number that JSON readers take."""
    return math.exp(min(nats, 700.0))


def _numbered(dialogues: Sequence[str]) -> npt.NDArray[np.int32]:
    number = {name: code for code, name in enumerate(dict.fromkeys(dialogues))}
    return np.array([number[name] for name in dialogues], dtype=np.int32)
