"""The kind variables: what a macro's helpdesk would not fill in."""

from __future__ import annotations

from collections.abc import Iterator

from replylint.checks.hit import Fault
from replylint.view import View


def variables(view: View) -> Iterator[Fault]:
    """A fault for each variable that is not filled in."""
    macro = view.reply.macro
    if macro is None:
        return
    for variable in macro.variables:
        if variable.fault:
            details = (("field", variable.name), ("meant", variable.meant), ("helpdesk", macro.helpdesk))
            yield Fault(details=details, case=variable.fault, place=(variable.start, variable.end))
