"""What a PBX reports unasked, read from any dialect (pbx-api, "Reports" and "Events").

The vendors' words and keys end here: what follows sees the field's words only.
"""

from collections.abc import Callable
from functools import lru_cache

from ...errors import ReportError
from ...model.events import (
    BootUpReport,
    CallEvent,
    CallRecordReport,
    CallReport,
    ConfigChangeReport,
    ExtensionStatusReport,
    KeyReport,
    MessageReport,
    PbxEvent,
    PromptEndReport,
    SurveyReport,
    TrunkStatusReport,
    UnknownReport,
)
from ...net.lenient_json import Object, first_text, read_object, text_of, whole_number
from ..clock import PbxClock
from ..status_words import extension_status, failure_reason, trunk_status
from .legs import call_legs
from .records import call_record

_EXTENSION_KEYS = ("extension", "extid", "number")
_TRUNK_KEYS = ("trunk", "trunkname", "id")

_MAX_KNOWN = 2048
_MAX_LENGTH = 512  # bytes

type _Builder = Callable[[str, str, Object, PbxClock], PbxEvent]

_known: dict[bytes, PbxEvent] = {}
"""What phones report all day: bodies that state the status of an extension, and nothing else."""


def parse_report(body: bytes, clock: PbxClock | None = None) -> PbxEvent:
    """Read one report, whatever the dialect.

    Args:
        body: what the PBX posted, at most 64 KiB.
        clock: what the times of records mean, as far as the records do not show it.

    Raises:
        ReportError: it cannot be understood. Nothing else is ever raised.
    """
    if (known := _known.get(body)) is not None:
        return known
    data = read_object(body)
    name = text_of(data.get("action")) or text_of(data.get("event"))
    if not name:
        raise ReportError("no name")
    event = _builder(name)(name, text_of(data.get("sn")), data, clock or PbxClock())
    if type(event) is ExtensionStatusReport and len(body) <= _MAX_LENGTH:
        if len(_known) >= _MAX_KNOWN:
            _known.clear()
        _known[body] = event
    return event


@lru_cache(maxsize=64)
def _builder(name: str) -> "_Builder":
    """Return the builder for a name in any spelling: PBXes differ in case, blanks and dashes."""
    return _BUILDERS.get("".join(filter(str.isalnum, name.lower())), _UNKNOWN)


def _need(text: str) -> str:
    if not text:
        raise ReportError("does not say whom it is about")
    return text


def _plain(kind: type[PbxEvent]) -> _Builder:
    """Return the builder of a report of which it matters only that it came."""
    return lambda name, serial, data, clock: kind(name=name, serial=serial)


def _config_change(name: str, serial: str, data: Object, clock: PbxClock) -> PbxEvent:
    extension = first_text(data, _EXTENSION_KEYS)
    trunk = first_text(data, _TRUNK_KEYS)
    item = text_of(data.get("type")).lower()
    if item not in ("extension", "trunk"):
        item = "extension" if extension else "trunk" if trunk else ""
    return ConfigChangeReport(
        name=name,
        serial=serial,
        item=item,
        key=trunk if item == "trunk" else extension,
        operation=text_of(data.get("operation")).lower(),
    )


def _extension_status(name: str, serial: str, data: Object, clock: PbxClock) -> PbxEvent:
    return ExtensionStatusReport(
        name=name,
        serial=serial,
        extension=_need(first_text(data, _EXTENSION_KEYS)),
        status=extension_status(text_of(data.get("status"))),
    )


def _trunk_status(name: str, serial: str, data: Object, clock: PbxClock) -> PbxEvent:
    """Build what no document has: it is a consumer's guess."""
    return TrunkStatusReport(
        name=name,
        serial=serial,
        trunk=_need(first_text(data, _TRUNK_KEYS)),
        status=trunk_status(text_of(data.get("status"))),
    )


def _call(event: CallEvent) -> _Builder:
    failed = event is CallEvent.FAILED

    def build(name: str, serial: str, data: Object, clock: PbxClock) -> PbxEvent:
        call_id, legs = text_of(data.get("callid")), call_legs(data)
        if not legs:
            _need(call_id)
        return CallReport(
            name=name,
            serial=serial,
            call_id=call_id,
            event=event,
            legs=legs,
            reason=failure_reason(text_of(data.get("reason"))) if failed else None,
        )

    return build


def _call_record(name: str, serial: str, data: Object, clock: PbxClock) -> PbxEvent:
    _need(text_of(data.get("callid")))
    return CallRecordReport(name=name, serial=serial, record=call_record(data, clock))


def _key(name: str, serial: str, data: Object, clock: PbxClock) -> PbxEvent:
    return KeyReport(
        name=name,
        serial=serial,
        call_id=_need(text_of(data.get("callid"))),
        legs=call_legs(data),
        key=text_of(data.get("info")),
        keys=text_of(data.get("infos")),
        index=whole_number(text_of(data.get("flag"))),
    )


def _prompt_end(name: str, serial: str, data: Object, clock: PbxClock) -> PbxEvent:
    ivr = data.get("ivr")
    return PromptEndReport(
        name=name,
        serial=serial,
        call_id=_need(text_of(data.get("callid"))),
        legs=call_legs(data),
        ivr=first_text(ivr, ("ivrid", "number")) if isinstance(ivr, dict) else text_of(ivr),
    )


# The words in lower case, without blanks and dashes.
_BUILDERS: dict[str, _Builder] = {
    "bootup": _plain(BootUpReport),
    "configchange": _config_change,
    "extensionstatus": _extension_status,
    "trunkstatus": _trunk_status,
    "ring": _call(CallEvent.RINGING),
    "ri": _call(CallEvent.RINGING),
    "alert": _call(CallEvent.DIALING),
    "answer": _call(CallEvent.ANSWER),
    "answered": _call(CallEvent.ANSWERED),
    "bye": _call(CallEvent.ENDED),
    "tranfer": _call(CallEvent.TRANSFER),
    "transfer": _call(CallEvent.TRANSFER),
    "calltransfer": _call(CallEvent.TRANSFER),
    "callfailed": _call(CallEvent.FAILED),
    "callstatus": _call(CallEvent.STATUS),
    "invite": _call(CallEvent.INVITE),
    "incoming": _call(CallEvent.INCOMING),
    "newcdr": _call_record,
    "dtmf": _key,
    "dtmfevent": _key,
    "keypress": _key,
    "playpromptend": _prompt_end,
    "satisfaction": _plain(SurveyReport),
    "smssend": _plain(MessageReport),
}
_UNKNOWN = _plain(UnknownReport)
