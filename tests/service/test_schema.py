"""The service against its own description: whatever fits it, or nearly fits it, is answered and never fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.conftest import Start

pytest.importorskip("schemathesis", reason="schemathesis is not installed")


def test_no_request_fails(started: Start, tmp_path: Path) -> None:
    served = started("rate = 0\n")
    command = Path(sys.executable).with_name("schemathesis")
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    done = subprocess.run(
        [command, "run", f"{served.url}/openapi.json", "--checks", checks, "--max-examples", "8", "--seed", "1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Traceback" not in served.log
