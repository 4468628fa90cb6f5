"""IP PBXes that speak the API v0.0.1, v1.1.0 and v2.0.0, without Home Assistant.

guard = LoginGuard()
dialect = await detect_dialect(session, host, 9011, False, False)
client = PbxClient(session, host=host, port=9011, tls=False, ssl=False, username="api",
password=password, dialect=dialect, guard=guard)
await client.login(ReportAddress(ipaddr="192.0.2.7", port="8260"))
extensions = await client.list_extensions()
"""

from .client import PbxClient
from .control import CallControl
from .control_models import Action, Field, ParkedCall, TransferStep
from .detect import detect_dialect
from .dialects import (
    DIALECTS,
    OPENVOX,
    YEASTAR_V1,
    YEASTAR_V2,
    Dialect,
    probe_order,
)
from .errors import (
    PbxActionUnsupportedError,
    PbxApiDisabledError,
    PbxAuthError,
    PbxBusyError,
    PbxCertificateError,
    PbxConnectionError,
    PbxDisconnectedError,
    PbxError,
    PbxHandshakeError,
    PbxInputError,
    PbxLockedOutError,
    PbxNumberError,
    PbxProtocolError,
    PbxRequestError,
    PbxTimeoutError,
    PbxTokenError,
    PbxUnsupportedError,
    PbxWrongSchemeError,
    error_for,
)
from .guard import LoginGuard
from .models import (
    Call,
    CallLeg,
    CallRecord,
    Extension,
    ExtensionStatus,
    LegKind,
    LegState,
    ReportAddress,
    SystemInfo,
    Trunk,
    TrunkStatus,
)
from .status_words import extension_status, leg_state, trunk_status
from .tls import fetch_fingerprint, insecure_context

__all__ = [
    "DIALECTS",
    "OPENVOX",
    "YEASTAR_V1",
    "YEASTAR_V2",
    "Action",
    "Call",
    "CallControl",
    "CallLeg",
    "CallRecord",
    "Dialect",
    "Extension",
    "ExtensionStatus",
    "Field",
    "LegKind",
    "LegState",
    "LoginGuard",
    "ParkedCall",
    "PbxActionUnsupportedError",
    "PbxApiDisabledError",
    "PbxAuthError",
    "PbxBusyError",
    "PbxCertificateError",
    "PbxClient",
    "PbxConnectionError",
    "PbxDisconnectedError",
    "PbxError",
    "PbxHandshakeError",
    "PbxInputError",
    "PbxLockedOutError",
    "PbxNumberError",
    "PbxProtocolError",
    "PbxRequestError",
    "PbxTimeoutError",
    "PbxTokenError",
    "PbxUnsupportedError",
    "PbxWrongSchemeError",
    "ReportAddress",
    "SystemInfo",
    "TransferStep",
    "Trunk",
    "TrunkStatus",
    "detect_dialect",
    "error_for",
    "extension_status",
    "fetch_fingerprint",
    "insecure_context",
    "leg_state",
    "probe_order",
    "trunk_status",
]
