"""The subcommands, by name."""

from __future__ import annotations

COMMANDS = (
    "lint",
    "macros",
    "stats",
    "fix",
    "serve",
    "smtp-filter",
    "overrides",
    "mcp",
    "lsp",
    "rules",
    "explain",
    "init",
    "score",
    "test",
    "schema",
)
