"""What a local sink has accepted: a row is on disk before whoever sent it gets an answer.

Rows that arrive while the disk is busy share one write and one fsync, so a sink keeps up with a daily batch.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Ledger:
    """An append-only file of JSON lines, and all of it in memory."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        self.rows: list[Row] = _read(file)
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def append(self, row: Row) -> None:
        """Keep a row; it is on disk, and in `rows`, when this returns."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, kept))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        await kept

    def clear(self) -> None:
        """Forget everything; for tests."""
        self._file.write_bytes(b"")
        self.rows.clear()

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            lines = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row, _ in batch)
            try:
                await asyncio.to_thread(self._write, lines)
            except OSError as error:
                for _, kept in batch:
                    if not kept.done():
                        kept.set_exception(error)
                continue
            self.rows.extend(row for row, _ in batch)
            for _, kept in batch:
                if not kept.done():
                    kept.set_result(None)

    def _write(self, lines: bytes) -> None:
        with self._file.open("ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())


def _read(file: Path) -> list[Row]:
    if not file.exists():
        return []
    content = file.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        # A kill in the middle of a write: nobody was answered for that row.
        os.truncate(file, whole)
    return [json.loads(line) for line in content[:whole].splitlines()]
