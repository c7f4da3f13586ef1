"""What a local engine serves: a base checkpoint and its candidates, checked and identified before weights are loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.engines.adapters import Adapter, check_fits, read_adapter
from harness.engines.chat_prompts import ChatPrompts, chat_prompts, load_tokenizer, saved_template
from harness.engines.checkpoints import Checkpoint, find_checkpoint, module_shapes
from harness.engines.engine import Candidate, ModelIdentity, Request
from harness.engines.local_options import LocalOptions
from harness.engines.merging import MergedCheckpoint, merge
from harness.engines.weight_files import text_hash
from reports.persona.roles import OWN_TEMPLATE
from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class LocalCandidate:
    """A candidate that is ready to be served."""

    prompts: ChatPrompts
    adapter: Adapter | None
    adapter_hash: str | None

    @property
    def adapter_folder(self) -> Path | None:
        """Folder of the adapter, if there is one."""
        return self.adapter.folder if self.adapter is not None else None


@dataclass(frozen=True, slots=True)
class LocalCandidates:
    """A base and all candidates on it."""

    checkpoint: Checkpoint
    tokenizer: Any
    by_name: Mapping[str, LocalCandidate]
    merged: MergedCheckpoint | None = None
    """The base, where it was merged for this engine alone."""

    def discard(self) -> None:
        """Remove what was made for this engine alone. May be called twice."""
        if self.merged is not None:
            self.merged.remove()

    @property
    def adapters(self) -> list[Adapter]:
        """The adapters, each once, however many candidates use it."""
        return list({c.adapter.folder: c.adapter for c in self.by_name.values() if c.adapter is not None}.values())

    def special_tokens(self) -> frozenset[str]:
        """The texts that the tokenizer takes for one token with a meaning of its own."""
        added = self.tokenizer.added_tokens_decoder.values()
        return frozenset([*(str(token) for token in added if token.special), *self.tokenizer.all_special_tokens])

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
            repeats="up_to_rounding",  # sums round differently with what else is in a batch
        )

    def with_own_template(self, candidate: str) -> str | None:
        """The name of the same candidate with the template that lies beside its adapter, where it is served with another."""
        own = OWN_TEMPLATE.format(candidate=candidate)
        return own if own in self.by_name else None


def find_candidates(options: LocalOptions, candidates: Mapping[str, Candidate]) -> LocalCandidates:
    """Find the base and the adapters on disk and check that they belong together; merge what is to be merged.

    Raises:
        InputError: The base or an adapter is missing or does not fit, cannot be merged, or there is no chat template.
    """
    checkpoint, adapter = _checked_base(options)
    if adapter is None:
        return _candidates_on(checkpoint, options, candidates)
    merged = merge(checkpoint, adapter, trust_remote_code=options.trust_remote_code)
    try:
        return replace(_candidates_on(merged.checkpoint, options, candidates), merged=merged)
    except BaseException:
        merged.remove()
        raise


def check_candidates(options: LocalOptions, candidates: Mapping[str, Candidate]) -> Sequence[Adapter]:
    """The adapters of the candidates, all checked as `find_candidates` does it, with nothing merged.

    Raises:
        InputError: As there.
    """
    checkpoint, _ = _checked_base(options)
    return _candidates_on(checkpoint, options, candidates).adapters


def _checked_base(options: LocalOptions) -> tuple[Checkpoint, Adapter | None]:
    """The base, and the adapter that is to be merged into it, if there is one."""
    checkpoint = find_checkpoint(options)
    if options.merge is None:
        return checkpoint, None
    adapter = read_adapter(options.merge.expanduser().resolve())
    check_fits(adapter, module_shapes(checkpoint, trust_remote_code=options.trust_remote_code))
    return checkpoint, adapter


def _candidates_on(
    checkpoint: Checkpoint, options: LocalOptions, candidates: Mapping[str, Candidate]
) -> LocalCandidates:
    folders = {name: c.adapter and c.adapter.expanduser().resolve() for name, c in candidates.items()}
    adapters = {folder: read_adapter(folder) for folder in folders.values() if folder is not None}
    tokenizer = load_tokenizer(checkpoint, options)
    if adapters:
        modules = module_shapes(checkpoint, trust_remote_code=options.trust_remote_code)
        for adapter in adapters.values():
            check_fits(adapter, modules)
    by_folder: dict[Path | None, LocalCandidate] = {}
    for folder in set(folders.values()):
        prompts = chat_prompts(tokenizer, checkpoint, options, folder)
        served = adapters[folder] if folder is not None else None
        by_folder[folder] = LocalCandidate(prompts, served, served.weight_hash() if served is not None else None)
    by_name = {name: by_folder[folder] for name, folder in folders.items()}
    for name, candidate in list(by_name.items()):
        if (own := _own_prompts(candidate, tokenizer, checkpoint, options)) is not None:
            by_name[OWN_TEMPLATE.format(candidate=name)] = replace(candidate, prompts=own)
    return LocalCandidates(checkpoint, tokenizer, by_name)


def _own_prompts(
    served: LocalCandidate, tokenizer: Any, checkpoint: Checkpoint, options: LocalOptions
) -> ChatPrompts | None:
    """Prompts with the template that lies beside an adapter; None where there is none, or it is the one that is used."""
    folder = served.adapter_folder
    if options.chat_template is None or folder is None or saved_template(folder) is None:
        return None
    try:
        own = chat_prompts(tokenizer, checkpoint, options.model_copy(update={"chat_template": None}), folder)
    except InputError:
        return None  # it may be the reason why another one is used
    return None if own.template_hash == served.prompts.template_hash else own


def drawing_seed(request: Request) -> int:
    """The seed that a reply's tokens are drawn with: another one for each case, the same one for all candidates.

    With the bare seed of the request all cases would be drawn with the same random numbers, and their replies would err
    together; that candidates share them makes their comparison sharper (common random numbers).
    """
    return int(text_hash(f"{request.seed}\0{request.case_id}"), 16) >> 1  # 63 bits: both engines take signed seeds
