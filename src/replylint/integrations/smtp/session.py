"""One conversation with a client: every command goes on to the relay as it came, a message once it has been judged."""

# ruff: noqa: N802, N815 (the library finds its commands by these names)
from __future__ import annotations

import asyncio
import itertools
import logging
import re
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP

from replylint.integrations.smtp.journal import Journal
from replylint.integrations.smtp.judging import Ruling
from replylint.integrations.smtp.settings import SmtpSettings
from replylint.integrations.smtp.sorting import Mail, fingerprint
from replylint.integrations.smtp.upstream import Upstream
from replylint.integrations.smtp.wire import END, SmtpReply, UpstreamError, path_of, reply
from replylint.integrations.smtp.witness import Witness

log = logging.getLogger("replylint.smtp")
_PASSED_ON = frozenset({b"SIZE", b"8BITMIME", b"SMTPUTF8", b"DSN", b"ENHANCEDSTATUSCODES", b"XFORWARD"})
"""What is offered when the relay offers it: everything that changes nothing but the arguments of commands."""
_QUEUED = re.compile(rb"queued as ([0-9A-Za-z]{6,24})\b")
_IDENT = re.compile(r"\bIDENT=([!-~]{1,64})")
_NUMBERS = itertools.count(1)
"""For the log, since Postfix gives a mail its name when the relay has it."""
_GONE = reply(421, "4.3.2", "replylint is stopping; try again")
_BUSY = reply(421, "4.3.2", "too many connections; try again")
_FAILED = reply(451, "4.3.0", "replylint failed; try again")
_UNKNOWN_YET = reply(451, "4.7.1", "an earlier try of this mail is not settled yet; try again")
_TAKEN = reply(250, "2.0.0", "Ok: this mail was taken when it was first tried")
_TOO_BIG = reply(552, "5.3.4", "the message is too big")
_ELSEWHERE = reply(554, "5.7.1", "mail is not taken from this address")
_NOTHING_YET = reply(503, "5.5.1", "say EHLO first")
_NOBODY = reply(503, "5.5.1", "name the recipients first")


@dataclass
class Filter:
    """What all conversations share."""

    settings: SmtpSettings
    judge: Callable[[Mail], Awaitable[Ruling]]
    journal: Journal
    witness: Witness
    open: set[Session] = field(default_factory=set)
    is_stopping: bool = False

    def told(self, write: Callable[[Journal], Any]) -> Any:
        """What the journal answers; None when it cannot be used, since mail goes on without it."""
        try:
            return write(self.journal)
        except sqlite3.Error as error:
            log.warning("the journal cannot be used (%s)", type(error).__name__)
            return None


class Session(SMTP):
    """The conversation. Its library reads commands and watches the time; what is answered is the relay's answer."""

    line_length_limit = 2**27
    """The reader's limit: lines are as long as they like, the whole message is limited."""
    command_size_limit = 4096
    command_size_limits = defaultdict(lambda: Session.command_size_limit)  # noqa: RUF012

    def __init__(self, shared: Filter) -> None:
        super().__init__(None, enable_SMTPUTF8=True, hostname="replylint", ident="ESMTP", timeout=600)
        self._shared = shared
        self._upstream: Upstream | None = None
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._ident = f"mail {next(_NUMBERS)}"
        self._is_stale = False

    @property
    def is_busy(self) -> bool:
        """Whether a mail is under way."""
        return self._sender is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._shared.open.add(self)
        super().connection_made(transport)
        assert self._handler_coroutine is not None
        # Whatever waits for the relay has come to its end before the connection to it is closed.
        self._handler_coroutine.add_done_callback(lambda _: self._leave())

    def connection_lost(self, error: Exception | None) -> None:
        self._shared.open.discard(self)
        super().connection_lost(error)

    async def handle_exception(self, error: Exception) -> bytes:  # type: ignore[override]
        """What the client is answered when a command fails. A mail is tried again, and none of its words are told."""
        if isinstance(error, UpstreamError):
            log.warning("%s: the relay %s", self._ident, error)
            answer = reply(451, "4.3.0", "the mail server behind replylint does not answer; try again")
        else:
            log.error("%s: failed (%s)", self._ident, type(error).__name__)
            answer = _FAILED
        # What the relay has heard of the mail is uncertain now, so that the client has to begin anew.
        self._leave()
        self._end_mail()
        return answer.wire()

    async def smtp_EHLO(self, arg: str | None) -> None:
        """Offers what the relay offers, as far as it passes unchanged."""
        answer = await self._greeted(b"EHLO", arg)
        if answer.is_yes:
            offered = [line for line in answer.lines[1:] if line.split(b" ")[0].upper() in _PASSED_ON]
            answer = SmtpReply(answer.code, (answer.lines[0], *offered))
        await self._say(answer)

    async def smtp_HELO(self, arg: str | None) -> None:
        """The greeting of old clients."""
        await self._say(await self._greeted(b"HELO", arg))

    async def _greeted(self, command: bytes, arg: str | None) -> SmtpReply:
        """The relay's answer to a greeting, or ours to a client that is not let in."""
        assert self.session is not None
        shared = self._shared
        if not shared.settings.lets_in(str((self.session.peer or ("",))[0])):
            return _ELSEWHERE
        if shared.is_stopping or len(shared.open) > shared.settings.connections:
            return _GONE if shared.is_stopping else _BUSY
        self._end_mail()
        if self._upstream is None:
            settings = shared.settings
            self._upstream, greeting = await Upstream.open(settings.relay_at, settings.relay_timeout)
            if not greeting.is_yes:
                self._leave()
                return greeting
        self.session.extended_smtp = command == b"EHLO"
        return await self._upstream.ask(command + b" " + _bytes(arg))

    async def smtp_XFORWARD(self, arg: str | None) -> None:
        """Who the client's client is. Postfix tells it, and is told it again."""
        found = _IDENT.search(arg or "")
        if found and not found[1].startswith("["):
            self._ident = f"mail {found[1]}"
        await self._pass_on(b"XFORWARD", arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        """A mail begins, unless the filter is about to stop."""
        if self._shared.is_stopping:
            await self._say(_GONE)
            return
        if self._is_stale and self._upstream is not None:
            await self._upstream.ask(b"RSET")
            self._is_stale = False
        if (await self._pass_on(b"MAIL", arg)).is_yes:
            self._sender, self._recipients = path_of(arg or "") or "", []

    async def smtp_RCPT(self, arg: str | None) -> None:
        """One more recipient, if the relay knows it."""
        if (await self._pass_on(b"RCPT", arg)).is_yes:
            self._recipients.append(path_of(arg or "") or "")

    async def smtp_RSET(self, arg: str | None) -> None:
        """The mail is given up."""
        self._end_mail()
        await self._pass_on(b"RSET", arg)

    async def smtp_NOOP(self, arg: str | None) -> None:
        """Nothing, which keeps both connections alive."""
        await self._pass_on(b"NOOP", arg)

    async def smtp_QUIT(self, arg: str | None) -> None:
        """The conversation ends."""
        await self._say(SmtpReply(221, (b"2.0.0 Bye",)))
        self._hang_up()

    async def _not_offered(self, arg: str | None) -> None:
        await self._say(reply(502, "5.5.1", "this command is not offered"))

    smtp_AUTH = smtp_STARTTLS = smtp_VRFY = smtp_EXPN = smtp_HELP = _not_offered

    async def smtp_DATA(self, arg: str | None) -> None:
        """The message: the relay is given it once it has been judged, and has answered before the client is."""
        if self._upstream is None or not self._recipients:
            await self._say(_NOBODY if self._upstream else _NOTHING_YET)
            return
        await self._say(SmtpReply(354, (b"End data with <CR><LF>.<CR><LF>",)))
        # The relay knows sender and recipients of a mail that it may never be given.
        self._is_stale = True
        wire = await self._message()
        if wire is None:
            await self._finish(_TOO_BIG, "refused: too big")
            return
        mail = Mail(self._sender or "", tuple(self._recipients), wire)
        known = fingerprint(mail)
        earlier = known and self._shared.told(lambda journal: journal.found(known))
        if earlier:
            await self._answer_again(*earlier)
            return
        ruling = await self._shared.judge(mail)
        if ruling.refusal:
            await self._finish(ruling.refusal, ruling.said)
        else:
            await self._relay(mail, known, ruling)

    async def _message(self) -> bytes | None:
        """The message as it comes, with its end; None when it is too big."""
        most, found, is_too_big = self._shared.settings.max_bytes, bytearray(), False
        while not (found == END or found.endswith(b"\r\n" + END)):
            try:
                found += await self._reader.readuntil(END)
            except asyncio.LimitOverrunError as error:
                found += await self._reader.readexactly(error.consumed)
            if len(found) > most:
                is_too_big = True
                del found[:-5]
        return None if is_too_big else bytes(found)

    async def _answer_again(self, number: int, state: str) -> None:
        """Answers a mail that was tried before, when its client was not told what became of it."""
        if state != "taken":
            await self._finish(_UNKNOWN_YET, "held: an earlier try is not settled yet")
            return
        await self._finish(_TAKEN, "taken at an earlier try")
        self._shared.told(lambda journal: journal.forget(number))

    async def _relay(self, mail: Mail, known: bytes | None, ruling: Ruling) -> None:
        """Hands the message to the relay and tells the client what it answers, in this order."""
        upstream, shared = self._upstream, self._shared
        assert upstream is not None
        ready = await upstream.ask(b"DATA")
        if ready.code != 354:
            await self._finish(ready, f"{ruling.said}, the relay answers {ready.code}")
            return
        self._is_stale = False
        await upstream.send(mail.wire.removesuffix(END))
        number = known and shared.told(lambda journal: journal.begin(known))
        if not number:
            await upstream.send(END)
            answer = await upstream.answer()
        else:
            answer = await self._certainly(upstream, number)
        await self._finish(answer, f"{ruling.said}, {_outcome(answer)}")
        if number and answer.is_yes:
            shared.told(lambda journal: journal.forget(number))

    async def _certainly(self, upstream: Upstream, number: int) -> SmtpReply:
        """The relay's last word on a message, which is put down before anything else can happen."""
        shared = self._shared

        def put_down(answer: SmtpReply) -> None:
            shared.told(lambda journal: journal.taken(number) if answer.is_yes else journal.forget(number))

        shared.witness.hold(number, upstream)
        try:
            await upstream.send(END)
            answer = await upstream.answer(put_down)
        except BaseException:
            shared.witness.settle(number)
            raise
        shared.witness.drop(number)
        return answer

    async def _pass_on(self, command: bytes, arg: str | None) -> SmtpReply:
        """Tells the client what the relay answers to a command."""
        if self._upstream is None:
            answer = _NOTHING_YET
        else:
            answer = await self._upstream.ask(command + (b" " + _bytes(arg) if arg else b""))
        await self._say(answer)
        return answer

    async def _finish(self, answer: SmtpReply, said: str) -> None:
        """Ends a mail with an answer."""
        log.info("%s: %s", self._ident, said)
        await self._say(answer)
        self._end_mail()
        if self._shared.is_stopping:
            self._hang_up()

    def _end_mail(self) -> None:
        self._sender, self._recipients = None, []

    async def _say(self, answer: SmtpReply) -> None:
        await self.push(answer.wire())
        if answer.code == 421:
            self._hang_up()

    def stop(self) -> None:
        """Ends a conversation in which no mail is under way."""
        if not self.is_busy and self.transport is not None:
            self._writer.write(_GONE.wire() + b"\r\n")
            self._hang_up()

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def _leave(self) -> None:
        """Breaks off with the relay, which drops what it has not been given whole."""
        if self._upstream is not None:
            self._upstream.close()
            self._upstream = None


def _outcome(answer: SmtpReply) -> str:
    queued = _QUEUED.search(answer.lines[-1])
    return f"queued as {queued[1].decode()}" if queued and answer.is_yes else f"the relay answers {answer.code}"


def _bytes(arg: str | None) -> bytes:
    return (arg or "").encode("utf-8", "surrogateescape")
