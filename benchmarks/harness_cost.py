"""What the harness itself costs: a run with recorded replies, all metrics on, no judge, at three sizes.

Each size runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import Figure
from harness.evaluation import evaluate_spec
from suites.cases import cases_of_dialogue
from suites.loading import load_suite

SIZES = (2_000, 20_000, 200_000)
MEMORY_LIMIT_GB = 1.5
LINEAR_WITHIN = 1.3
"""CPU seconds a case at the largest size over those at the middle one; 1 is exactly linear."""


class Cost(NamedTuple):
    """What one run took."""

    seconds: float
    cpu_seconds: float
    """What the process itself used; on a machine that others use too, this is what can be compared."""
    peak_gb: float


def run() -> list[Figure]:
    """Measure all sizes."""
    costs = {size: _in_own_process(size) for size in SIZES}
    figures = []
    for size, cost in costs.items():
        figures.append(Figure(f"{size:,} cases: whole run", cost.seconds, "s"))
        figures.append(Figure(f"{size:,} cases: CPU time a case", 1000 * cost.cpu_seconds / size, "ms"))
        within = cost.peak_gb < MEMORY_LIMIT_GB
        figures.append(
            Figure(f"{size:,} cases: peak memory", cost.peak_gb, "GB", f"under {MEMORY_LIMIT_GB} GB", within)
        )
    middle, largest = SIZES[1:]
    growth = (costs[largest].cpu_seconds / largest) / (costs[middle].cpu_seconds / middle)
    figures.append(
        Figure(
            "CPU time a case, largest to middle size", growth, "", f"at most {LINEAR_WITHIN}", growth <= LINEAR_WITHIN
        )
    )
    return figures


def _in_own_process(size: int) -> Cost:
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.harness_cost", str(size)], check=True, stdout=subprocess.PIPE, text=True
    )
    return Cost(*json.loads(answer.stdout.splitlines()[-1]))


def measure(size: int) -> Cost:
    """Run `size` cases in this process."""
    with tempfile.TemporaryDirectory() as folder:
        spec = write_run_files(Path(folder), size)
        began, cpu_began = time.perf_counter(), time.process_time()
        evaluate_spec(spec, out=Path(folder) / "run")
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    return Cost(seconds, cpu_seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)


def write_run_files(folder: Path, size: int, *, numbered: bool = False) -> Path:
    """A suite of `size` cases, replies to them and a spec. The built-in coffee dialogues are repeated under new ids; the
    reply to a case is a reference of its neighbour, so that it is like and unlike; with a number, no reply comes twice."""
    suite = load_suite("coffee_orders")
    dialogues = list(suite.dialogues())
    header = suite.header.model_copy(update={"name": "repeated", "train": None})
    (folder / "suite.json.yaml").write_text(header.model_dump_json(by_alias=True, exclude_none=True))
    with (folder / "held_out.jsonl").open("w") as lines, (folder / "replies.jsonl").open("w") as replies:
        written = 0
        for round_number in range(size):
            for dialogue in dialogues:
                copy = dialogue.model_copy(update={"id": f"{dialogue.id}-{round_number}"})
                cases = list(cases_of_dialogue(copy, header))
                if written + len(cases) > size:
                    break
                lines.write(copy.model_dump_json(exclude_defaults=True) + "\n")
                for case, other in zip(cases, [*cases[1:], cases[0]], strict=True):
                    written += 1
                    reply = f"{other.references[0]} Your number is {written}." if numbered else other.references[0]
                    replies.write(json.dumps({"case_id": case.id, "reply": reply}) + "\n")
            else:
                continue
            break
    spec = folder / "eval.yaml"
    spec.write_text("suite: suite.json.yaml\nengine: {kind: recorded, options: {replies: replies.jsonl}}\n")
    return spec


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
