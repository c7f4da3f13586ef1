"""The folder in which is kept, from run to run, what takes long to calculate. It may be removed at any time."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def user_cache() -> Path:
    """What the environment variable REJOINDER_CACHE names, else the platform's place for caches."""
    chosen = os.environ.get("REJOINDER_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("rejoinder", appauthor=False)
