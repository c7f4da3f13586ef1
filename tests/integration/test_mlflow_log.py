"""Runs in a real MLflow with its SQLite store: what it shows of a run, and that a run is logged once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from report_coffee_run import coffee_run

from harness.publishing.mlflow_log import log_run
from reports.errors import ReportError
from reports.estimates import ComparisonFile
from reports.reporting import write_reports
from suites.userfile import InputError

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = coffee_run(tmp_path_factory.mktemp("runs") / "run", 20)
    write_reports(folder)
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("mlflow", reason="MLflow is not installed: pip install 'rejoinder[mlflow]'")
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"


@pytest.fixture(scope="module")
def client(store: str, run: Path, tmp_path_factory: pytest.TempPathFactory) -> MlflowClient:
    """A client of the store, into which the run was logged twice."""
    from mlflow.tracking import MlflowClient

    client = MlflowClient(store)
    client.create_experiment("coffee_orders", artifact_location=tmp_path_factory.mktemp("artifacts").as_uri())
    assert [log_run(run, store).was_there for _ in range(2)] == [False, True]
    return client


def runs_of(client: MlflowClient) -> dict[str, Any]:
    """By name."""
    experiment = client.get_experiment_by_name("coffee_orders")
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id])
    assert len({one.info.run_name for one in found}) == len(found), "a run is logged once"
    return {one.info.run_name: one for one in found}


def test_each_candidate_is_a_run_below_the_whole(client: MlflowClient) -> None:
    found = runs_of(client)
    assert set(found) == {"2026-11-21T22-04-coffee", "base", "order_taker", "june"}
    whole = found.pop("2026-11-21T22-04-coffee")
    assert {one.data.tags["mlflow.parentRunId"] for one in found.values()} == {whole.info.run_id}
    assert {one.info.status for one in found.values()} == {"FINISHED"}


def test_the_metrics_are_the_means_of_the_comparison(client: MlflowClient, run: Path) -> None:
    found = runs_of(client)
    comparison = ComparisonFile.model_validate_json((run / "comparison.json").read_bytes())
    for mean in comparison.means:
        metrics = found[mean.candidate].data.metrics
        assert metrics.get(mean.measure) == mean.mean
        assert mean.interval is None or metrics[f"{mean.measure}.low"] == mean.interval.low
    for difference in comparison.differences:
        metrics = found[difference.candidate].data.metrics
        assert metrics[f"{difference.measure}.difference"] == difference.difference
        assert metrics[f"{difference.measure}.p"] == difference.p_value
        assert metrics[f"{difference.measure}.p_corrected"] == difference.p_corrected
        params = found[difference.candidate].data.params
        assert (params["p.correction"], params["p_corrected.correction"]) == ("none", "benjamini-hochberg")
    assert "p.correction" not in found["base"].data.params


def test_settings_and_reports_are_kept_with_the_whole(client: MlflowClient, run: Path) -> None:
    whole = runs_of(client)["2026-11-21T22-04-coffee"]
    assert whole.data.params["suite"] == "coffee_orders"
    assert whole.data.params["baseline"] == "base"
    artifacts = {file.path for file in client.list_artifacts(whole.info.run_id)}
    assert {"report.html", "report.md", "comparison.json", "junit.xml", "manifest.json"} <= artifacts
    local = client.download_artifacts(whole.info.run_id, "report.html")
    assert Path(local).read_bytes() == (run / "report.html").read_bytes()


@pytest.mark.parametrize("uri", ["sqlite:////dev/null/mlflow.db", "nonsense://x", "file:/no/store"])
def test_a_store_that_refuses_is_one_sentence(store: str, run: Path, uri: str) -> None:
    with pytest.raises(InputError, match=r"^MLflow at .* refuses: [^\n]+$"):
        log_run(run, uri)


def test_a_password_in_the_address_is_not_printed(store: str, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(InputError) as refused:
        log_run(run, "http://me:secret@127.0.0.1:9")
    assert "secret" not in str(refused.value)


def test_without_reports_nothing_is_logged(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"comparison\.json: is missing"):
        log_run(coffee_run(tmp_path, 5), f"sqlite:///{tmp_path}/mlflow.db")
    assert not (tmp_path / "mlflow.db").exists()


def test_without_mlflow_it_says_how_to_get_it(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mlflow", "mlflow.tracking"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"pip install 'rejoinder\[mlflow\]'"):
        log_run(run, "sqlite:///mlflow.db")
