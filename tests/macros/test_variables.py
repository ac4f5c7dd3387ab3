"""What a helpdesk fills in, what it would not, and the texts that come of conditions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replylint.macros.helpdesks import builtin
from replylint.macros.reading import Library, macro_of
from replylint.reply import Macro
from replylint.slots import FIRST, LAST, mark
from replylint.text import Text


def macro(text: str, helpdesk: str = "zendesk") -> Macro:
    """A text as a macro."""
    found = macro_of(text, helpdesk).macro
    assert found is not None
    return found


def faults(text: str, helpdesk: str = "zendesk") -> list[tuple[str, str | None, str]]:
    """The words, the fault and what is meant, of each variable that is not filled in."""
    return [(text[v.start : v.end], v.fault, v.meant) for v in macro(text, helpdesk).variables if v.fault]


@pytest.mark.parametrize(
    ("helpdesk", "text", "found"),
    [
        ("zendesk", "Hi {{ticket.requester.first_name}}", []),
        ("zendesk", "Hi {{ ticket.requester.first_name | default: 'you' }}", []),
        ("zendesk", "Hi {{'you'}} {{ticket.ticket_field_360}} {{dc.anything}}", []),
        (
            "zendesk",
            "Hi {{ticket.requester.firstname}}",
            [("{{ticket.requester.firstname}}", "misspelt", "ticket.requester.first_name")],
        ),
        ("zendesk", "Hi {{weather}}", [("{{weather}}", "unknown", "")]),
        ("zendesk", "Hi %{ticket.name}", [("%{ticket.name}", "foreign", "osTicket")]),
        ("zendesk", "Hi {%customer.firstName%}", [("{%customer.firstName%}", "foreign", "Help Scout")]),
        ("zendesk", "Hi {{ticket.id} now", [("{{ticket.id}", "unbalanced", "")]),
        ("zendesk", "Hi {ticket.id}} now", [("{ticket.id}}", "unbalanced", "")]),
        ("zendesk", "Hi {ticket.id} now", [("{ticket.id}", "unbalanced", "")]),
        ("zendesk", "{% if ticket.tags %}Hi", [("{% if ticket.tags %}", "unbalanced", "")]),
        ("zendesk", "Hi{% endif %}", [("{% endif %}", "unbalanced", "")]),
        ("zendesk", "Set {a, b} costs {5} and 10%", []),
        ("zammad", "Hi #{t(ticket.state.name)} #{dt(ticket.created_at, '%Y')}", []),
        ("zammad", "Hi {{ticket.id}}", [("{{ticket.id}}", "foreign", "Liquid")]),
        ("osticket", "Hi %{ticket.name.first} %%7Bticket.number%7D", []),
        ("osticket", "Hi %{ticket.nam.first}", [("%{ticket.nam.first}", "misspelt", "ticket.name.first")]),
        ("helpscout", "Hi {%customer.firstName,fallback=you%}", []),
        ("znuny", "Hi <OTRS_CUSTOMER_BODY[2]> &lt;OTRS_CURRENT_UserFirstname&gt;", []),
        ("request-tracker", "Hi { $Ticket->id > 5 ? 'a' : { b => 1 }->{b} }", []),
        ("github", "See `{{ x }}`", [("{{ x }}", "foreign", "Liquid")]),
        ("any", "Hi {{x}} %{y} #{z} {!w} {%v.u%}", []),
        ("any", "Hi {{x} now", [("{{x}", "unbalanced", "")]),
        ("zendesk", "{% assign who = ticket.requester.name %}Hi {{who}}", []),
        ("zendesk", "{% for cc in ticket.ccs %}{{cc.name}}{% endfor %} {{nobody}}", [("{{nobody}}", "unknown", "")]),
        ("zammad", "Hi #{ticket.warranty_until}", []),
        ("zammad", "Hi #{ticket.titel}", [("#{ticket.titel}", "misspelt", "ticket.title")]),
        ("django-helpdesk", "Hi {{ ticket.submitter_email }}", []),
        ("chatwoot", "Hi {{ contact.first_name || 'you' }}", []),
    ],
)
def test_faults(helpdesk: str, text: str, found: list[tuple[str, str, str]]) -> None:
    assert faults(text, helpdesk) == found


def texts(text: str) -> list[str]:
    """The texts that come of a Zendesk macro."""
    reply = macro_of(text, "zendesk")
    assert reply.macro is not None
    return [reply.text.value, *(arm.value for arm in reply.macro.arms)]


def test_arms() -> None:
    assert texts("a{% if x %}b{% endif %}c") == ["abc"]
    assert texts("a{% if x %}b{% elsif y %}c{% else %}d{% endif %}e") == ["abe", "ace", "ade"]
    assert texts("{% if x %}a{% if y %}b{% else %}c{% endif %}{% else %}d{% endif %}") == ["ab", "ac", "d"]
    assert texts("{% case x %} no {% when 1 %}a{% when 2 %}b{% endcase %}") == ["a", "b"]
    assert texts("a{% comment %}b {{x}}{% endcomment %}c{% assign y = 1 %}d") == ["acd"]
    assert texts("{% if x %}a{% else %}b{% endif %} {% if y %}c{% else %}d{% endif %}") == ["a c", "b d"]
    assert texts("{%- unless x -%}a{%- endunless -%}") == ["a"]


def test_no_more_texts_than_sixteen() -> None:
    assert len(texts("{% case x %}" + "".join(f"{{% when {n} %}}a{n}" for n in range(40)) + "{% endcase %}")) == 16


def test_kinds() -> None:
    text = macro_of("{{ticket.requester.name}} {{ticket.due_date}} {{ticket.id}} [what happened]", "zendesk").text.value
    assert text == f"{mark('name')} {mark('date')} {mark('number')} {mark('other')}"


def test_own_fields() -> None:
    library = Library(builtin(), "zendesk", {"date": ("order.eta",)})
    texts, variables = library.filler("zendesk").reader.texts(Text("It comes {{order.eta}}."))
    assert [text.value for text in texts] == [f"It comes {mark('date')}."]
    assert [variable.fault for variable in variables] == [None]


PIECES = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "{% if x %}", "{% else %}", "{% endif %}", "{% case y %}", "{% when 1 %}", "{", "}",
         "{% endcase %}", "{% comment %}", "{% endcomment %}", "{{ticket.id}}", "%{", "[a b]", "#{", "<OTRS_", ">",
         "ž", " ", "\n", "word", "ticket.id", "{!", "\N{SMILING FACE WITH OPEN MOUTH}"]
    ),
    max_size=25,
)  # fmt: skip


@given(PIECES, st.sampled_from(sorted(builtin().desks)))
def test_any_marks(pieces: list[str], helpdesk: str) -> None:
    """Whatever stands in a macro, the texts are made of it, and each character of them has its place in it."""
    source = "".join(pieces)
    texts, variables = Library(builtin()).filler(helpdesk).reader.texts(Text(source))
    assert 1 <= len(texts) <= 16
    for text in texts:
        for at, letter in enumerate(text.value):
            start, end = text.span(at, at + 1)
            assert 0 <= start < end <= len(source)
            assert FIRST <= letter <= LAST or source[start:end] == letter
    for variable in variables:
        assert 0 <= variable.start < variable.end <= len(source)
