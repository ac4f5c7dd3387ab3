"""Every layout in which canned replies are exported, read macro by macro."""

from __future__ import annotations

from pathlib import Path

import pytest

from replylint.errors import InputError
from replylint.macros.helpdesks import Export, builtin
from replylint.macros.reading import Item, Library, Unread
from replylint.reply import Reply
from replylint.slots import TAGS, mark

FOLDER = Path(__file__).parent / "exports"
SIGNS = {"N": mark("name"), "S": mark("sender"), "D": mark("date"), "#": mark("number"), "C": mark("case")}

Row = tuple[object, str, str | None, int, str, str]
"""Id, title, language, line, helpdesk, and the text with ‹N› and the like for variables."""

EXPECTED: dict[str, list[Row]] = {
    "zendesk_macros.json": [
        (11, "Delivery::Lamp is late", None, 20, "Zendesk",
         "Hi ‹N›,\n\nI'm sorry that your lamp is late. It comes tomorrow.\n\n‹S›"),
        (12, "Delivery::Lampa kasni", None, 33, "Zendesk",
         "Poštovani ‹N›,\n\nžao nam je što lampa ‹#› kasni. Stiže u petak.\n\n‹S›"),
    ],
    "zendesk_dynamic_content.json": [
        (211, "Opening hours", None, 10, "Zendesk", "The shop opens at nine on weekdays."),
        (212, "Opening hours", None, 17, "Zendesk", "De winkel gaat op werkdagen om negen uur open."),
    ],
    "freshdesk_canned_responses.json": [
        (31, "Refund is on its way", None, 7, "Freshdesk", "Hi ‹N›,\n40 euros went back to your card today.\n‹S›")
    ],
    "intercom_macros.json": [
        ("41", "Plan is changed", None, 8, "Intercom", "Hi ‹N›, your plan is changed from today.")
    ],
    "front_message_templates.json": [
        ("rsp_5", "Room is ready", None, 10, "Front",
         "Dear ‹N›,\n\n- the room is ready,\n- the key is at the desk.\n\n‹S›")
    ],
    "helpscout_saved_replies.json": [
        (61, "Jar was broken", None, 5, "Help Scout", "Hi ‹N›,\n\na new jar leaves us today.\n‹S›"),
        ("61/2", "Jar was broken", None, 6, "Help Scout", "A new jar leaves us today."),
        (62, "Back on Monday", None, 11, "Help Scout", "We are back on Monday at nine."),
    ],
    "freescout_saved_replies.json": [
        (71, "Invoice once more", None, 6, "FreeScout", "Hi ‹N›,\nhere is invoice ‹#› once more.")
    ],
    "gorgias_macros.json": [(81, "Where is it", "en", 20, "Gorgias", "Hi ‹N›,\norder ‹C› left us on ‹D›.")],
    "zammad_text_modules.json": [
        (91, "Paket kasni", None, 6, "Zammad", "Poštovani ‹N›,\nizvinjavamo se, paket stiže u sredu.")
    ],
    "zammad_text_modules.csv": [
        ("93", "Пакет касни", None, 2, "Zammad", "Поштовани ‹N›,\nизвињавамо се, пакет стиже у среду.")
    ],
    "chatwoot_canned_responses.json": [
        (101, "laat", None, 6, "Chatwoot",
         "Hoi ‹N›, sorry dat het pakket te laat is. Het komt morgen tussen 9 en 12 uur.\n\n‹S›")
    ],
    "osticket_canned_response.csv": [
        ("111", "Parcel", "en", 2, "osTicket", 'Hi ‹N›,\nthe "blue" parcel ‹#› comes on Friday.')
    ],
    "osticket_premade.yaml": [
        (None, "Parcel", None, 4, "osTicket", "Hi ‹N›,\n\nticket ‹#› is done; the parcel comes on Friday."),
        (None, "Paket", None, 12, "osTicket", "Poštovani, paket ‹#› stiže u petak."),
    ],
    "request_tracker.json": [
        ("kasni-paket", "kasni-paket", None, 7, "Request Tracker", "Poštovani,\npaket stiže u petak.\n"),
        ("kasni-paket/2", "kasni-paket", None, 15, "Request Tracker", "Use {braces} as you like in an article."),
        ("Autoreply", "Autoreply", None, 24, "Request Tracker",
         "Subject: Yours\n\nHello ‹N›,\n\nthe answer comes within one working day.\n"),
    ],
    "znuny_standard_template.csv": [
        ("131", "Parcel", None, 2, "Znuny", "Dear ‹N›,\n\nticket ‹#› is done.\n\n‹S›"),
        ("132", "Посылка", None, 7, "Znuny", "Здравствуйте, ‹N›!\nПосылка придёт в пятницу."),
    ],
    "django_helpdesk_presetreply.json": [
        (141, "late parcel", None, 7, "django-helpdesk", "Dear ‹N›, ‹C› comes tomorrow.")
    ],
    "hubspot_snippets.csv": [("late", "Late", None, 2, "HubSpot", "Hi ‹N›, ‹C› comes on Friday. ‹S›")],
    "salesforce_quicktext.json": [
        ("574A", "Late parcel", None, 13, "Salesforce", "Hi ‹N›, case ‹#› is done. ‹S›")
    ],
    "salesforce_email_templates.json": [
        ("00XA", "Late", None, 15, "Salesforce", "Hi ‹N›,\n\nthe parcel comes on Friday.")
    ],
    "salesforce_template.email": [
        (None, "salesforce_template", None, 1, "",
         "Hi ‹N›,\n\ncase ‹#› is done; the parcel comes on Friday.\n\n‹S›\n")
    ],
    "github_saved_replies.json": [
        (171, "Known", None, 10, "GitHub",
         "Thanks for the report! It is fixed in 2.4, due on 1 December; see #123.")
    ],
    "roundcube_responses.csv": [("181", "Kasni", None, 2, "Roundcube", "Poštovani,\npaket stiže u petak.")],
}  # fmt: skip

LEFT_ALONE: dict[str, list[str]] = {
    "zendesk_macros.json": ["inactive", "internal", "without text"],
    "zendesk_dynamic_content.json": ["inactive"],
    "gorgias_macros.json": ["inactive"],
    "zammad_text_modules.json": ["inactive"],
    "zammad_text_modules.csv": ["inactive"],
    "osticket_canned_response.csv": ["inactive"],
    "osticket_premade.yaml": ["inactive"],
    "znuny_standard_template.csv": ["inactive"],
    "salesforce_email_templates.json": ["inactive"],
    "roundcube_responses.csv": ["inactive"],
}


def read(name: str, library: Library | None = None) -> list[Item]:
    """What is in an export of this folder."""
    return list((library or Library(builtin())).read((FOLDER / name).read_bytes(), name))


def shown(text: str) -> str:
    """A text with its variables readable."""
    for letter, sign in SIGNS.items():
        text = text.replace(sign, f"‹{letter}›")
    return text


def row(reply: Reply) -> Row:
    """What is to be compared of a macro."""
    assert reply.macro is not None
    return reply.id, reply.macro.title, reply.lang, reply.macro.line, reply.macro.helpdesk, shown(reply.text.value)


@pytest.mark.parametrize("name", EXPECTED)
def test_exports(name: str) -> None:
    items = read(name)
    assert [row(item) for item in items if isinstance(item, Reply)] == EXPECTED[name]
    assert [item.reason for item in items if isinstance(item, Unread)] == LEFT_ALONE.get(name, [])
    assert not [item for item in items if isinstance(item, InputError)]


def test_every_known_layout_has_a_sample() -> None:
    tried = {export.name for desk in builtin().desks.values() for export in desk.exports}
    sampled = {"Help Scout saved replies"}  # Its other layout has previews only; see the test of it.
    for name in EXPECTED:
        helpdesks = {item.macro.helpdesk for item in read(name) if isinstance(item, Reply) and item.macro}
        sampled |= {e.name for d in builtin().desks.values() if d.name in helpdesks for e in d.exports}
    assert tried == sampled


@pytest.mark.parametrize("name", EXPECTED)
def test_spans(name: str) -> None:
    """Each word of a macro stands at its place in the export, or an escape of it does."""
    for item in read(name):
        if not isinstance(item, Reply):
            continue
        for at, letter in enumerate(item.text.value):
            start, end = item.text.span(at, at + 1)
            if letter.isalnum() and end - start == 1:
                assert item.source[start:end] == letter
        for variable in item.macro.variables if item.macro else ():
            assert variable.fault is None
            assert variable.name in item.source[variable.start : variable.end]


@pytest.mark.parametrize("name", EXPECTED)
def test_no_variable_is_left_over(name: str) -> None:
    for item in read(name):
        if isinstance(item, Reply) and item.id != "kasni-paket/2":
            assert not set("{}%<>") & set(item.text.value)
            assert all(text.value != item.text.value for text in (item.macro.arms if item.macro else ()))


def test_every_arm_is_a_text() -> None:
    macro = next(item for item in read("zendesk_macros.json") if isinstance(item, Reply)).macro
    assert macro
    assert [shown(arm.value) for arm in macro.arms] == [
        "Hi ‹N›,\n\nI'm sorry that your lamp is late. It comes on Friday.\n\n‹S›"
    ]


def test_own_columns() -> None:
    layout = Export(
        name="own", type="any", has=(), when="Tekst", body="Tekst", title="Naam", id="Naam", lang="Taal",
        inactive="Aan == 'nee'",
    )  # fmt: skip
    items = read("own_columns.csv", Library(builtin(), layout=layout))
    assert [row(item) if isinstance(item, Reply) else item for item in items] == [
        ("Laat", "Laat", "nl", 2, "", "Beste ‹N›, het pakket komt vrijdag."),
        Unread("inactive"),
    ]


def test_preview_of_a_list() -> None:
    data = b'{"_embedded": {"replies": [{"id": 9, "name": "Jar", "preview": "Hi {%customer.firstName%}, a jar"}]}}'
    found = [row(item) for item in Library(builtin()).read(data, "a.json") if isinstance(item, Reply)]
    assert found == [(9, "Jar", None, 1, "Help Scout", "Hi ‹N›, a jar")]


def test_a_file_is_a_macro() -> None:
    data = "---\ntitle: Kasni paket\nlang: hr\ntags: [dostava]\n---\nPoštovani {{ime}},\n\nstiže u petak.\n".encode()
    (item,) = Library(builtin()).read(data, "dostava/kasni.md")
    assert isinstance(item, Reply)
    assert row(item) == (None, "Kasni paket", "hr", 6, "", "Poštovani ‹N›,\n\nstiže u petak.\n")


def test_tags_of_variables_are_words_of_the_tokenizer() -> None:
    from replylint.rulebook import builtin as book

    tokens = book().in_language("en").tokenizer("Hi " + "".join(TAGS))
    assert tokens.words[1:] == list(TAGS)
    assert tokens.tags[1:] == list(TAGS.values())


@pytest.mark.parametrize(
    ("data", "path", "told"),
    [
        (b'{"macros": [{"title": "a", "actions": [', "a.json", "a.json:1: is no valid JSON: it ends in the middle"),
        (b'[\n{"title": "a",\n "content_html": "<p>', "a.json", "a.json:3: is no valid JSON: it ends in the middle"),
        (b'{"macros": []}', "a.json", "holds no macros, though it looks like Zendesk macros"),
        (b'{"lamps": [1]}', "a.json", "is no export that replylint knows (tried: Chatwoot canned responses, FreeS"),
        (b"colour,size\nred,4\n", "a.csv", "is no export that replylint knows (tried: HubSpot snippets"),
        (b'name,shortcut,body\na,b,"Hi', "a.csv", "a.csv:2: the record that begins here cannot be read: a quotation"),
        (b"name,shortcut,body\na,b,'Hi, you'\n", "a.csv", "a.csv:2: the record has 4 cells and the header 3 columns"),
        (b"- title: [", "a.yaml", "is no valid YAML"),
        (b"", "a.json", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01", "a.json", "is not a text file"),
        (b'name,shortcut,body\na,b,"Hi \xe9"\n', "a.csv", "a.csv:2: the macro “a” holds bytes that are not UTF-8"),
        (b"[" * 200_000, "a.json", "is nested too deeply"),
        (b"- " * 200_000, "a.yaml", "is nested too deeply"),
    ],
)
def test_broken_exports(data: bytes, path: str, told: str) -> None:
    (fault,) = Library(builtin()).read(data, path)
    assert isinstance(fault, InputError)
    assert told in str(fault)


def test_one_broken_record_does_not_hide_the_others() -> None:
    data = b'name,shortcut,body\na,1,Hi\nb,2,x,y\n\nc,3,"Ho"\n'
    items = list(Library(builtin()).read(data, "a.csv"))
    assert [item.id for item in items if isinstance(item, Reply)] == ["1", "3"]
    assert [item.line for item in items if isinstance(item, InputError)] == [3]


def test_ids_must_differ() -> None:
    data = b"name,shortcut,body\na,1,Hi\nb,1,Ho\n"
    items = list(Library(builtin()).read(data, "a.csv"))
    assert [item.id for item in items if isinstance(item, Reply)] == ["1", "1"]
    assert [str(item) for item in items if isinstance(item, InputError)] == [
        "a.csv:3: the macro id 1 stands at line 2 already; ids must differ"
    ]


def test_pages_one_after_the_other() -> None:
    page = '{"macros": [{"id": %d, "title": "t", "actions": [{"field": "comment_value", "value": "Hi."}]}]}\n'
    items = list(Library(builtin()).read((page % 1 + page % 2).encode(), "a.json"))
    assert [item.id for item in items if isinstance(item, Reply)] == [1, 2]
