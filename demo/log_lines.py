"""What Home Assistant's log says about one integration."""

from collections.abc import Iterator
from pathlib import Path
import re

from .processes import DemoError

_ENTRY = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+(?:[+-]\d\d:\d\d)? "
    r"(?P<level>[A-Z]+) \(.*?\) \[(?P<logger>[^\]]*)\]"
)
_SERIOUS = {"WARNING", "ERROR", "CRITICAL"}
_LOADER = "We found a custom integration"


def _entries(text: str) -> Iterator[str]:
    """Yield the entries of a log, each with the lines of its traceback."""
    entry: list[str] = []
    for line in text.splitlines():
        if _ENTRY.match(line) and entry:
            yield "\n".join(entry)
            entry = []
        entry.append(line)
    if entry:
        yield "\n".join(entry)


def complaints(log: Path, domain: str, root: Path) -> list[str]:
    """Return the entries at warning or above that come from an integration or name it.

    Args:
        log: Home Assistant's log file.
        domain: the integration's domain.
        root: folder of the clone, whose own name does not count.

    Raises:
        DemoError: the log is not what it used to look like, so nothing can be said of it.
    """
    found = []
    loaded = False
    for entry in _entries(log.read_text(errors="replace").replace(str(root), "")):
        match = _ENTRY.match(entry)
        if match is None or match["level"] not in _SERIOUS or domain not in entry:
            continue
        if match["logger"] == "homeassistant.loader" and _LOADER in entry:
            loaded = True
        else:
            found.append(entry)
    if not loaded:
        raise DemoError(f"{log} lacks the loader's line about {domain}: it cannot be read")
    return found
