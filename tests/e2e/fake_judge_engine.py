"""An engine for judges whose verdicts are known beforehand. Comes in as a plugin: see `install_fake_judges`."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.engines.engine import Candidate, ChatMessages, Completion, ModelIdentity, Request, TokenLogprobs

KIND = "fake_judges"


def install_fake_judges(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the engine known to every process that is started from here, as if it were installed."""
    information = folder / "fake_judges-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-judges\nVersion: 1\n")
    (information / "entry_points.txt").write_text(f"[rejoinder.engines]\n{KIND} = {__name__}:FakeJudges\n")
    paths = [str(folder), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


class FakeJudges:
    """Compares by the rule in its options, and passes single replies that are as long as its judge demands."""

    concurrency = 4
    replicas = 1

    def __init__(self, options: Mapping[str, Any], candidates: Mapping[str, Candidate]) -> None:
        self._rule = options.get("rule", "length")
        self._demands: Mapping[str, int] = options.get("demands", {})
        self._log = options.get("log")

    async def check(self) -> None: ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def identity(self, candidate: str) -> ModelIdentity:
        return ModelIdentity(name=candidate, base=f"fake {candidate}", engine="fake_judges 1")

    async def complete(self, request: Request) -> Completion:
        return Completion(text=f"Verdict: {self._answer(request.candidate, request.messages)}", finish_reason="stop")

    async def score(
        self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
    ) -> TokenLogprobs:
        raise NotImplementedError

    async def label_logprobs(self, candidate: str, messages: ChatMessages, labels: Sequence[str]) -> tuple[float, ...]:
        answer = self._answer(candidate, messages)
        return tuple(math.log(0.9 if label == answer else 0.01) for label in labels)

    def _answer(self, judge: str, messages: ChatMessages) -> str:
        prompt = messages[-1]["content"]
        if self._log:
            with Path(self._log).open("a", encoding="utf-8") as log:
                log.write(json.dumps({"judge": judge, "prompt": prompt}) + "\n")
        single = _shown("reply", prompt)
        if single is not None:
            return "yes" if len(single) >= self._demands.get(judge, 0) else "no"
        first, second = _shown("reply_1", prompt) or "", _shown("reply_2", prompt) or ""
        if self._rule == "first place":
            return "1"
        return "1" if len(first) > len(second) else "2" if len(first) < len(second) else "0"


def _shown(tag: str, prompt: str) -> str | None:
    found = re.search(rf"<{tag}(?:[^\w>][^>]*)?>(.*?)</{tag}\b", prompt, re.DOTALL)
    return found[1].strip() if found else None
