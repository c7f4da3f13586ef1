"""peft's own log-probabilities of the proof prompts, calculated in a process of their own while the engine starts.

Here is what is asked and answered, and starting and ending that process; the calculation is in
`harness.engines.peft_calculation`. Nothing heavy is imported here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import TypeAdapter

from harness.engines.child_process import ChildFailed, ChildProcess
from harness.engines.local_options import LocalOptions
from suites.dialogue import Record

LONGEST_WAIT_S = 300.0
"""How long the engine waits for peft once it is ready itself. A large base on few cores takes longer."""

Logprobs = tuple[tuple[float, ...], ...]
"""Log-probabilities of a reply's tokens, a tuple for each of the proof prompts."""


class AdapterReference(Record):
    """What peft says about one adapter, asked with the adapter's chat template."""

    made_by: str
    """Versions, number type and device: "peft 0.21.2, float32 on the CPU"."""
    adapted: Logprobs
    """With the adapter."""
    plain: Logprobs
    """The base without it."""


PeftReferences = Mapping[Path, AdapterReference | str]
"""By the adapter's folder; a text says why there is no reference."""


class ReferenceJob(Record):
    """What the process is asked."""

    options: LocalOptions
    adapters: tuple[Path, ...]
    """Folders."""


ANSWER: TypeAdapter[dict[Path, AdapterReference | str]] = TypeAdapter(dict[Path, AdapterReference | str])


class PeftReference:
    """A calculation under way."""

    def __init__(self, options: LocalOptions, adapters: Iterable[Path]) -> None:
        """Prepare it; nothing runs yet.

        Args:
            options: The base. What only an engine needs to know is left out, merging too: the reference is what any engine
                has to reach.
            adapters: Folders of its adapters.
        """
        base = {name: getattr(options, name) for name in LocalOptions.model_fields if name != "merge"}
        self._job = ReferenceJob(options=LocalOptions(**base), adapters=tuple(dict.fromkeys(adapters)))
        self._process: ChildProcess | None = None

    def start(self) -> None:
        """Start the process, unless there is nothing to calculate."""
        if self._job.adapters:
            # The GPU's memory is the engine's.
            module, job = "harness.engines.peft_calculation", self._job.model_dump_json()
            self._process = ChildProcess(module, job, environment={"CUDA_VISIBLE_DEVICES": ""})

    async def result(self) -> PeftReferences:
        """Wait for the answer. Whatever goes wrong is the reason that an adapter has instead of a reference."""
        if self._process is None:
            return {}
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                return ANSWER.validate_json(await asyncio.to_thread(self._process.answer))
        except ChildFailed as error:
            reason = f"peft's own log-probabilities could not be calculated ({error})"
        except TimeoutError:
            self.close()
            reason = f"peft did not get ready in {LONGEST_WAIT_S:.0f} seconds more than the engine took"
        return dict.fromkeys(self._job.adapters, reason)

    def close(self) -> None:
        """End the process if it still runs. May be called twice."""
        if self._process is not None:
            self._process.kill()
            self._process = None
