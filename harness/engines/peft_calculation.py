"""The process that `harness.engines.peft_reference` starts: base and adapters with transformers and peft, on the CPU.

It reads a job from its standard input and prints the answer. Answers are kept in the user's cache, so that a second run with
the same base and adapters loads nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from harness.engines.adapters import Adapter, read_adapter
from harness.engines.checkpoints import Checkpoint, find_checkpoint, first_line
from harness.engines.child_process import printing_aside, read_job, write_answer
from harness.engines.engine import EngineError
from harness.engines.local_options import LocalOptions, NumberType, TransformersOptions
from harness.engines.peft_reference import ANSWER, AdapterReference, Logprobs, PeftReferences, ReferenceJob
from harness.engines.proof_prompts import PROOF_PROMPTS
from harness.engines.weight_files import fingerprint
from harness.records import digest
from harness.user_cache import user_cache
from suites.userfile import InputError, read_text

if TYPE_CHECKING:
    from harness.engines.chat_prompts import ChatPrompts
    from harness.engines.torch_model import TorchModel

MEMORY_SHARE = 0.5
"""Part of the free memory that the base may take: the engine needs the rest."""


class NoReference(Exception):
    """Why there is none, fit for a report."""


def main() -> None:
    """Answer the job on standard input."""
    job = ReferenceJob.model_validate_json(read_job())
    if hasattr(os, "nice"):
        os.nice(5)  # the engine that starts meanwhile comes first
    with printing_aside():
        answer = answer_to(job)
    write_answer(ANSWER.dump_json(dict(answer)))


def answer_to(job: ReferenceJob) -> PeftReferences:
    """The reference of each adapter, or why it has none."""
    try:
        checkpoint = find_checkpoint(job.options)
        number_type = _number_type(checkpoint)
        adapters = [read_adapter(folder) for folder in job.adapters]
        files = {adapter.folder: _cache_file(job.options, checkpoint, adapter, number_type) for adapter in adapters}
        found = {folder: reference for folder, file in files.items() if (reference := _read(file)) is not None}
        lacking = [adapter for adapter in adapters if adapter.folder not in found]
        if lacking:
            options = TransformersOptions.model_validate(dict(job.options) | {"dtype": number_type})
            for folder, reference in _calculate(options, checkpoint, lacking).items():
                found[folder] = reference
                _keep(files[folder], reference)
    except (NoReference, InputError, EngineError) as error:
        return dict.fromkeys(job.adapters, str(error))
    return found


def _number_type(checkpoint: Checkpoint) -> NumberType:
    """float32 if that fits into memory, else the type of the weights.

    Raises:
        NoReference: The base is quantised, or too large.
    """
    import psutil  # noqa: PLC0415 - comes with peft

    if checkpoint.quantisation is not None:
        raise NoReference(f"the base is quantised ({checkpoint.quantisation}), and peft would calculate otherwise")
    size = sum(file.stat().st_size for file in checkpoint.weight_files)
    in_float32 = size if checkpoint.number_type == "float32" else 2 * size
    free = psutil.virtual_memory().available
    if in_float32 <= MEMORY_SHARE * free:
        return "float32"
    if size <= MEMORY_SHARE * free:
        return "auto"
    raise NoReference(
        f"the base's weights take {size / 1e9:.1f} GB, more than {MEMORY_SHARE:.0%} of the {free / 1e9:.1f} GB of main "
        "memory that are free"
    )


def _cache_file(options: LocalOptions, checkpoint: Checkpoint, adapter: Adapter, number_type: NumberType) -> Path:
    """Where the reference is kept: named by all that decides it."""
    beside = [adapter.folder / name for name in ("chat_template.jinja", "tokenizer_config.json")]
    beside += [checkpoint.folder / file.name for file in beside]
    key = digest(
        checkpoint.identity,
        adapter.weight_hash(),
        [fingerprint([file]) if file.is_file() else None for file in beside],
        read_text(options.chat_template) if options.chat_template is not None else None,
        {name: str(value) for name, value in options.chat_template_kwargs.items()},
        [(list(prompt.messages), prompt.reply) for prompt in PROOF_PROMPTS],
        number_type,
        [version(library) for library in ("torch", "transformers", "peft")],
    )
    return user_cache() / "peft-references" / f"{key}.json"


def _read(file: Path) -> AdapterReference | None:
    try:
        return AdapterReference.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _keep(file: Path, reference: AdapterReference) -> None:
    with contextlib.suppress(OSError):  # then it is calculated again
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.write_text(reference.model_dump_json(), encoding="utf-8")
        unfinished.replace(file)


def _calculate(
    options: TransformersOptions, checkpoint: Checkpoint, adapters: Sequence[Adapter]
) -> dict[Path, AdapterReference]:
    from harness.engines.chat_prompts import chat_prompts, load_tokenizer  # noqa: PLC0415
    from harness.engines.torch_model import load_model  # noqa: PLC0415 - imports torch

    tokenizer = load_tokenizer(checkpoint, options)
    model = load_model(checkpoint, options, adapters)
    made_by = f"peft {version('peft')}, {model.precision} on the CPU"
    references = {}
    plain: dict[str, Logprobs] = {}  # by chat template: most adapters have that of the base
    for adapter in adapters:
        prompts = chat_prompts(tokenizer, checkpoint, options, adapter.folder)
        template = prompts.template_hash
        if template not in plain:
            plain[template] = _logprobs(model, prompts, None)
        adapted = _logprobs(model, prompts, adapter.folder)
        references[adapter.folder] = AdapterReference(made_by=made_by, adapted=adapted, plain=plain[template])
    return references


def _logprobs(model: TorchModel, prompts: ChatPrompts, adapter: Path | None) -> Logprobs:
    """Log-probabilities of each proof prompt's reply; the sums are made in float32, whatever the weights are."""
    try:
        with model.serving(adapter) as served:
            return tuple(
                _reply_logprobs(served, prompts.prompt(prompt.messages), prompts.reply(prompt.reply))
                for prompt in PROOF_PROMPTS
            )
    except (RuntimeError, MemoryError) as error:  # what torch raises
        raise NoReference(f"peft failed on the proof's prompts ({first_line(error)})") from error


def _reply_logprobs(model: Any, prompt: Sequence[int], reply: Sequence[int]) -> tuple[float, ...]:
    import torch  # noqa: PLC0415 - loaded by now

    tokens = torch.tensor([[*prompt, *reply]], device=model.device)
    logits = model(input_ids=tokens).logits[0, len(prompt) - 1 : -1].float()
    return tuple(logits.log_softmax(-1)[range(len(reply)), reply].tolist())


if __name__ == "__main__":
    main()
