"""Requests as strangers send them: at a given rate whether or not the server keeps up, or as fast as it answers."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import cycle

HOST = "127.0.0.1"
PATIENCE_SECONDS = 10


async def ask_at_rate(port: int, paths: Sequence[str], *, rate: int, seconds: float) -> list[float]:
    """Milliseconds from the moment each request was due, so that a server that falls behind is not excused."""
    begins = time.perf_counter() + 0.1
    turns = cycle(paths)
    due = [(begins + number / rate, next(turns)) for number in range(int(rate * seconds))]
    return await asyncio.gather(*(_ask_when_due(port, path, moment) for moment, path in due))


async def _ask_when_due(port: int, path: str, moment: float) -> float:
    """A connection for each request: every stranger comes once."""
    await asyncio.sleep(moment - time.perf_counter())
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection(HOST, port)
        await _ask(reader, writer, path)
        took = (time.perf_counter() - moment) * 1000
        writer.close()
    return took


async def ask_without_pause(port: int, paths: Sequence[str], *, connections: int, seconds: float) -> float:
    """Answers in a second over connections that stay open and each ask again as soon as they are answered."""
    turns = cycle(paths)
    ends = time.perf_counter() + seconds
    answered = await asyncio.gather(*(_ask_until(port, turns, ends) for _ in range(connections)))
    return sum(answered) / seconds


async def _ask_until(port: int, turns: Iterator[str], ends: float) -> int:
    reader, writer = await asyncio.open_connection(HOST, port)
    answered = 0
    async with asyncio.timeout_at(asyncio.get_running_loop().time() + ends - time.perf_counter() + PATIENCE_SECONDS):
        while time.perf_counter() < ends:
            await _ask(reader, writer, next(turns))
            answered += 1
    writer.close()
    return answered


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept-Language: en\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    if not head.startswith(b"http/1.1 200"):
        msg = f"{path.split('/')[1]}: {head[:200]!r}"
        raise RuntimeError(msg)
