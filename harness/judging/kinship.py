"""Which candidates of a run are of one family with a judge: judges tend to prefer what they would have said themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.engines.engine import ModelIdentity
from judges.probes.family import kin_of


def kin_of_judges(
    judges: Sequence[ModelIdentity], candidates: Mapping[str, ModelIdentity]
) -> dict[str, tuple[str, ...]]:
    """The name of each judge's model to the candidates that have the same base weights or a name of the same family.

    Judges without kin are left out.
    """
    found = {}
    for judge in judges:
        by_name = kin_of(judge.name, {name: identity.name for name, identity in candidates.items()})
        same_base = [name for name, identity in candidates.items() if identity.base == judge.base]
        kin = tuple(name for name in candidates if name in {*by_name, *same_base})
        if kin:
            found[judge.name] = kin
    return found
