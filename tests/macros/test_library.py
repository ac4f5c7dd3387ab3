"""A library of macros as a team has it: exports, a baseline, revisions, figures, fixes."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from replylint.cli import main
from replylint.macros.twins import pairs


@dataclass(frozen=True)
class Ran:
    """What a run wrote and its exit code."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the command in an empty folder, with the built-in rules."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        written = capsys.readouterr()
        return Ran(int(ended.value.code or 0), written.out, written.err)

    return call


GOOD = "Hi {{ticket.requester.first_name}},\n\nyour lamp leaves our shop in Leeds on Friday, insured and wrapped twice."
BLAME = "Hi {{ticket.requester.first_name}},\n\nyou failed to attach the invoice, which is why nothing happened so far."
BANGS = "Hello,\n\nyour kettle is here!! Ask for {{ticket.requester.firstname}} at the desk in the High Street."


def zendesk(*bodies: str, first: int = 1) -> str:
    """A Zendesk export of macros with these bodies, numbered from `first`."""
    macros = [
        {"id": n, "title": f"Macro {n}", "actions": [{"field": "comment_value", "value": body}]}
        for n, body in enumerate(bodies, first)
    ]
    return json.dumps({"macros": macros}, ensure_ascii=False, indent=1)


def put(name: str, text: str) -> str:
    """Writes a file and answers its name."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")
    return name


def found(ran: Ran) -> list[tuple[str, int, str]]:
    """Rule, line and excerpt of each finding of a JSON report."""
    document = json.loads(ran.out)
    return [(f["rule"], f["line"], f["excerpt"]) for r in document["replies"] for f in r["findings"]]


def json_of(run: Run, *arguments: str) -> tuple[int, list[tuple[str, int, str]]]:
    """Exit code and findings of `replylint macros`."""
    ran = run("macros", *arguments, "--format", "json", "--today", "2026-03-02")
    return ran.code, found(ran)


def test_place_in_the_export(run: Run) -> None:
    put("m.json", zendesk(GOOD, BLAME))
    code, rows = json_of(run, "m.json")
    lines = Path("m.json").read_text(encoding="utf-8").split("\n")
    assert code == 1
    assert [(rule, excerpt) for rule, _, excerpt in rows] == [("blames-customer", "you failed")]
    assert "you failed to attach" in lines[rows[0][1] - 1]


def test_the_plain_command_knows_exports(run: Run) -> None:
    put("m.json", zendesk(BLAME))
    put("d.txt", "Hi Tom,\n\nyou failed to attach the invoice, and the lamp stays here till Friday.")
    ran = run("d.txt", "m.json", "--format", "json", "--select", "blames-customer")
    assert [row["path"] for row in json.loads(ran.out)["replies"]] == ["d.txt", "m.json"]
    assert len(found(ran)) == 2


def test_a_macro_is_not_judged_by_a_customer(run: Run) -> None:
    put("m.json", zendesk(GOOD.replace("your lamp", "sorry that your lamp broke; a new one")))
    ran = run("macros", "m.json", "--format", "json")
    skipped = {each["rule"]: each["reason"] for each in json.loads(ran.out)["replies"][0]["skipped"]}
    assert {"missing-apology", "missing-empathy", "unanswered-question"} <= skipped.keys()
    assert ran.code == 0


def test_variables_and_slots(run: Run) -> None:
    plain = "Our shop opens at nine in the morning and closes at five; there is a car park behind the house."
    put("m.json", zendesk(BANGS, plain))
    _, rows = json_of(run, "m.json")
    assert [(rule, excerpt) for rule, _, excerpt in rows] == [
        ("impersonal-greeting", "Hello"),
        ("shouting", "!!"),
        ("broken-variable", "{{ticket.requester.firstname}}"),
        ("no-personal-slot", ""),
    ]


def test_repeated_macros(run: Run) -> None:
    put("a.json", zendesk(GOOD, GOOD.replace("twice", "well")))
    put("b.json", zendesk(GOOD, first=8))
    ran = run("macros", "a.json", "b.json", "--format", "json", "--select", "duplicate-macro")
    told = [f["message"] for r in json.loads(ran.out)["replies"] for f in r["findings"]]
    assert told == [
        "This macro says nearly the same as “Macro 1” (a.json:9): 91 % of it.",
        "This macro says nearly the same as “Macro 1” (a.json:9): 100 % of it.",
    ]


def test_the_same_in_two_languages_is_no_repetition(run: Run) -> None:
    text = (
        "Poštovani {{ime}},\n\npaket je krenuo iz skladišta i stiže na adresu u petak prije podne, zajedno s računom."
    )
    put("m/hr/a.md", f"---\nlang: hr\n---\n{text}")
    put("m/sr/a.md", f"---\nlang: sr\n---\n{text}")
    assert json_of(run, "m", "--select", "duplicate-macro") == (0, [])


def test_pairs() -> None:
    texts = [f"a b c d e f g h i j {n}".split() for n in range(3)] + [list("xyzuvw"), [], list("abc")]
    assert pairs(texts, 0.8) == [None, (0, 7 / 8), (0, 7 / 8), None, None, None]
    assert pairs(texts, 0.9) == [None] * 6


def test_inactive_ones_are_counted(run: Run) -> None:
    folder = Path(__file__).parent / "exports"
    ran = run("macros", str(folder / "zendesk_macros.json"))
    assert "2 replies (en 1, hr 1): " in ran.out
    assert "left alone: 1 inactive, 1 internal, 1 without text" in ran.out


def test_every_arm_is_linted(run: Run) -> None:
    put("m.json", zendesk(GOOD + " {% if x %}All is well.{% else %}You failed to attach the invoice.{% endif %}"))
    code, rows = json_of(run, "m.json")
    assert code == 1
    assert [(rule, excerpt) for rule, _, excerpt in rows] == [("blames-customer", "You failed")]


class TestBaseline:
    def test_old_findings_pass_and_new_ones_fail(self, run: Run) -> None:
        put("m.json", zendesk(BLAME, BANGS))
        assert run("macros", "m.json", "--baseline", "b.json", "--update-baseline").code == 0
        assert run("macros", "m.json", "--baseline", "b.json").code == 0
        put(
            "m.json",
            zendesk(GOOD, GOOD + " It is insured.", GOOD + " Twice.", first=7)[:-3] + "," + zendesk(BLAME, BANGS)[12:],
        )
        assert [
            row[0] for row in json_of(run, "m.json", "--baseline", "b.json", "--ignore", "duplicate-macro")[1]
        ] == []
        put("m.json", zendesk(BLAME + " You should have read the manual.", BANGS))
        code, rows = json_of(run, "m.json", "--baseline", "b.json")
        assert (code, [row[2] for row in rows]) == (1, ["You should have read"])

    def test_it_holds_no_words(self, run: Run) -> None:
        put("m.json", zendesk(BLAME))
        run("macros", "m.json", "--baseline", "b.json", "--update-baseline")
        text = Path("b.json").read_text(encoding="utf-8")
        assert "failed" not in text
        assert json.loads(text)["findings"][0]["rule"] == "blames-customer"

    def test_what_is_gone_is_told_and_removed(self, run: Run) -> None:
        put("m.json", zendesk(BLAME, BANGS))
        run("macros", "m.json", "--baseline", "b.json", "--update-baseline")
        put("m.json", zendesk(GOOD, BANGS))
        assert "1 in the baseline no longer there" in run("macros", "m.json", "--baseline", "b.json").out
        run("macros", "m.json", "--baseline", "b.json", "--update-baseline")
        rules = [each["rule"] for each in json.loads(Path("b.json").read_text(encoding="utf-8"))["findings"]]
        assert "blames-customer" not in rules
        assert "broken-variable" in rules

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (None, "there is no such baseline"),
            ("{", "b.json:1: the baseline is no valid JSON"),
            ("[]", "the file is no baseline"),
            ('{"version": 9, "findings": []}', "the baseline has version 9"),
        ],
    )
    def test_broken(self, run: Run, text: str | None, told: str) -> None:
        put("m.json", zendesk(GOOD))
        if text is not None:
            put("b.json", text)
        ran = run("macros", "m.json", "--baseline", "b.json")
        assert (ran.code, told in ran.err) == (2, True)


class TestRevisions:
    @pytest.fixture(autouse=True)
    def repository(self, run: Run) -> None:
        self.git("init", "--quiet")
        self.git("config", "user.email", "a@example.org")
        self.git("config", "user.name", "A")
        put("m.json", zendesk(BLAME, GOOD))
        run("macros", "m.json", "--baseline", "b.json", "--update-baseline")
        self.git("add", "m.json", "b.json")
        self.git("commit", "--quiet", "--message", "first")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], check=True, capture_output=True)

    def test_only_what_has_changed(self, run: Run) -> None:
        assert run("macros", "m.json", "--diff", "HEAD").code == 0
        put("m.json", zendesk(BLAME, BLAME.replace("invoice", "receipt"), GOOD))
        code, rows = json_of(run, "m.json", "--diff", "HEAD", "--ignore", "duplicate-macro")
        assert (code, [row[2] for row in rows]) == (1, ["you failed"])

    def test_a_new_file_is_new(self, run: Run) -> None:
        put("n.json", zendesk(BLAME))
        assert run("macros", "m.json", "n.json", "--diff", "HEAD").code == 1

    def test_unknown_revision(self, run: Run) -> None:
        ran = run("macros", "m.json", "--diff", "nowhere")
        assert (ran.code, "--diff nowhere: there is no such revision" in ran.err) == (2, True)

    def test_a_baseline_that_grew_is_refused(self, run: Run) -> None:
        assert run("macros", "m.json", "--baseline", "b.json", "--frozen-baseline", "HEAD").code == 0
        put("m.json", zendesk(BLAME, BANGS))
        run("macros", "m.json", "--baseline", "b.json", "--update-baseline")
        ran = run("macros", "m.json", "--baseline", "b.json", "--frozen-baseline", "HEAD")
        assert ran.code == 2
        assert "the baseline has grown since HEAD (1 broken-variable, 1 impersonal-greeting, 1 shouting)" in ran.err


class TestCache:
    def test_the_same_report_from_the_cache(self, run: Run) -> None:
        put("m.json", zendesk(BLAME, BANGS, GOOD))
        first = run("macros", "m.json", "--format", "jsonl").out
        assert Path(".replylint_cache/.gitignore").read_text(encoding="utf-8") == "*\n"
        put("m.json", "\n\n" + zendesk(BLAME, BANGS, GOOD))
        moved = run("macros", "m.json", "--format", "jsonl").out
        anew = run("macros", "m.json", "--format", "jsonl", "--no-cache").out
        assert moved == anew != first

    def test_it_knows_changes(self, run: Run) -> None:
        put("m.json", zendesk(BLAME))
        assert len(json_of(run, "m.json")[1]) == 1
        assert json_of(run, "m.json", "--ignore", "blame")[1] == []
        put("m.json", zendesk(GOOD))
        assert json_of(run, "m.json")[1] == []

    def test_a_broken_one_is_done_without(self, run: Run) -> None:
        put("m.json", zendesk(BLAME))
        put(".replylint_cache/reports-2.sqlite", "no database at all" * 100)
        assert json_of(run, "m.json")[0] == 1

    def test_the_day_counts_where_a_date_stands(self, run: Run) -> None:
        put("m.json", zendesk(GOOD.replace("on Friday", "on 4 March 2026")))
        for today, rules in (("2026-03-02", []), ("2026-03-09", ["impossible-date"]), ("2026-03-02", [])):
            ran = run("macros", "m.json", "--format", "json", "--today", today)
            assert [row[0] for row in found(ran)] == rules


def test_many_processes_say_the_same(run: Run) -> None:
    put("m.json", zendesk(*(f"{body} Number {n}." for n in range(140) for body in (GOOD, BLAME, BANGS))))
    one = run("macros", "m.json", "--format", "jsonl", "--no-cache", "--jobs", "1").out
    two = run("macros", "m.json", "--format", "jsonl", "--no-cache", "--jobs", "2").out
    assert one == two
    assert one.count("blames-customer") >= 140


class TestStats:
    def test_table(self, run: Run) -> None:
        put("m.json", zendesk(BLAME, BANGS, GOOD))
        ran = run("stats", "m.json", "--today", "2026-03-02")
        assert ran.code == 0
        assert ran.out.startswith("3 macros, 1 without an error or warning (33 %)\n")
        assert "en             3      1       2         2            0\n" in ran.out
        assert "       1  error[blames-customer]\n" in ran.out
        assert "m.json:19: Macro 2 (2): 1 error, 2 warnings\n" in ran.out

    def test_json(self, run: Run) -> None:
        put("m.json", zendesk(BLAME, GOOD))
        document = json.loads(run("stats", "m.json", "--format", "json").out)
        assert (document["macros"], document["clean"]) == (2, 1)
        assert document["rules"] == [{"rule": "blames-customer", "severity": "error", "findings": 1}]


class TestFix:
    def test_what_is_declared_right(self, run: Run) -> None:
        put("m.json", zendesk(BANGS, BLAME))
        before = Path("m.json").read_bytes()
        shown = run("fix", "m.json", "--diff")
        assert (shown.code, Path("m.json").read_bytes()) == (1, before)
        assert '+     "value": "Hello {{ticket.requester.first_name}},' in shown.out
        assert run("fix", "m.json").code == 0
        wanted = before.decode().replace("Hello,", "Hello {{ticket.requester.first_name}},").replace("here!!", "here!")
        assert Path("m.json").read_text(encoding="utf-8") == wanted.replace(
            "requester.firstname", "requester.first_name"
        )
        again = run("fix", "m.json")
        assert (again.code, "0 fixes in 0 files made" in again.err) == (0, True)

    @pytest.mark.parametrize(
        "body", ['"Hello,\nit is ""here""!!"', "It is here!!", '"<p>Hello,</p><p>It\'s &quot;here&quot;!!</p>"']
    )
    def test_every_other_byte_stays(self, run: Run, body: str) -> None:
        text = f'\ufeffname;shortcut;body\r\n "Ž" a;1;{body}\r\nb;2;Fine \N{SNOWMAN}  \r\n\r\n'
        text = text.replace(' "Ž" a', "Ž  a")
        Path("m.csv").write_bytes(text.encode())
        run("fix", "m.csv")
        fixed = text.replace("!!", "!").replace("Hello,", "Hello {{ contact.firstname }},")
        assert Path("m.csv").read_bytes() == fixed.encode()

    def test_not_utf_8(self, run: Run) -> None:
        Path("m.csv").write_bytes("name,shortcut,body\na,1,It is here!!\n".encode("utf-16"))
        ran = run("fix", "m.csv")
        assert (ran.code, "is not UTF-8 and is left as it is" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("variable", "value", "start"), [("GITHUB_ACTIONS", "true", "::error"), ("GITLAB_CI", "true", "[")]
)
def test_auto_format(run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, start: str) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    put("m.json", zendesk(BLAME))
    ran = run("macros", "m.json", "--format", "auto")
    assert ran.out.startswith(start)
    assert "Macro 1 (1): " in ran.out


def test_sarif_names_the_macro(run: Run) -> None:
    put("m.json", zendesk(GOOD, BLAME))
    result: dict[str, Any] = json.loads(run("macros", "m.json", "--format", "sarif").out)["runs"][0]["results"][0]
    (place,) = result["locations"]
    assert place["logicalLocations"] == [{"name": "Macro 2 (2)", "kind": "resource"}]
    assert place["physicalLocation"]["region"]["startLine"] == 19


def test_nothing_to_check(run: Run) -> None:
    put("m.json", '{"macros": []}')
    ran = run("macros", "m.json")
    assert (ran.code, "holds no macros" in ran.out) == (2, True)
    put("n.json", zendesk("").replace('"id"', '"active": false, "id"'))
    ran = run("macros", "n.json")
    assert (ran.code, ran.err) == (2, "replylint: nothing could be checked: 1 inactive\n")


def test_a_macro_that_may_be_in_two_languages_is_in_that_of_the_others(run: Run) -> None:
    either = "Dobar dan,\n\nnova lampa stiže u petak, a stara ostaje kod vas!!"
    croatian = "Dobar dan,\n\nnarudžbu ćemo poslati sljedeći tjedan i javiti Vam njezin broj čim ju dostavljač preuzme."
    serbian = "Dobar dan,\n\nporudžbinu ćemo poslati sledeće nedelje i javiti Vam njen broj čim je kurir preuzme."
    for other, lang in ((croatian, "hr"), (serbian, "sr")):
        file = put("macros.json", zendesk(other, either))
        ran = run("macros", file, "--format", "json")
        assert [report["lang"] for report in json.loads(ran.out)["replies"]] == [lang, lang]
