"""Proof that each adapter is at work on the engine that serves it, made before anything is generated.

The records of a proof, comparing and judging are here; peft's own figures come from `harness.engines.peft_reference`, the
texts that everybody is asked for from `harness.engines.proof_prompts`.
"""

from __future__ import annotations

from suites.dialogue import Record


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
    tolerance: float
    """How large the mean of `difference` may be."""


class AdapterProof(Record):
    """What was found about one adapter, or why nothing could be."""

    prompts: int
    """Texts that were asked for."""
    tokens: int
    """Tokens whose log-probabilities were compared."""
    from_base: LogprobDifference | None = None
    """Engine with the adapter against the same engine without one; none where the engine cannot tell."""
    peft: PeftAgreement | None = None
    remark: str | None = None
    """Why there is no comparison, or none with peft."""
