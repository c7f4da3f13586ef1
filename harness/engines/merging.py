"""Merging an adapter into its base: a checkpoint in a temporary folder that every engine can load.

The merge runs in a process of its own (`python -m harness.engines.merging`), so that its memory is given back.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.engines.adapters import Adapter
from harness.engines.chat_prompts import saved_template
from harness.engines.checkpoints import BESIDE_WEIGHTS, Checkpoint, first_line
from harness.engines.child_process import ChildFailed, ChildProcess, printing_aside, read_job, write_answer
from suites.dialogue import Record
from suites.userfile import InputError

MERGE_FIELD = ("engine", "options", "merge")


@dataclass(frozen=True, slots=True)
class MergedCheckpoint:
    """A merged checkpoint and the temporary folder that it lies in."""

    checkpoint: Checkpoint
    folder: tempfile.TemporaryDirectory[str]

    def remove(self) -> None:
        """Remove the folder. May be called twice; it is removed at the end of this process anyway."""
        self.folder.cleanup()


class MergeJob(Record):
    """What the process is asked."""

    base: Path
    adapter: Path
    into: Path
    safetensors: bool
    trust_remote_code: bool


def merge(base: Checkpoint, adapter: Adapter, *, trust_remote_code: bool) -> MergedCheckpoint:
    """Merge an adapter that was checked to fit its base.

    Raises:
        InputError: The base is quantised, or peft cannot merge this adapter.
    """
    if base.quantisation is not None:
        raise InputError(
            f"is quantised ({base.quantisation}), and nothing can be merged into quantised weights; merge into the base that it "
            "was made from, or leave out `merge`",
            file=base.folder,
        )
    folder = tempfile.TemporaryDirectory(prefix="rejoinder-merged-", ignore_cleanup_errors=True)
    into = Path(folder.name)
    job = MergeJob(
        base=base.folder,
        adapter=adapter.folder,
        into=into,
        safetensors=base.safetensors,
        trust_remote_code=trust_remote_code,
    )
    try:
        # On the CPU, whatever there is: the engine's device may be in use already.
        ChildProcess(__name__, job.model_dump_json(), environment={"CUDA_VISIBLE_DEVICES": ""}).answer()
        _copy_beside_weights(base.folder, adapter.folder, into, with_code=trust_remote_code)
    except (ChildFailed, OSError) as error:
        folder.cleanup()
        raise InputError(
            f"cannot be merged into {base.name} ({first_line(error)}); serve the adapter without `merge`",
            file=adapter.folder,
        ) from error
    except BaseException:
        folder.cleanup()
        raise
    merged = Checkpoint(
        into,
        name=f"{base.name}+{adapter.folder.name} (merged)",
        weight_files=tuple(sorted(into.glob("*.safetensors"))),
        merged_from=f"{base.identity}+{adapter.weight_hash()}",
    )
    return MergedCheckpoint(merged, folder)


def _copy_beside_weights(base: Path, adapter: Path, into: Path, *, with_code: bool) -> None:
    """Tokenizer, generation settings and chat template; an adapter's own template wins."""
    for pattern in (*BESIDE_WEIGHTS, *(("*.py",) if with_code else ())):
        for file in base.glob(pattern):
            if file.name != "config.json" and not file.name.endswith(".index.json"):
                shutil.copyfile(file, into / file.name)
    if (template := saved_template(adapter)) is not None:
        (into / "chat_template.jinja").write_text(template, encoding="utf-8")


def main() -> None:
    """Do the job on standard input."""
    job = MergeJob.model_validate_json(read_job())
    with printing_aside():
        _merge(job)
    write_answer(b"")


def _merge(job: MergeJob) -> None:
    import transformers  # noqa: PLC0415 - heavy
    from peft import PeftModel  # noqa: PLC0415

    base = transformers.AutoModelForCausalLM.from_pretrained(
        job.base,
        dtype="auto",
        use_safetensors=job.safetensors,
        trust_remote_code=job.trust_remote_code,
        local_files_only=True,
    )
    adapted = PeftModel.from_pretrained(base, job.adapter, is_trainable=False)
    merged = adapted.merge_and_unload(safe_merge=True)
    _untie(merged)
    # Settings that contradict each other are refused on saving, though they were good enough to load; the file is copied.
    merged.generation_config = transformers.GenerationConfig()
    merged.save_pretrained(job.into)


def _untie(model: Any) -> None:
    """Say that input and output embeddings are two, where the adapter has changed one of them that the base shares."""
    output = model.get_output_embeddings()
    if output is None or output.weight.data_ptr() == model.get_input_embeddings().weight.data_ptr():
        return
    for config in (model.config, model.config.get_text_config()):
        config.tie_word_embeddings = False


if __name__ == "__main__":
    main()
