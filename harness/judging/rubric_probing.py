"""Measuring the known weaknesses of a rubric's judge: what `rejoinder judge probe` does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import TypeVar

from harness.judging.asked_judge import AskedRubric
from harness.judging.judge_engine import serving_judge
from harness.run_folder import RunFolder
from harness.spec import JudgeEngineSpec
from judges.people.certificate import SUFFIX, Certificate, certificate_holds, read_certificate, write_certificate
from judges.people.labels import read_labels
from judges.probes.changes import with_reference_hidden, with_wrong_references
from judges.probes.family import kin_of
from judges.probes.figures import ProbeFigure
from judges.probes.pair_probing import ProbedPair, probe_pairs
from judges.probes.probing import ProbedReply, probe
from judges.readouts.readout_check import check_readout
from judges.rubrics.rubric import Rubric
from suites.cases import Case, cases_of
from suites.loading import load_suite
from suites.userfile import InputError

ProbedT = TypeVar("ProbedT", ProbedPair, ProbedReply)

GOOD = 0.75
"""Share of the scale from which on a labelled reply is known to be good."""


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """What to probe a judge on, and where its figures go."""

    rubric: AskedRubric
    labels: Path | None = None
    """Replies that people have labelled."""
    suite: str | None = None
    """A suite instead: its references are the good replies, those of other cases the bad ones."""
    language: str | None = None
    """Take only labels in this language."""
    most_replies: int = 100
    """How many replies, or pairs, to probe at most; from as many contexts as there are, always the same ones."""
    certificate: Path | None = None
    """Put the figures into this certificate; if not given, into those beside the rubric that hold for the judge."""
    run: Path | None = None
    """A run whose candidates may be of the judge's family."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """A judge, by one rubric in one language, and its figures."""

    rubric: Rubric
    judge: str
    language: str
    replies: int
    contexts: int
    figures: Sequence[ProbeFigure]
    kin: Sequence[str]
    """Candidates of the run that are of the judge's family."""
    certificates: Sequence[Path]
    """Those that the figures were put into."""


@dataclass(frozen=True, slots=True)
class _Subjects:
    """What a judge is probed on: pairs where the rubric compares, else single replies."""

    language: str
    pairs: Sequence[ProbedPair]
    replies: Sequence[ProbedReply]

    @property
    def cases(self) -> list[Case]:
        return [*(pair.case for pair in self.pairs), *(reply.case for reply in self.replies)]


def probe_rubric(request: ProbeRequest, judge: JudgeEngineSpec) -> ProbeResult:
    """Judge the replies as they are and with something changed, and put the figures into the judge's certificates.

    Raises:
        InputError: The rubric, the labels, the suite, the run or the engine is wrong, the engine failed, or the
            certificate that was named is not one of this judge.
    """
    rubric = request.rubric.load(request.language)
    subjects = _subjects(request, rubric)
    named = read_certificate(request.certificate) if request.certificate else None
    candidates = _candidates_of(request.run) if request.run else {}

    async def probing() -> tuple[str, list[ProbeFigure]]:
        async with serving_judge(judge) as model:
            if named is not None and request.certificate is not None:
                _check_holds(named, request.certificate, rubric, model.identity, subjects.language)
            await check_readout(rubric, model, [subjects.language])
            if rubric.compares_pairs:
                return model.identity, await probe_pairs(rubric, model, subjects.pairs)
            return model.identity, await probe(rubric, model, subjects.replies)

    identity, figures = asyncio.run(probing())
    files = _put_into_certificates(request, rubric, identity, subjects.language, figures)
    return ProbeResult(
        rubric=rubric,
        judge=identity,
        language=subjects.language,
        replies=len(subjects.cases),
        contexts=len({case.dialogue_id for case in subjects.cases}),
        figures=figures,
        kin=kin_of(identity, candidates),
        certificates=files,
    )


def _subjects(request: ProbeRequest, rubric: Rubric) -> _Subjects:
    if (request.labels is None) == (request.suite is None):
        raise InputError("name the replies to probe the judge on: either --labels FILE or --suite NAME")
    if request.labels is not None:
        found = _labelled(request.labels, rubric, request.language)
    else:
        assert request.suite is not None
        found = _of_suite(request.suite, rubric)
    most = request.most_replies
    return _Subjects(
        found.language, _spread_over_contexts(found.pairs, most), _spread_over_contexts(found.replies, most)
    )


def _labelled(file: Path, rubric: Rubric, language: str | None) -> _Subjects:
    """Labelled replies; good are those that people gave nearly the highest marks."""
    labels = read_labels(file, rubric, language)
    low, high = rubric.scale.bounds
    pairs, replies = [], []
    for labelled in labels.replies:
        mark = (labelled.mean_score - low) / (high - low)
        if rubric.compares_pairs:
            first, second = labelled.replies
            pairs.append(ProbedPair(labelled.case, *((first, second) if mark >= 1 / 2 else (second, first))))
        else:
            replies.append(ProbedReply(labelled.case, labelled.replies[0], good=mark >= GOOD))
    return _Subjects(labels.language, pairs, replies)


def _of_suite(name: str, rubric: Rubric) -> _Subjects:
    """To each case of a suite that can be judged its own reference, which the judge is not shown, and one of another
    dialogue."""
    suite = load_suite(name)
    language = rubric.language_for(suite.header.language)
    if language is None:
        problem = f"has no texts in '{suite.header.language}', the language of the suite '{suite.header.name}'"
        raise InputError(problem, file=f"rubric {rubric.name}", field="languages")
    cases = [case for case in cases_of(suite) if case.references and not rubric.lacking_in(case)]
    if not cases:
        raise InputError(f"no case has what the rubric '{rubric.name}' requires", file=suite.path)
    known = list(_good_and_bad(cases, rubric))
    if not known:
        problem = (
            "no case has a second reference to be shown while the first is judged, and in another dialogue a reference "
            "that is wrong for it; add references"
        )
        raise InputError(problem, file=suite.path)
    if rubric.compares_pairs:
        return _Subjects(language, [ProbedPair(*each) for each in known], [])
    good_and_bad = [
        (ProbedReply(case, good, good=True), ProbedReply(case, bad, good=False)) for case, good, bad in known
    ]
    return _Subjects(language, [], [each for both in good_and_bad for each in both])


def _good_and_bad(cases: Sequence[Case], rubric: Rubric) -> Iterator[tuple[Case, str, str]]:
    """(case as the judge is shown it, its own reference, one of another dialogue) of the cases that have all of them."""
    for case, misled in zip(cases, with_wrong_references(cases), strict=True):
        good = case.references[0]
        shown = with_reference_hidden(case, good)
        if misled and not rubric.lacking_in(shown):
            yield shown, good, misled.references[0]


def _spread_over_contexts(probed: Sequence[ProbedT], most: int) -> list[ProbedT]:
    """At most so many, one of each context before a second of any, since figures are the surer the more contexts they are from.

    Which ones is decided by hashes, so they are always the same.
    """
    by_context: dict[str, list[int]] = {}
    for place in sorted(range(len(probed)), key=lambda place: _hash(f"{probed[place].case.id} {place}")):
        by_context.setdefault(probed[place].case.dialogue_id, []).append(place)
    contexts = sorted(by_context.items(), key=lambda item: _hash(item[0]))
    in_turn = zip_longest(*(places for _, places in contexts))
    chosen = islice((place for turn in in_turn for place in turn if place is not None), most)
    return [probed[place] for place in sorted(chosen)]


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _candidates_of(run: Path) -> dict[str, str]:
    """The name of each candidate of a run with that of its model."""
    candidates = RunFolder(run).read_manifest().candidates
    return {name: candidate.identity.get("name") or "" for name, candidate in candidates.items()}


def _check_holds(certificate: Certificate, file: Path, rubric: Rubric, judge: str, language: str) -> None:
    standing = certificate_holds(certificate, rubric, judge, language)
    if not standing:
        raise InputError(f"is not a certificate of this judge: {standing.reasons[0]}", file=file)


def _put_into_certificates(
    request: ProbeRequest, rubric: Rubric, judge: str, language: str, figures: Sequence[ProbeFigure]
) -> list[Path]:
    """Write the figures into the named certificate, or into those beside the rubric that hold; gives their files."""
    beside = request.rubric.folder.glob(f"{rubric.name}.*{SUFFIX}")
    files: Iterable[Path] = [request.certificate] if request.certificate else sorted(beside)
    written = []
    for file in files:
        certificate = read_certificate(file)
        if certificate_holds(certificate, rubric, judge, language):
            write_certificate(certificate.model_copy(update={"probes": tuple(figures)}), file)
            written.append(file)
    return written
