"""The options of `replylint lint`, read in a hurry. What is not understood is left to the command line itself."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from replylint import client, screen
from replylint.client import Outcome, UnansweredError

VALUES = (
    "--customer-message", "--customer-name", "--channel", "--lang", "--today", "--macros", "--select", "--ignore",
    "--min-severity", "--fail-on", "--messages", "--config", "--server",
)  # fmt: skip
"""Options with a value, beside --format and --output, which have short forms."""
FLAGS = ("--stats",)
_SENT = ("customer_name", "channel", "lang", "select", "ignore", "messages", "min_severity", "fail_on", "stats")


class _Reader(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise ValueError(message)


def options(arguments: list[str]) -> argparse.Namespace | None:
    """The options of a `lint` command; None when it is another one or there is something wrong with it."""
    reader = _Reader(add_help=False, allow_abbrev=False)
    reader.add_argument("files", nargs="+")
    for name in VALUES:
        reader.add_argument(name)
    for name in FLAGS:
        reader.add_argument(name, action="store_true")
    reader.add_argument("--format", "-f", default="human")
    reader.add_argument("--output", "-o", type=Path)
    reader.add_argument("--verbose", "-v", action="store_true")
    try:
        return reader.parse_intermixed_args(arguments[1:] if arguments[:1] == ["lint"] else arguments)
    except ValueError:
        return None


def asked(arguments: list[str], server: str | None) -> tuple[Outcome, Path | None] | None:
    """What a service says of a command, and where its output goes; None when the command must do the work.

    server: where the options name none. Raises UsageError when it is no address.
    """
    from replylint.names import COMMANDS

    given = options(arguments)
    if given is None or given.files[0] in COMMANDS:
        return None
    address: str | None = given.server or server
    if not address:
        return None
    began = time.monotonic()
    try:
        outcome = client.ask(_command(given), address)
    except UnansweredError as why:
        _tell(given.verbose, f"checked without a service: {why}")
        return None
    _tell(given.verbose, f"checked by the service in {1000 * (time.monotonic() - began):.0f} ms")
    return outcome, given.output


def _command(given: argparse.Namespace) -> client.Command:
    if given.today or given.macros:
        raise UnansweredError("--today and --macros are not handed over")
    sent = {name: getattr(given, name) for name in _SENT} | {"format": screen.format_of(given.format)}
    color, width = screen.of(sys.stdout if given.output is None else None)
    config = Path(given.config) if given.config else None
    return client.collected(given.files, given.customer_message, config, sent, color, width)


def _tell(verbose: bool, sentence: str) -> None:
    if verbose:
        sys.stderr.write(f"replylint: {sentence}\n")
