"""The questions of a reply: what each is for, and which part of it says what it asks for."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from harness.metrics.phrasebooks.english import ENGLISH
from harness.metrics.phrasebooks.phrasebook import Phrasebook
from harness.metrics.phrasebooks.russian import RUSSIAN
from harness.metrics.quantities import Quantity, quantities
from harness.metrics.text import normalise, primary_language, sentences, tokenize
