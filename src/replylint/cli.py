"""Arguments in, exit code out; all work is in `commands`."""

from __future__ import annotations

import contextlib
import gc
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replylint import screen
from replylint.errors import ConfigError, InputError, ReplylintError, UsageError
from replylint.names import COMMANDS, EXPORTS, FEW
from replylint.version import VERSION

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from replylint.baseline import Baseline
    from replylint.commands import Tally, Wish
    from replylint.config import Config
    from replylint.linter import Linter
    from replylint.reportcache import ReportCache

FORMATS = ("auto", "human", "json", "jsonl", "github", "gitlab", "sarif", "junit", "checkstyle")
LEVELS = ("error", "warning", "suggestion")

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


def _one_of(value: str | None, allowed: tuple[str, ...], option: str) -> str | None:
    if value is None or value in allowed:
        return value
    raise UsageError(f"{option} {value}: use one of {', '.join(allowed)}")


@app.callback()
def _common(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """The linter for support replies. `replylint draft.txt` checks a draft; no subcommand is needed."""


Channel = Annotated[str | None, typer.Option(help="email, chat or social.")]
Lang = Annotated[str | None, typer.Option(help="Language of the texts; otherwise it is found out.")]
Today = Annotated[str | None, typer.Option(help="The date that promises are measured by, as 2026-12-31.")]
Select = Annotated[str | None, typer.Option(help="Only these rules or families, comma-separated.")]
Ignore = Annotated[str | None, typer.Option(help="Not these rules or families, comma-separated.")]
MinSeverity = Annotated[str | None, typer.Option(help="The mildest severity that is shown.")]
FailOn = Annotated[str | None, typer.Option(help="What fails: error, warning, suggestion or never.")]
Format = Annotated[str, typer.Option("--format", "-f", help=", ".join(FORMATS))]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write the report to this file.")]
Messages = Annotated[str | None, typer.Option(help="Language of the messages; otherwise the text's.")]
ConfigFile = Annotated[Path | None, typer.Option(help="Configuration file; otherwise looked for upward.")]
Server = Annotated[
    str | None,
    typer.Option(envvar="REPLYLINT_SERVER", help="Let a service that runs do it: auto, unix:PATH or an address."),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell on standard error who did the work.")]
Stats = Annotated[bool, typer.Option("--stats", help="Count findings by rule on standard error.")]
Helpdesk = Annotated[str | None, typer.Option(help="Helpdesk that fills the macros in; otherwise told by the export.")]
Jobs = Annotated[int, typer.Option(min=0, help="Processes at most; 0: one a core.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Lint every macro anew.")]


@app.command()
def lint(
    files: Annotated[list[str], typer.Argument(help="Drafts, exports, folders or globs; - for standard input.")],
    customer_message: Annotated[str | None, typer.Option(help="File with the message that the draft answers.")] = None,
    customer_name: Annotated[str | None, typer.Option(help="The customer's name.")] = None,
    channel: Channel = None,
    lang: Lang = None,
    today: Today = None,
    macros: Annotated[Path | None, typer.Option(help="Folder or export of macros to compare drafts with.")] = None,
    select: Select = None,
    ignore: Ignore = None,
    min_severity: MinSeverity = None,
    fail_on: FailOn = None,
    format: Format = "human",
    output: Output = None,
    messages: Messages = None,
    config: ConfigFile = None,
    stats: Stats = False,
    server: Server = None,
    verbose: Verbose = False,
) -> None:
    """Check drafts. This is what runs when no subcommand is named."""
    # The service has been asked before this function runs, by `entry`; these two are named here for the help.
    del server, verbose
    from replylint import commands, nlp
    from replylint.readers import Defaults

    nlp.be_alone()
    _check_options(format, min_severity, fail_on, channel)
    settings = _config(config, files, select, ignore, messages)
    linter = _linter(settings, today, macros)
    defaults = Defaults(
        customer_message=_text_of(customer_message),
        customer_name=customer_name,
        channel=channel,  # type: ignore[arg-type]
        lang=lang,
    )
    sources = list(commands.paths(files))
    exports = [source for source in sources if _may_be_export(source)]
    drafts = [source for source in sources if not _may_be_export(source)]
    wish = commands.wish_of(settings, min_severity, fail_on)
    with _reported(format, output, linter, wish) as (reporter, tally):
        commands.run(linter, _with_progress(drafts), defaults, reporter, wish, tally)
        if exports:
            from replylint import library, macro_commands

            job = macro_commands.Job(defaults)
            macro_commands.check(linter, library.library_of(settings), exports, reporter, wish, tally, job)
    _end(tally, stats, "no draft was found")


@app.command()
def macros(
    files: Annotated[list[str], typer.Argument(help="Exports, folders of macros or globs; - for standard input.")],
    helpdesk: Helpdesk = None,
    channel: Channel = None,
    lang: Lang = None,
    today: Today = None,
    select: Select = None,
    ignore: Ignore = None,
    min_severity: MinSeverity = None,
    fail_on: FailOn = None,
    format: Format = "human",
    output: Output = None,
    messages: Messages = None,
    config: ConfigFile = None,
    stats: Stats = False,
    baseline: Annotated[Path | None, typer.Option(help="File of findings that do not fail.")] = None,
    update_baseline: Annotated[bool, typer.Option("--update-baseline", help="Write what is found to it.")] = False,
    frozen_baseline: Annotated[
        str | None, typer.Option(metavar="REV", help="Fail when the baseline holds more than at this git revision.")
    ] = None,
    diff: Annotated[
        str | None, typer.Option(metavar="REV", help="Only macros that have changed since this git revision.")
    ] = None,
    jobs: Jobs = 0,
    no_cache: NoCache = False,
) -> None:
    """Check a library of macros: exports of helpdesks, or a folder of files."""
    from replylint import commands, library, macro_commands, nlp
    from replylint.readers import Defaults

    nlp.be_alone()
    _check_options(format, min_severity, fail_on, channel)
    settings = _with_helpdesk(_config(config, files, select, ignore, messages), helpdesk)
    known = _baseline(baseline, update_baseline, frozen_baseline)
    linter = _linter(settings, today, None)
    defaults = Defaults(channel=channel, lang=lang)  # type: ignore[arg-type]
    job = macro_commands.Job(defaults, known, update_baseline, diff, jobs, None if no_cache else _store(settings))
    sources = [source for source in _macro_sources(files) if not _is_file(source, baseline)]
    wish = commands.wish_of(settings, min_severity, fail_on)
    with _reported(format, output, linter, wish) as (reporter, tally):
        macro_commands.check(linter, library.library_of(settings), sources, reporter, wish, tally, job)
    _end(tally, stats, "no macro was found")


@app.command()
def stats(
    files: Annotated[list[str], typer.Argument(help="Exports, folders of macros or globs; - for standard input.")],
    helpdesk: Helpdesk = None,
    lang: Lang = None,
    today: Today = None,
    format: Annotated[str, typer.Option("--format", "-f", help="table or json")] = "table",
    config: ConfigFile = None,
    jobs: Jobs = 0,
    no_cache: NoCache = False,
) -> None:
    """Tell how a library of macros is doing: faults by rule, languages, the worst macros, how many are clean."""
    from replylint import commands, library, macro_commands, nlp
    from replylint.readers import Defaults
    from replylint.stats import Figures

    nlp.be_alone()
    _one_of(format, ("table", "json"), "--format")
    settings = _with_helpdesk(_config(config, files, None, None, None), helpdesk)
    linter = _linter(settings, today, None)
    job = macro_commands.Job(Defaults(lang=lang), jobs=jobs, store=None if no_cache else _store(settings))
    figures = Figures()
    tally = commands.Tally()
    sources = _macro_sources(files)
    macro_commands.check(linter, library.library_of(settings), sources, figures, commands.Wish(fails=None), tally, job)
    typer.echo(figures.table(tally) if format == "table" else figures.as_json(tally))
    _end(tally, False, "no macro was found")


@app.command()
def fix(
    files: Annotated[list[str], typer.Argument(help="Exports, folders of macros or globs.")],
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change and change nothing.")] = False,
    helpdesk: Helpdesk = None,
    lang: Lang = None,
    select: Select = None,
    ignore: Ignore = None,
    config: ConfigFile = None,
    jobs: Jobs = 0,
    no_cache: NoCache = False,
) -> None:
    """Put into macros what rules declare right: a variable's spelling, a missing name, doubled marks, stock phrases."""
    from replylint import fixing, library, macro_commands, nlp
    from replylint.readers import Defaults

    nlp.be_alone()
    settings = _with_helpdesk(_config(config, files, select, ignore, None), helpdesk)
    linter = _linter(settings, None, None)
    job = macro_commands.Job(Defaults(lang=lang), jobs=jobs, store=None if no_cache else _store(settings))
    code = count = number = 0
    for file in macro_commands.fixed(linter, library.library_of(settings), _macro_sources(files), job):
        try:
            if isinstance(file, InputError):
                raise file
            if file.fixes and not diff:
                fixing.write(file)
        except InputError as error:
            _complain(str(error))
            code = 2
            continue
        if diff:
            typer.echo("".join(file.diff()), nl=False)
        count, number = count + file.fixes, number + bool(file.fixes)
    told = f"{count} {'fix' if count == 1 else 'fixes'} in {number} {'file' if number == 1 else 'files'}"
    _complain(f"{told}{' to be made' if diff else ' made'}")
    raise typer.Exit(code or (1 if diff and count else 0))


@app.command()
def lsp() -> None:
    """Serve editors: the Language Server Protocol over standard input and output."""
    from replylint import commands, nlp

    with _extra("lsp", "the language server"):
        from replylint.lsp import server

    nlp.be_alone()
    commands.collect_from_now_on()
    server().start_io()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless set.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 8787 unless set, 0 for a free one.")] = None,
    socket: Annotated[str | None, typer.Option(help="Unix socket; empty for none.")] = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Processes that check; 0: one a core.")] = None,
    select: Select = None,
    ignore: Ignore = None,
    messages: Messages = None,
    config: ConfigFile = None,
) -> None:
    """Serve helpdesks, editors and people on this machine: a page, an API, LanguageTool's protocol."""
    from replylint import commands

    with _extra("server", "the service"):
        from replylint.integrations.gate.settings import Settings, settings_of
        from replylint.integrations.service import run

    def read() -> tuple[Linter, Settings]:
        settings = _config(config, [], select, ignore, messages)
        over = settings_of(settings, host=host, port=port, socket=socket, workers=workers)
        linter = _linter(settings, None, None)
        commands.collect_from_now_on()
        return linter, over

    run.serve(read, config)


@app.command("smtp-filter")
def smtp_filter(
    listen: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where Postfix hands mail over.")] = None,
    relay: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where Postfix takes it back.")] = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Processes that check; 0: one a core.")] = None,
    select: Select = None,
    ignore: Ignore = None,
    messages: Messages = None,
    config: ConfigFile = None,
) -> None:
    """Stand before Postfix' queue: refuse replies that must not leave, pass everything else on unchanged."""
    from replylint import commands

    with _extra("smtp", "the mail filter"):
        from replylint.integrations.gate.settings import Settings, settings_of
        from replylint.integrations.smtp import run
        from replylint.integrations.smtp.settings import SmtpSettings, smtp_settings_of

    def read() -> tuple[Linter, Settings, SmtpSettings]:
        settings = _config(config, [], select, ignore, messages)
        smtp = smtp_settings_of(settings, listen=listen, relay=relay)
        over = settings_of(settings, workers=workers)
        linter = _linter(settings, None, None)
        commands.collect_from_now_on()
        return linter, over, smtp

    run.serve(read, config)


@app.command()
def overrides(
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only from this day on: 2026-12-31.")] = None,
    config: ConfigFile = None,
) -> None:
    """Show which rules were overridden most with a reason: those that need work."""
    with _extra("server", "the log of overrides"):
        from replylint.integrations.gate import audit
        from replylint.integrations.gate.settings import settings_of

    settings = settings_of(_config(config, [], None, None, None))
    typer.echo(audit.table(audit.Audit(settings.audit_url), _date(since, "--since")))


@app.command()
def mcp() -> None:
    """Serve assistants that draft replies: the Model Context Protocol over standard input and output."""
    with _extra("mcp", "the server for assistants"):
        from replylint.integrations import mcp as server

    server.serve()


@contextlib.contextmanager
def _extra(name: str, what: str) -> Iterator[None]:
    """Names the extra that is to be installed when one of its libraries is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "replylint":
            raise
        raise UsageError(f"{what} needs an extra: pip install 'replylint[{name}]'") from error


def _date(value: str | None, option: str) -> datetime.date | None:
    """The date of an option; raises UsageError when it is none."""
    import datetime

    try:
        return datetime.date.fromisoformat(value) if value else None
    except ValueError as error:
        raise UsageError(f"{option} {value}: write the date as 2026-12-31") from error


def _check_options(format: str, min_severity: str | None, fail_on: str | None, channel: str | None) -> None:
    _one_of(format, FORMATS, "--format")
    _one_of(min_severity, LEVELS, "--min-severity")
    _one_of(fail_on, (*LEVELS, "never"), "--fail-on")
    _one_of(channel, ("email", "chat", "social"), "--channel")


@contextlib.contextmanager
def _reported(format: str, output: Path | None, linter: Linter, wish: Wish) -> Any:
    """A reporter that is closed at the end with what the run came to, and the tally of it."""
    from replylint import commands

    began = time.monotonic()
    tally = commands.Tally()
    with screen.sink(output) as out:
        color, width = screen.of(out if output is None else None)
        reporter = commands.reporter_of(screen.format_of(format), out, linter, wish.fails, color, width)
        yield reporter, tally
        reporter.close(tally.summary(round(time.monotonic() - began, 2)))


def _end(tally: Tally, stats: bool, nothing: str) -> None:
    """Ends the command with the exit code of what it came to."""
    from replylint import commands

    lines, code = commands.ending(tally, stats, nothing)
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)


def _may_be_export(source: object) -> bool:
    """Whether a file may hold macros by its name, which no file of drafts has."""
    return isinstance(source, Path) and source.suffix.lower() in EXPORTS


def _macro_sources(files: list[str]) -> list[Any]:
    from replylint import commands
    from replylint.macros.reading import MACRO_SUFFIXES

    return list(commands.paths(files, MACRO_SUFFIXES, "macros"))


def _is_file(source: object, path: Path | None) -> bool:
    return isinstance(source, Path) and path is not None and source.resolve() == path.resolve()


def _with_helpdesk(settings: Config, helpdesk: str | None) -> Config:
    if helpdesk is None:
        return settings
    return settings.model_copy(update={"library": settings.library.model_copy(update={"helpdesk": helpdesk})})


def _store(settings: Config) -> ReportCache:
    from replylint.reportcache import FOLDER, ReportCache

    return ReportCache(Path(settings.folder or ".") / FOLDER)


def _baseline(path: Path | None, update: bool, frozen: str | None) -> Baseline | None:
    """The baseline that the options name; raises UsageError when they do not fit each other or it has grown."""
    from replylint import baseline, revisions

    if path is None:
        if update or frozen is not None:
            raise UsageError("name the baseline too: --baseline replylint-baseline.json")
        return None
    known = baseline.read(path, missing_ok=update)
    if frozen is not None:
        data = revisions.at(frozen, path)
        grown = baseline.grown(known.entries, baseline.entries_of(data, path) if data else ())
        if grown:
            rules = ", ".join(f"{count} {rule}" for rule, count in grown.items())
            raise ConfigError(f"the baseline has grown since {frozen} ({rules}); mend the new findings instead", path)
    return known


def _config(
    path: Path | None, files: list[str], select: str | None, ignore: str | None, messages: str | None
) -> Config:
    """The configuration file's settings with the command line's over them."""
    from replylint import config

    settings = config.configured(Path(files[0]) if files and files[0] != "-" else Path(), path)
    return config.merged(settings, select, ignore, messages)


def _linter(settings: Config, today: str | None, macros: Path | None) -> Linter:
    from replylint.linter import Linter

    date = _date(today, "--today")
    if macros is None and not settings.macros:
        return Linter(settings, today=date)
    from replylint.library import macros_of

    return Linter(settings, today=date, macros=macros_of(settings, macros))


def _text_of(path: str | None) -> str | None:
    """The customer's message from a file."""
    if path is None:
        return None
    from replylint.answering import customer_message

    try:
        return customer_message(path, Path(path).read_bytes())
    except OSError as error:
        raise UsageError(f"--customer-message {path}: cannot be read: {error.strerror}") from error


def _with_progress(sources: list[Any]) -> Any:
    """The sources, with a bar on standard error when there are many and somebody is watching."""
    if len(sources) < FEW or not sys.stderr.isatty():
        yield from sources
        return
    with typer.progressbar(sources, label="checking", file=sys.stderr) as bar:
        yield from bar


@app.command()
def rules(
    format: Annotated[str, typer.Option("--format", "-f", help="table or json")] = "table",
    config: Annotated[Path | None, typer.Option(help="Configuration file; otherwise looked for upward.")] = None,
    messages: Annotated[str, typer.Option(help="Language of the titles.")] = "en",
    missing: Annotated[str | None, typer.Option(help="Only what this language lacks.")] = None,
) -> None:
    """List the rules."""
    from replylint import listing

    _one_of(format, ("table", "json"), "--format")
    book = _book(config, whole=missing is not None)
    if missing is not None:
        lacking = listing.missing(book, missing)
        typer.echo("\n".join(lacking) if lacking else f"{missing}: nothing is missing")
        return
    typer.echo(listing.table(book, messages) if format == "table" else listing.as_json(book, messages))


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(help="The rule's id.")],
    config: Annotated[Path | None, typer.Option(help="Configuration file; otherwise looked for upward.")] = None,
    messages: Annotated[str, typer.Option(help="Language of the explanation.")] = "en",
) -> None:
    """Explain a rule: why, where it comes from, examples, and what does not fire."""
    from replylint import listing

    typer.echo(listing.explanation(_book(config, whole=False), rule, messages))


def _book(config: Path | None, *, whole: bool) -> Any:
    """The rule book under a configuration, or the built-in one; `whole` with phrases and examples."""
    from replylint.config import book_of, configured

    return book_of(configured(file=config), whole=whole)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("replylint.toml"),
) -> None:
    """Write a configuration file with every setting explained."""
    from replylint.listing import starter

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter())
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; remove it first or name another file") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    typer.echo(f"wrote {path}")


@app.command()
def score(
    gold: Annotated[Path, typer.Argument(help="Labelled drafts, one JSON object a line.")],
    severity: Annotated[str, typer.Option(help="Severities that count, comma-separated.")] = ",".join(LEVELS),
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
) -> None:
    """Measure the rules on labelled drafts: precision, recall and F1 per rule and language."""
    from replylint import listing
    from replylint.config import listed

    for level in listed(severity):
        _one_of(level, LEVELS, "--severity")
    linter = _linter(_config(config, [], None, None, None), None, None)
    typer.echo(listing.scored(linter, gold, listed(severity)))


@app.command()
def test(
    folder: Annotated[Path | None, typer.Argument(help="A folder of own rules; otherwise the built-in ones.")] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="List phrases that no example proves.")] = False,
) -> None:
    """Run the examples inside rule files."""
    from replylint import examples
    from replylint.rulebook import builtin, check_references, load

    own = load(folder) if folder else builtin()
    book = builtin().merged(own) if folder else own
    check_references(book)
    names = (*own.entries, *own.elements) if folder else ()
    results = list(examples.run(book, names))
    for result in results:
        if result.fault:
            typer.echo(f"{result.place}: {result.fault}\n    {result.text}")
    uncovered = [pair for pair in examples.uncovered(book) if not names or pair[0].split("/")[-2] in names]
    if coverage:
        for place, phrase in uncovered:
            typer.echo(f"{place}: no example proves “{phrase}”")
    wrong = sum(bool(result.fault) for result in results)
    typer.echo(f"{len(results)} examples, {wrong} wrong; {len(uncovered)} phrases without an example")
    raise typer.Exit(1 if wrong or (coverage and uncovered) else 0 if results else 2)


@app.command()
def schema(
    name: Annotated[str, typer.Argument(help="rule, wording, element, language, config, helpdesk or syntaxes")],
) -> None:
    """Print the JSON Schema of a kind of file."""
    from replylint.listing import schema_of

    typer.echo(schema_of(name))


def _complain(sentence: str) -> None:
    typer.echo(f"replylint: {sentence}", err=True)


def _arguments(arguments: list[str]) -> list[str]:
    """The arguments with `lint` before them when no subcommand is named."""
    if not arguments or arguments[0] in (*COMMANDS, "--help", "-h"):
        return ["--help"] if arguments[:1] == ["-h"] else arguments
    return ["lint", *arguments]


def main(arguments: list[str] | None = None) -> None:
    """The `replylint` command; ends the process with the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    # Nothing that is made before the first reply is garbage, so that looking for any would only cost time.
    gc.disable()
    try:
        _run(given)
    finally:
        gc.enable()


def _run(given: list[str]) -> None:
    if given[:1] == ["--version"]:
        print(f"replylint {VERSION}")
        sys.exit(0)
    try:
        app(args=_arguments(given), prog_name="replylint")
    except ReplylintError as error:
        _complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(2)
    except RecursionError:
        _complain("an input is nested too deeply to be read")
        sys.exit(2)


if __name__ == "__main__":
    main()
