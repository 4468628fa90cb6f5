"""Call control: how a command becomes a request: found in the tables, checked, permitted, sent.

A command that the dialect lacks is refused before anything is sent. Requests go ahead of those that
queue, for a user waits for them. None is ever repeated, save after a token that was no longer good.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from ...backend import OpenFile
from ...errors import PbxActionUnsupportedError, PbxProtocolError, PbxRequestError
from ...model.actions import Action, Command, Field, Permit, checked
from ...model.lines import Call, CallLeg, LegKind, LegState
from ...net.lenient_json import text_of
from ...net.priority_lock import priority
from ..decode import Answer
from ..dialects import OPENVOX, YEASTAR_V1, YEASTAR_V2, Dialect, Endpoint
from ..error_codes import error_for
from ..session import Session
from . import answers
from .requests import Request, Requests
from .v1 import OPENVOX_REQUESTS, YEASTAR_V1_REQUESTS
from .v2 import YEASTAR_V2_REQUESTS
from .values import encoded

REQUESTS: Mapping[str, Requests] = {
    OPENVOX.key: OPENVOX_REQUESTS,
    YEASTAR_V1.key: YEASTAR_V1_REQUESTS,
    YEASTAR_V2.key: YEASTAR_V2_REQUESTS,
}
"""What each dialect has. What its table lacks, its documents lack."""
OFFERED: Mapping[str, frozenset[Action]] = {
    key: frozenset(action for action, _ in requests) for key, requests in REQUESTS.items()
}
"""What a dialect has, be it for legs of one kind."""

# The downloads of call records and recordings (pbx-api, "Downloads").
_RECORDS_DOWNLOAD, _RECORDING_DOWNLOAD = "cdr/download", "recording/download"
_RANDOM_KEY, _START_KEY, _END_KEY = "random", "starttime", "endtime"
_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
_ERRNO_NO_RECORDS = 20021

_ERRNO_NO_CALL = 10007
_ERRNOS_NO_CALL = (10005, _ERRNO_NO_CALL)
# Which of an extension's legs is meant when none is named: the one that is most of a call.
_MEANT = (LegState.TALKING, LegState.ON_HOLD, LegState.DIALING, LegState.RINGING)
_MEANT_BY: Mapping[Action, tuple[LegState, ...]] = {
    Action.RESUME: (LegState.ON_HOLD, LegState.TALKING)
}


class UcControl:
    """What can be done to calls over a session. All methods raise PbxError alone."""

    def __init__(
        self,
        session: Session,
        dialect: Callable[[], Dialect],
        on_sent: Callable[[Action, str], None] | None = None,
    ) -> None:
        """Control calls over a session.

        Args:
            dialect: returns the one that is spoken now.
            on_sent: receives each command that was accepted, and the word of its answer.
        """
        self._session = session
        self._dialect = dialect
        self._on_sent = on_sent
        self.permit: Permit | None = None
        self.done: Callable[[Action], None] | None = None

    def offers(self, action: Action, kind: LegKind | None = None) -> bool:
        """Return whether the dialect has an action, for legs of a kind if one is given."""
        key = self._dialect().key
        if kind is None:
            return action in OFFERED[key]
        requests = REQUESTS[key]
        return (action, None) in requests or (action, kind) in requests

    @property
    def names_outside(self) -> bool:
        """Return whether outside numbers have a request of their own to be dialled."""
        requests = REQUESTS[self._dialect().key]
        inside, outside = Action.DIAL_EXTENSION, Action.DIAL_OUTSIDE
        return requests[inside, None].path != requests[outside, None].path

    @property
    def shows_all_calls(self) -> bool:
        """Return whether the answer about an extension has all of its calls, not just one."""
        return self._dialect() is YEASTAR_V2

    async def send(self, command: Command) -> str:
        """Send a command; return the one word that the answer has for it.

        Where the dialect names legs by channel and the command names none, the PBX is asked for the
        channels of the extension first.
        """
        dialect, action = self._dialect(), command.action
        fields = encoded(command.values)
        leg: CallLeg | None = command.values.get(Field.LEG)
        request = _find(dialect, action, None if leg is None else leg.kind)
        unnamed = Field.LEG in request.parameters.values() and not fields[Field.LEG]
        if unnamed:
            checked(Field.EXTENSION, fields[Field.EXTENSION])
            fields[Field.LEG] = "unknown"
        body = _body(request, fields)
        if self.permit is not None:
            self.permit(action, _outward(request, fields))
        if unnamed:
            calls = await self.extension_calls(fields[Field.EXTENSION])
            fields[Field.LEG] = _meant(calls, fields[Field.EXTENSION], action)
            body = _body(request, fields)
        answer = await self._ask(dialect, request, body)
        if self.done is not None:
            self.done(action)
        word = text_of(answer.get(request.answer))
        if self._on_sent is not None:
            self._on_sent(action, word)
        return word

    async def extension_calls(self, number: str) -> tuple[Call, ...]:
        """Return the live calls of an extension, those between extensions included.

        OpenVox and v1 show no more than the other party of one call; where that is an extension,
        they give no id, and `call_id` is empty.
        """
        dialect = self._dialect()
        request = _find(dialect, Action.EXTENSION_CALLS, None)
        body = _body(request, {Field.EXTENSION: number})
        try:
            answer = await self._ask(dialect, request, body)
        except PbxRequestError as error:
            if error.errno in _ERRNOS_NO_CALL:
                return ()
            raise
        return answers.extension_calls(answer, number)

    async def parked_slots(self) -> frozenset[str]:
        """Return the slots in which calls are parked."""
        dialect = self._dialect()
        request = _find(dialect, Action.LIST_PARKED, None)
        return answers.parked_slots(await self._ask(dialect, request, {}))

    async def paging_groups(self) -> frozenset[str]:
        """Return the numbers of the paging groups."""
        dialect = self._dialect()
        request = _find(dialect, Action.LIST_PAGING_GROUPS, None)
        return answers.paging_groups(await self._ask(dialect, request, {}))

    async def download_records(self, start: datetime, end: datetime) -> bytes | None:
        """Return the file of all records in a span of the PBX's local time; None for none."""
        dialect = self._dialect()
        request = _find(dialect, Action.DOWNLOAD_RECORDS, None)
        body = {
            **request.fixed,
            _START_KEY: start.strftime(_TIME_FORMAT),
            _END_KEY: end.strftime(_TIME_FORMAT),
        }
        try:
            # One turn for both: a new session in between would have another token.
            async with self._session.turn():
                ticket = await self._ticket(dialect, request, body)
                return await self._session.download(dialect, _RECORDS_DOWNLOAD, body, ticket)
        except PbxRequestError as error:
            if error.errno == _ERRNO_NO_RECORDS:
                return None
            raise

    @asynccontextmanager
    async def recording(self, name: str) -> AsyncGenerator[OpenFile]:
        """Open the file of a recording.

        Other requests go on once it has begun: whoever listens may take as long as the call took.
        """
        dialect = self._dialect()
        request = _find(dialect, Action.DOWNLOAD_RECORDING, None)
        body = _body(request, {Field.RECORDING: name})
        async with AsyncExitStack() as stack:
            async with self._session.turn():
                ticket = await self._ticket(dialect, request, body)
                file = await stack.enter_async_context(
                    self._session.stream(dialect, _RECORDING_DOWNLOAD, body, ticket)
                )
            yield file

    async def _ticket(
        self, dialect: Dialect, request: Request, body: dict[str, str]
    ) -> dict[str, str]:
        """Return the permission for one download, which a session has; the caller has the turn."""
        answer = await self._session.ask(dialect, Endpoint(path=request.path), body)
        if not (random := text_of(answer.get(_RANDOM_KEY))):
            raise PbxProtocolError("the answer has no permission for the download")
        return {_RANDOM_KEY: random}

    async def _ask(self, dialect: Dialect, request: Request, body: dict[str, str]) -> Answer:
        with priority():
            async with self._session.turn():
                return await self._session.ask(dialect, Endpoint(path=request.path), body)


def _find(dialect: Dialect, action: Action, kind: LegKind | None) -> Request:
    request = REQUESTS[dialect.key].get((action, kind))
    if request is None:
        raise PbxActionUnsupportedError(action)
    return request


def _outward(request: Request, fields: Mapping[Field, str]) -> tuple[str, ...]:
    """Return the numbers that the PBX rings for a request."""
    return tuple(filter(None, (fields.get(field) for field in request.outward)))


def _body(request: Request, fields: Mapping[Field, str]) -> dict[str, str]:
    """Return the body of a request.

    Raises:
        PbxInputError: a value cannot be sent.
    """
    body: dict[str, str] = {}
    for key, field in request.parameters.items():
        value = fields.get(field, "")
        if value or field not in request.optional:
            body[key] = checked(field, value)
        elif field in request.blank:
            body[key] = ""
    return body | dict(request.fixed)


def _meant(calls: Iterable[Call], extension: str, action: Action) -> str:
    """Return the id of the leg of an extension that is meant when none is named.

    Raises:
        PbxRequestError: it has none.
    """
    legs = [
        (_state(call, leg), leg.leg_id)
        for call in calls
        for leg in call.legs
        if leg.extension == extension and leg.leg_id
    ]
    if not legs:
        raise error_for(_ERRNO_NO_CALL)
    meant = _MEANT_BY.get(action, _MEANT)
    return min(legs, key=lambda each: _rank(each[0], meant))[1]


def _state(call: Call, own: CallLeg) -> LegState | None:
    """Return the state of a leg; a call is held on both sides, whichever of them says so."""
    held = any(leg.state is LegState.ON_HOLD for leg in call.legs)
    return LegState.ON_HOLD if held else own.state


def _rank(state: LegState | None, meant: tuple[LegState, ...]) -> int:
    return meant.index(state) if state in meant else len(meant)
