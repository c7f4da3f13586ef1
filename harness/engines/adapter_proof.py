"""Proof that each adapter is at work on the engine that serves it, made before anything is generated.

The log-probabilities of a few fixed replies (`harness.engines.proof_prompts`) are compared: the engine with the adapter, the
same engine without one, and peft with each adapter (`harness.engines.peft_reference`). An adapter that does nothing, that
does another adapter's work, or that does not do what peft does with it stops the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import fmean

from harness.engines.adapters import read_adapter
from harness.engines.engine import BARE_BASE, Candidate, Engine, RequestError
from harness.engines.peft_reference import AdapterReference, PeftReferences
from harness.engines.proof_prompts import PROOF_PROMPTS
from suites.dialogue import Record
from suites.userfile import InputError

EFFECT_SHARE = 0.25
"""How much of what an adapter does by peft's account the engine may miss."""
NOISE_FACTOR = 2.0
"""How often the engine's distance from peft without an adapter is allowed on top: rounding is not the same on every text."""
ASSUMED_NOISE = 0.05
"""Mean distance of an engine from peft, in nats, where no bare base shows it: what bfloat16 makes of a small model."""

_WAYS_OUT = (
    "set `merge: true` for this candidate, or use the engine 'transformers' (`adapter_proof: off` runs it as it is)"
)


class LogprobDifference(Record):
    """How far two lists of token log-probabilities are apart, as absolute differences in nats."""

    largest: float
    mean: float


class PeftAgreement(Record):
    """How well the engine agrees with peft on what an adapter does."""

    made_by: str
    """Who calculated the reference, e.g. "peft 0.21.2, float32 on the CPU"."""
    difference: LogprobDifference
    """Engine against peft, both with the adapter."""
    effect: LogprobDifference
    """What the adapter does by peft's own account: with it against without it."""
    noise: LogprobDifference | None
    """Engine against peft, both without an adapter: what rounding alone does; none where the engine serves no bare base."""
    tolerance: float
    """How large the mean of `difference` may be. Where the mean of `effect` is smaller than this, the adapter is so weak that
    its agreement says little."""


class AdapterProof(Record):
    """What was found about one adapter, or why nothing could be."""

    prompts: int
    """Texts that were asked for."""
    tokens: int
    """Tokens whose log-probabilities were compared, on all replicas together."""
    from_base: LogprobDifference | None = None
    """Engine with the adapter against the same engine without one (against peft's base, where the engine serves none beside a
    merged checkpoint); none where nobody can tell."""
    peft: PeftAgreement | None = None
    remark: str | None = None
    """Why there is no comparison, or none with peft."""


@dataclass(frozen=True, slots=True)
class _Answers:
    """What one replica answered: a log-probability for each token of all the replies, in nats."""

    adapted: Sequence[float]
    base: Sequence[float] | None
    """None where the engine does not serve the bare base with the candidate's chat template."""
    noise: float
    """Mean distance of the bare base from itself, asked twice."""


async def prove_adapters(
    engine: Engine, candidates: Mapping[str, Candidate], references: PeftReferences | None
) -> Mapping[str, AdapterProof]:
    """Prove each candidate's adapter active on the engine, on every replica of it.

    Args:
        engine: Serves the candidates and, unless it serves a merged checkpoint, the base as `BARE_BASE`.
        candidates: Candidates by name, their paths resolved, as the user has them (`merge` included).
        references: peft's own log-probabilities; None where the engine is peft.

    Returns:
        The proof of each candidate that has an adapter.

    Raises:
        InputError: An adapter does nothing, does another's work, or does not do what peft does with it.
        EngineError: The engine is gone.
    """
    proof = _Proof(engine, {name: c for name, c in candidates.items() if c.adapter is not None}, references)
    return {name: await proof.of(name) for name in proof.candidates}


class _Proof:
    """The proofs of all adapters on one engine."""

    def __init__(self, engine: Engine, candidates: Mapping[str, Candidate], references: PeftReferences | None) -> None:
        self.candidates = candidates
        self._engine = engine
        self._references = references
        self._base: dict[int, tuple[Sequence[float], float]] = {}
        """By replica: the bare base's log-probabilities, and how far it is from itself when asked again."""

    async def of(self, name: str) -> AdapterProof:
        """The proof of one candidate."""
        if read_adapter(_adapter(self.candidates[name])).is_zero():
            raise self._error(name, "does nothing: its weights add zero to the base; train it, or leave it out")
        try:
            answers = [await self._ask(name, replica) for replica in range(self._engine.replicas)]
        except RequestError as error:
            return AdapterProof(prompts=0, tokens=0, remark=str(error))
        reference, remark = self._reference(name, answers)
        for replica in answers:
            self._check_effect(name, replica, reference)
            if reference is not None:
                self._check_agreement(name, replica, reference)
        return _recorded(answers, reference, remark)

    async def _ask(self, name: str, replica: int) -> _Answers:
        adapted = await self._logprobs(name, replica)
        if not self._base_is_comparable(name):
            return _Answers(adapted, None, 0.0)
        if replica not in self._base:
            first, again = [await self._logprobs(BARE_BASE, replica) for _ in range(2)]
            self._base[replica] = first, _difference(first, again).mean
        return _Answers(adapted, *self._base[replica])

    def _base_is_comparable(self, name: str) -> bool:
        """Whether the engine serves the base, and answers it on the same prompts: an adapter may have a template of its own."""
        if self.candidates[name].merge:
            return False
        return self._engine.identity(name).chat_template == self._engine.identity(BARE_BASE).chat_template

    async def _logprobs(self, name: str, replica: int) -> Sequence[float]:
        # One after another: alone in its batch a text is rounded the same way every time, so that nothing is left of the
        # difference to the base when an adapter does nothing.
        scores = [
            await self._engine.score(name, prompt.messages, prompt.reply, replica=replica) for prompt in PROOF_PROMPTS
        ]
        return [logprob for score in scores for logprob in score.logprobs]

    def _reference(self, name: str, answers: Sequence[_Answers]) -> tuple[AdapterReference | None, str | None]:
        """peft's reference for a candidate's adapter, or why there is none."""
        if self._references is None:
            return None, "the engine is peft itself"
        reference = self._references.get(_adapter(self.candidates[name]), "peft was not asked")
        if isinstance(reference, str):
            return None, reference
        if any(len(replica.adapted) != len(_flat(reference.adapted)) for replica in answers):
            return None, "the engine splits texts into other tokens than peft"
        return reference, None

    def _check_effect(self, name: str, answers: _Answers, reference: AdapterReference | None) -> None:
        """See that the adapter does something.

        Raises:
            InputError: It does not.
        """
        by_peft = _effect(reference) if reference is not None else None
        if by_peft is not None and by_peft.largest == 0:
            problem = (
                "does nothing: by peft's account its weights change no log-probability; train it anew, or leave it out"
            )
            raise self._error(name, problem)
        if answers.base is None or _difference(answers.adapted, answers.base).mean > answers.noise:
            return
        cause = (
            f"while peft finds a mean difference of {by_peft.mean:.2g} nats, so the engine does not put it on the base"
            if by_peft is not None
            else "so its weights add nothing, or the engine does not put it on the base"
        )
        raise self._error(
            name,
            f"does nothing here: on {len(PROOF_PROMPTS)} texts the engine answers as the bare base, {cause}; {_WAYS_OUT}",
        )

    def _check_agreement(self, name: str, answers: _Answers, reference: AdapterReference) -> None:
        """See that the engine does with the adapter what peft does.

        Raises:
            InputError: It does something else, or another adapter's work.
        """
        agreement = _agreement(answers, reference)
        distance = agreement.difference.mean
        for other, candidate in self.candidates.items():
            theirs = (self._references or {}).get(_adapter(candidate))
            if not isinstance(theirs, AdapterReference) or theirs == reference:
                continue
            apart = _difference(_flat(theirs.adapted), _flat(reference.adapted)).mean
            if (
                apart > 2 * _allowed_noise(agreement)
                and _difference(answers.adapted, _flat(theirs.adapted)).mean < distance
            ):
                problem = (
                    f"is not what the engine serves: it answers with '{_adapter(candidate).name}', which is '{other}''s"
                )
                raise self._error(name, f"{problem}; see under which name each adapter is served")
        if distance > agreement.tolerance:
            raise self._error(
                name,
                f"does not do what peft does with it: the token log-probabilities differ by {distance:.2g} nats in the mean, "
                f"where {agreement.tolerance:.2g} is tolerated (the adapter changes them by {agreement.effect.mean:.2g}); "
                f"{_WAYS_OUT}",
            )

    def _error(self, name: str, problem: str) -> InputError:
        adapter = _adapter(self.candidates[name])
        return InputError(f"the adapter '{adapter.name}' {problem}", field=("candidates", name, "adapter"))


def _adapter(candidate: Candidate) -> Path:
    assert candidate.adapter is not None, "only candidates with an adapter are proven"
    return candidate.adapter


def _recorded(answers: Sequence[_Answers], reference: AdapterReference | None, remark: str | None) -> AdapterProof:
    """The record over all replicas."""
    adapted = [logprob for replica in answers for logprob in replica.adapted]
    whole = _Answers(adapted, _joined(replica.base for replica in answers), 0.0)
    plain = list(_flat(reference.plain)) * len(answers) if reference is not None else None
    compared_with = whole.base if whole.base is not None else plain
    return AdapterProof(
        prompts=len(PROOF_PROMPTS),
        tokens=len(adapted),
        from_base=_difference(adapted, compared_with) if compared_with is not None else None,
        peft=_agreement(whole, reference, replicas=len(answers)) if reference is not None else None,
        remark=remark,
    )


def _joined(parts: Iterator[Sequence[float] | None]) -> Sequence[float] | None:
    found = [part for part in parts if part is not None]
    return [logprob for part in found for logprob in part] if found else None


def _agreement(answers: _Answers, reference: AdapterReference, *, replicas: int = 1) -> PeftAgreement:
    effect = _effect(reference)
    adapted, plain = (list(_flat(logprobs)) * replicas for logprobs in (reference.adapted, reference.plain))
    noise = _difference(answers.base, plain) if answers.base is not None else None
    return PeftAgreement(
        made_by=reference.made_by,
        difference=_difference(answers.adapted, adapted),
        effect=effect,
        noise=noise,
        tolerance=EFFECT_SHARE * effect.mean + NOISE_FACTOR * (noise.mean if noise is not None else ASSUMED_NOISE),
    )


def _allowed_noise(agreement: PeftAgreement) -> float:
    return agreement.tolerance - EFFECT_SHARE * agreement.effect.mean


def _effect(reference: AdapterReference) -> LogprobDifference:
    return _difference(_flat(reference.adapted), _flat(reference.plain))


def _flat(logprobs: Sequence[Sequence[float]]) -> Sequence[float]:
    return list(chain.from_iterable(logprobs))


def _difference(ours: Sequence[float], theirs: Sequence[float]) -> LogprobDifference:
    apart = [abs(our - their) for our, their in zip(ours, theirs, strict=True)]
    return LogprobDifference(largest=max(apart), mean=fmean(apart))
