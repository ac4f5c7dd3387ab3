"""What the command and its hurried twin must agree on: subcommands, endings of exports, how many drafts are few."""

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
EXPORTS = (".json", ".csv", ".tsv", ".yaml", ".yml")
"""Endings of files that may hold macros, which no file of drafts has."""
FEW = 20
"""With fewer files no progress is shown, and a service may do the work."""
