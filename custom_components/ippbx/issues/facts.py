"""The facts about a PBX, from which the rules derive problems."""

from datetime import datetime, timedelta

from ..const import ADDRESS_AUTOMATIC, CHANNEL_STREAM
from ..pbx.errors import PbxError
from ..pbx.model.values import bundle


@bundle
class DeliveryFacts:
    """The facts about the delivery of reports.

    Attributes:
        lost: whether reports are lost, or the feed is the channel and down.
        set_by_hand: whether a user set the report address by hand.
        channel: webhook, listener or stream.
        port_taken: whether the own listener cannot open its port.
        chosen: whether the user chose the channel.
        address_mode: origin of the registered address.
        address: the registered address, without the secret.
        here: our address towards the PBX.
        pbx: the address of the PBX.
        port: port that receives reports.
        event_port: port of the feed.
        tls_only: whether Home Assistant's server speaks TLS, which no PBX does.
        in_container: whether Home Assistant runs in a container.
        feed_down: whether the feed does not come up although the PBX is there.
        feed_refused: whether the PBX refuses the login of the feed.
        unknown_source: whether reports came from an unknown address, which opens another issue.
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
        """Return True if the PBX posts to our address, as it does without a feed."""
        return self.channel != CHANNEL_STREAM


@bundle
class Facts:
    """The facts about a PBX.

    Attributes:
        now: the time (UTC).
        last_error: error of the last heartbeat or probe; None if it passed.
        failed_at: when that was (UTC).
        down_since: when the link was lost (UTC); None while it is up.
        cut_short: whether the last sessions have ended soon after their logins.
        firmware: version of the firmware.
        needed_firmware: version that fixes known faults; empty where there are none.
        clock_error: error of the PBX's clock; None within tolerance.
        gone_door_phones: door phones of the options that the PBX no longer has.
        unmonitored: extensions that are never reported while others are.
        unmonitored_trunks: names of trunks that no report of a call names.
        unread: endpoints that have failed for so long that what they feed is unavailable.
        certificate_expires: when the certificate that was checked expires (UTC); None for others.
        delivery: the delivery of reports.
    """

    now: datetime
    last_error: PbxError | None = None
    failed_at: datetime | None = None
    down_since: datetime | None = None
    cut_short: bool = False
    firmware: str = ""
    needed_firmware: str = ""
    clock_error: timedelta | None = None
    gone_door_phones: tuple[str, ...] = ()
    unmonitored: tuple[str, ...] = ()
    unmonitored_trunks: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    certificate_expires: datetime | None = None
    delivery: DeliveryFacts
