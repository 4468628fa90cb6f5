"""How an action becomes a request: found in the tables, checked, permitted, sent.

An action that the dialect lacks is refused before anything is sent. Requests go ahead of those that
queue, for a user waits for them. None is ever repeated, save after a token that was no longer good.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from ...errors import PbxActionUnsupportedError, PbxProtocolError, PbxRequestError
from ...model.actions import Action, Field, Permit, checked
from ...model.lines import Call, CallLeg, LegKind, LegState
from ...net.lenient_json import text_of
from ...net.priority_lock import hurry
from ..decode import Answer
from ..dialects import Dialect, Endpoint
from ..error_codes import error_for
from ..session import Session
from . import answers
from .requests import ControlRequest
from .tables import (
    ALL_CALLS_SHOWN,
    END_KEY,
    ERRNO_NO_RECORDS,
    OFFERED,
    RANDOM_KEY,
    RECORDS_DOWNLOAD,
    REQUESTS,
    START_KEY,
    TIME_FORMAT,
)

_ERRNO_NO_CALL = 10007
_ERRNOS_NO_CALL = (10005, _ERRNO_NO_CALL)
# Which of an extension's legs is meant when nobody says: the one that is most of a call.
_MEANT = (LegState.TALKING, LegState.ON_HOLD, LegState.DIALING, LegState.RINGING)
_MEANT_BY: Mapping[Action, tuple[LegState, ...]] = {
    Action.RESUME: (LegState.ON_HOLD, LegState.TALKING)
}

type Leg = CallLeg | str


class ControlSender:
    """Sends actions over a session.

    Attributes:
        permit: called before an action sends anything, with the numbers that it may ring; what it
            raises stops the action. Reading asks nobody.
        done: called after an action was done.
    """

    def __init__(self, session: Session, dialect: Callable[[], Dialect]) -> None:
        """Prepare control over a session; `dialect` tells which one is spoken now."""
        self._session = session
        self._dialect = dialect
        self.permit: Permit | None = None
        self.done: Callable[[Action], None] | None = None

    def offers(self, action: Action, kind: LegKind | None = None) -> bool:
        """Tell whether the dialect has an action, for legs of a kind if one is given."""
        key = self._dialect().key
        if kind is None:
            return action in OFFERED[key]
        requests = REQUESTS[key]
        return (action, None) in requests or (action, kind) in requests

    @property
    def shows_all_calls(self) -> bool:
        """Tell whether the dialect's answer about an extension has all of its calls, not just one."""
        return self._dialect().key in ALL_CALLS_SHOWN

    async def send(self, action: Action, **values: str) -> str:
        """Do what names no leg; return the one word that the answer has for it.

        Args:
            action: what is to be done.
            values: what it is told, by the names of `Field`.
        """
        dialect = self._dialect()
        request = _find(dialect, action, None)
        fields = _fields(values)
        body = _body(request, fields)
        self._ask_permit(action, request, fields)
        return await self._do(dialect, action, request, body)

    async def send_to(self, leg: Leg, action: Action, **values: str) -> str:
        """Do something to a leg; return the one word that the answer has for it.

        Args:
            leg: the leg, or the extension whose leg is meant.
            action: what is to be done.
            values: what it is told besides, by the names of `Field`.
        """
        dialect = self._dialect()
        if isinstance(leg, str):
            leg = CallLeg(kind=LegKind.EXTENSION, extension=leg)
        request = _find(dialect, action, leg.kind)
        fields = _fields(values) | {Field.LEG: leg.leg_id, Field.EXTENSION: leg.extension}
        unnamed = Field.LEG in request.parameters.values() and not leg.leg_id
        if unnamed:
            checked(Field.EXTENSION, leg.extension)
            fields[Field.LEG] = "unknown"
        body = _body(request, fields)
        self._ask_permit(action, request, fields)
        if unnamed:
            calls = await self.calls_of(dialect, leg.extension)
            fields[Field.LEG] = _meant(calls, leg.extension, action)
            body = _body(request, fields)
        return await self._do(dialect, action, request, body)

    async def read(self, action: Action) -> Answer:
        """Ask for something that needs no telling."""
        dialect = self._dialect()
        return await self._ask(dialect, _find(dialect, action, None), {})

    async def calls_of(self, dialect: Dialect, number: str) -> tuple[Call, ...]:
        """Return the live calls of an extension, asked for in a dialect."""
        request = _find(dialect, Action.EXTENSION_CALLS, None)
        body = _body(request, {Field.EXTENSION: number})
        try:
            answer = await self._ask(dialect, request, body)
        except PbxRequestError as error:
            if error.errno in _ERRNOS_NO_CALL:
                return ()
            raise
        return answers.extension_calls(answer, number)

    async def fetch_records(self, start: datetime, end: datetime) -> bytes | None:
        """Return the file of all records in a span of local time; None where there is none."""
        dialect = self._dialect()
        request = _find(dialect, Action.DOWNLOAD_RECORDS, None)
        body = {
            **request.fixed,
            START_KEY: start.strftime(TIME_FORMAT),
            END_KEY: end.strftime(TIME_FORMAT),
        }
        endpoint = Endpoint(path=request.path)
        try:
            # One turn for both: a new session in between would have another token.
            async with self._session.turn():
                answer = await self._session.ask(dialect, endpoint, body)
                ticket = {RANDOM_KEY: text_of(answer.get(RANDOM_KEY))}
                if not ticket[RANDOM_KEY]:
                    raise PbxProtocolError("the answer has no permission for the download")
                return await self._session.download(dialect, RECORDS_DOWNLOAD, body, ticket)
        except PbxRequestError as error:
            if error.errno == ERRNO_NO_RECORDS:
                return None
            raise

    def _ask_permit(
        self, action: Action, request: ControlRequest, fields: dict[Field, str]
    ) -> None:
        if self.permit is not None:
            self.permit(action, _outward(request, fields))

    async def _do(
        self, dialect: Dialect, action: Action, request: ControlRequest, body: dict[str, str]
    ) -> str:
        answer = await self._ask(dialect, request, body)
        if self.done is not None:
            self.done(action)
        return text_of(answer.get(request.answer))

    async def _ask(self, dialect: Dialect, request: ControlRequest, body: dict[str, str]) -> Answer:
        with hurry():
            async with self._session.turn():
                return await self._session.ask(dialect, Endpoint(path=request.path), body)


def _find(dialect: Dialect, action: Action, kind: LegKind | None) -> ControlRequest:
    request = REQUESTS[dialect.key].get((action, kind))
    if request is None:
        raise PbxActionUnsupportedError(action)
    return request


def _fields(values: dict[str, str]) -> dict[Field, str]:
    return {Field(name): value for name, value in values.items()}


def _outward(request: ControlRequest, fields: dict[Field, str]) -> tuple[str, ...]:
    told = (
        fields.get(field, "") for field in request.parameters.values() if field in request.outward
    )
    return tuple(filter(None, told))


def _body(request: ControlRequest, fields: dict[Field, str]) -> dict[str, str]:
    """Return the body of a request.

    Raises:
        PbxInputError: a value cannot be sent.
    """
    body: dict[str, str] = {}
    for key, field in request.parameters.items():
        value = fields.get(field, "")
        if value or field not in request.optional | request.blank:
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
    """Return how a leg is; a call is held on both sides, whichever of them says so."""
    held = any(leg.state is LegState.ON_HOLD for leg in call.legs)
    return LegState.ON_HOLD if held else own.state


def _rank(state: LegState | None, meant: tuple[LegState, ...]) -> int:
    return meant.index(state) if state in meant else len(meant)
