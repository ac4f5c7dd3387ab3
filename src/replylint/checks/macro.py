"""The kind variables: what a macro's helpdesk would not fill in."""

from __future__ import annotations

from collections.abc import Iterator

from replylint.checks.hit import Fault
from replylint.reply import Variable
from replylint.view import View


def variables(view: View) -> Iterator[Fault]:
    """A fault for each variable that is not filled in."""
    macro = view.reply.macro
    if macro is None:
        return
    for variable in macro.variables:
        if variable.fault:
            details = (("field", variable.name), ("meant", variable.meant), ("helpdesk", macro.helpdesk))
            place = (variable.start, variable.end)
            yield Fault(details=details, case=variable.fault, place=place, fix=_mended(variable, view))


def _mended(variable: Variable, view: View) -> str | None:
    """The variable with the field that is meant, when it is only misspelt and stands there as it is read."""
    written = view.reply.source[variable.start : variable.end]
    if variable.fault != "misspelt" or written.count(variable.name) != 1 or "\\" in written:
        return None
    return written.replace(variable.name, variable.meant)
