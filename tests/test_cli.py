"""The command line as a user has it: arguments and files in, text and an exit code out."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from replylint.cli import main
from tests.books import entry

BLAME = entry("blame", {"phrases": ["you forgot"]}, family="tone", severity="error")
STOCK = entry("stock", {"phrases": ["reach* out"]}, family="templated")
BARE = entry("bare", {"phrases": []}, kind="require", of=["sorry"], when=[{"in": "customer", "has": "broken"}])
ELEMENTS = {"sorry": ["sorry"], "broken": ["broken"]}


@dataclass(frozen=True)
class Ran:
    """What a run wrote and its exit code."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(
    builtin_rules: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Run:
    """Runs the command in an empty folder with small rules in the place of the built-in ones."""
    folder = builtin_rules(BLAME, STOCK, BARE, elements=ELEMENTS)
    (folder / "scoring.yaml").write_text("unlabelled: [stock]\n")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        written = capsys.readouterr()
        return Ran(int(ended.value.code or 0), written.out, written.err)

    return call


def put(name: str, text: str | bytes) -> str:
    """Writes a file and answers its name."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def rules_of(ran: Ran) -> list[str]:
    """The rules of all findings of a `--format jsonl` run, in order."""
    return [finding["rule"] for line in ran.out.splitlines() for finding in json.loads(line).get("findings", [])]


BAD = "Hi Ann, you forgot the form.\n"
MILD = "Hi Ann, do reach out.\n"
GOOD = "Hi Ann, the form is here.\n"


@pytest.mark.parametrize(("text", "code"), [(BAD, 1), (MILD, 0), (GOOD, 0)])
def test_exit_code_by_default(run: Run, text: str, code: int) -> None:
    assert run(put("a.txt", text)).code == code


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [(BAD, "never", 0), (MILD, "warning", 1), (MILD, "suggestion", 1), (GOOD, "suggestion", 0), (MILD, "error", 0)],
)
def test_fail_on(run: Run, text: str, fail_on: str, code: int) -> None:
    assert run(put("a.txt", text), "--fail-on", fail_on).code == code


def test_what_is_hidden_still_fails(run: Run) -> None:
    ran = run(put("a.txt", BAD + MILD), "--min-severity", "error", "--fail-on", "warning", "--format", "jsonl")
    assert (rules_of(ran), ran.code) == (["blame"], 1)


def test_human_output(run: Run) -> None:
    ran = run(put("a.txt", BAD))
    assert ran.out.startswith("a.txt:1:9: error[blame] “you forgot” is wrong.\n  |\n1 | Hi Ann, you forgot the form.\n")
    assert "\n  |         ^^^^^^^^^^\n" in ran.out
    assert "1 reply (en 1): 1 error; " in ran.out
    assert "\x1b" not in ran.out


def test_standard_input(run: Run) -> None:
    ran = run("-", "--format", "json", stdin=BAD)
    document = json.loads(ran.out)
    assert ran.code == 1
    assert document["replies"][0]["findings"][0]["start"] == 8


def test_folders_globs_and_files(run: Run) -> None:
    put("d/a.txt", BAD)
    put("d/b.md", GOOD)
    put("d/.hidden.txt", BAD)
    put("d/notes.log", BAD)
    put("e1.txt", MILD)
    put("e2.txt", MILD)
    assert rules_of(run("d", "e*.txt", "--format", "jsonl")) == ["blame", "stock", "stock"]


def test_customer_message_and_name(run: Run) -> None:
    put("ask.txt", "My lamp is broken.")
    put("a.txt", GOOD)
    assert rules_of(run("a.txt", "--customer-message", "ask.txt", "--format", "jsonl")) == ["bare"]
    assert rules_of(run("a.txt", "--format", "jsonl")) == []


def test_front_matter(run: Run) -> None:
    put("a.txt", "---\ncustomer_message: My lamp is broken.\n---\n" + GOOD)
    assert rules_of(run("a.txt", "--format", "jsonl")) == ["bare"]


def test_select_and_ignore(run: Run) -> None:
    put("a.txt", BAD + MILD)
    assert rules_of(run("a.txt", "--select", "templated", "--format", "jsonl")) == ["stock"]
    assert rules_of(run("a.txt", "--ignore", "stock", "--format", "jsonl")) == ["blame"]


def test_configuration_is_found_upward(run: Run) -> None:
    put("replylint.toml", '[severity]\nblame = "suggestion"\n')
    put("d/e/a.txt", BAD)
    ran = run("d/e/a.txt", "--format", "jsonl")
    assert ran.code == 0
    assert json.loads(ran.out)["findings"][0]["severity"] == "suggestion"


def test_configuration_by_path(run: Run) -> None:
    put("replylint.toml", '[[paths]]\nmatch = "old/*"\nignore = ["blame"]\n')
    put("old/a.txt", BAD)
    put("new/a.txt", BAD)
    assert rules_of(run("old", "new", "--format", "jsonl")) == ["blame"]


def test_what_the_input_states_wins_over_the_configuration(run: Run) -> None:
    put("replylint.toml", 'lang = "de"\n')
    put("a.txt", "---\nlang: en\n---\n" + BAD)
    put("b.txt", BAD)
    lines = run("a.txt", "b.txt", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["lang"] for line in lines] == ["en", "de"]


def test_batch(run: Run) -> None:
    rows = [json.dumps({"id": 1, "reply": BAD}), "{", json.dumps({"reply": 5}), json.dumps({"id": "x", "reply": GOOD})]
    ran = run(put("b.jsonl", "\n".join(rows)), "--format", "jsonl")
    first, second, third, last = map(json.loads, ran.out.splitlines())
    assert (first["id"], [finding["excerpt"] for finding in first["findings"]]) == (1, ["you forgot"])
    assert (second["line"], third["line"], last["id"], ran.code) == (2, 3, "x", 2)
    assert "JSON" in second["error"]


def test_output_goes_to_a_file(run: Run) -> None:
    ran = run(put("a.txt", BAD), "--output", "report.txt")
    assert (ran.out, ran.code) == ("", 1)
    assert "error[blame]" in Path("report.txt").read_text(encoding="utf-8")


def test_stats(run: Run) -> None:
    ran = run(put("a.txt", BAD * 3), "--stats", "--format", "jsonl")
    assert "      3 blame\n" in ran.err
    assert len(ran.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.txt", b"", "empty.txt: unreadable: is empty; write the draft into it"),
        ("blank.md", b"\n \n", "blank.md: unreadable: is empty"),
        ("binary.txt", bytes(range(256)), "binary.txt: unreadable: is not a text file"),
        ("latin.txt", "café".encode("latin-1"), "latin.txt:1: unreadable: is not UTF-8 at byte 3"),
        ("front.txt", b"---\nlang: [en\n---\nHi\n", "front.txt:3: unreadable: the front matter is no YAML"),
        ("key.md", b"---\nlagn: en\n---\nHi\n", "key.md:2: unreadable: the key \u201clagn\u201d is not known"),
        ("list.jsonl", b"[1]\n", "list.jsonl:1: unreadable: the line is no JSON object"),
    ],
)
def test_bad_input_is_told_and_the_rest_is_checked(run: Run, name: str, content: bytes, said: str) -> None:
    put(name, content)
    ran = run(name, put("a.txt", BAD))
    assert ran.code == 2
    assert said in ran.out
    assert "error[blame]" in ran.out
    assert ran.err == ""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(run: Run, encoding: str) -> None:
    ran = run(put("a.txt", BAD.encode(encoding)), "--format", "jsonl")
    assert rules_of(ran) == ["blame"]


def test_missing_file(run: Run) -> None:
    ran = run("nowhere.txt")
    assert ran.code == 2
    assert "nowhere.txt: unreadable: there is no such file or folder" in ran.out


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_locked_folder(run: Run) -> None:
    put("locked/a.txt", BAD)
    Path("locked").chmod(0)
    try:
        ran = run("locked", put("b.txt", BAD))
    finally:
        Path("locked").chmod(0o700)
    assert ran.code == 2
    assert "locked: unreadable: the folder cannot be read" in ran.out
    assert "b.txt:1:9: error[blame]" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "xml"], "--format xml: use one of auto, human, json"),
        (["--fail-on", "errors"], "--fail-on errors: use one of"),
        (["--channel", "fax"], "--channel fax: use one of email, chat, social"),
        (["--today", "tomorrow"], "--today tomorrow: write the date as 2026-12-31"),
        (["--select", "blmae"], "there is no rule or family “blmae”; did you mean blame?"),
        (["--macros", "nowhere"], "nowhere: there is no such folder or export of macros"),
        (["--config", "nowhere.toml"], "nowhere.toml: there is no such configuration file"),
        (["--customer-message", "nowhere"], "--customer-message nowhere: cannot be read: No such file"),
        (["--output", "nowhere/report"], "--output nowhere/report: cannot be written: No such file"),
    ],
)
def test_usage(run: Run, arguments: list[str], said: str) -> None:
    ran = run(put("a.txt", GOOD), *arguments)
    assert ran.code == 2
    assert ran.err.startswith(f"replylint: {said}")
    assert ran.err.count("\n") == 1


def test_unknown_setting(run: Run) -> None:
    put("replylint.toml", '\nfial_on = "error"\n')
    ran = run(put("a.txt", GOOD))
    assert (ran.code, ran.err) == (
        2,
        "replylint: replylint.toml:2: the setting “fial_on” is not known; did you mean fail_on?\n",
    )


def test_a_language_without_rules(run: Run) -> None:
    ran = run(put("a.txt", GOOD), "--lang", "xx")
    assert ran.code == 2
    assert "nothing could be checked: there are no rules for xx" in ran.err


def test_own_rules(run: Run) -> None:
    put("ours/tone/no-rain/rule.yaml", "id: no-rain\nkind: forbid\nseverity: error\nsince: 1.0.0\n"
        "source: [{document: ours, quote: never mention rain}]\n")  # fmt: skip
    put("ours/tone/no-rain/en.yaml", "title: Rain\nwhy: Because.\nmessage: “{words}” is about rain.\n"
        "advice: Leave it out.\nphrases: [it rain*]\nflags: [«It rains».]\npasses: [A train.]\n")  # fmt: skip
    put("replylint.toml", 'rules = ["./ours"]\n')
    ran = run(put("a.txt", "Hi Ann, it rained on your form, you forgot it.\n"), "--format", "jsonl")
    assert rules_of(ran) == ["no-rain", "blame"]
    assert run("test", "ours").out == "2 examples, 0 wrong; 0 phrases without an example\n"


def test_rules_lists_them(run: Run) -> None:
    listed = json.loads(run("rules", "--format", "json").out)
    assert {rule["id"]: rule["severity"] for rule in listed} == {
        "bare": "warning",
        "blame": "error",
        "stock": "warning",
    }
    assert [line.split()[:3] for line in run("rules").out.splitlines() if "blame" in line] == [
        ["tone", "blame", "error"]
    ]


def test_explain(run: Run) -> None:
    out = run("explain", "blame").out
    assert out.startswith("blame (error): Title")
    assert "so it is written" in out
    ran = run("explain", "blmae")
    assert (ran.code, ran.err) == (2, "replylint: there is no rule “blmae”; did you mean blame?\n")


def test_init_writes_a_configuration_that_holds(run: Run) -> None:
    assert run("init").code == 0
    assert run(put("a.txt", BAD)).code == 1
    again = run("init")
    assert (again.code, again.err) == (
        2,
        "replylint: replylint.toml is there already; remove it first or name another file\n",
    )


def test_score(run: Run) -> None:
    rows = [
        {"id": 1, "lang": "en", "reply": BAD, "labels": [{"rule": "blame", "text": "you forgot"}]},
        {"id": 2, "lang": "en", "reply": MILD, "labels": [{"rule": "blame", "text": "do"}]},
    ]
    out = run("score", put("gold.jsonl", "\n".join(map(json.dumps, rows)))).out
    (row,) = [line.split() for line in out.splitlines() if line.startswith("blame")]
    assert row[1:] == ["error", "1", "0", "1", "1.00", "0.50", "0.67"]


def test_version_and_help(run: Run) -> None:
    from replylint import __version__

    assert run("--version").out == f"replylint {__version__}\n"
    assert "Check drafts" in run("--help").out
    assert "--customer-message" in run("lint", "--help").out


def test_a_typo_in_a_rule_is_no_fault_of_the_draft(run: Run) -> None:
    put("ours/tone/no-rain/rule.yaml", "id: no-rain\nkind: forbid\nseverity: error\nsince: 0.1.0\n"
        "source: [{document: ours, quote: never mention rain}]\n")  # fmt: skip
    put(
        "ours/tone/no-rain/en.yaml",
        "title: Rain\nwhy: Because.\nmessage: M\nadvice: A\nphrases:\n  - it <srry> rains\n",
    )
    put("replylint.toml", 'rules = ["./ours"]\n')
    ran = run(put("a.txt", GOOD))
    assert ran.code == 2
    said = "“<srry>” in “it <srry> rains”: there is no element of this name; did you mean sorry?"
    assert ran.err == f"replylint: ours/tone/no-rain/en.yaml:6: {said}\n"
