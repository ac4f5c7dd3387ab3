"""The checking processes end whatever they are at."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("sqlalchemy", reason="the extra gate is not installed")

_PATIENCE = 120
_SCRIPT = """
import asyncio
from replylint import Linter
from replylint.integrations.gate.pool import Pool
from replylint.integrations.gate.settings import Settings

async def main():
    pool = Pool(Linter(), Settings(workers=1))
    warming = asyncio.create_task(pool.warm())
    await asyncio.sleep({seconds})
    warming.cancel()
    pool.close()
    print("closed")

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize("seconds", [0, 0.02, 0.2])
def test_a_process_that_is_only_starting_is_ended(seconds: float) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(seconds=seconds)], capture_output=True, text=True, timeout=_PATIENCE
    )
    assert (done.returncode, done.stdout) == (0, "closed\n"), done.stderr
