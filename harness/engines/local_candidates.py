"""What a local engine serves: one base checkpoint and its candidates, each checked and identified before weights are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.engines.adapters import Adapter, check_fits, read_adapter
from harness.engines.chat_prompts import ChatPrompts, chat_prompts, load_tokenizer
from harness.engines.checkpoints import Checkpoint, find_checkpoint, module_shapes
from harness.engines.engine import Candidate, ModelIdentity, Request
from harness.engines.local_options import LocalOptions
from harness.engines.weight_files import text_hash


@dataclass(frozen=True, slots=True)
class LocalCandidate:
    """A candidate that is ready to be served."""

    prompts: ChatPrompts
    adapter: Adapter | None
    adapter_hash: str | None


@dataclass(frozen=True, slots=True)
class LocalCandidates:
    """A base and all candidates on it."""

    checkpoint: Checkpoint
    tokenizer: Any
    by_name: Mapping[str, LocalCandidate]

    @property
    def adapters(self) -> list[Adapter]:
        """The adapters, each once, however many candidates use it."""
        return list({c.adapter.folder: c.adapter for c in self.by_name.values() if c.adapter is not None}.values())

    def identity(self, candidate: str, *, precision: str, engine: str) -> ModelIdentity:
        """Who answers for `candidate`.

        Args:
            candidate: Its name.
            precision: Number type of the weights.
            engine: Kind and version of the engine.
        """
        local = self.by_name[candidate]
        name = self.checkpoint.name
        if local.adapter is not None:
            name += f"+{local.adapter.folder.name}"
        return ModelIdentity(
            name=name,
            base=self.checkpoint.identity,
            adapter=local.adapter_hash,
            chat_template=local.prompts.template_hash,
            precision=" ".join(filter(None, (precision, self.checkpoint.quantisation))),
            engine=engine,
        )


def find_candidates(options: LocalOptions, candidates: Mapping[str, Candidate]) -> LocalCandidates:
    """Find the base and the adapters on disk and check that they belong together.

    Raises:
        InputError: The base or an adapter is missing or does not fit, or there is no chat template.
    """
    checkpoint = find_checkpoint(options)
    folders = {c.adapter.expanduser().resolve() for c in candidates.values() if c.adapter is not None}
    adapters = {folder: read_adapter(folder) for folder in sorted(folders)}
    tokenizer = load_tokenizer(checkpoint, options)
    if adapters:
        modules = module_shapes(checkpoint, trust_remote_code=options.trust_remote_code)
        for adapter in adapters.values():
            check_fits(adapter, modules)
    hashes = {folder: adapter.weight_hash() for folder, adapter in adapters.items()}
    prompts: dict[Path | None, ChatPrompts] = {
        folder: chat_prompts(tokenizer, checkpoint, options, folder) for folder in (None, *adapters)
    }
    by_name = {}
    for name, candidate in candidates.items():
        folder = candidate.adapter.expanduser().resolve() if candidate.adapter is not None else None
        adapter = adapters[folder] if folder is not None else None
        by_name[name] = LocalCandidate(prompts[folder], adapter, hashes.get(folder) if folder is not None else None)
    return LocalCandidates(checkpoint, tokenizer, by_name)


def drawing_seed(request: Request) -> int:
    """The seed that a reply's tokens are drawn with: another one for each case, the same one for all candidates.

    With the bare seed of the request all cases would be drawn with the same random numbers, and their replies would err
    together; that candidates share them makes their comparison sharper (common random numbers).
    """
    return int(text_hash(f"{request.seed}\0{request.case_id}"), 16) >> 1  # 63 bits: both engines take signed seeds
