"""A library of macros in figures."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from replylint.commands import Tally
from replylint.errors import ReplylintError
from replylint.finding import SEVERITIES, Report, Severity
from replylint.reply import Reply
from replylint.reporters import Summary
from replylint.reporters.display import visible
from replylint.reporters.place import file_of, title_of

_WORST = 10
_WEIGHTS: dict[Severity, int] = {"error": 100, "warning": 10, "suggestion": 1}
"""How much heavier an error is than a warning when the worst macros are looked for."""


@dataclass
class Figures:
    """Counts what a run finds; it is given in a reporter's place."""

    clean: int = 0
    total: int = 0
    rules: Counter[tuple[str, Severity]] = field(default_factory=Counter)
    langs: dict[str, Counter[str]] = field(default_factory=dict)
    macros: list[tuple[int, str, str, Counter[Severity]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def reply(self, reply: Reply, report: Report) -> None:
        """Counts one macro in."""
        counts: Counter[Severity] = Counter(finding.severity for finding in report.findings)
        bad = counts["error"] + counts["warning"]
        self.total += 1
        self.clean += not bad
        self.rules.update((finding.rule, finding.severity) for finding in report.findings)
        by_lang = self.langs.setdefault(report.lang or "unknown", Counter())
        by_lang.update({"macros": 1, "clean": int(not bad)})
        by_lang.update({str(severity): count for severity, count in counts.items()})
        if bad:
            weight = sum(_WEIGHTS[severity] * count for severity, count in counts.items())
            macro = reply.macro
            place = f"{file_of(reply)}:{macro.line}" if macro else file_of(reply)
            self.macros.append((-weight, place, title_of(reply), counts))

    def fault(self, error: ReplylintError) -> None:
        """Notes an input that could not be read."""
        self.faults.append(str(error))

    def close(self, summary: Summary) -> None:
        """Nothing: the figures are asked for afterwards."""

    def table(self, tally: Tally) -> str:
        """The figures for people."""
        share = f" ({100 * self.clean // self.total} %)" if self.total else ""
        left = "".join(f"; {count} {reason}" for reason, count in sorted(tally.left_alone.items()))
        lines = [f"{self.total} macros, {self.clean} without an error or warning{share}{left}", ""]
        lines += ["language  macros  clean  errors  warnings  suggestions"]
        for lang, counts in sorted(self.langs.items()):
            numbers = (counts["macros"], counts["clean"], *(counts[severity] for severity in SEVERITIES))
            lines.append("{:8}  {:6}  {:5}  {:6}  {:8}  {:11}".format(lang, *numbers))
        lines += ["", "findings  rule"]
        lines += [f"{count:8}  {severity}[{rule}]" for (rule, severity), count in self._by_rule()]
        lines += ["", "worst macros"]
        lines += [f"{place}: {visible(title)}: {_counted(counts)}" for _, place, title, counts in self._worst()]
        lines += ["", *(f"could not be read: {visible(fault)}" for fault in self.faults)] if self.faults else []
        return "\n".join(lines)

    def as_json(self, tally: Tally) -> str:
        """The figures for programs."""
        document = {
            "version": 1,
            "macros": self.total,
            "clean": self.clean,
            "left_alone": dict(sorted(tally.left_alone.items())),
            "languages": {lang: dict(counts) for lang, counts in sorted(self.langs.items())},
            "rules": [{"rule": rule, "severity": level, "findings": n} for (rule, level), n in self._by_rule()],
            "worst": [{"place": place, "title": title, **counts} for _, place, title, counts in self._worst()],
            "errors": self.faults,
        }
        return json.dumps(document, ensure_ascii=False, indent=2)

    def _by_rule(self) -> list[tuple[tuple[str, Severity], int]]:
        return sorted(self.rules.items(), key=lambda pair: (-pair[1], pair[0]))

    def _worst(self) -> list[tuple[int, str, str, Counter[Severity]]]:
        return sorted(self.macros, key=lambda entry: entry[:3])[:_WORST]


def _counted(counts: Counter[Severity]) -> str:
    named = ((counts[severity], severity) for severity in SEVERITIES)
    return ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for count, severity in named if count)
