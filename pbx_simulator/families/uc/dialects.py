"""The dialects: how three kinds of PBX spell the same thing, as data.

Source: pbx-api, sections 2, 3, 7, 8, 9 and 11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ReportFormat(StrEnum):
    """The shape of a report's body (pbx-api, section 9, "Three shapes")."""

    FLAT = "flat"
    """Parties as top-level members, keys repeated, no serial number (login `version` omitted)."""
    CALL_ARRAY = "call"
    """`action` and a `call` array (login `version` "1.0.2")."""
    MEMBERS = "members"
    """`event` and a `members` array (login `version` "2.0.0")."""
    OPENVOX = "openvox"
    """Flat, with `extid` as a string or an array."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One kind of PBX, as data.

    Attributes:
        key: The name by which users choose it.
        version: The API version, without the leading "v".
        versions: All version segments of the path that a strict PBX of this kind accepts.
        endpoint_sets: The names of the endpoint sets that it serves.
        formats: Login `version` -> report format.
        fallback_format: The format for a missing or unknown `version`.
        extension_words: Status -> (word in a report, word in a list).
        trunk_capitals: True if a trunk's status words start with a capital letter.
        strict_versions: True if an unknown version segment is refused unless a knob allows it.
        answer_head: Headers of an answer as they stand on the wire.
        report_head: Header lines of a report; `{host}`, `{port_part}` are filled in.
    """

    key: str
    version: str
    versions: frozenset[str]
    endpoint_sets: frozenset[str]
    default_port: int
    default_tls: bool
    device_name: str
    hardware: str
    firmware: str
    serial: str
    formats: Mapping[str, ReportFormat]
    fallback_format: ReportFormat
    extension_type: str
    number_key: str
    trunks_key: str
    trunk_name_key: str
    extension_words: Mapping[str, tuple[str, str]]
    trunk_capitals: bool
    strict_versions: bool
    split_call_ids: bool
    empty_target: bool
    host_with_blank: bool
    answer_head: tuple[str, ...]
    report_head: tuple[str, ...]
    transport: str = ""
    events: bool = False

    @property
    def knobs(self) -> Mapping[str, Any]:
        """The knobs that are not at their general default: name -> value."""
        return {
            "strict_versions": self.strict_versions,
            "split_call_ids": self.split_call_ids,
            "host_with_blank": self.host_with_blank,
        }

    def extension_status(self, word: str) -> str:
        """Return the status that a word in any spelling stands for; an unknown word is one."""
        plain = word.strip().lower().replace(" ", "_").replace("-", "_")
        return plain if plain in self.extension_words else word

    def trunk_status(self, word: str) -> str:
        """Return the status that a word stands for: in lower case where lists have capitals."""
        return word.lower() if self.trunk_capitals else word

    def list_word(self, status: str) -> str:
        """Return the word for an extension's status in a list."""
        return self.extension_words.get(status, (status, status))[1]

    def report_word(self, status: str) -> str:
        """Return the word for an extension's status in a report."""
        return self.extension_words.get(status, (status, status))[0]

    def trunk_word(self, status: str) -> str:
        """Return the word for a trunk's status."""
        return status.capitalize() if self.trunk_capitals and status.islower() else status


_ACCESS_CONTROL = (
    "Access-control-allow-origin: *",
    "Access-control-allow-methods: GET, POST, OPTIONS, PUT, DELETE",
)

_YEASTAR_V1_WORDS = {
    "idle": ("Idle", "Registered"),
    "registered": ("Registered", "Registered"),
    "ringing": ("Ringing", "Ringing"),
    "busy": ("Busy", "Busy"),
    "on_hold": ("Hold", "Hold"),
    "unavailable": ("Unregistered", "Unavailable"),
    "fault": ("Malfunction", "Malfunction"),
}

OPENVOX = Dialect(
    key="openvox",
    version="0.0.1",
    versions=frozenset({"v0.0.1"}),
    endpoint_sets=frozenset({"openvox"}),
    default_port=9011,
    default_tls=False,
    device_name="OpenVox UC300",
    hardware="V1.0",
    firmware="1.3.5",
    serial="a09805990001",
    formats={},
    fallback_format=ReportFormat.OPENVOX,
    extension_type="pjsip",
    number_key="extnumber",
    trunks_key="trunkname",
    trunk_name_key="trunk",
    extension_words=_YEASTAR_V1_WORDS | {"busy": ("InUse", "InUse")},
    trunk_capitals=True,
    strict_versions=True,
    split_call_ids=True,
    empty_target=True,
    host_with_blank=False,
    answer_head=_ACCESS_CONTROL,
    report_head=(
        "Host:{host}",
        "Content-Length:{length}",
        "Accept: application/json",
        "Content-Type:application/json",
        "Connection:close",
    ),
)

YEASTAR_V1 = Dialect(
    key="yeastar-v1",
    version="1.1.0",
    versions=frozenset({"v1.0.0", "v1.0.1", "v1.1.0"}),
    endpoint_sets=frozenset({"v1"}),
    default_port=8088,
    default_tls=True,
    device_name="Yeastar S100",
    hardware="V1.30 0000-0000",
    firmware="30.10.0.67",
    serial="369350990001",
    formats={"1.0.2": ReportFormat.CALL_ARRAY},
    fallback_format=ReportFormat.FLAT,
    extension_type="SIP",
    number_key="extnumber",
    trunks_key="trunklist",
    trunk_name_key="trunk",
    extension_words=_YEASTAR_V1_WORDS,
    trunk_capitals=True,
    strict_versions=False,
    split_call_ids=False,
    empty_target=False,
    host_with_blank=True,
    answer_head=_ACCESS_CONTROL,
    report_head=(
        "User-Agent: WebAPI",
        "Host: {host}:{port_part}",
        "Content-Type: application/json",
        "Accept: application/json",
        "Content-Length: {length}",
    ),
)

YEASTAR_V2 = Dialect(
    key="yeastar-v2",
    version="2.0.0",
    versions=frozenset({"v2.0.0"}),
    endpoint_sets=frozenset({"v2"}),
    default_port=8088,
    default_tls=True,
    device_name="Yeastar S50",
    hardware="V1.60 0000-0000",
    firmware="30.14.0.26",
    serial="369450990001",
    formats={"1.0.2": ReportFormat.CALL_ARRAY, "2.0.0": ReportFormat.MEMBERS},
    fallback_format=ReportFormat.FLAT,
    extension_type="SIP",
    number_key="number",
    trunks_key="trunklist",
    trunk_name_key="trunkname",
    extension_words=_YEASTAR_V1_WORDS | {"idle": ("Registered", "Idle")},
    trunk_capitals=False,
    strict_versions=False,
    split_call_ids=False,
    empty_target=False,
    host_with_blank=True,
    answer_head=(
        "Server: Boa/0.94.14rc21",
        "Accept-Ranges: bytes",
        "Connection: close",
        "Content-Type: application/json",
        *_ACCESS_CONTROL,
    ),
    report_head=(
        "Host: {host}:{port_part}",
        "Accept: application/json",
        "User-Agent: WebAPI",
        "Content-Type: application/json",
        "Accept: application/json",
        "Content-Length: {length}",
    ),
    transport="HTTP",
    events=True,
)

DIALECTS: Mapping[str, Dialect] = {d.key: d for d in (OPENVOX, YEASTAR_V1, YEASTAR_V2)}
