"""The login of the event stream never locks an account: refused credentials are not sent again."""

import contextlib
import json

from hypothesis import example, given, strategies as st
import pytest

from custom_components.ippbx.pbx.backend import FeedState
from custom_components.ippbx.pbx.errors import (
    PbxApiDisabledError,
    PbxAuthError,
    PbxBusyError,
    PbxDisconnectedError,
    PbxError,
    PbxLockedOutError,
    PbxLoginLimitError,
)
from custom_components.ippbx.pbx.net.login_guard import LoginGuard
from custom_components.ippbx.pbx.uc.reports.feed_login import (
    FeedLogin,
    is_accepted_by_text,
    is_answer,
)
from pbx_simulator import Simulator
from tests.pbx.conftest import Clock, MakeListener, MakeScript

from .feed_house import API_LOGIN, PASSWORD
from .test_feed import REPORT


@pytest.mark.parametrize("answer", ["", "text", "json"])
async def test_a_refused_login_is_sent_once(
    stream_pbx: Simulator, make_listener: MakeListener, clock: Clock, answer: str
) -> None:
    stream_pbx.knobs.event_answer = answer
    guard = LoginGuard(now=clock)
    listener = make_listener(stream_pbx.event_port, guard=guard, password="wrong", there=True)
    await listener.until_state(FeedState.REFUSED)
    await listener.until(lambda: listener.task is not None and listener.task.done())
    assert isinstance(listener.stream.error, PbxAuthError)

    # Nor after a restart.
    kept = LoginGuard(json.loads(json.dumps(guard.as_dict())), now=clock)
    again = make_listener(stream_pbx.event_port, guard=kept, password="wrong")
    await again.until_state(FeedState.REFUSED)
    assert (stream_pbx.login_attempts, stream_pbx.failed_logins) == (1, 1)
    assert again.stream.counts.tries == 0


async def test_what_the_api_refused_is_not_sent_to_the_stream(
    stream_pbx: Simulator, make_listener: MakeListener, clock: Clock
) -> None:
    guard = LoginGuard(now=clock)
    guard.refused(API_LOGIN)
    listener = make_listener(stream_pbx.event_port, guard=guard)
    await listener.until_state(FeedState.REFUSED)
    assert stream_pbx.login_attempts == 0


async def test_what_the_stream_refused_does_not_stop_the_api(
    stream_pbx: Simulator, make_listener: MakeListener, clock: Clock
) -> None:
    """Hanging up may have another cause, and all but reports works without a stream."""
    stream_pbx.knobs.refuse_event_logins = True
    guard = LoginGuard(now=clock)
    listener = make_listener(stream_pbx.event_port, guard=guard, there=True)
    await listener.until_state(FeedState.REFUSED)
    guard.check(API_LOGIN)


async def test_a_user_may_have_it_tried_again(
    stream_pbx: Simulator, make_listener: MakeListener, clock: Clock
) -> None:
    stream_pbx.knobs.refuse_event_logins = True
    stream_pbx.knobs.event_answer = "json"
    guard = LoginGuard(now=clock)
    for _ in range(4):
        listener = make_listener(stream_pbx.event_port, guard=guard)
        await listener.until_state(FeedState.REFUSED)
        await listener.stop()
        digest = listener.stream._credentials
        if stream_pbx.login_attempts < 4:
            guard.allow(digest)
    guard.allow(digest)
    with pytest.raises(PbxLoginLimitError):
        guard.check(digest)
    assert stream_pbx.failed_logins == 4
    assert not stream_pbx.lockout.locked("127.0.0.1")


async def test_a_lock_out_is_waited_out(
    stream_pbx: Simulator, make_listener: MakeListener, clock: Clock
) -> None:
    stream_pbx.knobs.event_answer = "json"
    stream_pbx.lockout.lock("127.0.0.1")
    guard = LoginGuard(now=clock)
    listener = make_listener(stream_pbx.event_port, guard=guard)
    await listener.until_state(FeedState.DOWN)
    assert isinstance(listener.stream.error, PbxLockedOutError)
    with pytest.raises(PbxLockedOutError):
        guard.check(API_LOGIN)
    assert stream_pbx.login_attempts == 1


async def test_hanging_up_is_no_refusal_where_the_pbx_is_away(
    stream_pbx: Simulator, make_listener: MakeListener
) -> None:
    """As a proxy does for a PBX that starts."""
    stream_pbx.knobs.hang_up_events = True
    stream_pbx.knobs.lockout_after = 0
    listener = make_listener(stream_pbx.event_port, there=False)
    await listener.until(lambda: listener.asked >= 3)
    assert isinstance(listener.stream.error, PbxDisconnectedError)
    stream_pbx.knobs.hang_up_events = False
    stream_pbx.knobs.event_answer = "text"
    await listener.until_state(FeedState.UP)


async def test_a_stream_that_worked_may_be_hung_up_on_once(
    stream_pbx: Simulator, make_listener: MakeListener
) -> None:
    stream_pbx.knobs.event_answer = "text"
    listener = make_listener(stream_pbx.event_port, there=True)
    await listener.until_state(FeedState.UP)
    stream_pbx.knobs.event_answer = ""
    stream_pbx.knobs.hang_up_events = True
    stream_pbx.events.drop()
    await listener.until_state(FeedState.REFUSED)
    assert stream_pbx.logins == 3  # the first, the one that may be hung up on, the one that is not


async def test_a_report_is_no_answer(make_listener: MakeListener, make_script: MakeScript) -> None:
    """Reports have a status, too, and some have none that means success."""
    script = await make_script([REPORT])
    listener = make_listener(script.port)
    await listener.until_state(FeedState.UP)
    assert listener.bodies == [REPORT]


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        (b"", False),
        (b"Welcome\r\n", False),
        (b"Response: Success\r\n", True),
        (b"hello\r\nRESPONSE:success\r\n", True),
    ],
)
def test_what_lines_say(text: bytes, accepted: bool) -> None:
    assert is_accepted_by_text(text) is accepted


@pytest.mark.parametrize("text", [b"Response: Error\r\n", b"x\nresponse:  Failed\n"])
def test_lines_that_refuse(text: bytes) -> None:
    with pytest.raises(PbxAuthError):
        is_accepted_by_text(text)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'{"status":"Success"}', True),
        (b'{"status":"success","token":"x"}', True),
        (b'{"event":"ExtensionStatus","status":"Failed"}', False),
        (b'{"Action":"ExtensionStatus","status":"Failed"}', False),
        (b'{"event":"BootUp"}', False),
        (b"{]", False),
    ],
)
def test_what_objects_say(body: bytes, answer: bool) -> None:
    assert is_answer(body) is answer


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"status":"Failed","errno":"20003"}', PbxAuthError),
        (b'{"status":"Failed","errno":20002}', PbxLockedOutError),
        (b'{"status":"Failed"}', PbxAuthError),
        (b'{"status":"Failed","errno":"20006"}', PbxAuthError),
        (b'{"status":"Failed","errno":"40404"}', PbxAuthError),
        (b'{"status":"Failed","errno":"30001"}', PbxBusyError),
        (b'{"status":"Failed","errno":"30003"}', PbxApiDisabledError),
    ],
)
def test_objects_that_refuse(body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        is_answer(body)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@example(b'{"status":"Failed","errno":"' + b"9" * 5000 + b'"}')
@example(b'{"status":' + b"[" * 5000)
@example(b'{"status":"' + b"9" * 9000 + b'","errno":{}}')
@example(b"Response: \xff\r\n")
def test_whatever_a_pbx_says(data: bytes) -> None:
    for judge in (is_answer, is_accepted_by_text):
        with contextlib.suppress(PbxError):
            assert judge(data) in (True, False)


@pytest.mark.parametrize("text", [b"\n" * 60_000, b"\n " * 30_000, b"response:" + b" \n" * 30_000])
def test_empty_lines_say_nothing(text: bytes) -> None:
    assert not is_accepted_by_text(text)


def test_a_login_does_not_show_its_password() -> None:
    login = FeedLogin(host="pbx", port=8333, username="hass", password=PASSWORD)
    assert PASSWORD not in repr(login)
    assert PASSWORD.encode() in login.request()
    other = FeedLogin(host="pbx", port=8334, username="hass", password=PASSWORD)
    assert login.digest != other.digest
