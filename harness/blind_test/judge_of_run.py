"""The judge of a spec takes the blind test of the run that the spec made (`persona: {blind_judge: true}`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.judging.asked_judge import AskedJudge, AskedRubric, SeveralEntriesError, judge_of_spec
from harness.spec import SpecFile

WHICH_IS_THE_PERSON: Final = "which_is_the_person"
"""The built-in rubric of the blind test."""

_FIELD: Final = ("persona", "blind_judge")


@dataclass(frozen=True, slots=True)
class BlindJudge:
    """Whom to ask, and by which rubric."""

    judge: AskedJudge
    rubric: AskedRubric

    def take_test(self, run: Path) -> None:
        """Ask about all pairs of a complete run that were not asked about yet.

        Raises:
            InputError: The run offers no pairs, or the judge's engine failed.
            ReportError: The run's tables are missing or torn.
            RunLogError: An answer could not be written; those before it are kept.
        """
        from harness.blind_test.contests import Wanted  # noqa: PLC0415 - heavy
        from harness.blind_test.judging import JudgeTest, take_test  # noqa: PLC0415

        with self.judge.naming_fields():
            take_test(JudgeTest(run, Wanted(), self.rubric), self.judge.engine)


def blind_judge_of(spec_file: SpecFile) -> BlindJudge | None:
    """The judge that takes the blind test; None where the spec asks for none.

    Raises:
        InputError: The spec names no judge that can be asked outside of a run, or several that may be meant, or it gives the
            built-in rubric's name to one that does not compare pairs.
    """
    section = spec_file.spec.persona
    if section is None or not section.blind_judge:
        return None
    try:
        judge, rubric = judge_of_spec(spec_file, WHICH_IS_THE_PERSON)
    except SeveralEntriesError as error:
        problem = f"the rubric '{WHICH_IS_THE_PERSON}' is asked by several judges ({', '.join(error.names)}); "
        raise spec_file.error(problem + "leave `name` out at the one that is meant", *_FIELD) from error
    if not rubric.load().compares_pairs:
        problem = f"the judge named '{WHICH_IS_THE_PERSON}' does not compare pairs; give it another name"
        raise spec_file.error(problem, *_FIELD)
    return BlindJudge(judge, rubric)
