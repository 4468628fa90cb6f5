"""What each error number means: a stable key and an exception (pbx-api, "Error numbers")."""

from collections.abc import Mapping

from ..errors import (
    UNKNOWN,
    PbxApiDisabledError,
    PbxAuthError,
    PbxBusyError,
    PbxLockedOutError,
    PbxRequestError,
    PbxTokenError,
    PbxUnsupportedError,
)

ERRNO_REFUSED = 20003
ERRNO_NO_TOKEN = 20005

_SIP_TRUNK = (
    "name duplicate_name type host port domain user duplicate_user authentication_name from"
    " password did_extension did_group did_number did_number_length did_name did_name_length"
    " did_format limit kept missing"
)
_INBOUND_ROUTE = "name duplicate did caller trunk destination_type destination limit kept missing"
_OUTBOUND_ROUTE = "name duplicate prefix strip prepend trunk extension group limit"


def _numbered(first: int, subject: str, words: str) -> dict[int, str]:
    """Return a key for each of the words, numbered from the first on."""
    return {number: f"{subject}_{word}" for number, word in enumerate(words.split(), first)}


KEYS: Mapping[int, str] = {
    10002: "xml_refused",
    10003: "request_unknown",
    10004: "value_missing",
    10005: "call_id_missing",
    10006: "extension_missing",
    10007: "call_missing",
    10008: "extension_busy",
    10009: "monitoring_forbidden",
    10010: "monitor_mode",
    10011: "number_missing",
    10012: "ivr_missing",
    10013: "queue_missing",
    10014: "ring_group_missing",
    10015: "not_connected",
    10016: "too_late",
    10017: "extension_settings",
    10018: "ivr_settings",
    10019: "queue_settings",
    10020: "alarm_settings",
    10021: "alarm_missing",
    10022: "alarm_exists",
    10023: "prompt_missing",
    10024: "outside_forbidden",
    10025: "applied_too_often",
    10026: "gsm_module_unknown",
    10027: "gsm_module_busy",
    10028: "number_empty",
    10029: "message_file",
    10030: "message_empty",
    10031: "number_refused",
    10032: "wrong_password",
    10033: "route_not_saved",
    **_numbered(10042, "sip_trunk", _SIP_TRUNK),
    **_numbered(10063, "inbound_route", _INBOUND_ROUTE),
    **_numbered(10073, "outbound_route", _OUTBOUND_ROUTE),
    10085: "extension_exists",
    10086: "extension_kept",
    10087: "extension_limit",
    20000: "json_only",
    20001: "post_only",
    20002: "locked_out",
    20003: "session_refused",
    20004: "token_unknown",
    20005: "token_empty",
    20006: "token_timed_out",
    20007: "data_empty",
    20008: "port_refused",
    20009: "request_empty",
    20010: "api_hand_over",
    20011: "heartbeat_refused",
    20012: "recording_ticket",
    20013: "captcha",
    20014: "recording_missing",
    20015: "address_forbidden",
    20016: "voicemail_status",
    20017: "voicemail_ticket",
    20018: "voicemail_missing",
    20019: "record_time",
    20020: "record_ticket",
    20021: "records_missing",
    30001: "api_memory",
    30003: "api_not_running",
}

_ERRORS: Mapping[int, type[PbxRequestError]] = {
    10003: PbxUnsupportedError,
    10025: PbxBusyError,
    20002: PbxLockedOutError,
    ERRNO_REFUSED: PbxTokenError,  # a login has `refused_login` for it
    20004: PbxTokenError,
    ERRNO_NO_TOKEN: PbxTokenError,
    20006: PbxTokenError,
    20010: PbxBusyError,
    30001: PbxBusyError,
    30003: PbxApiDisabledError,
}


def refused_login() -> PbxAuthError:
    """Return what `ERRNO_REFUSED` stands for in the answer to a login, and only there."""
    return PbxAuthError(ERRNO_REFUSED, "invalid_auth")


def error_for(errno: int) -> PbxRequestError:
    """Return the exception that an error number stands for in all answers but those to logins."""
    return _ERRORS.get(errno, PbxRequestError)(errno, KEYS.get(errno, UNKNOWN))
