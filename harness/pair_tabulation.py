"""The rows of `preferences.parquet`, built from a run's records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from harness.judging.drawn_answers import DrawnTally
from harness.judging.pairing import compared
from harness.records import CompletionRecord, PairSlot, PreferenceRecord, Slot
from harness.run_folder import Manifest, RunFolder
from judges.pair_verdict import PairVerdict

_OUTCOMES = {"first": "win", "second": "loss", "tie": "tie", "inconsistent": "inconsistent"}


def preference_rows(
    folder: RunFolder,
    manifest: Manifest,
    dialogue_of: Mapping[str, str],
    completions: Mapping[Slot, int],
    drawn: MutableMapping[str, DrawnTally],
) -> Iterator[dict[str, Any]]:
    """A row for each comparison whose two replies the run has, or has failed to get; none for what is still to come.

    Args:
        folder: The run.
        manifest: Names the judges of pairs.
        dialogue_of: Case to dialogue, of the cases that were replayed.
        completions: Where in the log each reply's record is.
        drawn: By measure; the answers that were drawn for comparisons are counted there.
    """
    logged: dict[tuple[PairSlot, str], int] = {
        (record.slot, record.measure): offset for offset, record in folder.preferences.placed_records()
    }
    candidates = list(manifest.candidates)
    for measure in manifest.preferences:
        pairs = compared(measure.pairs, candidates, manifest.baseline)
        for case_id, dialogue in dialogue_of.items():
            for seed in manifest.seeds:
                for candidate, against in pairs:
                    slot = PairSlot(case_id, candidate, against, seed)
                    offsets = [completions.get(Slot(case_id, name, seed)) for name in (candidate, against)]
                    replies = [folder.completions.record_at(offset) for offset in offsets if offset is not None]
                    record_at = logged.get((slot, measure.name))
                    record = None if record_at is None else folder.preferences.record_at(record_at)
                    if record is not None:
                        drawn[measure.name].add(record.verdict)
                    if outcome := _outcome(slot, replies, record):
                        place = {**slot._asdict(), "dialogue_id": dialogue, "measure": measure.name}
                        yield place | _lengths(replies) | outcome


def _outcome(slot: PairSlot, replies: list[CompletionRecord], record: PreferenceRecord | None) -> dict[str, Any] | None:
    failed = next((reply for reply in replies if reply.status == "error"), None)
    if len(replies) < 2:
        return None
    if failed is not None:
        return {"status": "error", "reason": f"no reply of {failed.candidate}: {failed.error}"}
    return _told(slot, record.verdict) if record is not None else None


def _told(slot: PairSlot, verdict: PairVerdict) -> dict[str, Any]:
    """A verdict as seen from the candidate, whose reply was the first."""
    return {
        "status": verdict.status,
        "outcome": _OUTCOMES[verdict.outcome] if verdict.outcome else None,
        "preference": verdict.preference,
        "reason": verdict.reason_naming(slot.candidate, slot.against),
    }


def _lengths(replies: list[CompletionRecord]) -> dict[str, int | None]:
    lengths = [None if reply.text is None else len(reply.text) for reply in replies]
    return dict(zip(("length", "length_against"), lengths, strict=False))
