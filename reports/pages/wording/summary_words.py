"""What the summary for a pull request says beside what all reports say, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SummaryWords:
    """One language."""

    regressions: str
    regressions_hint: str
    regression: str
    fell: str
    turn: str
    candidate_said: str
    full_report: str
    report_in_folder: str
    shortened: str
    not_compared: str


SUMMARY_WORDS: Final = {
    "en": SummaryWords(
        regressions="The {count} worst regressions",
        regressions_hint="Cases on which a candidate lost most against {baseline}, over dialogue act, checks and judges on a "
        "scale from 0 to 1.",
        regression="{case}, {candidate}: {change}",
        fell="Fell: {measures}",
        turn="To be answered",
        candidate_said="{candidate} said",
        full_report="Full report",
        report_in_folder="The full report is `report.html` in the run folder.",
        shortened="What did not fit here is in the report.",
        not_compared="No case fell against {baseline}.",
    ),
    "ru": SummaryWords(
        regressions="Худшие ухудшения: {count}",
        regressions_hint="Случаи, на которых кандидат больше всего потерял по сравнению с {baseline}: по речевому акту, "
        "проверкам и судьям на шкале от 0 до 1.",
        regression="{case}, {candidate}: {change}",
        fell="Упало: {measures}",
        turn="На что нужно ответить",
        candidate_said="Ответ {candidate}",
        full_report="Полный отчёт",
        report_in_folder="Полный отчёт — файл `report.html` в папке прогона.",
        shortened="То, что здесь не поместилось, есть в отчёте.",
        not_compared="Ни один случай не ухудшился по сравнению с {baseline}.",
    ),
}
"""By `Words.language`."""
