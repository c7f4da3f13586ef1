"""The processes of an engine and the watch over it, with other processes in vLLM's place: vLLM itself is not needed."""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from harness.engines.stall_watch import StallWatch
from harness.engines.vllm_children import ChildProcesses

psutil = pytest.importorskip("psutil")
spawning = multiprocessing.get_context("spawn")

FAILS = (
    "import sys; print('loading'); sys.stderr.write('(Core pid=7) ERROR 11-21 vllm.errors.CacheError: too small\\n');"
    "sys.stderr.write('RuntimeError: Engine core initialization failed. See root cause above.\\n')"
)
SLEEPS = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"


@pytest.fixture
def children() -> Iterator[ChildProcesses]:
    children = ChildProcesses()
    yield children
    children.kill()
    children.discard_output()


def run_python(code: str) -> None:
    """Has to be at the top of the module: the spawned process imports it."""
    exec(code)


def spawned(code: str) -> multiprocessing.process.BaseProcess:
    process = spawning.Process(target=run_python, args=(code,))
    process.start()
    return process


def wait_until(what: str, condition: object, limit_s: float = 10) -> None:
    assert callable(condition)
    limit = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.05)


def test_what_they_print_is_kept_off_the_terminal(children: ChildProcesses, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InterruptedError), children.starting(visible=False):
        spawned(FAILS).join()
        print("still here")
        raise InterruptedError
    spawned("print('a later process')").join()
    assert children.cause() == "CacheError: too small"
    printed = capfd.readouterr()
    assert "still here" in printed.out
    assert "a later process" in printed.out
    assert "loading" not in printed.out
    assert "Error" not in printed.err
    children.discard_output()
    assert children.cause() is None


DIES = "import sys; sys.stderr.write('Worker proc W-0 died unexpectedly, so\\nRuntimeError: cancelled\\n')"


@pytest.mark.parametrize(
    ("printed", "cause"),
    [
        (DIES, "Worker proc W-0 died unexpectedly"),
        (FAILS + ";" + DIES, "CacheError: too small"),
    ],
)
def test_what_follows_from_a_failure_is_not_its_cause(children: ChildProcesses, printed: str, cause: str) -> None:
    with pytest.raises(InterruptedError), children.starting(visible=False):
        spawned(printed).join()
        raise InterruptedError
    assert children.cause() == cause


def test_what_a_successful_start_printed_is_not_why_it_failed_later(children: ChildProcesses) -> None:
    later = "import time; print('ImportError: no harm', flush=True); time.sleep(1.5); print('OSError: full')"
    with children.starting(visible=False):
        process = spawned(later)
        time.sleep(1)
    assert children.cause() is None
    process.join()
    assert children.cause() == "OSError: full"


def test_they_print_where_the_user_wants_to_see_it(children: ChildProcesses, capfd: pytest.CaptureFixture[str]) -> None:
    with children.starting(visible=True):
        spawned(FAILS).join()
    assert children.cause() is None
    assert "CacheError" in capfd.readouterr().err


def test_streams_that_are_exchanged_meanwhile_stay_as_they_are(children: ChildProcesses) -> None:
    """As test runners and progress bars do it, in another thread than the one that starts the engine."""
    before = sys.stdout
    with redirect_stdout(io.StringIO()) as other:
        starting = children.starting(visible=False)
        starting.__enter__()
    assert sys.stdout is before
    other.close()
    starting.__exit__(None, None, None)
    assert sys.stdout is before
    print("not into a closed file")


def test_all_are_killed_even_when_stopped(children: ChildProcesses) -> None:
    with children.starting(visible=False):
        process = spawned(SLEEPS)
        assert process.pid is not None
        wait_until("no grandchild", lambda: psutil.Process(process.pid).children())
    (grandchild,) = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGSTOP)
    os.kill(grandchild.pid, signal.SIGSTOP)
    children.kill()
    assert not process.is_alive()
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_their_files_are_removed() -> None:
    def folders() -> set[Path]:
        return {*Path(tempfile.gettempdir()).glob(f"rejoinder-vllm-{os.getpid()}-*")}

    others, children = folders(), ChildProcesses()
    with children.starting(visible=False):
        spawned(
            "import os, socket; socket.socket(socket.AF_UNIX).bind(os.environ['VLLM_RPC_BASE_PATH'] + '/one')"
        ).join()
    (folder,) = folders() - others
    assert {file.name for file in folder.iterdir()} == {"one", "output.log"}
    children.kill()
    children.discard_output()
    assert not folder.exists()


def test_a_grandchild_is_killed_after_its_parent_has_ended(children: ChildProcesses) -> None:
    with children.starting(visible=False):
        process = spawned(SLEEPS)
        assert process.pid is not None
        wait_until("no grandchild", lambda: psutil.Process(process.pid).children())
        (grandchild,) = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGKILL)
    process.join(5)
    assert children.killed_by() == "SIGKILL"
    children.kill()
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_others_are_left_alone(children: ChildProcesses) -> None:
    earlier = spawned("import time; time.sleep(60)")
    with children.starting(visible=False):
        ours = spawned("import time; time.sleep(60)")
    of_another_engine = ChildProcesses()
    with of_another_engine.starting(visible=False):
        later = spawned("import time; time.sleep(60)")
    children.kill()
    assert not ours.is_alive()
    assert earlier.is_alive()
    assert later.is_alive()
    of_another_engine.kill()
    of_another_engine.discard_output()
    assert not later.is_alive()
    earlier.kill()
    earlier.join()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel can be told to")
def test_they_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import multiprocessing, time\n"
        "from harness.engines.vllm_children import ChildProcesses\n"
        "if __name__ == '__main__':\n"
        "    with ChildProcesses().starting(visible=False):\n"
        "        child = multiprocessing.get_context('spawn').Process(target=time.sleep, args=(60,))\n"
        "        child.start()\n"
        "    print(child.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    wait_until("the child lives on", lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 5)


class Engine:
    """Reacts to pings until it hangs."""

    def __init__(self) -> None:
        self.hangs = False
        self.pings = 0
        self.given_up = asyncio.Event()

    async def ping(self) -> None:
        self.pings += 1
        if self.hangs:
            await asyncio.Event().wait()


async def test_an_engine_that_does_not_react_is_given_up() -> None:
    engine = Engine()
    watch = StallWatch(0.2, engine.ping, engine.given_up.set)
    watch.begin()
    with watch.waiting():
        await asyncio.sleep(0.6)
        assert engine.pings
        assert not engine.given_up.is_set()
        engine.hangs = True
        began = time.monotonic()
        await asyncio.wait_for(engine.given_up.wait(), 2)
        assert time.monotonic() - began >= 0.1
    watch.stop()


async def test_nobody_asks_while_answers_come_or_nobody_waits() -> None:
    engine = Engine()
    engine.hangs = True
    watch = StallWatch(0.4, engine.ping, engine.given_up.set)
    watch.begin()
    await asyncio.sleep(0.5)
    with watch.waiting():
        for _ in range(12):
            with watch.waiting():
                await asyncio.sleep(0.05)
    assert not engine.pings
    assert not engine.given_up.is_set()
    watch.stop()
    watch.stop()
