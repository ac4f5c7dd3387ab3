"""Exports that real helpdesks write, read back. Where a helpdesk is not installed its test is skipped."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from replylint.errors import InputError
from replylint.macros.helpdesks import builtin
from replylint.macros.reading import Library
from replylint.reply import Reply
from replylint.slots import mark

DJANGO = """
import sys
import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    SECRET_KEY="test", USE_TZ=True, SITE_ID=1, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    HELPDESK_TEAMS_MODE_ENABLED=False, ROOT_URLCONF="helpdesk.urls",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.sites", "django.contrib.messages", "django.contrib.humanize",
                    "django.contrib.admin", "helpdesk"],
)
django.setup()
call_command("migrate", verbosity=0)
from helpdesk.models import PreSetReply
PreSetReply.objects.create(name="late lamp", body=sys.argv[1])
PreSetReply.objects.create(name="kasni", body="Poštovani,\\n\\nlampa \\"Žaruljica\\" stiže u petak.")
call_command("dumpdata", "helpdesk.presetreply", indent=1)
"""


def macros(data: bytes) -> list[Reply]:
    """The macros in an export."""
    items = list(Library(builtin()).read(data, "export.json"))
    assert not [item for item in items if isinstance(item, InputError)]
    return [item for item in items if isinstance(item, Reply)]


def test_django_helpdesk(tmp_path: Path) -> None:
    pytest.importorskip("helpdesk", reason="django-helpdesk is not installed")
    condition = "{% if ticket.priority == 1 %}today{% else %}on Friday{% endif %}"
    body = "Dear {{ ticket.submitter_email }},\n\nit comes " + condition + "."
    arguments = [sys.executable, "-c", DJANGO, body]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, check=True)
    late, kasni = macros(done.stdout)
    assert late.macro is not None
    assert (late.macro.title, late.macro.helpdesk) == ("late lamp", "django-helpdesk")
    name = mark("name")
    assert late.text.value == f"Dear {name},\n\nit comes today."
    assert [arm.value for arm in late.macro.arms] == [f"Dear {name},\n\nit comes on Friday."]
    assert not [variable for variable in late.macro.variables if variable.fault]
    assert kasni.text.value == 'Poštovani,\n\nlampa "Žaruljica" stiže u petak.'
    at = kasni.text.value.index("Žaruljica")
    start, end = kasni.text.span(at, at + len("Žaruljica"))
    assert kasni.source[start:end] == json.dumps("Žaruljica")[1:-1] or kasni.source[start:end] == "Žaruljica"


RT = r"""
use strict; use warnings; use utf8;
use RT; RT::LoadConfig(); RT::Init();
my $class = RT::Class->new(RT->SystemUser);
$class->Load('Replylint') ; $class->Create(Name => 'Replylint') unless $class->id;
my $field = RT::CustomField->new(RT->SystemUser);
$field->LoadByCols(Name => 'Replylint body');
$field->Create(
    Name => 'Replylint body', Type => 'Text', LookupType => RT::Article->CustomFieldLookupType, MaxValues => 1,
) unless $field->id;
$field->AddToObject($class);
my $article = RT::Article->new(RT->SystemUser);
$article->LoadByCols(Name => 'replylint-kasni');
unless ($article->id) {
    $article->Create(Name => 'replylint-kasni', Class => $class->id);
    $article->AddCustomFieldValue(Field => $field->id, Value => "Poštovani,\nlampa stiže u petak, a {ovo} ostaje.\n");
}
"""


@pytest.mark.skipif(not shutil.which("rt-dump-initialdata-5"), reason="Request Tracker 5 is not installed")
def test_request_tracker(tmp_path: Path) -> None:
    libraries = ["-I/usr/share/request-tracker5/lib", "-I/usr/local/share/request-tracker5/lib"]
    subprocess.run(["perl", *libraries, "-e", RT], capture_output=True, check=True)
    folder = tmp_path / "dump"  # It must not be there yet.
    dump = ["rt-dump-initialdata-5", "--directory", str(folder), "--no-users", "--no-groups"]
    subprocess.run(dump, capture_output=True, check=True)
    found = {item.id: item for item in macros((folder / "initialdata.json").read_bytes())}
    article = found["replylint-kasni"]
    assert article.macro is not None
    assert article.macro.helpdesk == "Request Tracker"
    assert article.text.value == "Poštovani,\nlampa stiže u petak, a {ovo} ostaje.\n"
    reply = next(item for name, item in found.items() if str(name).startswith("Autoreply"))
    assert reply.macro is not None
    assert "$Ticket->Subject" in {variable.name for variable in reply.macro.variables}
    assert "{" not in reply.text.value
