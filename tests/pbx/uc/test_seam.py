"""What a PBX of this protocol shows at the seam."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.ippbx.pbx.backend import Connection, Delivery, IdRules
from custom_components.ippbx.pbx.backends import BACKENDS, backend_of, variant_of, variants
from custom_components.ippbx.pbx.errors import PbxInputError, ReportError
from custom_components.ippbx.pbx.model.actions import Action
from custom_components.ippbx.pbx.model.events import BootUpReport
from custom_components.ippbx.pbx.model.lines import ReportAddress
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from custom_components.ippbx.pbx.uc.backend import MOST_QUERIED, MOST_QUERIED_BUSY, UcBackend
from custom_components.ippbx.pbx.uc.dialects import DIALECTS, OPENVOX, YEASTAR_V2
from custom_components.ippbx.pbx.uc.status_words import PUSHED_STATUSES
from tests.pbx.conftest import ADDRESS, Clock, MakeClient
from tests.pbx.raw_pbx import OK, RawPbx, failed

ELSEWHERE = ReportAddress(ipaddr="192.0.2.99", port="8123")
SYSTEM = {"status": "Success", "deviceinfo": {"devicename": "UC", "sn": "7"}}


def inbound(call_id: str) -> dict[str, Any]:
    return {"inboundid": call_id, "from": "5550100", "trunkname": "t", "status": "Ring"}


def test_every_variant_has_its_backend() -> None:
    assert [variant.key for variant in BACKENDS["uc"].variants] == list(DIALECTS)
    assert {variant.key for variant in variants()} >= set(DIALECTS)
    for key in DIALECTS:
        assert variant_of(key).key == key
        assert backend_of(key) is BACKENDS["uc"]
    assert BACKENDS["uc"].ports == (9011, 8088)
    fields = [(field.key, field.secret) for field in BACKENDS["uc"].credentials]
    assert fields == [("username", False), ("password", True)]


async def test_the_session(pbx: RawPbx, client: UcBackend, clock: Clock) -> None:
    session = client.session
    assert (session.count, session.delivery, session.age, session.valid_until) == (
        0,
        None,
        None,
        None,
    )
    assert session.local_address is None
    await client.open(ADDRESS)
    clock.time += 60
    session = client.session
    assert (session.count, session.delivery, session.age) == (1, None, 60)
    assert session.valid_until == datetime.fromtimestamp(clock.time + 1740, UTC)
    assert (session.local_address, session.peer_address) == ("127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize(
    ("said", "delivery"), [("TCP", Delivery.FEED), ("HTTP", Delivery.PUSH), ("UDP", Delivery.PUSH)]
)
async def test_how_events_are_delivered(
    pbx: RawPbx, make_client: MakeClient, said: str, delivery: Delivery
) -> None:
    client = make_client(dialect=YEASTAR_V2)
    pbx.routes["login"] = {"status": "Success", "token": "1" * 32, "transport": said}
    await client.open(ADDRESS)
    assert client.session.delivery is delivery


@pytest.mark.parametrize(
    ("tls", "said", "proposed"),
    [
        (False, "", True),
        (False, "http", True),
        (True, "", True),
        (True, "tcp", True),
        (True, "http", False),
    ],
)
async def test_the_feed_is_not_proposed_where_it_would_show_a_password(
    pbx: RawPbx, make_client: MakeClient, tls: bool, said: str, proposed: bool
) -> None:
    client = make_client(dialect=YEASTAR_V2)
    pbx.routes["login"] = {"status": "Success", "token": "1" * 32, "transport": said}
    await client.open(ADDRESS)
    client._tls = tls
    assert (Delivery.FEED in client.capabilities.deliveries) is proposed


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_what_a_dialect_can_do(make_client: MakeClient, dialect: Any) -> None:
    client = make_client(dialect=dialect)
    can = client.capabilities
    assert client.variant is dialect
    assert client.identity == IdRules(paired=dialect is OPENVOX)
    assert can.keeps_records is (dialect is not OPENVOX)
    assert can.pushed == PUSHED_STATUSES
    assert can.actions == {action for action in Action if client.control.offers(action)}


async def test_without_a_heartbeat_any_exchange_renews(pbx: RawPbx, client: UcBackend) -> None:
    pbx.routes |= {"heartbeat": failed(10003), "deviceinfo/query": SYSTEM}
    await client.open(ADDRESS)
    await client.keep_alive(ADDRESS)
    assert [each.endpoint for each in pbx.requests] == ["login", "heartbeat", "deviceinfo/query"]
    await client.keep_alive(ELSEWHERE)
    assert [each.endpoint for each in pbx.requests][3:] == ["heartbeat", "login"]
    assert pbx.requests[-1].json["port"] == "8123"
    await client.keep_alive(ELSEWHERE)
    assert pbx.requests[-1].endpoint == "deviceinfo/query"


async def test_an_address_is_needed(pbx: RawPbx, client: UcBackend) -> None:
    for begin in (client.open, client.keep_alive):
        with pytest.raises(PbxInputError):
            await begin(None)
    assert not pbx.requests


async def test_live_calls(pbx: RawPbx, client: UcBackend) -> None:
    pbx.routes |= {
        "inbound/query": {"status": "Success", "inbound": [inbound("5.1")]},
        "outbound/query": failed(10005),
        "extension/query": {
            "status": "Success",
            "extinfos": [{"extid": "1000", "ext": [{"extid": "1001"}]}],
        },
    }
    await client.open(ADDRESS)
    found = await client.live_calls(["1000"])
    assert [call.call_id for call in found.calls] == ["5.1", ""]
    assert (found.trunks, found.queried) == (True, {"1000"})
    pbx.routes["extension/query"] = {
        "status": "Success",
        "extinfos": [{"extid": "1000", "inbound": [inbound("5.1")]}],
    }
    assert (await client.live_calls(["1000"])).queried == frozenset()  # one call of maybe several


async def test_too_many_extensions_are_not_asked(pbx: RawPbx, client: UcBackend) -> None:
    pbx.routes |= {"inbound/query": failed(10003), "outbound/query": failed(10003)}
    await client.open(ADDRESS)
    numbers = [str(number) for number in range(1000, 1001 + MOST_QUERIED)]
    found = await client.live_calls(numbers)
    assert (found.calls, found.trunks, found.queried) == ((), False, frozenset())
    assert not pbx.asked("extension/query")


async def test_some_extensions_in_unknown_calls_are_asked(
    pbx: RawPbx, make_client: MakeClient
) -> None:
    """Not those that another answer shows already, and no more in one read than are quick."""
    client = make_client(dialect=YEASTAR_V2)
    pair = [{"ext": {"number": number, "memberstatus": "ANSWER"}} for number in ("1000", "1001")]
    numbercalls = [{"callid": "5.1", "members": pair}]
    pbx.routes |= {
        "call/query": {"status": "Success", "calls": []},
        "extension/query_call": {
            "status": "Success",
            "calllist": [{"number": "1000", "numbercalls": numbercalls}],
        },
    }
    await client.open(ADDRESS)
    numbers = [str(number) for number in range(1000, 1020)]
    found = await client.live_calls([], numbers)
    assert {call.call_id for call in found.calls} == {"5.1"}
    asked = [request.json["number"] for request in pbx.asked("extension/query_call")]
    assert asked == ["1000", *numbers[2 : MOST_QUERIED_BUSY + 1]]
    assert found.tried == {*asked, "1001"}


async def test_old_firmware_cannot_be_asked(pbx: RawPbx, make_client: MakeClient) -> None:
    client = make_client(dialect=YEASTAR_V2)
    pbx.routes |= {
        "call/query": {"status": "Success", "calls": []},
        "extension/query_call": failed(10003),
    }
    await client.open(ADDRESS)
    found = await client.live_calls(["1000"], ["1001"])
    assert (found.trunks, found.queried, found.tried) == (True, frozenset(), {"1001"})


def test_a_report_is_an_event(client: UcBackend) -> None:
    (event,) = client.parse(b'{"event":"BootUp","sn":"7"}', trusted=True)
    assert isinstance(event, BootUpReport)
    with pytest.raises(ReportError):
        client.parse(b"?", trusted=True)


async def test_a_row_makes_a_client(pbx: RawPbx, session: Any) -> None:
    backend = BACKENDS["uc"]
    where = Connection(
        host="127.0.0.1",
        port=pbx.port,
        tls=False,
        ssl=True,
        credentials={"username": "hass", "password": "Herbstlaub-34"},
    )
    pbx.routes["deviceinfo/query"] = failed(20005)
    found = await backend.detect(session, where)
    client = backend.create(session, where, found.key, LoginGuard(), None)
    pbx.routes["heartbeat"] = OK
    await client.open(ADDRESS)
    await client.keep_alive(ADDRESS)
    assert pbx.asked("login")[0].json["username"] == "hass"
    assert "Herbstlaub" not in repr(where)
