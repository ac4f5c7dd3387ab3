"""The language server: findings in an editor while one types, with reasons and fixes.

`replylint lsp` speaks the Language Server Protocol over standard input and output. pygls is the extra `lsp`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from replylint import config, configfile, ruledoc
from replylint.config import Config
from replylint.errors import ReplylintError
from replylint.finding import Finding, Severity
from replylint.library import library_of
from replylint.linter import Linter
from replylint.macros.reading import FILE_TYPES
from replylint.readers import Defaults, read
from replylint.reply import Reply
from replylint.reporters.place import title_of
from replylint.rulebook import Rulebook
from replylint.text import line_of, line_starts
from replylint.version import VERSION

NAME = "replylint"
_SEVERITIES: dict[Severity, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "suggestion": types.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as the editor shows it."""

    diagnostic: types.Diagnostic
    finding: Finding


@dataclass
class Session:
    """What the server keeps: a linter a configuration, and what it shows of each open document."""

    linters: dict[Path | None, Linter] = field(default_factory=dict)
    shown: dict[str, list[Shown]] = field(default_factory=dict)
    book: Rulebook | None = None

    def linter(self, path: Path) -> Linter:
        """The linter of the configuration that a file stands under; raises ReplylintError when that is wrong."""
        place = configfile.find(path)
        if place not in self.linters:
            self.linters[place] = Linter(config.read(place) if place else Config())
        return self.linters[place]

    def whole(self, path: Path) -> Rulebook:
        """All rules, with phrases and examples, those of the configuration over the built-in ones; read once."""
        if self.book is None:
            place = configfile.find(path)
            self.book = config.book_of(config.read(place) if place else Config(), whole=True)
        return self.book


def server() -> LanguageServer:
    """A language server with everything that replylint does in an editor."""
    made = LanguageServer(NAME, VERSION, text_document_sync_kind=types.TextDocumentSyncKind.Incremental)
    session = Session()

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: LanguageServer, params: types.DidOpenTextDocumentParams) -> None:
        _publish(ls, session, params.text_document.uri, saved=True)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(ls: LanguageServer, params: types.DidChangeTextDocumentParams) -> None:
        _publish(ls, session, params.text_document.uri, saved=False)

    @made.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(ls: LanguageServer, params: types.DidSaveTextDocumentParams) -> None:
        path = Path(uris.to_fs_path(params.text_document.uri) or "")
        if path.name in configfile.NAMES or ruledoc.model_of(path) is not None:
            session.linters.clear()
            session.book = None
        _publish(ls, session, params.text_document.uri, saved=True)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: LanguageServer, params: types.DidCloseTextDocumentParams) -> None:
        session.shown.pop(params.text_document.uri, None)
        ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(ls: LanguageServer, params: types.HoverParams) -> types.Hover | None:
        here = [each for each in session.shown.get(params.text_document.uri, ()) if _holds(each, params.position)]
        if not here:
            return None
        text = "\n\n---\n\n".join(_told(session, params.text_document.uri, each.finding) for each in here)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), here[0].diagnostic.range)

    options = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

    @made.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    def actions(ls: LanguageServer, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        return [_action(uri, each) for each in session.shown.get(uri, ()) if each.finding.fix and _meets(each, params)]

    return made


def _publish(ls: LanguageServer, session: Session, uri: str, *, saved: bool) -> None:
    """Checks a document and tells the editor; a fault of the configuration is told in the document."""
    document = ls.workspace.get_text_document(uri)
    session.shown[uri] = []
    try:
        found = list(_diagnostics(session, document, saved))
    except ReplylintError as error:
        found = [_simple(0, 1, str(error), types.DiagnosticSeverity.Error)]
    ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, document.version))


def _diagnostics(session: Session, document: TextDocument, saved: bool) -> Iterator[types.Diagnostic]:
    path = Path(document.path)
    if ruledoc.model_of(path) is not None:
        book = session.whole(path) if saved else None
        for remark in ruledoc.remarks(path, document.source, book):
            severity = types.DiagnosticSeverity.Error if remark.grave else types.DiagnosticSeverity.Warning
            yield _simple(remark.start, remark.end, remark.message, severity)
        return
    linter = session.linter(path)
    for item in _items(linter, document, path):
        if isinstance(item, ReplylintError):
            line = (item.line or 1) - 1
            yield _simple(line, line + 1, item.message, types.DiagnosticSeverity.Error)
        elif isinstance(item, Reply):
            for finding in linter.lint(item).findings:
                shown = Shown(_diagnostic(item, finding, document), finding)
                session.shown[document.uri].append(shown)
                yield shown.diagnostic


def _items(linter: Linter, document: TextDocument, path: Path) -> Iterator[object]:
    """The drafts or macros in a document; a file of macros by its kind, or by the folder that the settings name."""
    data = document.source.encode("utf-8", "surrogatepass")
    folder = linter.config.macros
    among = folder is not None and (Path(linter.config.folder or ".") / folder).resolve() in path.resolve().parents
    if path.suffix.lower() in FILE_TYPES or among:
        return iter(library_of(linter.config).read(data, str(path)))
    return iter(read(data, str(path), Defaults()))


def _diagnostic(reply: Reply, finding: Finding, document: TextDocument) -> types.Diagnostic:
    name = title_of(reply)
    message = f"{name}: {finding.message}" if name and finding.start is None else finding.message
    return types.Diagnostic(
        _range(reply, finding, document),
        f"{message}\n{finding.advice}" if finding.advice else message,
        _SEVERITIES[finding.severity],
        code=finding.rule,
        source=NAME,
    )


def _range(reply: Reply, finding: Finding, document: TextDocument) -> types.Range:
    """The words of a finding in the units of the editor; for one about the whole draft its first line."""
    if finding.start is None or finding.end is None:
        line = finding.line - 1
        there = types.Range(types.Position(line, 0), types.Position(line, len(_line(document, line))))
    else:
        there = types.Range(_position(reply.source, finding.start), _position(reply.source, finding.end))
    return document.position_codec.range_to_client_units(document.lines, there)


def _line(document: TextDocument, line: int) -> str:
    return document.lines[line].rstrip("\r\n") if line < len(document.lines) else ""


def _position(source: str, offset: int) -> types.Position:
    line = line_of(source, offset) - 1
    return types.Position(line, offset - line_starts(source)[line])


def _simple(start: int, end: int, message: str, severity: types.DiagnosticSeverity) -> types.Diagnostic:
    """A diagnostic for whole lines."""
    there = types.Range(types.Position(start, 0), types.Position(end, 0))
    return types.Diagnostic(there, message, severity, source=NAME)


def _holds(shown: Shown, place: types.Position) -> bool:
    here = shown.diagnostic.range
    return _key(here.start) <= _key(place) <= _key(here.end)


def _meets(shown: Shown, params: types.CodeActionParams) -> bool:
    here, asked = shown.diagnostic.range, params.range
    return _key(here.start) <= _key(asked.end) and _key(asked.start) <= _key(here.end)


def _key(place: types.Position) -> tuple[int, int]:
    return place.line, place.character


def _told(session: Session, uri: str, finding: Finding) -> str:
    """A finding at length: what, why, what instead, and where the rule comes from."""
    entry = session.linter(Path(uris.to_fs_path(uri) or "")).book.entries[finding.rule]
    wording = entry.wordings.get("en") or next(iter(entry.wordings.values()))
    lines = [f"**{finding.rule}** ({finding.severity}): {finding.message}", " ".join(wording.why.split())]
    lines += [f"Instead: {finding.advice}"] if finding.advice else []
    return "\n\n".join([*lines, f"*{finding.source}*"])


def _action(uri: str, shown: Shown) -> types.CodeAction:
    assert shown.finding.fix is not None
    edit = types.TextEdit(shown.diagnostic.range, shown.finding.fix.text)
    return types.CodeAction(
        f"replylint: write “{shown.finding.fix.text}”",
        types.CodeActionKind.QuickFix,
        [shown.diagnostic],
        edit=types.WorkspaceEdit({uri: [edit]}),
    )
