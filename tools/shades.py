"""Shows how findings on a fixed set of drafts differ between the working tree and a revision: shades.py [REV]."""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DRAFTS = ("examples/drafts", "tests/drafts")
PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from replylint.cli import main; main(sys.argv[1:])"


def findings(tree: Path) -> list[str]:
    """One line a finding, as a tree's code and rules see the drafts of the working tree."""
    drafts = [str(ROOT / name) for name in DRAFTS if (ROOT / name).is_dir()]
    command = [sys.executable, "-c", PROGRAM, str(tree / "src"), *drafts]
    command += ["--format", "json", "--today", "2026-03-02", "--fail-on", "never"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    document = json.loads(answer.stdout)
    return [
        f"{Path(reply['path']).name}:{reply['id'] or ''} {f['rule']}: {f['excerpt']!r}\n"
        for reply in document["replies"]
        for f in reply["findings"]
    ]


def main() -> int:
    revision = sys.argv[1] if len(sys.argv) > 1 else "HEAD"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", folder, revision], check=True, cwd=ROOT)
        try:
            before = findings(Path(folder))
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", folder], check=True, cwd=ROOT)
    after = findings(ROOT)
    changes = list(difflib.unified_diff(before, after, revision, "working tree", n=0))
    sys.stdout.writelines(changes)
    print(f"{len(before)} findings before, {len(after)} now")
    return 0


if __name__ == "__main__":
    sys.exit(main())
