"""The other end of `client`: runs a command that was handed over, with a linter that is warm."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from replylint import commands
from replylint.client import Command, Outcome
from replylint.config import Config, merged, parsed
from replylint.errors import ConfigError, UsageError
from replylint.linter import Linter
from replylint.readers import Defaults, read
from replylint.reply import Reply


def command_config(command: Command) -> Config:
    """The configuration that a command runs under; raises ConfigError when it is wrong."""
    config = parsed(Path(command.config[0]), command.config[1]) if command.config else Config()
    options = command.options
    return merged(config, options.get("select"), options.get("ignore"), options.get("messages"))


def run_command(command: Command, linter: Linter, config: Config) -> Outcome:
    """What the command prints and its exit code; raises ReplylintError where it ends with a sentence.

    linter: one of the same rules. config: the command's own, for what is shown and what fails.
    """
    began, options = time.monotonic(), command.options
    out = io.StringIO()
    wish = commands.wish_of(config, options.get("min_severity"), options.get("fail_on"))
    tally = commands.Tally()
    reporter = commands.reporter_of(options["format"], out, linter, wish.fails, command.color, command.width)
    sources = [commands.Given(name, data) for name, data in command.files]
    with _in_folder(command.folder):
        commands.run(linter, sources, _defaults(command), reporter, wish, tally)
    reporter.close(tally.summary(round(time.monotonic() - began, 2)))
    told, code = commands.ending(tally, bool(options.get("stats")), "no draft was found")
    return Outcome(out.getvalue(), "".join(line + "\n" for line in told), code)


def _defaults(command: Command) -> Defaults:
    options = command.options
    message = customer_message(*command.customer) if command.customer else None
    return Defaults(message, options.get("customer_name"), options.get("channel"), options.get("lang"))


def customer_message(path: str, data: bytes) -> str:
    """The text of the customer's message in a file; raises InputError or UsageError when there is none."""
    first = next(iter(read(data, path, Defaults())), None)
    if isinstance(first, Reply):
        return first.text.value
    raise first or UsageError(f"--customer-message {path}: is empty")


@contextmanager
def _in_folder(folder: str) -> Iterator[None]:
    """Works where the command was given, since paths in the configuration are meant from there."""
    before = Path.cwd()
    try:
        if folder:
            os.chdir(folder)
    except OSError as error:
        raise ConfigError("the folder of the command cannot be entered", folder) from error
    try:
        yield
    finally:
        os.chdir(before)
