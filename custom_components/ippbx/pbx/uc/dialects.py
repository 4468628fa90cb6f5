"""How the vendors spell the same protocol: data. The words for states are in `status_words`.

Sources: pbx-api, "Versions and families", "Session", "Endpoints, v1 family", "Endpoints, v2.0.0"
and "Contradictions and doubtful points". Answers are read with the spellings of all dialects, since
a PBX may accept another dialect's path and answer in its own words.
"""

from collections.abc import Mapping

from ..backend import Variant
from ..model.lines import LegKind
from ..model.values import value


@value
class Endpoint:
    """One request of the API and where its answer keeps the items.

    Attributes:
        path: what follows the version in the URL.
        answers: keys of the answer that may hold the items, likeliest first.
        fixed: parameters that are always sent.
        optional: whether an answer without any of the keys means "none".
    """

    path: str
    answers: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    optional: bool = False


@value
class Dialect(Variant):
    """A variant with its spelling of the protocol.

    Attributes:
        version: the version in the URL's path.
        report_version: login's `version`: the format of reports that the application asks for.
        sends_urlflag: whether its heartbeat page calls `urltag` so; it sends both then.
        heartbeat_version: whether its heartbeat page has the report format, too.
        has_events: whether its reports can be fetched over TCP, if the PBX is set so.
        voicemails: lists the messages in a voicemail box, where the dialect has that.
        two_ids: whether the reports of one call may carry two ids that nothing joins.
        contact_list: the request for the address book; None where there is none.
        number_key: what requests call the numbers of extensions.
    """

    version: str
    report_version: str
    sends_urlflag: bool = False
    heartbeat_version: bool = False
    has_events: bool = False
    two_ids: bool = False
    number_key: str = "extid"
    voicemails: Endpoint | None = None
    # As in the v1 family; OpenVox has its trunks under `trunkname` (pbx-api, "Contradictions", 16).
    extension_list: Endpoint = Endpoint(
        path="extensionlist/query", answers=("extlist", "extensionlist")
    )
    trunk_list: Endpoint = Endpoint(
        path="trunklist/query", answers=("trunklist", "trunkname"), optional=True
    )
    contact_list: Endpoint | None = None
    inbound_calls: Endpoint = Endpoint(path="inbound/query", answers=("inbound",), optional=True)
    outbound_calls: Endpoint = Endpoint(path="outbound/query", answers=("outbound",), optional=True)


PATH_ROOT = "/api"
LOGIN = Endpoint(path="login")
HEARTBEAT = Endpoint(path="heartbeat")
LOGOUT = Endpoint(path="logout")
TRANSPORT_TCP = "TCP"  # login's word where reports must be fetched, whatever the report address
DEVICE_INFO = Endpoint(path="deviceinfo/query", answers=("deviceinfo",))
EXTENSION_SETTINGS = Endpoint(path="extension/query", answers=("extinfos",))

OPENVOX = Dialect(  # UC
    key="openvox",
    manufacturer="OpenVox",
    version="v0.0.1",
    report_version="0.0.1",
    default_port=9011,
    has_web_page=False,
    two_ids=True,
)

YEASTAR_V1 = Dialect(  # S-Series, K2, Cloud
    key="yeastar-v1",
    manufacturer="Yeastar",
    version="v1.1.0",
    report_version="1.0.2",
    default_port=8088,
    has_web_page=True,
    sends_urlflag=True,
    voicemails=Endpoint(path="voicemail/query", answers=("voicemails",), optional=True),
)

YEASTAR_V2 = Dialect(  # S-Series, K2, Cloud
    key="yeastar-v2",
    manufacturer="Yeastar",
    version="v2.0.0",
    report_version="2.0.0",
    default_port=8088,
    has_web_page=True,
    heartbeat_version=True,
    has_events=True,
    extension_list=Endpoint(path="extension/list", answers=("extlist",)),
    trunk_list=Endpoint(path="trunk/list", answers=("trunklist",), optional=True),
    # The vendor's page of the request has no sample; public clients read this key of the answer.
    contact_list=Endpoint(
        path="companycontacts/query",
        answers=("companycontacts",),
        fixed=(("id", "all"),),
        optional=True,
    ),
    number_key="number",
    inbound_calls=Endpoint(
        path="call/query", answers=("calls",), fixed=(("type", "inbound"),), optional=True
    ),
    outbound_calls=Endpoint(
        path="call/query", answers=("calls",), fixed=(("type", "outbound"),), optional=True
    ),
)

DIALECTS: dict[str, Dialect] = {
    dialect.key: dialect for dialect in (OPENVOX, YEASTAR_V1, YEASTAR_V2)
}

# From the newest on: a PBX may accept any version, so the richest is tried first.
_NEWEST_FIRST = (YEASTAR_V2, YEASTAR_V1, OPENVOX)


def probe_order(port: int) -> tuple[Dialect, ...]:
    """Return the dialects to try on a port, likeliest first."""
    if port == OPENVOX.default_port:
        return (OPENVOX, YEASTAR_V2, YEASTAR_V1)
    return _NEWEST_FIRST


def lower_dialects(dialect: Dialect) -> tuple[Dialect, ...]:
    """Return the dialects to step down to when the PBX knows no request of this one."""
    return _NEWEST_FIRST[_NEWEST_FIRST.index(dialect) + 1 :]


MESSAGES_KEY, MESSAGE_STATUS_KEY, UNREAD = "voicemail", "voicemailstatus", "unread"
# What the answers call the fields, in all dialects.
SYSTEM_KEYS: Mapping[str, tuple[str, ...]] = {
    "serial": ("sn",),
    "name": ("devicename",),
    "hardware": ("hardwarever",),
    "firmware": ("firmwarever",),
    "time": ("systemtime",),
    "uptime": ("uptime",),
}
EXTENSION_KEYS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "extnumber", "extid"),
    "name": ("username",),
    "kind": ("type",),
    "status": ("status",),
}
SETTINGS_KEYS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "extnumber", "extid"),
    "do_not_disturb": ("dnd",),
    "forwards": ("alwaysforward",),
    "destination": ("atransferto",),
    "extension": ("atransferext",),
    "prefix": ("atransferprefix",),
    "custom": ("atransfernum",),
    "mobile": ("mobile", "moblie"),
}
# What the destinations of forwarding need to be numbers: what comes first, and the number itself.
DESTINATIONS: Mapping[str, tuple[str, str]] = {
    "extension": ("", "extension"),
    "custom number": ("prefix", "custom"),
    "mobile number": ("prefix", "mobile"),
}
VOICEMAIL_WORD = "voicemail"
TRUNK_KEYS: Mapping[str, tuple[str, ...]] = {
    "key": ("id", "trunkname"),
    "name": ("trunkname",),
    "kind": ("type",),
    "status": ("status",),
}
# Of a contact, as the vendor's page on adding one names them; faxes do not call.
CONTACT_NAME_KEYS = ("firstname", "lastname")
CONTACT_COMPANY_KEYS = ("company",)
CONTACT_NUMBER_KEYS = (
    "businessnum",
    "businessnum2",
    "mobile",
    "mobile2",
    "homenum",
    "homenum2",
    "othernum",
)
CALL_ID_KEYS = ("callid", "inboundid", "outboundid")
LEG_KEYS: Mapping[str, tuple[str, ...]] = {
    "extension": ("number", "extid"),
    "caller": ("from",),
    "callee": ("to",),
    "trunk": ("trunkname", "trunk"),
    "leg_id": ("channelid", "inboundid", "outboundid"),
    "path": ("callpath", "ivrid"),
    "state": ("memberstatus", "status"),
}
# In a v2 call each member has one of these keys.
MEMBERS_KEY = "members"
LEG_KINDS: Mapping[str, LegKind] = {
    "ext": LegKind.EXTENSION,
    "inbound": LegKind.INBOUND,
    "outbound": LegKind.OUTBOUND,
}
# In a v1 inbound call this list says where it went.
CALLEE_KEY = "callee"
STATUS_KEY, ERRNO_KEY, TOKEN_KEY, TRANSPORT_KEY = "status", "errno", "token", "transport"
SUCCESS = "success"

# Parts of keys; their values are dropped while an answer is decoded.
SECRET_KEYS = ("passw", "secret", "pincode")
# What a login and its answer hold and no record of them may.
SESSION_KEYS = ("username", "password", "token", "refreshtoken")
# What holds the secret path of the reports.
URL_KEY = "url"
