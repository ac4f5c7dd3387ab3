"""The linter for support replies.

    import replylint

    report = replylint.lint("Dear customer, you failed to attach the form.")
    for finding in report.findings:
        print(finding.rule, finding.excerpt, finding.advice)

`Linter` is for many replies under one configuration. Everything heavy is imported when it is first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from replylint.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from replylint.answering import command_config, run_command
    from replylint.cards import RuleCard
    from replylint.client import Command, Outcome
    from replylint.config import Config, configured
    from replylint.configfile import default_socket
    from replylint.errors import ConfigError, InputError, ReplylintError, RulebookError, UsageError
    from replylint.finding import Finding, Fix, Report, Skipped
    from replylint.library import macros_of
    from replylint.linter import Linter
    from replylint.macros.reading import macro_of
    from replylint.readers import Defaults, read_draft, read_mail, read_pieces
    from replylint.reply import Reply

__version__ = VERSION

__all__ = [
    "Command",
    "Config",
    "ConfigError",
    "Defaults",
    "Finding",
    "Fix",
    "InputError",
    "Linter",
    "Outcome",
    "Reply",
    "ReplylintError",
    "Report",
    "RuleCard",
    "RulebookError",
    "Skipped",
    "UsageError",
    "__version__",
    "command_config",
    "configured",
    "default_socket",
    "lint",
    "macro_of",
    "macros_of",
    "read_draft",
    "read_mail",
    "read_pieces",
    "run_command",
]

_HOMES = {
    "Command": "client",
    "Config": "config",
    "ConfigError": "errors",
    "Defaults": "readers",
    "Finding": "finding",
    "Fix": "finding",
    "InputError": "errors",
    "Linter": "linter",
    "Outcome": "client",
    "Reply": "reply",
    "ReplylintError": "errors",
    "Report": "finding",
    "RuleCard": "cards",
    "RulebookError": "errors",
    "Skipped": "finding",
    "UsageError": "errors",
    "command_config": "answering",
    "configured": "config",
    "default_socket": "configfile",
    "macro_of": "macros.reading",
    "macros_of": "library",
    "read_draft": "readers",
    "read_mail": "readers",
    "read_pieces": "readers",
    "run_command": "answering",
}
_shared: Linter | None = None


def lint(reply: Reply | str | Mapping[str, Any], **known: Any) -> Report:
    """The report on one reply under the built-in rules.

    reply: a draft, a `Reply`, or a mapping with the keys of the batch contract (reply, customer_message, customer_name,
    channel, lang, id). known: the same values for a draft given as a string.
    Raises InputError when the mapping is not such an object.
    """
    global _shared
    from replylint.linter import Linter

    if _shared is None:
        _shared = Linter()
    return _shared.lint({"reply": reply, **known} if isinstance(reply, str) else reply)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
