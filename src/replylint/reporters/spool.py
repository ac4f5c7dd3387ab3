"""Text that a format wants later than it is known."""

from __future__ import annotations

from typing import IO, TextIO


class Spool:
    """Text kept until the end of a run: in memory while it is short, on disk once it is long."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None

    def __bool__(self) -> bool:
        """Whether anything was written."""
        return self._file is not None

    def write(self, text: str) -> None:
        """Keep `text`, which must be encodable."""
        if self._file is None:
            self._file = _open()
        self._file.write(text)

    def pour(self, out: TextIO) -> None:
        """Write all that was kept to `out`, and forget it."""
        if self._file is not None:
            self._file.seek(0)
            while chunk := self._file.read(1 << 16):
                out.write(chunk)
            self._file.close()
            self._file = None


def _open() -> IO[str]:
    # Most runs never keep anything, and the import would cost them a tenth of their start.
    from tempfile import SpooledTemporaryFile

    return SpooledTemporaryFile(1 << 20, "w+", encoding="utf-8", newline="")
