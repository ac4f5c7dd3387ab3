"""Rule files: every fault named with its place, and what a sound folder becomes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from replylint.engine import lint
from replylint.errors import RulebookError
from replylint.reply import Reply
from replylint.rulebook import Rulebook, builtin, builtin_folder, check_references, load
from tests.books import write

RULE = """\
id: blame
severity: warning
since: 1.0.0
kind: forbid
source:
  - {document: S9, quote: "so it is written"}
"""
WORDING = """\
title: Blames
why: It hurts.
message: “{words}” blames.
advice: Say what is missing.
phrases:
  - you forgot
"""
LANGUAGE = "code: en\nname: English\nfunction_words: [the, you]\n"
SOUND = {"blame/rule.yaml": RULE, "blame/en.yaml": WORDING, "languages/en.yaml": LANGUAGE}


def made(folder: Path, changes: Mapping[str, str] | None = None) -> Rulebook:
    """The book of a sound folder with some files changed, ready in English."""
    book = load(write(folder, {**SOUND, **(changes or {})}))
    check_references(book)
    book.in_language("en")
    return book


def fault(folder: Path, changes: Mapping[str, str]) -> RulebookError:
    """What is said of a folder with some files changed."""
    with pytest.raises(RulebookError) as caught:
        made(folder, changes)
    return caught.value


def words(book: Rulebook, draft: str) -> list[str]:
    """What the rules of a book find."""
    return [finding.excerpt for finding in lint(Reply.of(draft), book.in_language("en")).findings]


def test_a_sound_folder(tmp_path: Path) -> None:
    book = made(tmp_path)
    entry = book.entries["blame"]
    assert (entry.rule.severity, entry.rule.kind, entry.wordings["en"].title) == ("warning", "forbid", "Blames")
    assert entry.folder == tmp_path / "blame"
    assert words(book, "No, you forgot it.") == ["you forgot"]


def test_a_family_is_the_folder_around(tmp_path: Path) -> None:
    moved = {name.replace("blame/", "family/blame/"): text for name, text in SOUND.items()}
    assert load(write(tmp_path, moved)).entries["blame"].family == "family"


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "message"),
    [
        ("blame/rule.yaml", "severity:", "severty:", None, "severity"),
        (
            "blame/rule.yaml", "kind: forbid", "kind: forbid\nonse: true", 5,
            "the key “onse” is not known; did you mean once?",
        ),
        ("blame/rule.yaml", "kind: forbid", "kind: frobid", None, "frobid"),
        ("blame/rule.yaml", "kind: forbid\n", "", None, "kind"),
        ("blame/rule.yaml", "since: 1.0.0\n", "", None, "the key “since” is missing"),
        ("blame/rule.yaml", "severity: warning", "severity: serious", 2, "“error”|'error'"),
        ("blame/rule.yaml", "since: 1.0.0", "since: 1.0.0\nmin_words: many", 4, "min_words"),
        ("blame/rule.yaml", "since: 1.0.0", "since: 1.0.0\nmin_words: -1", 4, "min_words"),
        ("blame/rule.yaml", "since: 1.0.0", "since: 1.0.0\nchannels: [fax]", 4, "channels"),
        ("blame/rule.yaml", "since: 1.0.0", "since: 1.0.0\noutside: [dream]", 4, "outside"),
        ("blame/rule.yaml", "since: 1.0.0", "since: 1.0.0\nwhen:\n  - {im: draft}", 5, "the key “im” is not known"),
        ("blame/rule.yaml", "{document: S9, ", "{", 6, "the key “document” is missing"),
        ("blame/rule.yaml", '  - {document: S9, quote: "so it is written"}', "  []", 5, "source"),
        ("blame/rule.yaml", "id: blame", "id: Blame", 1, "id"),
        ("blame/rule.yaml", "id: blame", "id: shame", None, "the rule's id is shame, but its folder is blame"),
        ("blame/rule.yaml", "since: 1.0.0", "since: [1.0.0", None, "the YAML cannot be read"),
        ("blame/rule.yaml", "since: 1.0.0", "since: 1.0.0\n\tx: y", 4, "the YAML cannot be read"),
        ("blame/en.yaml", "advice:", "advise:", None, "the key “advise” is not known; did you mean advice?"),
        ("blame/en.yaml", "why: It hurts.\n", "", None, "the key “why” is missing"),
        (
            "blame/en.yaml", "why: It hurts.", "why: It hurts.\nfalgs: [a]", 3,
            "the key “falgs” is not known; did you mean flags?",
        ),
        ("blame/en.yaml", "- you forgot", "- {phrase: you forgot, exept: [a]}", 6, "did you mean except?"),
        ("blame/en.yaml", "- you forgot", "- {except: [a]}", 6, "phrase"),
        ("blame/en.yaml", "phrases:\n  - you forgot", "phrases: you forgot", 5, "phrases"),
        ("blame/en.yaml", "title: Blames", "title: 7", 1, "title"),
        ("languages/en.yaml", "name: English\n", "", None, "the key “name” is missing"),
        ("languages/en.yaml", "name: English", "name: English\nnegation: [no]", 3, "did you mean negations?"),
    ],
)  # fmt: skip
def test_faults_of_files(tmp_path: Path, file: str, old: str, new: str, line: int | None, message: str) -> None:
    assert old in SOUND[file]
    said = fault(tmp_path, {file: SOUND[file].replace(old, new, 1)})
    assert any(part in said.message for part in message.split("|")), said.message
    assert said.path == str(tmp_path / file)
    if line is not None:
        assert said.line == line
        assert str(said).startswith(f"{tmp_path / file}:{line}: ")


@pytest.mark.parametrize("text", ["", "- a list", "just words", "7", "null"])
def test_a_file_that_is_no_mapping(tmp_path: Path, text: str) -> None:
    for file in SOUND:
        assert fault(tmp_path / file.replace("/", "-"), {file: text}).path is not None


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    write(tmp_path, SOUND)
    (tmp_path / "blame" / "en.yaml").write_bytes(b"title: \xff\xfe")
    with pytest.raises(RulebookError, match=r"en\.yaml.*save it as UTF-8"):
        load(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="no such folder"):
        load(tmp_path / "nowhere")


def test_two_rules_of_one_name(tmp_path: Path) -> None:
    twice = {f"other/{name}": SOUND[name] for name in ("blame/rule.yaml", "blame/en.yaml")}
    assert "the rule blame is also in" in fault(tmp_path, twice).message


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("within <tme>", "no element of this name; did you mean time?"),
        ("(a|b", "is missing"),
        ("..", "must be there"),
        ("[you] [forgot]", "must be there"),
        ("ap*", "at least 3 letters"),
        ("a .. b .. c .. d .. e", "more than 3 gaps"),
        ("(a a|b b|c c) (a a|b b|c c) (a a|b b|c c) (a a|b b|c c) (a a|b b|c c) (a a|b b|c c)", "patterns"),
        ("@nubmer", "did you mean number?"),
    ],
)  # fmt: skip
def test_faults_of_phrases(tmp_path: Path, phrase: str, message: str) -> None:
    changes = {
        "blame/en.yaml": WORDING.replace("you forgot", f'"{phrase}"'),
        "elements/time/en.yaml": "phrases: [long ago]\n",
    }
    said = fault(tmp_path, changes)
    assert message in said.message
    assert phrase in said.message
    assert "blame" in str(said.path)


@pytest.mark.parametrize(
    "parameter",
    [
        "of: [tme]", "when: [{in: draft, has: tme}]", "when: [{in: customer, lacks: tme}]",
        "kind: require\nbeside: [tme]", "kind: count\nmax: 1\nof: [time, tme]", "kind: mixed\nof: [tme]",
        "kind: count\nmax: 3\nof: [time]\nstrict: {max: 1, when: [{in: draft, has: tme}]}",
        "kind: echo\nwhat: known\npairs: [{ask: time, given: [tme]}]",
        "kind: time\nwhat: realistic\npromises: [time]\nservices: [{kind: refund, element: tme}]",
        "kind: answers\nwhat: each\nquestions: [time]\nreplies: {time: [tme]}",
        "kind: answers\nwhat: each\nquestions: [time]\nreplies: {tme: [time]}",
    ],
)  # fmt: skip
def test_unknown_elements_in_rules(tmp_path: Path, parameter: str) -> None:
    rule = RULE if "kind:" not in parameter else RULE.replace("kind: forbid\n", "")
    changes = {"blame/rule.yaml": f"{rule}{parameter}\n", "elements/time/en.yaml": "phrases: [long ago]\n"}
    said = fault(tmp_path, changes)
    assert said.message == "there is no element “tme”; did you mean time?"
    assert said.path == str(tmp_path / "blame" / "rule.yaml")


def test_an_unknown_situation(tmp_path: Path) -> None:
    changes = {
        "blame/rule.yaml": f"{RULE}when: [{{situation: problm}}]\n",
        "situations.yaml": "problem: {customer: [defect]}\n",
        "elements/defect/en.yaml": "phrases: [broken]\n",
    }
    assert fault(tmp_path, changes).message == "there is no situation “problm”; did you mean problem?"


def test_a_circle_of_elements(tmp_path: Path) -> None:
    changes = {f"elements/{name}/en.yaml": f'phrases: ["so <{other}>"]\n' for name, other in ("ab", "bc", "ca")}
    said = fault(tmp_path, changes)
    assert "circle: a → b → c → a" in said.message


def test_words_of_yaml_are_words(tmp_path: Path) -> None:
    phrases = "phrases: [no, yes, on, off, y, n, 2026-03-02]\n"
    book = made(tmp_path, {"elements/small/en.yaml": phrases, "blame/rule.yaml": f"{RULE}of: [small]\n"})
    assert book.elements["small"]["en"].phrases == ("no", "yes", "on", "off", "y", "n", "2026-03-02")
    assert words(book, "no yes on off y n 2026-03-02") == ["no", "yes", "on", "off", "y", "n", "2026-03-02"]


def test_true_is_true(tmp_path: Path) -> None:
    book = made(tmp_path, {"blame/rule.yaml": f"{RULE}once: true\n"})
    assert words(book, "you forgot. you forgot") == ["you forgot"]
    assert "once" in fault(tmp_path / "other", {"blame/rule.yaml": f"{RULE}once: dunno\n"}).message


def test_an_element_for_any_language(tmp_path: Path) -> None:
    changes = {
        "elements/mark/any.yaml": 'phrases: ["@bang"]\n',
        "elements/mark/en.yaml": "phrases: [exclamation]\n",
        "blame/rule.yaml": f"{RULE}of: [mark]\n",
    }
    assert words(made(tmp_path, changes), "an exclamation!!") == ["exclamation", "!!"]


def test_own_rules_are_added_and_replace(tmp_path: Path) -> None:
    base = made(tmp_path / "base", {"elements/time/en.yaml": "phrases: [soon]\n"})
    own = {
        "more/rule.yaml": RULE.replace("blame", "more"),
        "more/en.yaml": WORDING.replace("you forgot", '"<time> enough"'),
        "blame/rule.yaml": RULE.replace("warning", "error"),
        "blame/en.yaml": WORDING.replace("you forgot", "your fault"),
        "elements/time/en.yaml": "phrases: [late]\n",
    }
    book = base.merged(load(write(tmp_path / "own", own)))
    assert set(book.entries) == {"blame", "more"}
    assert book.entries["blame"].rule.severity == "error"
    assert words(book, "late enough, you forgot, soon enough, your fault") == ["late enough", "your fault"]
    assert words(base, "late enough, you forgot, soon enough, your fault") == ["you forgot"]


def test_an_unknown_language(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="no rules for the language “eng”; did you mean en"):
        made(tmp_path).in_language("eng")


def test_a_language_is_made_ready_once(tmp_path: Path) -> None:
    book = made(tmp_path)
    assert book.in_language("en") is book.in_language("en")


def test_a_rule_without_the_language_is_silent(tmp_path: Path) -> None:
    book = made(tmp_path, {"languages/de.yaml": "code: de\nname: German\n"})
    assert book.in_language("de").rules == ()


def test_the_builtin_rules_load() -> None:
    assert builtin() is builtin()
    assert builtin_folder().is_dir()
    assert builtin().entries
