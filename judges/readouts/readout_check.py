"""Seeing before anything is judged that a judge model can be asked in a rubric's readout."""

from __future__ import annotations

from collections.abc import Iterable

from judges.judge_model import JudgeModel, JudgeModelError, UnservedReadoutError
from judges.rubrics.rubric import Rubric
from suites.userfile import InputError


async def check_readout(rubric: Rubric, model: JudgeModel, languages: Iterable[str] | None = None) -> None:
    """Ask for the probabilities of a rubric's answers once, where those are read and nothing else is tried.

    What a single prompt is at fault for (too long, a server that fails) is left to the verdicts.

    Args:
        rubric: Its other readouts have nothing that a model's tokens could spoil.
        model: The judge.
        languages: Tags of the replies that are to be judged; all of the rubric's if not given.

    Raises:
        InputError: The model gives no log-probabilities, or two answers begin with the same of its tokens.
    """
    readout = rubric.readout
    if readout.kind != "label_probabilities" or readout.fallback is not None:
        return
    tags = list(rubric.languages) if languages is None else [rubric.language_for(language) for language in languages]
    for tag in dict.fromkeys(tag for tag in tags if tag is not None):
        question = next(rubric.questions(tag))
        messages = [{"role": "user", "content": readout.instruction(question)}]
        try:
            reading = await readout.read(model, messages, question)
        except UnservedReadoutError as error:
            raise _unserved(rubric, tag, str(error)) from error
        except JudgeModelError:
            continue
        if reading.status == "error":
            raise _unserved(rubric, tag, reading.reason or "")


def _unserved(rubric: Rubric, tag: str, problem: str) -> InputError:
    return InputError(f"{problem} (language '{tag}')", file=f"rubric {rubric.name}", field="readout")
