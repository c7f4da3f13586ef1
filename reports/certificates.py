"""How far the judges of a run agree with people, as the certificates in its manifest have it: the rows of a table.

What a gate demands of them is `reports.gating.certified`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from reports.drawn_answers import DrawnAnswers
from reports.errors import ReportError
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import JudgeKind, Manifest, MeasureOfRun, PairMeasure, Record
from reports.statistics.clusters import Interval

_AGREEMENT: Final = ("weighted_kappa", "kappa", "spearman")
"""The figure that a report shows is the first of these that a certificate has."""

_DECIMALS = 2
_DASH = "–"


class AgreementFigure(Record):
    """One figure of agreement."""

    name: str
    value: float | None
    interval: Interval | None = None


class _MendedLabels(Record):
    replies: int


class ReliabilityPoint(Record):
    """Labelled replies to which the judge gave about the same score."""

    judge: float
    people: float
    """Their mean scores."""
    replies: int


class _JudgeCertificate(Record):
    """What a report reads of a certificate."""

    replies: int
    contexts: int
    scale: str
    figures: tuple[AgreementFigure, ...]
    people: tuple[AgreementFigure, ...] = ()
    mended: _MendedLabels | None = None
    reliability: tuple[ReliabilityPoint, ...] = ()


class Change(Record):
    """What is another in the run than it was in the certificate."""

    what: str
    was: str
    now: str


class RunCertificate(Record):
    """The certificate of one judge, as it stood when the run began."""

    certificate: _JudgeCertificate
    coverage: float
    decisive: str
    changes: tuple[Change, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it was made for what the run judges by."""
        return not self.changes

    @property
    def decisive_figure(self) -> AgreementFigure | None:
        """The one that says whether the judge does better than chance."""
        return self.figure(self.decisive)

    @property
    def agreement(self) -> AgreementFigure | None:
        """The figure to show: a kappa where the scale has labels, else a correlation."""
        return next((found for name in _AGREEMENT if (found := self.figure(name))), None)

    def figure(self, name: str) -> AgreementFigure | None:
        """A figure by its name; None if the scale has no such figure."""
        return next((figure for figure in self.certificate.figures if figure.name == name), None)

    @property
    def beside_chance(self) -> Literal["above", "at", "below", "unknown"]:
        """Where the whole interval of the decisive figure lies; `at` if chance is in it."""
        figure = self.decisive_figure
        if figure is None or figure.interval is None:
            return "unknown"
        chance = chance_of(self.decisive)
        return "above" if figure.interval.low > chance else "below" if figure.interval.high < chance else "at"


@dataclass(frozen=True, slots=True)
class JudgeRow:
    """One judged measure, every number printed; what is not known is a dash or empty."""

    measure: str
    standing: str
    agreement: str
    against_chance: str
    labelled: str
    coverage: str
    remark: str
    is_certified: bool
    in_short: str
    """The same in one sentence."""
    warning: str
    """Says in plain words that the judge cannot be trusted; empty where it can, or where nobody knows."""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `JudgeWords.heads`."""
        return (
            self.measure,
            self.standing,
            self.agreement,
            self.against_chance,
            self.labelled,
            self.coverage,
            self.remark,
        )


def chance_of(figure: str) -> float:
    """The value of a figure for a judge that does not look at the reply."""
    return 0.5 if figure == "roc_auc" else 0.0


def certificates_in(manifest: Manifest) -> dict[str, RunCertificate]:
    """By measure, the certificates that the run's judges had when it began.

    Raises:
        ReportError: The manifest holds something else than this version of Rejoinder writes.
    """
    try:
        return TypeAdapter(dict[str, RunCertificate]).validate_python(manifest.certificates)
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(map(str, fault["loc"]))
        raise ReportError(f"manifest.json: certificates.{field}: {fault['msg']}") from error


def judge_rows(
    manifest: Manifest,
    measures: Sequence[MeasureOfRun],
    words: Words,
    drawn: Mapping[str, DrawnAnswers] = MappingProxyType({}),
) -> list[JudgeRow]:
    """A row for each measure that a judge takes.

    Args:
        manifest: The run's.
        measures: Its measures.
        words: Of the report's language.
        drawn: By measure, the answers that its judge drew.

    Raises:
        ReportError: The manifest holds something else than this version of Rejoinder writes.
    """
    certificates = certificates_in(manifest)
    judged: dict[str, MeasureOfRun | PairMeasure] = {
        m.name: m for m in measures if m.kind == "judge" and m.direction > 0
    }
    judged |= {m.name: m for m in manifest.preferences}
    rows = {name: _row(measure, certificates.get(name), words) for name, measure in judged.items()}
    return [
        _with_drawn(row, drawn[name].sentence(words), words) if name in drawn else row for name, row in rows.items()
    ]


def _with_drawn(row: JudgeRow, sentence: str, words: Words) -> JudgeRow:
    remark = words.list_separator.join(filter(None, [row.remark, sentence]))
    return replace(row, remark=remark, in_short=f"{row.in_short} {sentence[0].upper()}{sentence[1:]}.")


def changes_in_words(certificate: RunCertificate, words: Words) -> str:
    """What has changed since a certificate was made."""
    known = words.judges.changes
    sentences = (
        known[change.what].format(was=change.was, now=change.now) if change.what in known else change.what
        for change in certificate.changes
    )
    return one_line(words.list_separator.join(sentences))


def printed(figure: AgreementFigure, words: Words) -> str:
    """A figure with its interval: `0.41 [0.30, 0.52]`."""
    if figure.value is None:
        return _DASH
    figures = Figures(words.language)
    value = figures.value(figure.value, _DECIMALS)
    return f"{value} {figures.interval(figure.interval, _DECIMALS, signed=False)}" if figure.interval else value


def _row(judged: MeasureOfRun | PairMeasure, found: RunCertificate | None, words: Words) -> JudgeRow:
    own, measure = words.judges, one_line(judged.title)
    if found is None:
        short = f"{own.heads[1]}: {own.uncertified} ({measure})."
        nothing = (_DASH,) * 4
        return JudgeRow(measure, own.uncertified, *nothing, _uncertified_remark(judged, words), False, short, "")
    figures = Figures(words.language)
    standing = own.certified if found.counts else own.no_longer
    agreement = f"{own.figures[found.agreement.name]} {printed(found.agreement, words)}" if found.agreement else _DASH
    labelled = own.labelled.format(
        replies=figures.count(found.certificate.replies), contexts=figures.count(found.certificate.contexts)
    )
    coverage = figures.percent(found.coverage)
    short = own.in_short.format(
        measure=measure,
        standing=standing,
        agreement=agreement,
        labelled=figures.count(found.certificate.replies),
        coverage=coverage,
    )
    return JudgeRow(
        measure=measure,
        standing=standing,
        agreement=agreement,
        against_chance=_against_chance(found, words),
        labelled=labelled,
        coverage=coverage,
        remark=_remark(found, words),
        is_certified=found.counts,
        in_short=short,
        warning=_warning(measure, found, words) if found.counts else "",
    )


def _uncertified_remark(judged: MeasureOfRun | PairMeasure, words: Words) -> str:
    """What can be done about it: only rubrics are calibrated, and only means are corrected."""
    own = words.judges
    without_rubric: dict[JudgeKind | None, str] = {"python": own.python_remark, "jury": own.jury_remark}
    if judged.judged_by not in without_rubric:
        return own.uncertified_remark
    remark = without_rubric[judged.judged_by]
    return remark if isinstance(judged, PairMeasure) else words.list_separator.join([remark, own.correct_remark])


def _remark(found: RunCertificate, words: Words) -> str:
    own = words.judges
    parts = []
    if not found.counts:
        parts.append(own.no_longer_remark.format(changes=changes_in_words(found, words)))
    shown = found.agreement.name if found.agreement else ""
    if ceiling := next((figure for figure in found.certificate.people if figure.name == shown), None):
        parts.append(own.people.format(figure=own.figures[shown], value=printed(ceiling, words)))
    if found.certificate.mended:
        parts.append(own.mended.format(replies=found.certificate.mended.replies))
    return words.list_separator.join(parts)


def _against_chance(found: RunCertificate, words: Words) -> str:
    figure = found.decisive_figure
    if figure is None:
        return _DASH
    return words.judges.of_chance.format(**_decisive_words(figure, words))


def _warning(measure: str, found: RunCertificate, words: Words) -> str:
    figure, own = found.decisive_figure, words.judges
    sentence = {
        "above": "",
        "at": own.at_chance,
        "below": own.below_chance,
        "unknown": own.unknown_chance,
    }[found.beside_chance]
    if figure is None:
        return ""
    return sentence.format(measure=measure, **_decisive_words(figure, words))


def _decisive_words(figure: AgreementFigure, words: Words) -> dict[str, Any]:
    return {
        "figure": words.judges.figures[figure.name],
        "value": printed(figure, words),
        "chance": Figures(words.language).value(chance_of(figure.name), 1 if figure.name == "roc_auc" else 0),
    }
