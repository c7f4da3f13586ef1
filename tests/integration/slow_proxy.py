"""A relay on the loopback that hands chat requests on late, so that a server is as slow as a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

CHAT_REQUEST = b"POST /v1/chat/completions"


@dataclass
class SlowProxy:
    """Passes everything on to a server; chat requests after `delay_s` seconds."""

    server_port: int
    delay_s: float = 0.0
    chats: int = 0
    """Chat requests that came in."""
    port: int = 0

    @property
    def base_url(self) -> str:
        """Address of the API."""
        return f"http://127.0.0.1:{self.port}/v1"

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        """Relay meanwhile."""
        async with await asyncio.start_server(self._relay, "127.0.0.1", 0) as listening:
            self.port = listening.sockets[0].getsockname()[1]
            yield

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        ways = [self._pass_on(reader, server_writer), self._pass_on(server_reader, writer)]
        with suppress(ConnectionError, asyncio.CancelledError):  # the latter when the test ends meanwhile
            await asyncio.gather(*ways)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                if CHAT_REQUEST in data:
                    self.chats += 1
                    await asyncio.sleep(self.delay_s)
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()
