"""The pytest plugin: `pytest --rejoinder eval.yaml` makes a test of every rule of the spec's gate, and a fixture of the run.

Every pytest in an environment with Rejoinder imports this, so it imports nothing that takes time until it is asked to.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from harness.pytest_plugin.evaluated import EvaluatedRun

INCONCLUSIVE: Final = ("fail", "pass", "skip")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("rejoinder", "dialogue evaluation")
    group.addoption(
        "--rejoinder",
        metavar="SPEC",
        type=Path,
        help="run this spec (eval.yaml), or open this run folder; every rule of its gate becomes a test",
    )
    group.addoption(
        "--rejoinder-out", metavar="FOLDER", type=Path, help="folder of the run; a new one below runs/ if not given"
    )
    group.addoption(
        "--rejoinder-inconclusive",
        choices=INCONCLUSIVE,
        default="fail",
        help="what a rule counts as that cannot be decided yet (default: fail)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a spec that is not there before anything else is done.

    Raises:
        pytest.UsageError: It is not.
    """
    spec: Path | None = config.getoption("--rejoinder")
    if spec is not None and not spec.exists():
        raise pytest.UsageError(f"--rejoinder: there is no {spec}; name a spec or the folder of a run")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add a test for each rule, before `-k` chooses among them."""
    spec: Path | None = config.getoption("--rejoinder")
    if spec is not None:
        from harness.pytest_plugin.rule_tests import rule_tests  # noqa: PLC0415

        items.extend(rule_tests(session, spec))


@pytest.fixture(scope="session")
def rejoinder_run(request: pytest.FixtureRequest) -> EvaluatedRun:
    """The run of `--rejoinder`, made when the first test asks for it; tests are skipped where there is none."""
    if request.config.getoption("--rejoinder") is None:
        pytest.skip("needs a run: pytest --rejoinder eval.yaml")
    from harness.pytest_plugin.evaluated import run_of_session  # noqa: PLC0415

    return run_of_session(request.config)
