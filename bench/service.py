"""Load on the service: service.py [--rate 50] [--seconds 20] [--soak 0].

Starts the real command, sends drafts of about 120 words at an even pace from connections that stay open, and prints
median and 99th percentile of the answers' times, as the caller sees them, and the memory of all processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
WORDS = 120
PORT = 8797
JSON = {"content-type": "application/json"}


def drafts() -> list[dict[str, str]]:
    """Drafts of the labelled sets, put together to about 120 words."""
    found: list[dict[str, str]] = []
    for path in sorted((ROOT / "tests" / "drafts").glob("dev-*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for at, row in enumerate(rows):
            text, more = row["reply"], at
            while len(text.split()) < WORDS:
                more = (more + 1) % len(rows)
                text += "\n\n" + rows[more]["reply"]
            found.append(
                {
                    "draft": " ".join(text.split(" ")[: WORDS + 20]),
                    "customer_message": row.get("customer_message") or "",
                }
            )
    random.Random(1).shuffle(found)
    return found


async def storm(client: httpx.AsyncClient, rate: float, number: int) -> tuple[list[float], int]:
    """Sends so many drafts at a pace of `rate` a second: seconds of each answer, and how many were not 200."""
    bodies = [json.dumps(draft).encode() for draft in drafts()]
    times: list[float] = []
    failed = 0

    async def one(at: int) -> None:
        nonlocal failed
        began = time.perf_counter()
        answered = await client.post(
            "/v1/check", content=bodies[at % len(bodies)], headers={"content-type": "application/json"}
        )
        times.append(time.perf_counter() - began)
        failed += answered.status_code != 200 or not answered.json()["checked"]

    tasks = []
    begun = time.perf_counter()
    for at in range(number):
        wait = begun + at / rate - time.perf_counter() if rate else 0
        if wait > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(at)))
        if not rate and len(tasks) >= 8:
            await asyncio.gather(*tasks)
            tasks.clear()
    await asyncio.gather(*tasks)
    return times, failed


def memory(pid: int) -> float:
    """Resident megabytes of a process and its children."""
    listed = subprocess.run(["ps", "-o", "rss=", "--pid", str(pid), "--ppid", str(pid)], capture_output=True, text=True)
    return sum(map(int, listed.stdout.split())) / 1024


def told(name: str, times: list[float], failed: int) -> None:
    ordered = sorted(times)
    last = ordered[int(len(ordered) * 0.99) - 1]
    print(f"{name}: median {1000 * statistics.median(ordered):.1f} ms, 99 % {1000 * last:.1f} ms, "
          f"longest {1000 * ordered[-1]:.0f} ms, {failed} of {len(ordered)} not checked", flush=True)  # fmt: skip


async def measured(options: argparse.Namespace, server: subprocess.Popen[bytes], began: float) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", timeout=30) as client:
        while True:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    break
            except httpx.ConnectError:
                pass
            await asyncio.sleep(0.02)
        print(f"ready {time.perf_counter() - began:.1f} s after the start, {memory(server.pid):.0f} MB", flush=True)
        await storm(client, 0, 500)
        told(f"{options.rate:.0f} a second", *await storm(client, options.rate, int(options.rate * options.seconds)))
        began = time.perf_counter()
        _, failed = await storm(client, 0, 2000)
        print(
            f"as fast as it can: {2000 / (time.perf_counter() - began):.0f} a second, {failed} not checked", flush=True
        )
        for done in range(0, options.soak, 10_000):
            print(f"after {done:,} more: {memory(server.pid):.0f} MB", flush=True)
            _, failed = await storm(client, 0, 10_000)
            if failed:
                print(f"{failed} not checked", flush=True)
        if options.soak:
            print(f"after {options.soak:,} more: {memory(server.pid):.0f} MB", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=float, default=50)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--soak", type=int, default=0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "replylint.toml").write_text("[service]\nrate = 0\n", encoding="utf-8")
        command = [sys.executable, "-m", "replylint", "serve", "--port", str(PORT), "--socket", ""]
        began = time.perf_counter()
        server = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
        try:
            asyncio.run(measured(given, server, began))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
