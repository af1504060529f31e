"""All files of one source made ready: chosen, fetched where they are elsewhere, put into form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from connections.drivers.base import FileDriver, FileInfo
from engine.files.making_ready import made_ready
from engine.files.ready import ReadyFile, Workshop
from engine.stages import ReadFiles


@dataclass(frozen=True, slots=True)
class Gathered:
    """The files of a source. `count` and `size_bytes` are those at their place of origin."""

    files: list[ReadyFile]
    count: int
    size_bytes: int


def gather(
    work: ReadFiles,
    driver: FileDriver,
    found: Sequence[FileInfo],
    workshop: Workshop,
    arrived: Callable[[int], None],
) -> Gathered:
    """Raises BackendFailed for a file that cannot be read, RunStopped, and what a driver raises."""
    places: dict[int, Path] = {}
    away: list[tuple[FileInfo, Path]] = []
    for number, file in enumerate(found):
        place = driver.local_path(file)
        if place is None:
            place = workshop.new_path("")
            away.append((file, place))
        places[number] = place
    if away:
        driver.fetch(away, arrived)
    fetched = {place for _, place in away}
    ready: list[ReadyFile] = []
    for number, file in enumerate(found):
        workshop.go_on()
        made = list(made_ready(work, places[number], file.path, workshop))
        ready += made
        if places[number] in fetched and all(part.path != places[number] for part in made):
            places[number].unlink()
    return Gathered(ready, len(found), sum(file.size_bytes for file in found))
