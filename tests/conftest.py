"""What holds for all tests."""

from __future__ import annotations

import gc
import signal

from hypothesis import HealthCheck, settings

# How fast examples are made says how busy the machine is, and nothing about what is tested.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


# A shell that starts the tests in the background has them ignore Ctrl+C, and with them every command that they interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Leave what was imported out of every later garbage collection.

    That is torch and much else, which takes the better part of a second to look through; statsmodels collects at each call.
    """
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """At the end all of it has to go: some libraries tell what is left of them."""
    gc.unfreeze()
