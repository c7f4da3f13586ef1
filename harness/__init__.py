"""Rejoinder: replay held-out dialogues through chat models, score and judge the replies, compare, and gate releases.

The Python API:

    from harness import evaluate_spec, load_run

    run = evaluate_spec("eval.yaml")       # everything that `rejoinder run` does
    run.results                            # a pandas DataFrame: one row a case, candidate, seed and measure
    earlier = load_run("runs/2026-11-21T22-04-coffee_orders")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.evaluation import Run, RunIncomplete, evaluate_spec, load_run

__all__ = ["Run", "RunIncomplete", "evaluate_spec", "load_run"]


def __getattr__(name: str) -> Any:
    """Import the API when it is used: `import harness` alone must stay quick, since every command does it."""
    if name in __all__:
        from harness import evaluation  # noqa: PLC0415

        return getattr(evaluation, name)
    raise AttributeError(f"module 'harness' has no attribute '{name}'")
