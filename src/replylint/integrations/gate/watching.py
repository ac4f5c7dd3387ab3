"""Whether rules or settings on the disk have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

from replylint import Config

_Seen = frozenset[tuple[str, int, int]]


class Watch:
    """Files and folders whose changes are noticed. A missing one counts too: it may come."""

    def __init__(self, places: Iterable[Path]) -> None:
        self._places = tuple(places)
        self._seen = self._now()

    def changed(self) -> bool:
        """Whether something has changed since it was last asked."""
        now = self._now()
        before, self._seen = self._seen, now
        return now != before

    def follow(self, places: Iterable[Path]) -> None:
        """Looks at other places from now on. What has changed at the same ones since is still noticed."""
        places = tuple(places)
        if places != self._places:
            self._places = places
            self._seen = self._now()

    def _now(self) -> _Seen:
        found = set()
        for path in self._files():
            try:
                known = path.stat()
            except OSError:
                continue
            found.add((str(path), known.st_mtime_ns, known.st_size))
        return frozenset(found)

    def _files(self) -> Iterator[Path]:
        for place in self._places:
            yield from place.rglob("*.y*ml") if place.is_dir() else (place,)


async def keep_watch(
    places: Callable[[], list[Path]], every: Callable[[], float], reload: Callable[[], Awaitable[None]]
) -> None:
    """Reloads whenever something at the places has changed. every: seconds between two looks; 0 ends it."""
    watched = Watch(places())
    while every():
        await asyncio.sleep(every())
        if await asyncio.to_thread(watched.changed):
            await reload()
            watched.follow(places())


def places_of(config: Config, file: Path | None = None) -> list[Path]:
    """What a linter is made from: the configuration and the folders of the team's own rules."""
    folder = Path(config.folder or ".")
    files = [file] if file else [folder / name for name in ("replylint.toml", "pyproject.toml")]
    return [*files, *(folder / own for own in config.rules)]
