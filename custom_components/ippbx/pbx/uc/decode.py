"""Answers of the PBX into models. Whatever the bytes are, only PbxError leaves this file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
import json
import re
from typing import NoReturn

from ..errors import PbxCutAnswerError, PbxNoSerialError, PbxProtocolError
from ..model.lines import (
    VOICEMAIL,
    Call,
    CallLeg,
    CompanyContact,
    Extension,
    ExtensionSettings,
    LegKind,
    LegState,
    SystemInfo,
    Trunk,
)
from ..net.lenient_json import (
    Object,
    is_deeper,
    objects_of,
    text_of,
    values_in,
    whole_number,
)
from . import dialects, status_words
from .dialects import Endpoint
from .error_codes import error_for
from .reports.legs import MAX_LEGS

_NO_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|\}\s*\{', re.DOTALL)

type Answer = dict[str, object]

MAX_ITEMS = 10_000
"""Extensions, trunks or calls in one answer; no such PBX has a tenth of it."""
MAX_BRACKETS = 32_768
MAX_VALUES = 8 * MAX_BRACKETS
"""Extensions have about eight values each, of 40 at the most."""
MAX_DEPTH = 32  # documented answers have six levels
_MAX_KEY = 128
_BLANKS = " \t\r\n\0"
"""Around an answer; a server in C may send the end of its text, too."""
_DIALLED = re.compile(r"\+?[0-9*#]{1,31}")

# Bounded, and begun at the start of a word alone: linear in the length of whatever comes.
_SECRET_VALUE = re.compile(
    rf"""(?<!\w)(\w{{0,40}}(?:{"|".join((*dialects.SECRET_KEYS, dialects.TOKEN_KEY))})\w{{0,40}}"""
    r"""["']?\s{0,9}[:=]\s{0,9})(?:"[^"]*"?|'[^']*'?|[^\s,}&]+)""",
    re.IGNORECASE,
)


class Parts:
    """A count of the parts of an answer, piece by piece; decoding takes longer with many."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._brackets = 0
        self._values = 0

    def count(self, piece: bytes) -> None:
        """Count those of one more piece.

        Raises:
            PbxProtocolError: there are more than any such PBX has.
        """
        self._brackets += piece.count(b"{") + piece.count(b"[")
        self._values += values_in(piece)
        if self._brackets > MAX_BRACKETS or self._values > MAX_VALUES:
            raise PbxProtocolError("the answer has too many parts")


def decode_answer(body: bytes) -> Answer:
    """Return the object that an answer is made of, without secrets; numbers become text.

    Raises:
        PbxProtocolError: the answer is something else, or a part of one, or it would take too
            long to decode.
    """
    Parts().count(body)
    if is_deeper(body, MAX_DEPTH):
        raise PbxProtocolError("the answer is nested too deeply")
    text = body.decode("utf-8-sig", "replace").strip(_BLANKS)
    if not text:
        raise PbxProtocolError("the answer is empty")
    try:
        try:
            answer = _loads(text)
        except ValueError:
            # As v1.1.0's sample of voicemails has its objects: without a comma between them.
            answer = _loads(_NO_COMMA.sub(lambda match: match[1] or "},{", text))
    except (ValueError, RecursionError):
        cut = text.startswith("{") and not text.endswith("}")
        kind = PbxCutAnswerError if cut else PbxProtocolError
        raise kind("the answer is not JSON") from None
    if not isinstance(answer, dict) or not isinstance(answer.get(dialects.STATUS_KEY), str):
        raise PbxProtocolError("the answer has no status")
    return answer


def _loads(text: str) -> object:
    return json.loads(
        text,
        object_pairs_hook=_drop_secrets,
        strict=False,  # a tab in a name
        # A number of 60,000 digits is no reason to lose the rest of the answer.
        parse_int=str,
        parse_float=str,
        parse_constant=_refuse,
    )


def answer_errno(answer: Answer) -> int:
    """Return the error number of an answer: 0 for success, -1 where a failure has none."""
    if str(answer[dialects.STATUS_KEY]).strip().casefold() == dialects.SUCCESS:
        return 0
    number = whole_number(_text(answer.get(dialects.ERRNO_KEY)))
    return -1 if number is None else number


def decode_new_messages(answer: Answer, endpoint: Endpoint) -> int:
    """Return how many of the listed messages nobody has heard."""
    boxes = _items(answer, endpoint)
    messages = (each for box in boxes for each in objects_of(box.get(dialects.MESSAGES_KEY)))
    words = (_text(each.get(dialects.MESSAGE_STATUS_KEY)) for each in messages)
    return sum(word.casefold() == dialects.UNREAD for word in words)


def raise_failure(answer: Answer) -> None:
    """Raise what a failed answer means (pbx-api, "Error numbers"); return for a success."""
    if errno := answer_errno(answer):
        raise error_for(max(errno, 0))


def decode_token(answer: Answer) -> str:
    """Return the token that a login gave.

    Raises:
        PbxProtocolError: there is none that could be sent.
    """
    token = _text(answer.get(dialects.TOKEN_KEY))
    if not token.isascii() or not token.isalnum() or len(token) > _MAX_KEY:
        raise PbxProtocolError("the login gave no token")
    return token


def decode_transport(answer: Answer) -> str:
    """Return how reports are sent by what a login says: "HTTP", "TCP", or "" where it is silent."""
    return _text(answer.get(dialects.TRANSPORT_KEY)).upper()


def decode_system(answer: Answer, endpoint: Endpoint) -> SystemInfo:
    """Return what a PBX says about itself.

    Raises:
        PbxNoSerialError: the serial number is missing.
        PbxProtocolError: so is everything else.
    """
    item = next(iter(_items(answer, endpoint)), {})
    info = SystemInfo(**_fields(item, dialects.SYSTEM_KEYS), clock_error=None)
    if not info.serial:
        raise PbxNoSerialError("the answer has no serial number")
    return info


def decode_extensions(answer: Answer, endpoint: Endpoint) -> tuple[Extension, ...]:
    """Return the extensions of an answer, each number once; what has no number is left out."""
    return _models(answer, endpoint, _extension, lambda extension: extension.number)


def decode_settings(answer: Answer, endpoint: Endpoint) -> tuple[ExtensionSettings, ...]:
    """Return the settings of extensions in an answer, each number once."""
    return _models(answer, endpoint, _settings, lambda settings: settings.number)


def decode_trunks(answer: Answer, endpoint: Endpoint) -> tuple[Trunk, ...]:
    """Return the trunks of an answer, each key once; what has no name is left out."""
    return _models(answer, endpoint, _trunk, lambda trunk: trunk.key)


def decode_contacts(answer: Answer, endpoint: Endpoint) -> tuple[CompanyContact, ...]:
    """Return the contacts of an answer, each once; what has no name or no number is left out."""
    return _models(
        answer, endpoint, _contact, lambda contact: "\n".join((contact.name, *contact.numbers))
    )


def decode_calls(answer: Answer, endpoint: Endpoint, kind: LegKind) -> tuple[Call, ...]:
    """Return the calls of an answer, each id once.

    Args:
        kind: what the answer is about: legs on inbound or outbound trunks.
    """
    return _models(answer, endpoint, lambda item: _call(item, kind), lambda call: call.call_id)


def merge_calls(calls: Iterable[Call]) -> tuple[Call, ...]:
    """Return calls with those of the same id made one: a call may use trunks both ways."""
    merged: dict[str, Call] = {}
    for call in calls:
        known = merged.get(call.call_id)
        legs = dict.fromkeys((*(known.legs if known else ()), *call.legs))
        merged[call.call_id] = Call(call_id=call.call_id, legs=tuple(legs))
    return tuple(merged.values())


def _models[T](
    answer: Answer,
    endpoint: Endpoint,
    decode: Callable[[Object], T | None],
    key: Callable[[T], str],
) -> tuple[T, ...]:
    """Decode the items of an answer, so many at the most; the first of those with one key stays.

    Raises:
        PbxProtocolError: there are items, but none can be read. An empty result would look as if
            everything had been removed from the PBX.
    """
    items = _items(answer, endpoint)[:MAX_ITEMS]
    models: dict[str, T] = {}
    for item in items:
        if (model := decode(item)) is not None:
            models.setdefault(key(model), model)
    if items and not models:
        raise _unreadable(endpoint, "no item of the answer can be read")
    return tuple(models.values())


def _items(answer: Answer, endpoint: Endpoint) -> list[Object]:
    """Return the items of an answer; a single one may come without a list around it.

    Raises:
        PbxProtocolError: the answer has none of the keys, or something else there.
    """
    found = [answer[key] for key in endpoint.answers if answer.get(key) not in (None, "")]
    if not found:
        if endpoint.optional:
            return []
        raise _unreadable(endpoint, "the answer lacks its items")
    value = next((value for value in found if isinstance(value, list | dict)), found[0])
    items = [item for item in objects_of(value) if item]
    if not items and value not in ([], {}):
        raise _unreadable(endpoint, "the items of the answer are none")
    return items


def _unreadable(endpoint: Endpoint, reason: str) -> PbxProtocolError:
    """Return the error of a success that holds nothing of what was asked for."""
    error = PbxProtocolError(reason)
    error.endpoint = endpoint.path
    return error


def _extension(item: Object) -> Extension | None:
    found = _fields(item, dialects.EXTENSION_KEYS)
    status = status_words.extension_status(found.pop("status"))
    known = 0 < len(found["number"]) <= _MAX_KEY
    return Extension(**found, status=status) if known else None


def _settings(item: Object) -> ExtensionSettings | None:
    found = _fields(item, dialects.SETTINGS_KEYS)
    if not 0 < len(found["number"]) <= _MAX_KEY:
        return None
    return ExtensionSettings(
        number=found["number"],
        do_not_disturb=status_words.is_on(found["do_not_disturb"]),
        forwards=status_words.is_on(found["forwards"]),
        forward_to=_destination(found),
    )


def _destination(found: Mapping[str, str]) -> str:
    """Return where an extension forwards its calls to; empty where the PBX does not say."""
    destination = found["destination"].casefold()
    if destination == dialects.VOICEMAIL_WORD:
        return VOICEMAIL
    prefix, number = (
        found.get(key, "") for key in dialects.DESTINATIONS.get(destination, ("", ""))
    )
    number = number and prefix + number
    return number if _DIALLED.fullmatch(number) else ""


def _trunk(item: Object) -> Trunk | None:
    found = _fields(item, dialects.TRUNK_KEYS)
    status = status_words.trunk_status(found.pop("status"))
    known = found["name"] and len(found["key"]) <= _MAX_KEY
    return Trunk(**found, status=status) if known else None


def _contact(item: Object) -> CompanyContact | None:
    parts = (_text(item.get(key)) for key in dialects.CONTACT_NAME_KEYS)
    name = " ".join(filter(None, parts)) or _first(item, dialects.CONTACT_COMPANY_KEYS)
    numbers = (_text(item.get(key)) for key in dialects.CONTACT_NUMBER_KEYS)
    found = tuple(dict.fromkeys(filter(None, numbers)))
    return CompanyContact(name=name, numbers=found) if name and found else None


def _call(item: Object, kind: LegKind) -> Call | None:
    """Return a call: with members (v2), or as one trunk's leg and where it went (v1, OpenVox)."""
    call_id = _first(item, dialects.CALL_ID_KEYS)
    if not call_id or len(call_id) > _MAX_KEY:
        return None
    legs: Iterator[CallLeg]
    if dialects.MEMBERS_KEY in item:
        legs = (
            _leg(member, of_kind)
            for members in objects_of(item[dialects.MEMBERS_KEY])
            for key, of_kind in dialects.LEG_KINDS.items()
            for member in objects_of(members.get(key))
            if member
        )
    else:
        legs = _trunk_legs(item, kind)
    return Call(call_id=call_id, legs=tuple(islice(legs, MAX_LEGS)))


def _leg(item: Object, kind: LegKind) -> CallLeg:
    found = _fields(item, dialects.LEG_KEYS)
    return CallLeg(
        kind=kind,
        extension=found["extension"],
        caller=found["caller"],
        callee=found["callee"],
        trunk=found["trunk"],
        leg_id=found["leg_id"],
        state=status_words.leg_state(found["state"], kind),
        path=found["path"],
    )


def _trunk_legs(item: Object, kind: LegKind) -> Iterator[CallLeg]:
    """Yield a trunk's leg and the extensions that it is connected to or rings at.

    The answer gives one status for all of them; in an IVR or a queue a caller reached none yet.
    """
    callees = objects_of(item.get(dialects.CALLEE_KEY))
    paths = (_first(callee, dialects.LEG_KEYS["path"]) for callee in callees)
    path = next(filter(None, paths), "")
    status = item.get(dialects.STATUS_KEY)
    state = status_words.leg_state(status, LegKind.EXTENSION)
    state = None if state is LegState.WAITING else state
    numbers = (_first(callee, dialects.LEG_KEYS["extension"]) for callee in callees)
    yield _leg(item | ({dialects.LEG_KEYS["path"][0]: path} if path else {}), kind)
    for number in filter(None, numbers):
        yield CallLeg(kind=LegKind.EXTENSION, extension=number, state=state)


def _fields(item: Object, keys: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {field: _first(item, names) for field, names in keys.items()}


def _first(item: Object, names: Iterable[str]) -> str:
    """Return the first text under one of several keys; empty where there is none."""
    return next(filter(None, (_text(item.get(name)) for name in names)), "")


def _text(value: object) -> str:
    """Return a text as it can be kept and shown; unlike in a report, a list is none."""
    return text_of(value) if isinstance(value, str) else ""


def public(values: Mapping[str, object]) -> dict[str, object]:
    """Return what may be recorded of a body: no credentials, no token, no secret path."""
    shown = {key: value for key, value in values.items() if key not in dialects.SESSION_KEYS}
    if isinstance(url := shown.get(dialects.URL_KEY), str):
        shown[dialects.URL_KEY] = url.partition("/")[0] + "/..."
    return shown


def without_secrets(text: str) -> str:
    """Return text that is almost JSON with its secrets cut out."""
    return _SECRET_VALUE.sub(r"\1...", text)


def _drop_secrets(pairs: list[tuple[str, object]]) -> Answer:
    return {
        key: value
        for key, value in pairs
        if not any(part in key.casefold() for part in dialects.SECRET_KEYS)
    }


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
