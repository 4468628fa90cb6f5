"""Constants that several packages of the integration share."""

import logging
from typing import Final

DOMAIN: Final = "ippbx"
LOGGER: Final = logging.getLogger(__package__)

# Entry data, beside Home Assistant's host, port, ssl, verify_ssl, username, password, webhook_id,
# and mac where discovery found it
CONF_DIALECT: Final = "dialect"
CONF_OLD_TLS: Final = "old_tls"
CONF_FINGERPRINT: Final = "fingerprint"
CONF_REPORT_ADDRESS: Final = "report_address"  # set by hand: any of ipaddr, port, url, urltag
CONF_CHANNEL: Final = "report_path"  # data: the remembered channel; options: the user's choice
CONF_MISSING_SINCE: Final = "missing_since"  # ignored repairs without their problem: since when

# Options
CONF_HEARTBEAT_INTERVAL: Final = "heartbeat_interval"
CONF_EXTENSIONS: Final = "extensions"
CONF_CHOSEN_EXTENSIONS: Final = "chosen_extensions"
CONF_CONTROLS: Final = "controls"  # extensions have buttons, switches, and what they need
CONF_DOOR_PHONES: Final = "door_phones"  # extensions that ring as doorbells when they call
CONF_PAGING_GROUPS: Final = "paging_groups"  # those that get a notify entity
CONF_ADDRESS_MODE: Final = "address_mode"
CONF_FIXED_HOST: Final = "fixed_host"
CONF_FIXED_PORT: Final = "fixed_port"
CONF_FIXED_URL: Final = "fixed_url"
CONF_LISTENER_PORT: Final = "listener_port"
CONF_EVENT_PORT: Final = "event_port"
CONF_NETWORKS: Final = "networks"

EXTENSIONS_ALL: Final = "all"
EXTENSIONS_CHOSEN: Final = "chosen"
EXTENSIONS_NONE: Final = "none"
MAX_EXTENSIONS_BY_DEFAULT: Final = 50

ADDRESS_AUTOMATIC: Final = "automatic"
ADDRESS_RELATIVE: Final = "relative"
ADDRESS_FIXED: Final = "fixed"

CHANNEL_AUTOMATIC: Final = "automatic"
CHANNEL_WEBHOOK: Final = "webhook"
CHANNEL_LISTENER: Final = "listener"
CHANNEL_STREAM: Final = "stream"

DEFAULT_HEARTBEAT_INTERVAL: Final = 60  # seconds; an unused token expires after 1,800
MIN_HEARTBEAT_INTERVAL: Final = 10
MAX_HEARTBEAT_INTERVAL: Final = 600
DEFAULT_LISTENER_PORT: Final = 8260
DEFAULT_EVENT_PORT: Final = 8333

CONF_MISSED_FOR: Final = "missed_for"  # the extensions with an event for a missed call
MISSED_FOR_GROUP_MEMBERS: Final = "group_members"  # every extension that rang, as phones do
MISSED_FOR_DIRECT: Final = "direct"  # only directly called extensions

CONF_CALL_LOG_SIZE: Final = "call_log_size"
CONF_MASK_NUMBERS: Final = "mask_numbers"
CONF_RECORDINGS: Final = "recordings"  # administrators may listen to them
CONF_SHOW_CALLERS: Final = "show_callers"  # in states, which the recorder keeps
DEFAULT_CALL_LOG_SIZE: Final = 1000
MAX_CALL_LOG_SIZE: Final = 10_000

CONF_READ_ONLY: Final = "read_only"  # actions that change calls are refused
CONF_ALLOWED_NUMBERS: Final = "allowed_numbers"  # outside numbers that actions may dial
CONF_OUTSIDE_LIMIT: Final = "outside_limit"  # most outside calls per OUTSIDE_LIMIT_PERIOD
CONF_ALLOW_LISTENING: Final = "allow_listening"
CONF_VOICE: Final = "voice"  # Assist and language models may call
DEFAULT_OUTSIDE_LIMIT: Final = 10
MAX_OUTSIDE_LIMIT: Final = 1000
OUTSIDE_LIMIT_PERIOD: Final = 600  # seconds

CONF_CONTACTS: Final = "contacts"  # of earlier versions; `contacts.shared` has them now
CONF_FOLLOW_CONTACTS: Final = "follow_contacts"  # those of the PBX count, too
CONF_NUMBER: Final = "number"
CONF_VIP: Final = "vip"
CONF_PERSON: Final = "person"
