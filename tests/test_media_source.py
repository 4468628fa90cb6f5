"""Recordings in the media browser: for administrators, where an option allows them."""

from datetime import UTC, datetime, timedelta
import io
from typing import Any
import wave

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.ippbx.calls.history.entries import LogEntry
from custom_components.ippbx.const import CONF_MASK_NUMBERS, CONF_RECORDINGS
from custom_components.ippbx.pbx.model.tracked import CallDirection, CallOutcome
from pbx_simulator import Simulator
from pbx_simulator.calls.record import CallRecord

from .conftest import StartSimulator, add_entry
from .house import log_levels
from .live import load

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECONDS = 200  # of talk: more than any buffer on the way holds
ON = {CONF_RECORDINGS: True}
CALL_ID = "1790000000.1"


@pytest.fixture(params=["yeastar-v1", "yeastar-v2"])
def dialect(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


class Archive:
    """A loaded entry whose PBX has recordings, and a browser that asks for them."""

    def __init__(self, hass: HomeAssistant, sim: Simulator, ws: Any, http: Any) -> None:
        (self.entry,) = hass.config_entries.async_loaded_entries("ippbx")
        self.sim, self.ws, self.http = sim, ws, http

    def keep(self, call_id: str = CALL_ID, *, day: int = 0, **changes: Any) -> str:
        """Log a call and record it at the PBX; return the name of the recording."""
        known: dict[str, Any] = {
            "direction": CallDirection.INBOUND,
            "caller": "0301234567",
            "callee": "1001",
            "answered_by": "1001",
            "outcome": CallOutcome.ANSWERED,
            "started": START + timedelta(days=day),
            "recording": f"20261125130000-{call_id}-0301234567-1001-Inbound.wav",
        }
        entry = LogEntry(call_id=call_id, **known | changes)
        self.entry.runtime_data.history.log._keep(entry)
        self.sim.calls.records.append(
            CallRecord(
                call_id=call_id,
                started=0,
                start="",
                caller=entry.caller,
                callee=entry.callee,
                duration=SECONDS,
                talk=SECONDS,
                status="ANSWERED",
                type="Inbound",
                recording=entry.recording,
            )
        )
        return entry.recording

    async def ask(self, what: str, where: str) -> dict[str, Any]:
        """Send a command of the media browser; return the answer."""
        await self.ws.send_json_auto_id(
            {"type": f"media_source/{what}_media", "media_content_id": where}
        )
        answer: dict[str, Any] = await self.ws.receive_json()
        return answer

    async def browse(self, where: str = "media-source://ippbx") -> dict[str, str]:
        """Return what is there: titles and ids."""
        answer = await self.ask("browse", where)
        assert answer["success"], answer
        children = answer["result"]["children"]
        return {each["title"]: each["media_content_id"] for each in children}

    async def address(self, call_id: str = CALL_ID) -> str:
        """Return the address of a recording."""
        where = f"media-source://ippbx/{self.entry.entry_id}/2026-11-25/1001/{call_id}"
        answer = await self.ask("resolve", where)
        assert answer["success"], answer
        assert answer["result"]["mime_type"] == "audio/wav"
        url: str = answer["result"]["url"]
        return url


@pytest.fixture
async def options() -> dict[str, Any]:
    """Return the options; a test may name others."""
    return ON


@pytest.fixture
async def archive(
    hass: HomeAssistant,
    start_simulator: StartSimulator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    dialect: str,
    options: dict[str, Any],
) -> Archive:
    """Return an archive that an administrator looks at."""
    await hass.config.async_set_time_zone("UTC")
    sim = await start_simulator(dialect=dialect)
    assert await async_setup_component(hass, "media_source", {})
    hass.http.app._router.freeze = lambda: None  # as Home Assistant's own server has it
    await load(hass, add_entry(hass, sim, options=options))
    return Archive(hass, sim, await hass_ws_client(hass), await hass_client_no_auth())


async def test_browsing(archive: Archive) -> None:
    """By day, then by extension, the newest first; calls without a recording are left out."""
    archive.keep("1790000000.1", caller="1000")  # outside, too
    internal = {"direction": CallDirection.INTERNAL, "caller": "1000", "started": START}
    archive.keep("1790000000.2", **internal)
    archive.keep("1790000000.3", day=1)
    archive.keep("1790000000.4", recording="")

    (pbx,) = (await archive.browse()).values()
    days = await archive.browse(pbx)
    assert list(days) == ["2026-11-26", "2026-11-25"]
    extensions = await archive.browse(days["2026-11-25"])
    assert list(extensions) == ["User 1000", "User 1001"]
    assert list(await archive.browse(extensions["User 1000"])) == [
        "12:00 User 1000 → User 1001, answered"
    ]
    calls = await archive.browse(extensions["User 1001"])
    assert [each.rpartition("/")[2] for each in calls.values()] == ["1790000000.2", "1790000000.1"]


async def test_a_call_that_was_passed_on(archive: Archive) -> None:
    """It is one of all who talked in it, and of nobody who only rang."""
    archive.keep("1790000000.1", also_answered=("1002",), also_rang=("1000", "1003"))
    archive.keep("1790000000.2", caller="1000", direction=CallDirection.INTERNAL)
    (pbx,) = (await archive.browse()).values()
    ((_, day),) = (await archive.browse(pbx)).items()
    extensions = await archive.browse(day)
    assert list(extensions) == ["User 1000", "User 1001", "User 1002"]
    assert len(await archive.browse(extensions["User 1000"])) == 1
    assert len(await archive.browse(extensions["User 1002"])) == 1


async def test_listening(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    """What the PBX has, under an address without its token and without numbers."""
    recording = archive.keep()
    url = await archive.address()
    assert "0301234567" not in url
    response = await archive.http.get(url)
    assert (response.status, response.content_type) == (200, "audio/wav")
    with wave.open(io.BytesIO(await response.read())) as file:
        assert file.getnframes() == SECONDS * 8000
    asked = [each for each in archive.sim.requests if each.endpoint.startswith("recording/")]
    assert [each.endpoint for each in asked] == ["recording/get_random", "recording/download"]
    assert asked[0].params == {"recording": recording}
    assert log_levels(caplog) == []


WHOLE = 44 + SECONDS * 16000  # bytes


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-", 206, range(WHOLE)),
        ("bytes=1-2", 206, range(1, 3)),
        ("bytes=100000-199999", 206, range(100_000, 200_000)),
        ("bytes=-9", 206, range(WHOLE - 9, WHOLE)),
        (f"bytes=40-{WHOLE + 99}", 206, range(40, WHOLE)),
        (f"bytes={WHOLE}-", 416, range(0)),
        ("bytes=9-1", 200, range(WHOLE)),
        ("bytes=1-2,4-5", 200, range(WHOLE)),
        ("seconds=1-2", 200, range(WHOLE)),
    ],
)
async def test_a_part(archive: Archive, wanted: str, status: int, part: range) -> None:
    """As players ask for one, to go to another moment."""
    archive.keep()
    archive.sim.knobs.answer_content_length = True
    url = await archive.address()
    whole = await (await archive.http.get(url)).read()
    response = await archive.http.get(url, headers={"Range": wanted})
    assert response.status == status
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.content_length == len(part)
    assert await response.read() == whole[part.start : part.stop]
    shown = {206: f"bytes {part.start}-{part.stop - 1}/{WHOLE}", 416: f"bytes */{WHOLE}"}
    assert response.headers.get("Content-Range") == shown.get(status)


async def test_a_pbx_that_does_not_say_how_long_a_file_is(archive: Archive) -> None:
    """The whole comes, whatever is asked for."""
    archive.keep()
    url = await archive.address()
    response = await archive.http.get(url, headers={"Range": "bytes=100-"})
    assert (response.status, "Content-Length" in response.headers) == (200, False)
    assert len(await response.read()) == WHOLE


async def test_other_requests_go_on_while_somebody_listens(archive: Archive) -> None:
    archive.keep()
    runtime = archive.entry.runtime_data
    name = f"20261125130000-{CALL_ID}-0301234567-1001-Inbound.wav"
    async with runtime.backend.control.recording(name) as file:
        assert (await anext(file.pieces))[:4] == b"RIFF"
        assert await runtime.backend.extensions()


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"wrong_errno": {"recording/get_random": "20014"}}, 404),
        ({"wrong_errno": {"recording/download": "20012"}}, 502),
        ({"html_answers": True, "fault_endpoints": {"recording/download"}}, 502),
        ({"reset": True, "fault_endpoints": {"recording/download"}}, 502),
        ({"empty_answers": True, "fault_endpoints": {"recording/get_random"}}, 502),
    ],
)
async def test_what_a_pbx_refuses(
    archive: Archive, fault: dict[str, Any], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    archive.keep()
    url = await archive.address()
    for knob, value in fault.items():
        setattr(archive.sim.knobs, knob, value)
    response = await archive.http.get(url)
    assert response.status == status
    assert log_levels(caplog) == []


@pytest.mark.parametrize(
    "where",
    ["{entry}/2026-11-25/1001/1790000000.9", "{entry}", "nobody", "", "nobody/a/b/c", "a/b/c/d/e"],
)
async def test_what_there_is_not(archive: Archive, where: str) -> None:
    """An unknown call, a call without recording, half an address."""
    archive.keep()
    place = where.format(entry=archive.entry.entry_id)
    answer = await archive.ask("resolve", f"media-source://ippbx/{place}")
    assert answer["error"]["code"] == "resolve_media_failed"
    assert "0301234567" not in str(answer)


@pytest.mark.parametrize("where", ["nobody", "{entry}/2026-11-25/1001/1790000000.1"])
async def test_what_is_no_folder(archive: Archive, where: str) -> None:
    """A recording, as the address bar of a browser may still name it."""
    archive.keep()
    place = where.format(entry=archive.entry.entry_id)
    answer = await archive.ask("browse", f"media-source://ippbx/{place}")
    assert answer["error"]["code"] == "browse_media_failed"


@pytest.mark.parametrize(
    "recording", ["../../etc/passwd.wav", "a/b.wav", "a.exe", "a&random=1.wav", "x" * 300 + ".wav"]
)
async def test_names_that_are_none(archive: Archive, recording: str) -> None:
    """Whatever a record said: it is not offered."""
    archive.keep(recording=recording)
    place = f"{archive.entry.entry_id}/2026-11-25/1001/{CALL_ID}"
    answer = await archive.ask("resolve", f"media-source://ippbx/{place}")
    assert answer["error"]["code"] == "resolve_media_failed"


@pytest.mark.parametrize("caller", ["Anna Meier", "Müller", "(030)1", "*72"])
async def test_names_with_a_caller(archive: Archive, caller: str) -> None:
    archive.keep(recording=f"20261125130000-1.1-{caller}-1001-Inbound.WAV")
    response = await archive.http.get(await archive.address())
    assert response.status == 200


async def test_nobody_but_administrators(
    hass: HomeAssistant,
    archive: Archive,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    """Neither in the browser nor by an address."""
    archive.keep()
    url = (await archive.address()).partition("?")[0]
    assert (await archive.http.get(url)).status == 401
    reader = await hass_client(hass_read_only_access_token)
    assert (await reader.get(url)).status == 403
    archive.ws = await hass_ws_client(hass, hass_read_only_access_token)
    for what in ("browse", "resolve"):
        answer = await archive.ask(what, f"media-source://ippbx/{archive.entry.entry_id}")
        assert not answer["success"]
        assert "administrators" in answer["error"]["message"]
    root = await archive.browse("media-source://")
    assert "IP PBX" in root  # Home Assistant lists all sources to everybody


@pytest.mark.parametrize("options", [{}, {**ON, CONF_MASK_NUMBERS: True}])
async def test_off_by_default(
    archive: Archive, options: dict[str, Any], hass_client: ClientSessionGenerator
) -> None:
    """Nor where numbers are masked, which are in the names."""
    archive.keep()
    if options:
        ((_, pbx),) = (await archive.browse()).items()
        assert await archive.browse(pbx) == {}
    else:
        answer = await archive.ask("browse", "media-source://ippbx")
        assert '"Recordings in the media browser" under Privacy' in answer["error"]["message"]
    admin = await hass_client()
    url = f"/api/ippbx/recording/{archive.entry.entry_id}/{CALL_ID}"
    assert (await admin.get(url)).status == 404


@pytest.mark.parametrize("dialect", ["openvox"])
async def test_a_pbx_without_recordings(archive: Archive) -> None:
    """OpenVox has no request for them."""
    archive.keep()
    answer = await archive.ask("browse", "media-source://ippbx")
    assert "No PBX offers recordings" in answer["error"]["message"]
