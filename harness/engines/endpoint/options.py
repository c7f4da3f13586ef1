"""Where a server is and how patiently it is asked: the settings that every use of an endpoint has."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from suites.dialogue import NonBlank, Record

OFFICIAL_URL = "https://api.openai.com/v1"


class AzureOptions(Record):
    """Where an Azure OpenAI resource is. Its deployments are named as models."""

    endpoint: NonBlank
    """`https://NAME.openai.azure.com`"""
    api_version: NonBlank

    @model_validator(mode="after")
    def _endpoint_is_an_address(self) -> AzureOptions:
        _check_address("endpoint", self.endpoint)
        return self


class EndpointOptions(Record):
    """Where a server is, and how patiently it is asked."""

    base_url: NonBlank = OFFICIAL_URL
    """Address of the API; most servers want the `/v1` at its end."""
    azure: AzureOptions | None = None
    """An Azure OpenAI resource instead of `base_url`."""
    api_key_env: NonBlank = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key. On a loopback address it need not be set."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 16
    """How many requests are under way at a time, those of judges included."""
    timeout_s: Annotated[float, Field(gt=0)] = 120.0
    """Seconds that one attempt may take from sending to the answer's last byte."""
    max_retries: Annotated[int, Field(ge=0, le=20)] = 5
    """Further attempts after the first one failed for a reason that may pass."""
    first_wait_s: Annotated[float, Field(gt=0)] = 0.5
    """Seconds before the first retry, doubled before each one after it; a quarter of it at random."""
    longest_wait_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds that a retry waits at most, also where the server's Retry-After asks for more."""

    # Validators of the whole group, since a complaint about one field would show its value: that may be a key.
    @model_validator(mode="after")
    def _address_holds_no_secret(self) -> EndpointOptions:
        _check_address("base_url", self.base_url)
        if self.azure is not None and self.base_url != OFFICIAL_URL:
            raise ValueError("`base_url` and `azure` are two addresses; give one of them")
        return self

    @model_validator(mode="after")
    def _key_is_not_given_itself(self) -> EndpointOptions:
        if not (self.api_key_env.isascii() and self.api_key_env.isidentifier()):
            raise ValueError("`api_key_env` must be the name of an environment variable, never the key itself")
        return self

    @property
    def address(self) -> str:
        """Host, port and path, for messages and identities."""
        parts = urlsplit(self.azure.endpoint if self.azure else self.base_url)
        return f"{parts.netloc}{parts.path}".rstrip("/")

    @property
    def address_option(self) -> str:
        """Name of the option that holds the address."""
        return "azure" if self.azure else "base_url"

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine."""
        host = urlsplit(self.azure.endpoint if self.azure else self.base_url).hostname or ""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")
        return address.is_loopback or address.is_unspecified


def _check_address(field: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"`{field}` must be an address such as http://localhost:8000/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"`{field}` must hold host and path only; a key belongs into an environment variable")
