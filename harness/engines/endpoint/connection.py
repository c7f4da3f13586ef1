"""The connection to one server: sending it requests, and trying again within bounds.

Nothing here knows what is asked (see `chat_client`) or how an answer is read (see `chat_answers`).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from openai import APIConnectionError, APIStatusError, AsyncAzureOpenAI, AsyncOpenAI, OpenAIError

from harness.engines.endpoint.api_key import ApiKey, api_key_from
from harness.engines.endpoint.chat_answers import UnusableAnswer, json_of
from harness.engines.endpoint.faults import Fault
from harness.engines.endpoint.options import EndpointOptions

logger = logging.getLogger(__name__)

T = TypeVar("T")


class RawResponse(Protocol):
    """What the official client gives when it is asked not to parse an answer."""

    @property
    def text(self) -> str:
        """The answer's body."""
        ...


class Connection:
    """Sends requests to one server, at most `concurrency` at a time, each with bounded retries."""

    def __init__(self, options: EndpointOptions) -> None:
        """Make the client; nothing is sent yet.

        Raises:
            InputError: The key is missing.
        """
        self._options = options
        self.key: ApiKey = api_key_from(options.api_key_env, needed=not options.is_loopback)
        self.client = _client(options, self.key)
        self.address = options.address
        self._slots = asyncio.Semaphore(options.concurrency)

    async def ask(
        self, send: Callable[[], Awaitable[RawResponse]], read: Callable[[Any], T], *, wait_for_server: bool = True
    ) -> T | Fault:
        """Send a request until it is answered with something that can be read, or until there is no point any more.

        Args:
            send: Sends the request once.
            read: Reads a body decoded from JSON; raises `UnusableAnswer` where it cannot.
            wait_for_server: Also try again where no server answers at all.

        Returns:
            What `read` made of the answer, or the fault of the last attempt.
        """
        async with self._slots:
            for retry in range(1, self._options.max_retries + 2):
                outcome = await self._attempt(send, read)
                last = retry > self._options.max_retries
                if not isinstance(outcome, Fault) or last or not outcome.worth_retrying:
                    return outcome
                if not (outcome.answered or wait_for_server):
                    return outcome
                wait = self._wait_s(retry, outcome)
                logger.warning(
                    "%s %s; trying again in %.1f s (retry %d of %d)",
                    self._options.address,
                    outcome.reason,
                    wait,
                    retry,
                    self._options.max_retries,
                )
                await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns")

    async def _attempt(self, send: Callable[[], Awaitable[RawResponse]], read: Callable[[Any], T]) -> T | Fault:
        # Faults are returned and not raised: an exception with the client's own behind it could show the key.
        try:
            async with asyncio.timeout(self._options.timeout_s):
                response = await send()
            return read(json_of(response.text, self.key))
        except APIStatusError as error:
            fault = Fault.from_status(error)
        except APIConnectionError as error:
            fault = Fault.without_answer(error)
        except TimeoutError:
            fault = Fault(f"did not answer within {self._options.timeout_s:g} s", worth_retrying=True, answered=False)
        except UnusableAnswer as error:
            fault = Fault(str(error), worth_retrying=error.worth_retrying)
        except OpenAIError as error:
            fault = Fault(f"could not be asked ({type(error).__name__}: {error})", worth_retrying=False)
        return fault.without(self.key)

    def _wait_s(self, retry: int, fault: Fault) -> float:
        """Seconds before a retry (from 1): what the server asks for, else exponential backoff with jitter, capped."""
        if fault.retry_after_s is not None:
            wait = fault.retry_after_s + random.uniform(0, self._options.first_wait_s)
        else:
            wait = self._options.first_wait_s * 2 ** (retry - 1) * random.uniform(0.75, 1.0)
        return min(wait, self._options.longest_wait_s)

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()


def _client(options: EndpointOptions, key: ApiKey) -> AsyncOpenAI:
    # Retries and time limits are this module's: the client's own would neither be logged nor bound the whole answer.
    if options.azure is not None:
        return AsyncAzureOpenAI(
            azure_endpoint=options.azure.endpoint,
            api_version=options.azure.api_version,
            api_key=key.value,
            max_retries=0,
            timeout=None,
        )
    return AsyncOpenAI(base_url=options.base_url, api_key=key.value, max_retries=0, timeout=None)
