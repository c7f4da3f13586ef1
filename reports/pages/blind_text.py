"""The blind test's report as lines for the terminal: a table of shares of right answers, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reports.blind.accuracy import Accuracy
from reports.blind.results import CONTEST_SEPARATOR, BlindResults, JudgeResult, RaterResult
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording.blind_words import BlindWords, blind_words_for
from reports.statistics.clusters import Interval

Row = tuple[str, str, str, str, str, str]
"""Name, right, share, interval, p, reading; only a name for the head of a part."""

_INDENT = "  "


def blind_lines(results: BlindResults, language: str = "en") -> Iterator[str]:
    """The report, line by line."""
    return _Text(blind_words_for(language)).lines(results)


class _Text:
    """Prints in one language."""

    def __init__(self, words: BlindWords) -> None:
        self._words = words
        self._figures = Figures(words.language)

    def lines(self, results: BlindResults) -> Iterator[str]:
        words = self._words
        yield words.title.format(run=one_line(results.run))
        if results.has_leak:
            yield words.leak
        yield ""
        yield from _aligned(list(self._rows(results)), words.heads)
        yield ""
        whole = results.together
        yield words.for_other_raters if whole and whole.interval_of_raters else words.for_these_raters
        yield words.p_value
        yield words.needed.format(answers=self._figures.count(results.answers_needed))
        for judge in results.judges:
            yield from self._judge_lines(judge)
        if results.outdated:
            yield words.outdated.format(count=self._figures.count(results.outdated))

    def _rows(self, results: BlindResults) -> Iterator[Row]:
        words = self._words
        yield from self._row(words.together, results.together)
        yield from self._row(words.with_inattentive, results.with_inattentive)
        if results.acquaintances and results.strangers:
            yield from self._row(words.acquaintances, results.acquaintances)
            yield from self._row(words.strangers, results.strangers)
        yield from self._part(words.by_candidate, results.candidates)
        if results.taken_for_the_person:
            yield _head(words.taken_for_person)
            for contest, accuracy in results.taken_for_the_person.items():
                first, _, second = contest.partition(CONTEST_SEPARATOR)
                name = words.first_of_two.format(first=first, second=second)
                yield from self._row(f"{_INDENT}{name}", accuracy, standings=words.standings_of_two)
        names = dict(enumerate(words.confidences, start=1))
        yield from self._part(words.by_confidence, {names[c]: a for c, a in results.by_confidence.items()})
        if results.raters:
            yield _head(words.by_rater)
        for rater in results.raters:
            yield from self._row(f"{_INDENT}{rater.name}", rater.accuracy, remark=self._remark(rater))
        yield from self._part(words.judges, {judge.name: judge.accuracy for judge in results.judges})

    def _part(self, head: str, rows: Mapping[str, Accuracy | None]) -> Iterator[Row]:
        if rows:
            yield _head(head)
        for name, accuracy in rows.items():
            yield from self._row(f"{_INDENT}{name}", accuracy)

    def _row(
        self,
        name: str,
        accuracy: Accuracy | None,
        *,
        standings: Mapping[str, str] | None = None,
        remark: str = "",
    ) -> Iterator[Row]:
        if accuracy is None:
            if remark:
                yield (_cell(name), "", "", "", "", remark)
            return
        figures = self._figures
        reading = (standings or self._words.standings)[accuracy.standing]
        if accuracy.further:
            reading = self._words.open_further.format(answers=figures.count(accuracy.further))
        yield (
            _cell(name),
            f"{figures.value(accuracy.right, 0 if accuracy.right.is_integer() else 1)}/{figures.count(accuracy.answers)}",
            figures.percent(accuracy.share),
            self._interval(accuracy.widest),
            figures.p_value(accuracy.p_value),
            "; ".join(filter(None, (reading, remark))),
        )

    def _interval(self, interval: Interval | None) -> str:
        if interval is None:
            return self._words.few_dialogues
        return f"{100 * interval.low:.0f}–{self._figures.percent(interval.high)}"

    def _remark(self, rater: RaterResult) -> str:
        words, counts = self._words, {"passed": rater.checks_passed, "checks": rater.checks}
        checks = (words.checks_passed if rater.attentive else words.left_out).format(**counts) if rater.checks else ""
        seconds = "" if rater.seconds is None else words.seconds.format(seconds=self._figures.value(rater.seconds, 0))
        return ", ".join(filter(None, (checks, seconds)))

    def _judge_lines(self, judge: JudgeResult) -> Iterator[str]:
        words, figures, name = self._words, self._figures, one_line(judge.name)
        if beside := judge.beside_people:
            interval = beside.interval
            yield words.beside.format(
                name=name,
                questions=figures.count(beside.questions),
                judge=figures.percent(beside.judge),
                people=figures.percent(beside.people),
                difference=figures.signed(beside.difference, 2),
                interval=words.few_dialogues if interval is None else figures.interval(interval, 2),
            )
        else:
            yield words.beside_nobody.format(name=name)
        if judge.inconsistent and judge.accuracy:
            answers = figures.count(judge.accuracy.answers)
            yield words.inconsistent.format(name=name, count=figures.count(judge.inconsistent), answers=answers)
        if judge.unread:
            yield words.unread.format(name=name, count=figures.count(judge.unread))


def _head(name: str) -> Row:
    return (name, "", "", "", "", "")


def _cell(name: str) -> str:
    indent = _INDENT if name.startswith(_INDENT) else ""
    return f"{indent}{one_line(name)}"


def _aligned(rows: Sequence[Row], heads: Sequence[str]) -> Iterator[str]:
    """Columns under their heads: names and readings from the left, figures to the right."""
    table = [("", *heads), *rows]
    widths = [max(len(row[column]) for row in table if any(row[1:])) for column in range(6)]
    for row in table:
        name, *figures, reading = row
        cells = (text.rjust(width) for text, width in zip(figures, widths[1:-1], strict=True))
        yield "  ".join((name.ljust(widths[0]), *cells, reading)).rstrip()
