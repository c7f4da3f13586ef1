"""What a reader may expect of the same run made again: a sentence, from what the manifest says of the engines."""

from __future__ import annotations

from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import Manifest


def repeatability(manifest: Manifest, words: Words) -> list[str]:
    """One sentence for all candidates, or one for each group that differs; none where the manifest does not say."""
    candidates_by_sentence: dict[str, list[str]] = {}
    for name, candidate in manifest.candidates.items():
        identity = candidate.get("identity") or {}
        sentence = words.repeats.get(identity.get("repeats") or "")
        if sentence is not None:
            precision = one_line(identity.get("precision") or "?")
            candidates_by_sentence.setdefault(sentence.format(precision=precision), []).append(one_line(name))
    if len(candidates_by_sentence) < 2:
        return list(candidates_by_sentence)
    return [f"{', '.join(names)}: {sentence}" for sentence, names in candidates_by_sentence.items()]
