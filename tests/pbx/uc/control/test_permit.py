"""`permit` is asked before each command, with every number that the PBX may ring for it."""

import pytest

from custom_components.ippbx.pbx.model.actions import Action
from custom_components.ippbx.pbx.uc.control.control import REQUESTS
from custom_components.ippbx.pbx.uc.dialects import OPENVOX, YEASTAR_V1, YEASTAR_V2, Dialect
from tests.pbx.conftest import ADDRESS, MakeClient
from tests.pbx.raw_pbx import RawPbx

from .test_wire import DO, meaning

READING = (
    Action.LIST_PARKED,
    Action.LIST_PAGING_GROUPS,
    Action.EXTENSION_CALLS,
    Action.DOWNLOAD_RECORDS,
    Action.DOWNLOAD_RECORDING,
)
# Groups of the PBX, which a narrow request of v1 cannot mistake for anything else.
GROUPS = {"6500", "6700", "6200"}
RUNG: dict[str, set[str]] = {
    "dial_extension": {"2001", "2002"},
    "dial_outside": {"2001", "+49301234"},
    "dial_two_outside": {"030111", "030222"},
    "dial_extension_from_ivr": {"6500", "2001"},
    "dial_outside_from_ivr": {"6500", "007"},
    "dial_outside_from_queue": {"6700", "007"},
    "dial_outside_from_ring_group": {"6200", "007"},
    **{
        f"transfer_to_{target} of {kind}": {number}
        for kind in ("extension", "inbound", "outbound")
        for target, number in (
            ("extension", "2002"), ("number", "030111"), ("ivr", "6500"), ("queue", "6700"),
            ("ring_group", "6200"),
        )
    },
    "attended_transfer of extension": {"2002"},
    "retrieve": {"2001", "6900"},
    **{action: {"2005"} for action in ("listen", "whisper", "barge_in")},
    "play_prompt": {"2001"},
    "play_prompt_outside": {"030111"},
    "play_prompt_to_group": {"6300"},
    "send_message": {"0171555"},
    "forward_to_extension": {"2002"},
    "forward_to_number": {"030111"},
}  # fmt: skip
CASES = [
    pytest.param(dialect, name, id=f"{dialect.key}: {name}")
    for dialect in (OPENVOX, YEASTAR_V1, YEASTAR_V2)
    for name in DO
    if meaning(name) in REQUESTS[dialect.key] and meaning(name)[0] not in READING
]


class RefusedError(Exception):
    """Somebody forbids it."""


@pytest.mark.parametrize(("dialect", "name"), CASES)
async def test_every_action_is_asked_for_first(
    pbx: RawPbx, make_client: MakeClient, dialect: Dialect, name: str
) -> None:
    asked: list[tuple[Action, set[str]]] = []

    def refuse(action: Action, numbers: tuple[str, ...]) -> None:
        asked.append((action, set(numbers)))
        raise RefusedError

    client = make_client(dialect=dialect)
    await client.open(ADDRESS)
    client.control.permit = refuse
    with pytest.raises(RefusedError):
        await DO[name](client.control)

    ((action, numbers),) = asked
    assert action == meaning(name)[0]
    expected = RUNG.get(name, set())
    assert numbers in (expected, expected - GROUPS if dialect is YEASTAR_V1 else expected)
    assert len(pbx.requests) == 1  # the login


@pytest.mark.parametrize("action", READING)
async def test_reading_is_not_asked_for(
    pbx: RawPbx, make_client: MakeClient, action: Action
) -> None:
    client = make_client(dialect=YEASTAR_V2)
    for ticket in ("cdr/get_random", "recording/get_random"):
        pbx.routes[ticket] = {"status": "Success", "random": "4711"}
    pbx.routes["recording/download"] = b"HTTP/1.1 200 OK\r\n\r\nRIFF"
    pbx.routes["cdr/download"] = b"HTTP/1.1 200 OK\r\n\r\ncallid,timestart\r\n"
    await client.open(ADDRESS)
    client.control.permit = lambda *_: pytest.fail("reading needs no permission")
    await DO[action](client.control)
    assert len(pbx.requests) > 1
