"""`python -m benchmarks list` names every figure of the project; `python -m benchmarks NAME` measures one."""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.results_page import record
from harness.environment import gpu_names, hardware

BENCHMARKS = {
    "blind-test": ("benchmarks.blind_test", "the blind test's intervals and test against chance, simulated"),
    "comparison": ("benchmarks.comparison", "a comparison with all its statistics: time"),
    "corrected-means": (
        "benchmarks.corrected_means",
        "how often intervals of judged means, corrected by people's labels, hold the truth",
    ),
    "dialogue-acts": ("benchmarks.dialogue_acts", "the rule-based dialogue act classifier against gold acts"),
    "engine-agreement": ("benchmarks.engine_agreement", "whether the engines answer alike, and each like itself"),
    "gate-errors": (
        "benchmarks.gate_errors",
        "wrong blocks, wrong passes and missed regressions of the gate over a policy of 8 rules, simulated",
    ),
    "gate-rivals": ("benchmarks.gate_rivals", "the gate beside statgate and evalsig on the same simulated runs"),
    "harness-cost": ("benchmarks.harness_cost", "what the harness itself costs: seconds and memory without a model"),
    "interval-coverage": ("benchmarks.interval_coverage", "how often 95 % intervals hold the true mean, simulated"),
    "memory": ("benchmarks.memory", "memory of the harness process beside the engine's"),
    "metrics": (
        "benchmarks.metrics",
        "reference metrics against the libraries that define them: time and equal values",
    ),
    "judge-attack": (
        "benchmarks.judge_attack",
        "what attacks in replies do to a judge, by defence, and whether they are detected",
    ),
    "judge-agreement": (
        "benchmarks.judge_agreement",
        "how far metrics and judges agree with people on four public sets, and people among themselves",
    ),
    "judge-readouts": (
        "benchmarks.judge_readouts",
        "what verdicts cost, by readout, and beside generation or after it",
    ),
    "persona": (
        "benchmarks.persona",
        "adapters trained on persons: perplexity matrix, gains and whose their replies are taken for",
    ),
    "persona-chats": ("benchmarks.public_chats", "the same on public chats, whose two sides stand for two persons"),
    "sequential-gate": (
        "benchmarks.sequential_gate",
        "how often a gate errs that looks while a run goes on, and how much of the run clear cases take, simulated",
    ),
    "report-scale": ("benchmarks.report_scale", "reports of large runs: time, memory, size, and the answers of `view`"),
    "vllm-adapters": (
        "benchmarks.vllm_adapters",
        "three candidates in one run against three runs of lm-evaluation-harness",
    ),
    "vllm-overhead": (
        "benchmarks.vllm_overhead",
        "what the harness costs on top of vLLM: tokens a second, first request",
    ),
}
"""Name on the command line, the module with a `run() -> list[Figure]`, and what it measures."""


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=["list", *BENCHMARKS], metavar="NAME", help="a benchmark, or `list`")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
    parser.add_argument(
        "--record",
        action="store_true",
        help="write the figures into benchmarks/RESULTS.md, or RESULTS-GPU.md with a GPU",
    )
    arguments = parser.parse_args()
    if arguments.name == "list":
        for name, (_, what) in BENCHMARKS.items():
            print(f"{name:<16} {what}")
        return
    module, what = BENCHMARKS[arguments.name]
    figures: Sequence[Figure] = importlib.import_module(module).run()
    if arguments.as_json:
        rows = [asdict(figure) for figure in figures]
        print(
            json.dumps({"name": arguments.name, "machine": hardware(), "figures": rows}, ensure_ascii=False, indent=1)
        )
    else:
        _print_table(figures)
    if arguments.record:
        page = "RESULTS-GPU.md" if gpu_names() else "RESULTS.md"
        record(Path(__file__).with_name(page), arguments.name, what, figures)


def _print_table(figures: Sequence[Figure]) -> None:
    width = max(len(figure.what) for figure in figures)
    for figure in figures:
        verdict = {True: "reached", False: "MISSED", None: ""}[figure.reached]
        target = f"target: {figure.target}" if figure.target else ""
        print(f"{figure.what:<{width}}  {figure.value:>10.4g} {figure.unit:<8} {target:<28} {verdict}".rstrip())


if __name__ == "__main__":
    main()
