"""The gate rule that demands a proof of the adapter: `{measure: adapter_proof, proven: true}`."""

from __future__ import annotations

from reports.adapters import AdapterProof, adapter_of, proof_of
from reports.gating.policy import Outcome
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import Manifest


def proven_outcome(manifest: Manifest, candidate: str, words: Words) -> tuple[Outcome, str]:
    """The outcome, and the sentence that says why.

    A run stops by itself where an adapter is seen to do nothing or another's work; so what is left is proven or not known.

    Raises:
        ReportError: The manifest holds something else than this version of Rejoinder writes.
    """
    own, adapter, proof = words.gating, one_line(adapter_of(manifest, candidate)), proof_of(manifest, candidate)
    if not adapter:
        return "fail", own.no_adapter.format(candidate=one_line(candidate))
    if proof is None:
        return "inconclusive", own.without_proof.format(adapter=adapter)
    remark = one_line(proof.remark or "").rstrip(".")
    if proof.is_weak:
        return "inconclusive", own.weak.format(adapter=adapter, remark=words.adapter_weak)
    if not _tells(proof):
        return "inconclusive", own.unproven.format(adapter=adapter, remark=remark or "–")
    return "pass", own.proven.format(adapter=adapter)


def _tells(proof: AdapterProof) -> bool:
    """Whether the engine was seen to do something with the adapter, or what peft does with it."""
    return proof.peft is not None or (proof.from_base is not None and proof.from_base.mean > 0)
