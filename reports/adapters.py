"""What was proven of the candidates' adapters when the run began, as the manifest has it: the rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from pydantic import ValidationError

from reports.errors import ReportError
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import Manifest, Record

_DECIMALS = 3


class _Difference(Record):
    largest: float
    mean: float


class _PeftAgreement(Record):
    made_by: str
    difference: _Difference
    effect: _Difference
    tolerance: float


class AdapterProof(Record):
    """Log-probabilities of a few fixed replies, compared token by token; all differences in nats."""

    from_base: _Difference | None = None
    peft: _PeftAgreement | None = None
    remark: str | None = None

    @property
    def is_weak(self) -> bool:
        """Whether the adapter does less than the proof can tell from rounding."""
        return self.peft is not None and self.peft.effect.mean < self.peft.tolerance


@dataclass(frozen=True, slots=True)
class AdapterRow:
    """One adapter, every number printed; what is not known is empty."""

    candidate: str
    adapter: str
    from_base: str
    """Mean difference from the base."""
    from_base_at_most: str
    """Largest difference from the base."""
    from_peft: str
    """Mean difference from peft, and how large it may be."""
    remark: str

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `Words.adapter_heads`."""
        figures = (self.from_base, self.from_base_at_most, self.from_peft)
        return (self.candidate, self.adapter, *(figure or "–" for figure in figures), self.remark)


def adapter_rows(manifest: Manifest, words: Words) -> list[AdapterRow]:
    """A row for each candidate whose adapter was looked at.

    Raises:
        ReportError: The manifest holds something else than this version of Rejoinder writes.
    """
    proofs = {name: proof for name in manifest.candidates if (proof := proof_of(manifest, name)) is not None}
    return [_row(name, adapter_of(manifest, name), proof, words) for name, proof in proofs.items()]


def proof_of(manifest: Manifest, candidate: str) -> AdapterProof | None:
    """What was found about a candidate's adapter; None if it has none, or if nobody looked.

    Raises:
        ReportError: The manifest holds something else than this version of Rejoinder writes.
    """
    found = manifest.candidates[candidate].get("adapter_proof")
    if found is None:
        return None
    try:
        return AdapterProof.model_validate(found)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise ReportError(f"manifest.json: candidates.{candidate}.adapter_proof: {problem}") from error


def adapter_of(manifest: Manifest, candidate: str) -> str:
    """The name of a candidate's adapter; empty if it has none."""
    return PurePath((manifest.candidates[candidate].get("settings") or {}).get("adapter") or "").name


def _row(name: str, adapter: str, proof: AdapterProof, words: Words) -> AdapterRow:
    figures = Figures(words.language)
    base, peft = proof.from_base, proof.peft
    remark = proof.remark or ""
    from_peft = ""
    if peft is not None:
        difference, tolerance = (figures.value(n, _DECIMALS) for n in (peft.difference.mean, peft.tolerance))
        from_peft = words.adapter_tolerated.format(difference=difference, tolerance=tolerance)
        remark = remark or (words.adapter_weak if proof.is_weak else peft.made_by)
    return AdapterRow(
        candidate=one_line(name),
        adapter=one_line(adapter),
        from_base=figures.value(base.mean, _DECIMALS) if base is not None else "",
        from_base_at_most=figures.value(base.largest, _DECIMALS) if base is not None else "",
        from_peft=from_peft,
        remark=one_line(remark),
    )
