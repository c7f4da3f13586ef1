"""The kinds of faults, from the most telling to the least. What finds them in a run is `reports.failures.faults`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal[
    "no_reply",
    "promised",
    "amnesia",
    "item_missed",
    "wrong_quantity",
    "order",
    "not_mentioned",
    "not_asked",
    "act",
    "check",
    "judge",
]
"""`promised`: says or promises what is not so. `amnesia`: asks again for what was said. `order`: an order line is wrong, and
the run does not say how. `check` and `judge`: any other check or judge that the reply does not pass."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

NOT_NAMED: Final = "not named"
WRONG_QUANTITY: Final = "wrong quantity"
"""Labels of the measure `check.order` where it finds an order line wrong."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault, and for some kinds what it is about."""

    kind: Kind
    about: tuple[str, ...] = ()
    """`act`: the act due and the act done. `check` and `judge`: the measure."""

    @property
    def key(self) -> str:
        """Names the fault in files and addresses: `act:clarify:confirm`."""
        return ":".join((self.kind, *self.about))
