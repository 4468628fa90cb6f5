"""Which lines of Home Assistant's log the demo's check complains about."""

from pathlib import Path

import pytest

from demo.log_lines import complaints
from demo.processes import DemoError

LOADER = (
    "2026-11-24 20:00:00.001 WARNING (SyncWorker_0) [homeassistant.loader] "
    "We found a custom integration ippbx which has not been tested by Home Assistant."
)
ERROR = (
    "2026-11-24 20:00:01.002+00:00 ERROR (MainThread) [homeassistant.setup] Setup failed\n"
    "Traceback (most recent call last):\n"
    '  File "/clone/custom_components/ippbx/link.py", line 1, in beat'
)


def _complaints(tmp_path: Path, *lines: str) -> list[str]:
    log = tmp_path / "home-assistant.log"
    log.write_text("\n".join(lines))
    return complaints(log, "ippbx", Path("/clone"))


@pytest.mark.parametrize(
    "line",
    [
        (
            "2026-11-24 20:00:01.002 WARNING (MainThread) [custom_components.ippbx.link.link] "
            "The PBX is away"
        ),
        "2026-11-24 20:00:01.002 CRITICAL (MainThread) [homeassistant.core] Task of ippbx failed",
        ERROR,
    ],
    ids=["its own", "about it", "traceback"],
)
def test_complaint(line: str, tmp_path: Path) -> None:
    assert _complaints(tmp_path, LOADER, line, LOADER) == [line.replace("/clone", "")]


@pytest.mark.parametrize(
    "line",
    [
        LOADER,
        (
            "2026-11-24 20:00:01.002 INFO (MainThread) [custom_components.ippbx.link.link] "
            "The PBX is back"
        ),
        (
            "2026-11-24 20:00:01.002 ERROR (MainThread) [homeassistant.setup] "
            "Setup failed for 'camera'"
        ),
    ],
    ids=["the loader's", "information", "others"],
)
def test_no_complaint(line: str, tmp_path: Path) -> None:
    assert _complaints(tmp_path, LOADER, line) == []


def test_name_of_the_clone_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "home-assistant.log"
    line = (
        "2026-11-24 20:00:01.002 ERROR (MainThread) [homeassistant.x] Bad /somewhere/ippbx/.demo/y"
    )
    log.write_text(f"{LOADER}\n{line}")
    assert complaints(log, "ippbx", Path("/somewhere/ippbx")) == []
    assert complaints(log, "ippbx", Path("/elsewhere")) == [line]


def test_log_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="cannot be read"):
        _complaints(tmp_path, "WARNING custom_components.ippbx: in another format")
