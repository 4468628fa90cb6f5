"""What is known of a PBX where something may be wrong: the only thing that the rules look at."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..const import ADDRESS_AUTOMATIC, CHANNEL_STREAM
from ..pbx.errors import PbxError


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFacts:
    """What is known of the delivery of reports.

    Attributes:
        lost: whether reports are lost, or the feed that is the channel does not come up.
        set_by_hand: whether a user set the report address by hand, and thus knows better.
        channel: webhook, listener or stream.
        port_taken: whether the own listener is wanted, but cannot have its port.
        chosen: whether the user chose the channel.
        address_mode: how the registered address is made up.
        address: that address, without the secret.
        here: our address towards the PBX.
        pbx: the address of the PBX.
        port: port that receives reports.
        event_port: port of the feed.
        tls_only: whether Home Assistant's server speaks TLS, which no PBX does.
        in_container: whether Home Assistant runs in one.
        feed_down: whether the feed does not come up although the PBX is there.
        feed_refused: whether the PBX refuses the login of the feed.
        unknown_source: whether reports came from an address that is not the PBX's; the user is asked about it.
    """

    lost: bool = False
    set_by_hand: bool = False
    channel: str
    port_taken: bool = False
    chosen: bool = False
    address_mode: str = ADDRESS_AUTOMATIC
    address: str = ""
    here: str = ""
    pbx: str = ""
    port: int = 0
    event_port: int = 0
    tls_only: bool = False
    in_container: bool = False
    feed_down: bool = False
    feed_refused: bool = False
    unknown_source: bool = False

    @property
    def address_counts(self) -> bool:
        """Return whether the PBX needs our address; a feed is fetched instead."""
        return self.channel != CHANNEL_STREAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a PBX.

    Attributes:
        now: the time (UTC).
        last_error: why the last heartbeat or probe failed; None after one that passed.
        failed_at: when it failed (UTC).
        down_since: when the link was lost (UTC); None while it is up.
        firmware: version of the firmware.
        needed_firmware: the version that mends known faults of it; empty where there are none.
        clock_error: how wrong the clock of the PBX is; None where that is not worth a word.
        unmonitored: known extensions that are never reported while others are.
        delivery: the delivery of reports.
    """

    now: datetime
    last_error: PbxError | None = None
    failed_at: datetime | None = None
    down_since: datetime | None = None
    firmware: str = ""
    needed_firmware: str = ""
    clock_error: timedelta | None = None
    unmonitored: tuple[str, ...] = ()
    delivery: DeliveryFacts
