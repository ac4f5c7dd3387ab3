"""The `replylint` command: asks a service where one is named, else does the work.

What a service can do is done without the command line's library, whose loading takes longer than the service does.
"""

from __future__ import annotations

import os
import sys

_SERVER = "REPLYLINT_SERVER"


def main(arguments: list[str] | None = None) -> None:
    """Ends the process with the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if os.environ.get(_SERVER) or any(each.startswith("--server") for each in given):
        _ask(given, os.environ.get(_SERVER))
    from replylint import cli

    cli.main(given)


def _ask(given: list[str], server: str | None) -> None:
    """Ends the process when a service has done the work."""
    from replylint import quick, screen
    from replylint.errors import UsageError

    try:
        done = quick.asked(given, server)
        if done is None:
            return
        outcome, output = done
        with screen.sink(output) as out:
            out.write(outcome.stdout)
    except UsageError as error:
        sys.stderr.write(f"replylint: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(2)
    sys.stderr.write(outcome.stderr)
    sys.exit(outcome.code)
