"""Mails that the relay may have taken while nobody was told of it: fingerprints and times, no words.

Whoever is not told tries again. Without this the customer would then have the reply twice.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Literal

State = Literal["open", "taken"]
_SETTLING = 60.0
"""Seconds in which it becomes known what the relay did with a mail whose filter died."""
_KEPT = 86_400.0
"""Seconds in which a mail that comes again is taken for another try."""
_TABLE = """
CREATE TABLE IF NOT EXISTS mails (
  id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL, time REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS fingerprints ON mails (fingerprint);
"""


class Journal:
    """The file. owner: who writes, a name that no other process has. Raises sqlite3.Error when it cannot be used."""

    def __init__(self, path: Path, owner: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._owner = owner
        self._file = sqlite3.connect(path, isolation_level=None, timeout=5)
        # What is written outlives this process at once; after a loss of power a mail may come twice, and none is lost.
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.executescript(_TABLE)
        self._file.execute("DELETE FROM mails WHERE time < ?", (time.time() - _KEPT,))

    def begin(self, fingerprint: bytes) -> int:
        """A mail is about to be the relay's; the number under which it is known."""
        row = (fingerprint, self._owner, "open", time.time())
        added = self._file.execute("INSERT INTO mails (fingerprint, owner, state, time) VALUES (?, ?, ?, ?)", row)
        return int(added.lastrowid or 0)

    def taken(self, number: int) -> None:
        """The relay has it."""
        self._file.execute("UPDATE mails SET state = 'taken' WHERE id = ?", (number,))

    def forget(self, number: int) -> None:
        """Whoever sent it knows what became of it, or the relay has not taken it."""
        self._file.execute("DELETE FROM mails WHERE id = ?", (number,))

    def found(self, fingerprint: bytes) -> tuple[int, State] | None:
        """What is known of an earlier try: the relay has it, or it is still open whether it has.

        A mail that this process has in hand is no earlier try, unless the relay took it and nobody could be told.
        """
        now = time.time()
        rows = self._file.execute(
            "SELECT id, state FROM mails WHERE fingerprint = ?"
            " AND ((state = 'taken' AND time > ?) OR (state = 'open' AND owner != ? AND time > ?))"
            " ORDER BY state DESC LIMIT 1",
            (fingerprint, now - _KEPT, self._owner, now - _SETTLING),
        )
        return next(iter(rows), None)

    def close(self) -> None:
        self._file.close()
