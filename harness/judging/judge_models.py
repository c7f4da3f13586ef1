"""The bridge between engines and judges: one candidate of an engine as a model that judges can ask, and verdicts as a
measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.engines.engine import Engine, NamesSpecialTokens, Request, RequestError, Sampling, UnservedRequestError
from harness.metrics.metric import Measure
from judges.judge import Judge, Verdictor
from judges.judge_model import JudgeModelError, UnservedReadoutError
from judges.structured_output import StructuredOutput

JUDGE = "judge"
"""Name under which an engine serves its judge; no candidate may be called so, nor `judge.` and anything."""


def is_judge(name: str) -> bool:
    """Whether an engine serves a judge under this name: the judge, or one with an adapter or model of its own."""
    return name == JUDGE or name.startswith(f"{JUDGE}.")


def judge_measure(judge: Verdictor) -> Measure:
    """A judge's verdicts as a measure, for manifests and reports."""
    return Measure(
        name=judge.measure,
        title=judge.title,
        description=judge.description,
        kind="judge",
        scale=judge.bounds,
        higher_is_better=True,
        signature=judge.signature,
        judged_by="rubric" if isinstance(judge, Judge) else "python",
    )


class EngineJudgeModel:
    """Fits `judges.judge_model.JudgeModel` with an engine that was started."""

    def __init__(self, engine: Engine, candidate: str = JUDGE) -> None:
        self._engine = engine
        self._candidate = candidate
        self._special_tokens: frozenset[str] | None = None

    @property
    def identity(self) -> str:
        """Name and short hash of the model, whichever engine serves it: a certificate is the model's, not the engine's."""
        identity = self._engine.identity(self._candidate)
        return f"{identity.name}@{identity.model_digest()[:8]}"

    @property
    def special_tokens(self) -> frozenset[str]:
        """Of the model's tokenizer, where the engine can name them."""
        if self._special_tokens is None:
            named = self._engine.special_tokens() if isinstance(self._engine, NamesSpecialTokens) else frozenset()
            self._special_tokens = named
        return self._special_tokens

    async def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        structure: StructuredOutput | None = None,
    ) -> str:
        """The model's answer, held to `structure` if one is given: with temperature 0 the likeliest, else one drawn.

        Raises:
            JudgeModelError: The prompt could not be answered, or the engine cannot hold answers to this structure.
        """
        request = Request(
            case_id="",
            candidate=self._candidate,
            messages=messages,
            sampling=Sampling(temperature=temperature, max_tokens=max_tokens),
            seed=seed,
            structure=structure,
        )
        try:
            return (await self._engine.complete(request)).text
        except RequestError as error:
            raise JudgeModelError(str(error)) from error

    async def label_logprobs(self, messages: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[float, ...]:
        """Log-probability of each label's first token as the first token of the answer.

        Raises:
            UnservedReadoutError: The engine gives none, or cannot tell these labels apart.
            JudgeModelError: The prompt could not be answered.
        """
        try:
            return await self._engine.label_logprobs(self._candidate, messages, labels)
        except UnservedRequestError as error:
            raise UnservedReadoutError(str(error)) from error
        except RequestError as error:
            raise JudgeModelError(str(error)) from error
