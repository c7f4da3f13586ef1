"""The key of an endpoint: taken from the environment, given to the client, and kept out of everything that is written."""

from __future__ import annotations

import os

from suites.userfile import InputError

MIN_SECRET_LENGTH = 8
"""Shorter keys are placeholders ("EMPTY") that local servers are started with; they may well be words of a reply."""


class ApiKey:
    """A key that shows itself to the client only."""

    def __init__(self, value: str, variable: str) -> None:
        self.value = value
        self.variable = variable

    def __repr__(self) -> str:
        return f"ApiKey(from {self.variable})"

    def removed_from(self, text: str) -> str:
        """`text` with the key replaced by the name of its variable."""
        if len(self.value) < MIN_SECRET_LENGTH:
            return text
        return text.replace(self.value, f"[{self.variable}]")


def api_key_from(variable: str, *, needed: bool) -> ApiKey:
    """The key in an environment variable, or a dummy where none is needed.

    Raises:
        InputError: The variable is not set but needed, or holds what cannot be sent in a header.
    """
    value = os.environ.get(variable, "").strip()
    if not value:
        if needed:
            raise InputError(
                f"the environment variable {variable} is not set; put the endpoint's key into it "
                "(any text where the endpoint wants none)",
                field=("engine", "options", "api_key_env"),
            )
        return ApiKey("unused", variable)
    if not (value.isascii() and value.isprintable()):
        raise InputError(
            f"the environment variable {variable} holds characters that no key has; copy the key anew",
            field=("engine", "options", "api_key_env"),
        )
    return ApiKey(value, variable)
