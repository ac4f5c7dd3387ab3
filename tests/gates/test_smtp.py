"""The mail filter before a real Postfix' queue, and before a relay that keeps every byte."""

from __future__ import annotations

import email
import email.policy
import itertools
import os
import re
import shutil
import signal
import smtplib
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from tests.gates.hosts import postfix as host
from tests.gates.hosts.postfix import AGENT, CUSTOMER, Filter, Postfix, own_headers_of, wait_for
from tests.gates.hosts.relay import Relay, relay

pytest.importorskip("aiosmtpd", reason="the extra smtp is not installed")

_WHY = host.missing()
with_postfix = pytest.mark.skipif(bool(_WHY), reason=_WHY or "")

BLAME = "Hi Ann,\n\nyou failed to attach the form, so I am sorry that this takes until Friday."
CLEAN = "Hi Ann,\n\nyour lamp leaves our shop in Leeds on Friday, insured and wrapped twice."
WARNING = "Hi Ann,\n\nyour lamp is here!!!! It waits at the desk in Leeds."
GERMAN = "Hallo Anna,\n\nIhre Lampe verlässt unsere Werkstatt am Freitag. Dass sie kaputt ging, ist Ihre Schuld."
CYRILLIC_BLAME = "Поштована Ана,\n\nсами сте криви што је лампа поломљена."
CYRILLIC_CLEAN = (
    "Поштована Ана,\n\nваша лампа креће из наше радње у Новом Саду у петак, осигурана и двоструко упакована."
)
CROATIAN_BLAME = "Poštovana Ana,\n\nsami ste krivi što je lampa slomljena."
RUSSIAN_BLAME = "Здравствуйте, Анна!\n\nВы сами виноваты в том, что лампа сломалась."
NOT_SENT = "Not sent: something in this reply must be changed first."
_MAILS = int(os.environ.get("REPLYLINT_MAILS", "200"))
_NUMBERS = itertools.count(1)


def mail(
    text: str, subtype: str = "plain", charset: str = "utf-8", cte: str | None = None, **headers: str
) -> EmailMessage:
    """A mail of an agent to a customer with a Message-ID of its own. Underscores in names of headers are hyphens."""
    made = EmailMessage(policy=email.policy.SMTP.clone(cte_type="8bit"))
    given = {"From": AGENT, "To": CUSTOMER, "Subject": "Your lamp",
             "Date": "Sun, 29 Nov 2026 10:00:00 +0000",
             "Message-ID": f"<{next(_NUMBERS)}.{os.getpid()}.{time.time_ns()}@agents.example>",
             **{name.replace("_", "-"): value for name, value in headers.items()}}  # fmt: skip
    for name, value in given.items():
        made[name] = value
    made.set_content(text, subtype=subtype, charset=charset, cte=cte)
    return made


def name_of(message: bytes) -> bytes:
    """The Message-ID of a mail."""
    found = re.search(rb"(?im)^message-id:\s*(<[^>]+>)", message)
    assert found
    return found[1]


@dataclass
class Said:
    """What the client was answered to the end of a message."""

    code: int
    text: str

    @property
    def is_sent(self) -> bool:
        return self.code == 250


def submit(
    port: int, message: bytes | EmailMessage, sender: str = AGENT, to: tuple[str, ...] = (CUSTOMER,), *options: str
) -> Said:
    """Sends a mail once, as mail programs do."""
    data = message if isinstance(message, bytes) else bytes(message)
    with smtplib.SMTP("127.0.0.1", port, "laptop.agents.example", timeout=60) as client:
        client.ehlo()
        code, text = client.mail(sender, options or ["BODY=8BITMIME"])
        for address in to if code == 250 else ():
            code, text = client.rcpt(address)
        if code == 250:
            code, text = client.data(data)
    return Said(code, text.decode())


@dataclass
class Place:
    """A Postfix with the filter before it."""

    postfix: Postfix
    filter: Filter

    def submit(self, message: bytes | EmailMessage, *more: object) -> Said:
        return submit(self.postfix.port, message, *more)  # type: ignore[arg-type]

    def swaks(self, text: str, *options: str) -> str:
        """What swaks shows of sending a mail."""
        server = f"127.0.0.1:{self.postfix.port}"
        command = ["swaks", "--server", server, "--from", AGENT, "--to", CUSTOMER, "--body", text, *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout

    def names(self) -> Counter[bytes]:
        """The Message-IDs of all that was delivered, with how often."""
        self.postfix.settle()
        return Counter(name_of(path.read_bytes()) for path in self.postfix.delivered())

    def is_delivered(self, message: bytes | EmailMessage) -> bool:
        return name_of(bytes(message)) in self.names()


@contextmanager
def filtering(folder: Path, port: int, relay: int, config: str = "", smtp: str = "") -> Iterator[Filter]:
    """A filter that is stopped at the end."""
    folder.mkdir()
    running = Filter(folder, port, relay)
    running.configure(config if "[service]" in config else f"[service]\nworkers = 1\n{config}", smtp)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("smtp")


@pytest.fixture(scope="module")
def place(folder: Path) -> Iterator[Place]:
    """A Postfix and a filter whose configuration nobody changes."""
    with host.postfix() as running, filtering(folder / "filter", running.filter, running.relay) as found:
        yield Place(running, found)


@pytest.fixture(scope="module")
def keeping() -> Iterator[Relay]:
    with relay() as running:
        yield running


@pytest.fixture(scope="module")
def bare(folder: Path, keeping: Relay) -> Iterator[Filter]:
    """A filter before the relay that keeps every byte."""
    with filtering(folder / "bare", host.free_port(), keeping.port, smtp="max_bytes = 3000000") as found:
        yield found


# What is refused and what leaves


@with_postfix
def test_a_reply_with_an_error_is_refused_with_the_reason(place: Place) -> None:
    if not shutil.which("swaks"):
        pytest.skip("swaks is not installed")
    before = place.names()
    shown = [line[4:] for line in place.swaks(BLAME).splitlines() if line.startswith("<**")]
    assert shown[0] == f"550-5.7.1 {NOT_SENT}"
    assert shown[1].startswith(
        '550-5.7.1 [blames-customer] "you failed" makes the customer the cause. Say what happened'
    )
    assert shown[2:] == ["550 5.7.1 Change the reply and send it again."]
    assert place.names() == before


@with_postfix
def test_a_clean_reply_leaves_as_it_was_written(place: Place) -> None:
    sent = bytes(mail(CLEAN))
    assert place.submit(sent).is_sent
    (found,) = place.postfix.arrived(name_of(sent))
    assert own_headers_of(found) == sent.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("text", "words", "quoted"),
    [
        (
            CROATIAN_BLAME,
            ["Nije poslano: u ovom odgovoru prvo treba nesto promijeniti.", "Promijenite odgovor"],
            '"sami',
        ),
        (
            CYRILLIC_BLAME,
            [
                "Nije poslato: u ovom odgovoru prvo treba nesto promeniti.",
                "svaljuje krivicu na korisnika. Recite sta se",
            ],
            '"sami ste krivi" svaljuje',
        ),
        (RUSSIAN_BLAME, ["Ne otpravleno: snachala v etom otvete", "Isprav'te otvet"], "<<Vy sami vinovaty>>"),
    ],
    ids=["hr", "sr-Cyrl", "ru"],
)
@with_postfix
def test_the_reason_is_in_the_language_of_the_reply_and_in_ascii(
    place: Place, text: str, words: list[str], quoted: str
) -> None:
    said = place.submit(mail(text))
    assert said.code == 550
    assert said.text.isascii()
    assert [word for word in words if word not in said.text] == []
    assert f"[blames-customer] {quoted}" in said.text
    assert max(map(len, said.text.split("\n"))) <= 410


def html_of(text: str) -> str:
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    return f"<html><body>{paragraphs}</body></html>"


def with_html_and_file(text: str) -> EmailMessage:
    """A mail as programs write it: text, HTML and a file."""
    made = mail(text)
    made.add_alternative(html_of(text), subtype="html", cte="base64")
    made.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="pdf", filename="račun.pdf")
    return made


def only_html(text: str) -> EmailMessage:
    made = mail(html_of(text), "html", cte="quoted-printable")
    made.add_attachment("you failed to read the file\n", filename="notes.txt")
    return made


SHAPES: dict[str, Callable[[str], EmailMessage]] = {
    "8bit": lambda text: mail(text, cte="8bit"),
    "base64": lambda text: mail(text, cte="base64"),
    "quoted-printable": lambda text: mail(text, cte="quoted-printable"),
    "html and a file": with_html_and_file,
    "only html": only_html,
}
CHARSETS = {
    "windows-1251": (CYRILLIC_BLAME, CYRILLIC_CLEAN),
    "iso-8859-5": (CYRILLIC_BLAME, CYRILLIC_CLEAN),
    "koi8-r": (RUSSIAN_BLAME, "Здравствуйте, Анна!\n\nВаша лампа выедет из мастерской в пятницу."),
    "windows-1250": (
        CROATIAN_BLAME,
        "Poštovana Ana,\n\nvaša lampa kreće iz naše radionice u petak, dvostruko omotana.",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
@with_postfix
def test_serbian_in_cyrillic_in_every_shape(place: Place, shape: str) -> None:
    blame, clean = bytes(SHAPES[shape](CYRILLIC_BLAME)), bytes(SHAPES[shape](CYRILLIC_CLEAN))
    assert place.submit(blame).code == 550
    assert place.submit(clean).is_sent
    (found,) = place.postfix.arrived(name_of(clean))
    assert own_headers_of(found) == clean.replace(b"\r\n", b"\n")
    assert not place.is_delivered(blame)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("cte", ["8bit", "base64", "quoted-printable"])
@with_postfix
def test_old_charsets(place: Place, charset: str, cte: str) -> None:
    blame, clean = CHARSETS[charset]
    assert place.submit(mail(blame, charset=charset, cte=cte)).code == 550
    sent = bytes(mail(clean, charset=charset, cte=cte))
    assert place.submit(sent).is_sent
    (found,) = place.postfix.arrived(name_of(sent))
    assert own_headers_of(found) == sent.replace(b"\r\n", b"\n")


SORRY = CLEAN.replace("your lamp", "I am sorry that the wrong lamp came. Your lamp")
QUOTED = "you failed to send me the right lamp, and you lied to me"


@pytest.mark.parametrize(
    ("text", "subtype"),
    [
        (f"{SORRY}\n\nOn Mon, 23 Nov 2026 at 10:00, Ann <{CUSTOMER}> wrote:\n> Hello,\n> {QUOTED}.\n", "plain"),
        (f"{html_of(SORRY)}<div class='gmail_quote'>On Mon Ann wrote:<blockquote>{QUOTED}</blockquote></div>", "html"),
        (f"{html_of(SORRY)}<blockquote type='cite'><p>{QUOTED}</p></blockquote>", "html"),
    ],
    ids=["plain", "gmail", "cite"],
)
@with_postfix
def test_what_the_customer_is_quoted_with_is_not_judged(place: Place, text: str, subtype: str) -> None:
    message = mail(text, subtype, In_Reply_To="<1@customers.example>")
    assert place.submit(message).is_sent
    assert place.is_delivered(message)
    own = mail(text.replace("Your lamp leaves", "You failed to order, so your lamp leaves"), subtype)
    assert place.submit(own).code == 550


@with_postfix
def test_a_warning_leaves_and_is_logged(place: Place) -> None:
    message = mail(WARNING)
    assert place.submit(message).is_sent
    assert place.is_delivered(message)
    assert re.search(r"mail \d+: warn shouting \(\d+ ms\), queued as \w+", place.filter.log)


@with_postfix
def test_a_language_without_rules_leaves_and_is_logged_as_not_checked(place: Place) -> None:
    message = mail(GERMAN)
    before = place.filter.log.count("not checked:")
    assert place.submit(message).is_sent
    assert place.is_delivered(message)
    assert place.filter.log.count("not checked:") == before + 1


@with_postfix
def test_text_that_cannot_be_made_out_leaves_and_is_logged_as_not_checked(place: Place) -> None:
    broken = bytes(mail(BLAME)).replace(b'charset="utf-8"', b'charset="x-klingon"')
    assert b"x-klingon" in broken
    assert place.submit(broken).is_sent
    (found,) = place.postfix.arrived(name_of(broken))
    assert own_headers_of(found) == broken.replace(b"\r\n", b"\n")
    assert "not checked: its text cannot be made out" in place.filter.log


def invitation() -> EmailMessage:
    made = mail(BLAME)
    made.add_alternative(
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n", subtype="calendar", params={"method": "REQUEST"}
    )
    return made


def report() -> EmailMessage:
    made = mail(BLAME)
    made.make_mixed()
    made.set_type("multipart/report")
    return made


UNJUDGED: dict[str, tuple[EmailMessage, str, tuple[str, ...], str]] = {
    "a customer's": (mail(BLAME, From=CUSTOMER), CUSTOMER, (AGENT,), "not from an agent"),
    "a customer's that is sent on": (mail(BLAME, From=CUSTOMER), AGENT, ("c@customers.example",), "not from an agent"),
    "between agents": (mail(BLAME), AGENT, ("bo@agents.example", "di@agents.example"), "not to a customer"),
    "of a robot's address": (mail(BLAME, From="noreply@agents.example"), AGENT, (CUSTOMER,), "not from an agent"),
    "without a sender": (mail(BLAME), "", (CUSTOMER,), "no sender"),
    "automatic": (mail(BLAME, Auto_Submitted="auto-replied"), AGENT, (CUSTOMER,), "automatic"),
    "bulk": (mail(BLAME, Precedence="bulk"), AGENT, (CUSTOMER,), "bulk"),
    "an automatic answer": (mail(BLAME, Precedence="auto_reply"), AGENT, (CUSTOMER,), "bulk"),
    "of a list": (mail(BLAME, List_Id="<lamps.agents.example>"), AGENT, (CUSTOMER,), "list"),
    "a report": (report(), AGENT, (CUSTOMER,), "report"),
    "an invitation": (invitation(), AGENT, (CUSTOMER,), "calendar"),
}


@pytest.mark.parametrize("kind", UNJUDGED)
@with_postfix
def test_other_mail_passes_unasked(place: Place, kind: str) -> None:
    message, sender, to, why = UNJUDGED[kind]
    before = place.filter.log.count(f"not judged: {why}")
    assert place.submit(message, sender, to).is_sent
    (found,) = place.postfix.arrived(name_of(bytes(message)))[:1]
    assert own_headers_of(found) == bytes(message).replace(b"\r\n", b"\n")
    assert place.filter.log.count(f"not judged: {why}") == before + 1


@pytest.mark.parametrize(
    ("message", "sender", "to"),
    [
        (mail(BLAME), "bounces+17@mailer.example", (CUSTOMER,)),
        (mail(BLAME), AGENT, ("bo@agents.example", CUSTOMER)),
        (mail(BLAME, From="Ann <ann+ticket17@AGENTS.example>"), AGENT, (CUSTOMER,)),
        (mail(BLAME, Auto_Submitted="no"), AGENT, (CUSTOMER,)),
    ],
    ids=["another envelope", "a colleague reads it too", "a tag", "by hand"],
)
@with_postfix
def test_what_an_agent_writes_is_judged(place: Place, message: EmailMessage, sender: str, to: tuple[str, ...]) -> None:
    said = place.submit(message, sender, to)
    assert (said.code, said.text.split("\n")[0]) == (550, f"5.7.1 {NOT_SENT}")
    assert not place.is_delivered(message)


# Signed mail


@with_postfix
def test_a_dkim_signature_still_holds(place: Place, tmp_path: Path) -> None:
    dkim = pytest.importorskip("dkim", reason="dkimpy is not installed")
    key, public = tmp_path / "key.pem", tmp_path / "public.der"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", str(key), "2048"], check=True, capture_output=True)
    command = ["openssl", "rsa", "-in", str(key), "-pubout", "-outform", "DER", "-out", str(public)]
    subprocess.run(command, check=True, capture_output=True)
    import base64

    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public.read_bytes())
    message = bytes(with_html_and_file(CYRILLIC_CLEAN))
    signed = (
        dkim.sign(message, b"s1", b"agents.example", key.read_bytes(), canonicalize=(b"simple", b"simple")) + message
    )
    assert place.submit(signed).is_sent
    (found,) = place.postfix.arrived(name_of(message))
    arrived = own_headers_of(found).replace(b"\n", b"\r\n")
    assert dkim.verify(arrived, dnsfunc=lambda *_, **__: record)
    assert not dkim.verify(arrived.replace(b"Your lamp", b"Your lamb"), dnsfunc=lambda *_, **__: record)


def smime(text: str, folder: Path, *kind: str) -> bytes:
    """A mail that is signed or enciphered with openssl."""
    key, certificate, plain = folder / "key.pem", folder / "cert.pem", folder / "plain"
    if not key.exists():
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN=Ann/emailAddress={AGENT}",
                   "-keyout", str(key), "-out", str(certificate), "-days", "2"]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    plain.write_bytes(f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".replace("\n", "\r\n").encode())
    who = [str(certificate)] if "-encrypt" in kind else ["-signer", str(certificate), "-inkey", str(key)]
    made = subprocess.run(["openssl", "smime", *kind, "-in", str(plain), *who], check=True, capture_output=True).stdout
    head = f"From: {AGENT}\nTo: {CUSTOMER}\nSubject: Your lamp\nMessage-ID: <{time.time_ns()}@agents.example>\n"
    head += "Date: Sun, 29 Nov 2026 10:00:00 +0000\n"
    return (head.encode() + made).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@with_postfix
def test_smime_is_judged_where_it_can_be_read_and_stays_valid(place: Place, tmp_path: Path) -> None:
    assert place.submit(smime(BLAME, tmp_path, "-sign")).code == 550
    signed = smime(CLEAN, tmp_path, "-sign")
    assert place.submit(signed).is_sent
    (found,) = place.postfix.arrived(name_of(signed))
    (tmp_path / "arrived").write_bytes(own_headers_of(found))
    command = ["openssl", "smime", "-verify", "-in", str(tmp_path / "arrived"), "-noverify"]
    verified = subprocess.run(command, capture_output=True)
    assert verified.returncode == 0, verified.stderr
    assert b"your lamp leaves our shop in Leeds" in verified.stdout


@with_postfix
def test_enciphered_mail_passes(place: Place, tmp_path: Path) -> None:
    sent = smime(BLAME, tmp_path, "-encrypt", "-aes256")
    assert place.submit(sent).is_sent
    (found,) = place.postfix.arrived(name_of(sent))
    assert own_headers_of(found) == sent.replace(b"\r\n", b"\n")
    assert "not checked: the mail holds no text that can be read" in place.filter.log


# Byte for byte


@contextmanager
def talking(port: int) -> Iterator[Callable[..., bytes]]:
    """Speaks SMTP without a library that would mend what is said."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection, connection.makefile("rb") as file:

        def say(line: bytes = b"", end: bytes = b"\r\n") -> bytes:
            if line:
                connection.sendall(line + end)
            answer = b""
            while not re.search(rb"(?m)^\d{3} .*\n\Z", answer):
                got = file.readline()
                if not got:
                    return answer
                answer += got
            return answer

        say()
        yield say


HEAD = f"From: {AGENT}\r\nTo: {CUSTOMER}\r\nMessage-ID: <%d@agents.example>\r\n\r\n".encode()
BYTES: dict[str, bytes] = {
    "long line": b"x" * 5000 + b"\r\n",
    "bare CR": b"one\rtwo\r\r\nthree\r\n",
    "bare LF": b"one\ntwo\n.\nthree\n..\r\n",
    "NUL and 8 bits": b"\x00\x01\xff\xfe\x80 caf\xe9\r\n",
    "dots": b"..\r\n...two\r\n.. \r\n..\r\n",
    "lone CR before the end": b"one\r\r\n",
    "blanks at ends": b"one  \r\n\t\r\n\r\n\r\n",
    "no body": b"",
    "a megabyte": b"".join(b"%076d\r\n" % number for number in range(14_000)),
}


@pytest.mark.parametrize("kind", BYTES)
def test_every_byte_passes(bare: Filter, keeping: Relay, kind: str) -> None:
    for head in (HEAD % time.time_ns(), HEAD.replace(AGENT.encode(), CUSTOMER.encode()) % time.time_ns()):
        wire = head + BYTES[kind] + b".\r\n"
        with talking(bare.port) as say:
            say(b"EHLO laptop")
            say(b"MAIL FROM:<%s> BODY=8BITMIME" % AGENT.encode())
            say(b"RCPT TO:<%s>" % CUSTOMER.encode())
            assert say(b"DATA").startswith(b"354")
            assert say(wire, b"") == b"250 2.0.0 Ok: queued as 4CF4F23E5BC\r\n"
        assert keeping.messages[-1] == wire


def test_nothing_but_the_end_is_a_message_too(bare: Filter, keeping: Relay) -> None:
    with talking(bare.port) as say:
        say(b"EHLO laptop")
        say(b"MAIL FROM:<>")
        say(b"RCPT TO:<%s>" % CUSTOMER.encode())
        say(b"DATA")
        assert say(b".").startswith(b"250")
    assert keeping.messages[-1] == b".\r\n"


def test_the_envelope_passes_as_it_came(bare: Filter, keeping: Relay) -> None:
    commands = [
        b"EHLO laptop.agents.example",
        b"XFORWARD NAME=laptop ADDR=192.0.2.7 PORT=4711 PROTO=ESMTP HELO=laptop SOURCE=REMOTE IDENT=4CF4F23E5BD",
        "MAIL FROM:<anna@müller.example> SIZE=500 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ314159".encode(),
        b"RCPT TO:<bob@customers.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+40customers.example",
        "RCPT TO:<josé@customers.example>".encode(),
        b'RCPT TO:<"a > b"@customers.example>',
    ]
    del keeping.commands[:]
    with talking(bare.port) as say:
        for command in commands:
            assert say(command).startswith(b"250")
        say(b"DATA")
        assert say(HEAD % time.time_ns() + CLEAN.encode() + b"\r\n.\r\n", b"").startswith(b"250")
    assert keeping.commands == [*commands, b"DATA"]
    assert "mail 4CF4F23E5BD: " in bare.log


def test_only_what_passes_unchanged_is_offered(bare: Filter) -> None:
    with talking(bare.port) as say:
        offered = say(b"EHLO laptop").split(b"\r\n")[1:-1]
        assert [line[4:].split(b" ")[0] for line in offered] == [b"SIZE", b"8BITMIME", b"SMTPUTF8", b"DSN", b"XFORWARD"]
        assert say(b"STARTTLS").startswith(b"502 5.5.1")
        assert say(b"AUTH PLAIN AAAA").startswith(b"502 5.5.1")
        assert say(b"VRFY ann").startswith(b"502 5.5.1")


def test_what_the_relay_refuses_the_client_hears(bare: Filter, keeping: Relay) -> None:
    keeping.answers = {
        b"RCPT TO:<gone@customers.example>": b"550-5.1.1 nobody here\r\n550 5.1.1 has this name",
        b"MAIL FROM:<full@agents.example>": b"452 4.3.1 no space",
    }
    with talking(bare.port) as say:
        say(b"EHLO laptop")
        assert say(b"MAIL FROM:<full@agents.example>") == b"452 4.3.1 no space\r\n"
        assert say(b"DATA").startswith(b"503")
        say(b"MAIL FROM:<%s>" % AGENT.encode())
        assert say(b"RCPT TO:<gone@customers.example>") == b"550-5.1.1 nobody here\r\n550 5.1.1 has this name\r\n"
        assert say(b"RCPT TO:<%s>" % CUSTOMER.encode()).startswith(b"250")
        keeping.final = b"452 4.3.1 no space"
        say(b"DATA")
        assert say(HEAD % 1 + CLEAN.encode() + b"\r\n.\r\n", b"") == b"452 4.3.1 no space\r\n"
        keeping.final = Relay.final
        say(b"MAIL FROM:<%s>" % AGENT.encode())
        say(b"RCPT TO:<%s>" % CUSTOMER.encode())
        say(b"DATA")
        assert say(HEAD % 1 + CLEAN.encode() + b"\r\n.\r\n", b"").startswith(b"250 2.0.0 Ok: queued")
    keeping.answers = {}


def test_after_a_refusal_the_next_mail_of_a_connection_is_one_of_its_own(bare: Filter, keeping: Relay) -> None:
    del keeping.commands[:]
    with talking(bare.port) as say:
        say(b"EHLO laptop")
        for text, answer in ((BLAME, b"550-5.7.1"), (CLEAN, b"250 2.0.0")):
            say(b"MAIL FROM:<%s>" % AGENT.encode())
            say(b"RCPT TO:<%s>" % CUSTOMER.encode())
            say(b"DATA")
            assert say(HEAD % time.time_ns() + text.encode() + b"\r\n.\r\n", b"").startswith(answer)
    verbs = [command.split(b" ")[0] for command in keeping.commands]
    assert verbs == [b"EHLO", b"MAIL", b"RCPT", b"RSET", b"MAIL", b"RCPT", b"DATA"]


def test_too_big_a_mail_is_refused_whole(bare: Filter, keeping: Relay) -> None:
    before = len(keeping.messages)
    with talking(bare.port) as say:
        say(b"EHLO laptop")
        say(b"MAIL FROM:<%s>" % AGENT.encode())
        say(b"RCPT TO:<%s>" % CUSTOMER.encode())
        say(b"DATA")
        assert say(HEAD % 1 + b"x" * 76 + b"\r\n" + (b"y" * 76 + b"\r\n") * 50_000 + b".\r\n", b"").startswith(
            b"552 5.3.4"
        )
        assert say(b"NOOP").startswith(b"250")
    assert len(keeping.messages) == before


def test_a_large_file_does_not_keep_a_reply_from_being_judged(bare: Filter) -> None:
    made = mail(BLAME)
    made.add_attachment(os.urandom(2_000_000), maintype="application", subtype="zip", filename="a.zip")
    assert submit(bare.port, made).code == 550


# When something breaks


@with_postfix
def test_without_the_filter_postfix_has_clients_try_again(place: Place) -> None:
    message = mail(CLEAN)
    place.filter.stop()
    try:
        assert place.submit(message).code == 451
    finally:
        place.filter.start()
    assert place.submit(message).is_sent
    assert place.names()[name_of(bytes(message))] == 1


def test_without_the_relay_nothing_is_lost(folder: Path) -> None:
    port, nobody = host.free_port(), host.free_port()
    with filtering(folder / "alone", port, nobody) as found:
        with talking(port) as say:
            assert say(b"EHLO laptop").startswith(b"451 4.3.0")
        with socket.create_server(("127.0.0.1", nobody)) as silent, relay() as other:
            found.relay = other.port
            found.configure()
            wait_for(lambda: "read anew" in found.log, lambda: found.log)
            assert submit(port, mail(CLEAN)).is_sent
            other.answers = {b"DATA": b"gibberish"}
            assert submit(port, mail(CLEAN)).code == 451
            assert silent.fileno()
        assert len(other.messages) == 1


def workers(running: Filter) -> list[int]:
    """The processes that check."""
    command = "from multiprocessing.spawn"
    return [number for number in running.children() if command in Path(f"/proc/{number}/cmdline").read_text()]


def stalled(running: Filter) -> None:
    for number in workers(running):
        os.kill(number, signal.SIGSTOP)


def test_a_check_that_stands_still_lets_the_reply_leave(bare: Filter, keeping: Relay) -> None:
    before = len(keeping.messages)
    assert submit(bare.port, mail(BLAME)).code == 550
    stalled(bare)
    began = time.monotonic()
    message = mail(BLAME)
    assert submit(bare.port, message).is_sent
    assert 2.9 < time.monotonic() - began < 10
    assert re.search(r"INFO mail \d+: not checked: it took too long \(\d{4} ms\), queued as 4CF4F23E5BC", bare.log)
    assert [name_of(data) for data in keeping.messages[before:]] == [name_of(bytes(message))]
    judges_again(bare)


def test_a_checking_process_that_dies_is_replaced(bare: Filter) -> None:
    before = bare.log.count("not checked: ")
    for number in workers(bare):
        os.kill(number, signal.SIGKILL)
    # The reply is given to the new process, and leaves as not checked where that is not there in time.
    assert submit(bare.port, mail(BLAME)).code == 550 or bare.log.count("not checked: ") == before + 1
    assert "a checking process died; another one is started" in bare.log
    judges_again(bare)


def judges_again(running: Filter) -> None:
    """Waits until replies are judged."""
    wait_for(lambda: submit(running.port, mail(BLAME)).code == 550, lambda: running.log)


def test_fail_closed_holds_the_reply_and_a_retry_is_judged(folder: Path) -> None:
    policy = '[service]\nworkers = 1\ntime_budget = 1.0\n[service.policy]\nfail = "closed"'
    with relay() as kept, filtering(folder / "closed", host.free_port(), kept.port, policy) as found:
        message = mail(CLEAN)
        stalled(found)
        said = submit(found.port, message)
        assert said == Said(451, "4.7.1 Not sent: replylint could not check this reply, and your team does not let "
                                 "unchecked replies leave.")  # fmt: skip
        assert kept.messages == []
        assert submit(found.port, mail(BLAME, From=CUSTOMER), CUSTOMER, (AGENT,)).is_sent

        def is_judged() -> bool:
            said = submit(found.port, message)
            return said.is_sent

        wait_for(is_judged, lambda: found.log)
        assert len(kept.messages) == 2
        broken = bytes(mail(BLAME)).replace(b'charset="utf-8"', b'charset="x-klingon"')
        assert submit(found.port, broken).code == 550


def test_a_change_of_policy_takes_effect_without_a_restart(folder: Path) -> None:
    with relay() as kept, filtering(folder / "policy", host.free_port(), kept.port) as found:
        assert submit(found.port, mail(BLAME)).code == 550
        mild = '[service]\nworkers = 1\n[service.policy.rules]\nblames-customer = "warn"\nno-solution = "show"\n'
        found.configure(mild)
        wait_for(lambda: "read anew" in found.log, lambda: found.log)
        assert submit(found.port, mail(BLAME)).is_sent
        assert "warn blames-customer" in found.log
        found.configure("[service.policy\n")
        wait_for(lambda: "the rules stay as they were" in found.log, lambda: found.log)
        assert submit(found.port, mail(BLAME)).is_sent
        teams = '[service]\nworkers = 1\n[service.teams.strict]\nblock = "warning"\n'
        found.configure(teams, 'teams = {"ann@agents.example" = "strict"}\nquote = false')
        assert found.process
        found.process.send_signal(signal.SIGHUP)
        wait_for(lambda: found.log.count("read anew") >= 2, lambda: found.log)
        said = submit(found.port, mail(WARNING))
        assert said.code == 550
        assert "[shouting]" in said.text
        assert "!!!!" not in said.text
        assert submit(found.port, mail(WARNING, From="bo@agents.example")).is_sent


def test_mails_in_flight_are_settled_when_it_stops(folder: Path) -> None:
    with relay() as kept, filtering(folder / "stopping", host.free_port(), kept.port) as found:
        kept.hold.clear()
        with ThreadPoolExecutor(1) as threads:
            sending = threads.submit(submit, found.port, mail(CLEAN))
            wait_for(lambda: len(kept.messages) == 1)
            stopping = threading.Thread(target=found.stop)
            stopping.start()
            wait_for(lambda: not host.is_open(found.port))
            kept.hold.set()
            assert sending.result(60).is_sent
            stopping.join(60)
        assert found.process
        assert found.process.returncode == 0


def test_a_mail_whose_filter_is_killed_before_the_answer_comes(folder: Path) -> None:
    """The answer that nobody heard is known at the next try, so that the mail is neither lost nor doubled."""
    with relay() as kept, filtering(folder / "killed", host.free_port(), kept.port) as found:
        for answer, tries in ((Relay.final, 1), (b"452 4.3.1 no space", 2)):
            message = mail(CLEAN)
            given = len(kept.messages)
            kept.hold.clear()
            kept.final = answer
            children = left_alone(found, kept, message)
            found.start()
            said = submit(found.port, message)
            assert said == Said(451, "4.7.1 an earlier try of this mail is not settled yet; try again")
            kept.hold.set()
            wait_for(partial(are_gone, children))
            kept.final = Relay.final
            assert submit(found.port, message).is_sent
            assert len(kept.messages) == given + tries
            # Whoever sends it once more means it, since this time the client was told.
            assert submit(found.port, message).is_sent
            assert len(kept.messages) == given + tries + 1
        assert found.log.count("taken at an earlier try") == 1


def left_alone(running: Filter, kept: Relay, message: EmailMessage) -> list[int]:
    """Kills a filter while the relay has a mail and has not answered; the processes that it leaves."""
    given = len(kept.messages)
    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(submit, running.port, message)
        wait_for(lambda: len(kept.messages) == given + 1)
        children = running.children()
        running.kill()
        with pytest.raises(smtplib.SMTPServerDisconnected):
            sending.result(60)
    assert len(children) >= 2
    return children


def are_gone(numbers: list[int]) -> bool:
    """Whether processes have ended."""
    return not any(is_running(number) for number in numbers)


def is_running(number: int) -> bool:
    """Whether there is a process of this number that has not ended."""
    try:
        return " Z " not in Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
    except OSError:
        return False


def test_a_mail_that_is_not_whole_is_not_the_relays(bare: Filter, keeping: Relay) -> None:
    before = len(keeping.messages)
    with socket.create_connection(("127.0.0.1", bare.port)) as client:
        for line in (b"EHLO laptop", b"MAIL FROM:<%s>" % AGENT.encode(), b"RCPT TO:<b@c.example>", b"DATA"):
            client.sendall(line + b"\r\n")
        client.sendall(HEAD % 1 + CLEAN.encode())
    message = mail(CLEAN)
    assert submit(bare.port, message).is_sent
    assert [name_of(data) for data in keeping.messages[before:]] == [name_of(bytes(message))]


# What is told


@with_postfix
def test_no_log_holds_words(place: Place) -> None:
    planted = "The marmalade of Zanzibar is kept in the blue cupboard."
    for text in (BLAME, CLEAN, WARNING, GERMAN):
        place.submit(mail(f"{text}\n\n{planted}", Subject="Marmalade of Zanzibar"))
    broken = bytes(mail(planted)).replace(b'charset="utf-8"', b'charset="marmalade"')
    place.submit(broken)
    told = place.filter.log + place.postfix.log
    assert [word for word in ("armalade", "Zanzibar", "cupboard") if word in told] == []
    assert AGENT not in place.filter.log
    assert CUSTOMER not in place.filter.log
    journal = place.filter.folder / "journal.sqlite"
    kept = b"".join(path.read_bytes() for path in journal.parent.glob("journal.sqlite*"))
    assert b"fingerprint" in kept
    assert b"armalade" not in kept


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "“smtp.agents”: is needed"),
        ("[smtp]\nagents = []", "“smtp.agents”: tuple should have at least 1 item"),
        ('[smtp]\nagents = ["a b"]', "“smtp.agents.0”: write an address, a domain"),
        ('[smtp]\nagents = ["a.example"]\nlisten = "10025"', "“smtp.listen”: write host and port"),
        ('[smtp]\nagents = ["a.example"]\nrelais = "x"', "“smtp.relais”: is not known"),
        ('[smtp]\nagents = ["a.example"]\nclients = ["x"]', "“smtp.clients.0”: 'x' does not appear to be"),
    ],
)
def test_a_wrong_configuration_is_told(tmp_path: Path, config: str, words: str) -> None:
    (tmp_path / "replylint.toml").write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "replylint", "smtp-filter"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


# The big run, and how long it takes


@with_postfix
def test_the_delay_is_small(place: Place, record_property: Callable[[str, object], None]) -> None:
    def median(port: int) -> float:
        times = []
        for _ in range(25):
            message = bytes(mail(CLEAN))
            began = time.perf_counter()
            assert submit(port, message).is_sent
            times.append(time.perf_counter() - began)
        return statistics.median(times) * 1000

    with_filter, without = median(place.postfix.port), median(place.postfix.relay)
    record_property("milliseconds", round(with_filter - without, 1))
    print(f"\nmedian of 25: {with_filter:.1f} ms with the filter, {without:.1f} ms without")
    assert with_filter - without < 100


@dataclass
class Run:
    """What the clients saw."""

    answers: dict[bytes, int] = field(default_factory=dict)
    deferred: int = 0

    def has(self, count: int) -> bool:
        return len(self.answers) >= count


def one_of(number: int) -> tuple[EmailMessage, bool]:
    """The mail of a number, and whether it may leave: some of each shape, by agents and by customers."""
    shape = list(SHAPES.values())[number % len(SHAPES)]
    if number % 7 == 3:
        return mail(f"{BLAME}\n\n{number}", From=CUSTOMER), True
    is_clean = number % 3 != 0
    blame, clean = (BLAME, CLEAN) if number % 2 else (CYRILLIC_BLAME, CYRILLIC_CLEAN)
    return shape(f"{clean if is_clean else blame}\n\n{number}"), is_clean


def deliver(place: Place, message: bytes, run: Run) -> None:
    """Sends a mail again and again until it is taken or refused for good, as clients with a queue do."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            code = place.submit(message).code
        except (smtplib.SMTPException, OSError):
            code = 451
        if code // 100 != 4:
            run.answers[name_of(message)] = code
            return
        run.deferred += 1
        time.sleep(0.2)


def open_mails(running: Filter) -> int:
    """How many mails the relay has and has not answered."""
    with closing(sqlite3.connect(running.folder / "journal.sqlite")) as journal:
        return int(journal.execute("SELECT count(*) FROM mails WHERE state = 'open'").fetchone()[0])


@with_postfix
def test_what_postfix_took_while_the_filter_was_dead_is_not_given_to_it_again(folder: Path) -> None:
    slow = "smtpd_end_of_data_restrictions=sleep,1,permit"
    with host.postfix(slow) as running, filtering(folder / "dead", running.filter, running.relay) as found:
        place, run = Place(running, found), Run()
        mails = [bytes(mail(CLEAN)) for _ in range(10)]
        with ThreadPoolExecutor(len(mails)) as threads:
            sending = [threads.submit(deliver, place, message, run) for message in mails]
            wait_for(lambda: open_mails(found) == len(mails))
            found.kill()
            found.start()
            for future in sending:
                future.result(300)
        assert set(run.answers.values()) == {250}
        assert place.names() == Counter(map(name_of, mails))
        assert found.log.count("taken at an earlier try") == len(mails)


@with_postfix
def test_nothing_is_lost_or_doubled_whatever_happens(folder: Path) -> None:
    policy = '[service.policy]\nfail = "closed"\n'
    with host.postfix() as running, filtering(folder / "big", running.filter, running.relay, policy) as found:
        place, run = Place(running, found), Run()
        mails = {name_of(data): (data, leaves) for data, leaves in
                 ((bytes(made), leaves) for made, leaves in map(one_of, range(_MAILS)))}  # fmt: skip
        kills = max(3, _MAILS // 60)
        with ThreadPoolExecutor(6) as threads:
            sending = [threads.submit(deliver, place, data, run) for data, _ in mails.values()]
            for number in range(1, kills + 1):
                enough = number * _MAILS // (kills + 1)
                wait_for(partial(run.has, enough), lambda: found.log[-2000:], 400)
                found.kill()
                found.start()
            for future in sending:
                future.result(400)
        delivered = place.names()
        intact = sum(
            own_headers_of(data) == mails[name_of(data)][0].replace(b"\r\n", b"\n")
            for data in (path.read_bytes() for path in running.delivered())
        )
        wanted = {name for name, (_, leaves) in mails.items() if leaves}
        refused = [name for name, code in run.answers.items() if code == 550]
        counts = {
            "in": len(mails), "delivered": len(delivered), "refused": len(refused), "deferred": run.deferred,
            "lost": len(wanted - set(delivered)), "doubled": sum(count - 1 for count in delivered.values()),
            "bytes identical": intact, "killed": kills,
            "told on a retry": found.log.count("taken at an earlier try"),
        }  # fmt: skip
        print("\n" + ", ".join(f"{key} {value}" for key, value in counts.items()))
        assert set(run.answers) == set(mails)
        assert set(delivered) == wanted
        assert set(refused) == set(mails) - wanted
        assert (counts["lost"], counts["doubled"], intact) == (0, 0, len(wanted))
        assert run.deferred >= kills
