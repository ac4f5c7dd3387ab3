"""One JSON document for a whole run."""

from __future__ import annotations

from typing import TextIO

from replylint.errors import ReplylintError
from replylint.finding import Report
from replylint.reply import Reply
from replylint.reporters import Options, Summary
from replylint.reporters.spool import Spool
from replylint.reporters.wire import encode, fault_record, record, summary_record

VERSION = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""


class JsonReporter:
    """Writes the replies as they come; inputs that could not be read are kept aside until their turn."""

    def __init__(self, out: TextIO, options: Options) -> None:
        self._out = out
        self._faults = Spool()
        self._first = True
        out.write(f'{{"version": {VERSION}, "replies": [')

    def reply(self, reply: Reply, report: Report) -> None:
        """One element of `replies`."""
        self._out.write("\n" if self._first else ",\n")
        self._out.write(encode({"path": reply.path, **record(report, reply.macro)}))
        self._first = False

    def fault(self, error: ReplylintError) -> None:
        """One element of `errors`."""
        self._faults.write((",\n" if self._faults else "\n") + encode(fault_record(error)))

    def close(self, summary: Summary) -> None:
        """`errors` and `summary`."""
        self._out.write('\n], "errors": [')
        self._faults.pour(self._out)
        self._out.write(f'\n], "summary": {encode(summary_record(summary))}}}\n')
