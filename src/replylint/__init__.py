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

    from replylint.config import Config
    from replylint.errors import ConfigError, InputError, ReplylintError, RulebookError
    from replylint.finding import Finding, Report, Skipped
    from replylint.linter import Linter
    from replylint.reply import Reply

__version__ = VERSION

__all__ = [
    "Config",
    "ConfigError",
    "Finding",
    "InputError",
    "Linter",
    "Reply",
    "ReplylintError",
    "Report",
    "RulebookError",
    "Skipped",
    "__version__",
    "lint",
]

_HOMES = {
    "Config": "config",
    "ConfigError": "errors",
    "Finding": "finding",
    "InputError": "errors",
    "Linter": "linter",
    "Reply": "reply",
    "ReplylintError": "errors",
    "Report": "finding",
    "RulebookError": "errors",
    "Skipped": "finding",
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
