"""The language server over the real protocol: a client starts it, opens documents and asks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

pygls = pytest.importorskip("pygls", reason="the extra lsp is not installed")

from lsprotocol import types  # noqa: E402
from pygls.lsp.client import LanguageClient  # noqa: E402

SECONDS = 60


class Client(LanguageClient):
    """An editor that waits for diagnostics."""

    def __init__(self) -> None:
        super().__init__("test-editor", "1")
        self.came: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def came(params: types.PublishDiagnosticsParams) -> None:
            self.came.put_nowait(params)

    async def diagnostics(self) -> list[types.Diagnostic]:
        """The next ones that the server sends."""
        return list((await asyncio.wait_for(self.came.get(), SECONDS)).diagnostics)

    async def opens(self, path: Path, text: str, language: str = "plaintext") -> list[types.Diagnostic]:
        """Opens a document, which need not be in the file system, and waits for what is said of it."""
        item = types.TextDocumentItem(path.as_uri(), language, 1, text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.diagnostics()

    async def changes(self, path: Path, there: types.Range, text: str, version: int) -> list[types.Diagnostic]:
        """Types over a range and waits for what is said of the document."""
        change = types.TextDocumentContentChangePartial(range=there, text=text)
        document = types.VersionedTextDocumentIdentifier(version, path.as_uri())
        self.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
        return await self.diagnostics()


def session(talk: Callable[[Client], Awaitable[None]], folder: Path) -> None:
    """A whole session with a server of its own."""

    async def run() -> None:
        client = Client()
        await client.start_io(sys.executable, "-m", "replylint.cli", "lsp", cwd=folder)
        capabilities = types.ClientCapabilities(general=types.GeneralClientCapabilities(position_encodings=["utf-16"]))
        await client.initialize_async(types.InitializeParams(capabilities, root_uri=folder.as_uri()))
        client.initialized(types.InitializedParams())
        try:
            await talk(client)
        finally:
            await client.shutdown_async(None)
            client.exit(None)
            await client.stop()  # type: ignore[no-untyped-call]

    asyncio.run(asyncio.wait_for(run(), 2 * SECONDS))


def span(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


def test_draft(tmp_path: Path) -> None:
    path = tmp_path / "draft.txt"

    async def talk(client: Client) -> None:
        found = await client.opens(path, "Hi Tom,\n\n🙂 you failed to attach it, and we are open till six!!\n")
        assert [(d.code, d.range) for d in found if d.code in ("blames-customer", "shouting")] == [
            ("blames-customer", span(2, 3, 13)),
            ("shouting", span(2, 52, 54)),
        ]
        severities = {d.code: d.severity for d in found}
        assert severities["blames-customer"] == types.DiagnosticSeverity.Error
        assert severities["shouting"] == types.DiagnosticSeverity.Warning
        assert all(d.source == "replylint" for d in found)

        document = types.TextDocumentIdentifier(path.as_uri())
        hover = await client.text_document_hover_async(types.HoverParams(document, types.Position(2, 5)))
        assert hover is not None
        assert isinstance(hover.contents, types.MarkupContent)
        assert "**blames-customer** (error)" in hover.contents.value
        assert "S3: Nikada nije u pitanju" in hover.contents.value
        assert await client.text_document_hover_async(types.HoverParams(document, types.Position(1, 0))) is None

        asked = types.CodeActionParams(document, span(2, 52, 52), types.CodeActionContext(found))
        (action,) = await client.text_document_code_action_async(asked) or ()
        assert isinstance(action, types.CodeAction)
        assert action.edit is not None
        assert action.edit.changes is not None
        assert list(action.edit.changes[path.as_uri()]) == [types.TextEdit(span(2, 52, 54), "!")]

        found = await client.changes(path, span(2, 3, 27), "the form is here", 2)
        assert {"blames-customer", "shouting"} & {d.code for d in found} == {"shouting"}

    session(talk, tmp_path)


def test_macros(tmp_path: Path) -> None:
    (tmp_path / "replylint.toml").write_text('macros = "macros"\n[library]\nhelpdesk = "zendesk"\n', encoding="utf-8")
    (tmp_path / "macros").mkdir()

    async def talk(client: Client) -> None:
        html = "<p>Hi {{ticket.requester.firstname}},</p>\n<p>the lamp is here.</p>\n"
        path = tmp_path / "macros" / "a.html"
        (found,) = await client.opens(path, html, "html")
        assert (found.code, found.range) == ("broken-variable", span(0, 6, 36))
        asked = types.CodeActionParams(
            types.TextDocumentIdentifier(path.as_uri()), found.range, types.CodeActionContext([found])
        )
        (action,) = await client.text_document_code_action_async(asked) or ()
        assert isinstance(action, types.CodeAction)
        assert action.edit is not None
        assert action.edit.changes is not None
        (edit,) = action.edit.changes[path.as_uri()]
        assert edit.new_text == "{{ticket.requester.first_name}}"

        (broken,) = await client.opens(tmp_path / "b.json", '{"macros": [\n{"title"', "json")
        assert broken.range.start.line == 1
        assert broken.message.startswith("is no valid JSON")

    session(talk, tmp_path)


def test_rule_files(tmp_path: Path) -> None:
    folder = tmp_path / "our-rules" / "house" / "no-lamps"
    folder.mkdir(parents=True)
    (tmp_path / "replylint.toml").write_text('rules = ["our-rules/house"]\n', encoding="utf-8")
    rule = (
        "id: no-lamps\nseverity: warning\nsince: 1.0.0\nkind: forbid\nsource:\n  - {document: Ours, quote: No lamps.}\n"
    )
    wording = "title: Lamps\nwhy: No lamps.\nmessage: No.\nadvice: Yes.\nphrases:\n  - old lamp\n  - new lamp\n"
    examples = "flags:\n  - An «old lamp» it is.\n  - A «lamp» it is.\npasses:\n  - No light.\n"
    (folder / "rule.yaml").write_text(rule, encoding="utf-8")
    (folder / "en.yaml").write_text(wording + examples, encoding="utf-8")

    async def talk(client: Client) -> None:
        assert await client.opens(folder / "rule.yaml", rule, "yaml") == []
        (typo,) = await client.opens(folder / "rule.yaml", rule.replace("severity", "severty"), "yaml")
        assert (typo.range.start.line, "did you mean severity?" in typo.message) == (1, True)

        found = await client.opens(folder / "en.yaml", wording + examples, "yaml")
        assert [(d.range.start.line, d.message) for d in found] == [
            (9, "it must fire, and found nothing"),
            (6, "no example under flags proves this phrase"),
        ]

        draft = await client.opens(tmp_path / "draft.txt", "Hi Tom,\n\nan old lamp is here.\n")
        assert "no-lamps" in [d.code for d in draft]

    session(talk, tmp_path)
