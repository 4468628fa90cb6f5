"""Problems that a user can mend: a table from facts to problems."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from ..exceptions import local_time
from ..pbx.errors import (
    PbxApiDisabledError,
    PbxCertificateError,
    PbxCertificateExpiredError,
    PbxError,
    PbxLockedOutError,
    PbxOtherPbxError,
)
from ..pbx.net.tls import legible
from .delivery_causes import delivery_problem
from .facts import DeliveryFacts, Facts
from .registry import (
    API_OFF,
    CERTIFICATE_CHANGED,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_EXPIRES,
    CERTIFICATE_UNTRUSTED,
    CLOCK_WRONG,
    DOOR_PHONE_GONE,
    FIRMWARE_FAULTY,
    LOCKED_OUT,
    MONITOR_OFF,
    OTHER_PBX,
    READ_FAILS,
    SESSIONS_END,
    TRUNK_MONITOR_OFF,
    Details,
)

MOST_NAMED: Final = 20  # most extensions or trunks named in one text
API_OFF_AFTER: Final = timedelta(minutes=1)
"""A starting PBX reports its API as disabled for a while."""
EXPIRES_SOON: Final = timedelta(days=14)


def _locked_out(facts: Facts) -> Details | None:
    error, failed_at = facts.last_error, facts.failed_at
    if not isinstance(error, PbxLockedOutError) or failed_at is None:
        return None
    return {"until": local_time(failed_at, error.remaining)}


def _other_pbx(facts: Facts) -> Details | None:
    error = facts.last_error
    return {"serial": error.serial} if isinstance(error, PbxOtherPbxError) else None


def _sessions_end(facts: Facts) -> Details | None:
    return {} if facts.cut_short else None


def _api_off(facts: Facts) -> Details | None:
    since = facts.down_since
    off = isinstance(facts.last_error, PbxApiDisabledError)
    return {} if off and since and facts.now - since >= API_OFF_AFTER else None


def _firmware_faulty(facts: Facts) -> Details | None:
    if not facts.needed_firmware:
        return None
    return {"firmware": facts.firmware, "needed": facts.needed_firmware}


def _clock_wrong(facts: Facts) -> Details | None:
    if facts.clock_error is None:
        return None
    return {"minutes": str(round(abs(facts.clock_error) / timedelta(minutes=1)))}


def _door_phone_gone(facts: Facts) -> Details | None:
    return {"extensions": _listed(facts.gone_door_phones)} if facts.gone_door_phones else None


def _monitor_off(facts: Facts) -> Details | None:
    return {"extensions": _listed(facts.unmonitored)} if facts.unmonitored else None


def _trunk_monitor_off(facts: Facts) -> Details | None:
    return {"trunks": _listed(facts.unmonitored_trunks)} if facts.unmonitored_trunks else None


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" (+ {more})" if more > 0 else "")


def _read_fails(facts: Facts) -> Details | None:
    return {"endpoints": ", ".join(facts.unread)} if facts.unread else None


def _certificate_expires(facts: Facts) -> Details | None:
    expires = facts.certificate_expires
    if expires is None or expires - facts.now > EXPIRES_SOON:
        return None
    if expires > facts.now and isinstance(facts.last_error, PbxCertificateExpiredError):
        return None  # the date is that of a certificate which was replaced
    return {"date": dt_util.as_local(expires).date().isoformat()}


def _certificate_expired(facts: Facts) -> Details | None:
    """Return details of an expired certificate that no connection has shown before."""
    expired = isinstance(facts.last_error, PbxCertificateExpiredError)
    return {} if expired and _certificate_expires(facts) is None else None


def _certificate_changed(facts: Facts) -> Details | None:
    error = facts.last_error
    shown = error.fingerprint if isinstance(error, PbxCertificateError) else None
    return {"fingerprint": legible(shown)} if shown else None


def _certificate_untrusted(facts: Facts) -> Details | None:
    """With verification on: no fingerprint is compared, and it is not just its date."""
    error = facts.last_error
    untrusted = isinstance(error, PbxCertificateError) and not error.fingerprint
    return {} if untrusted and not isinstance(error, PbxCertificateExpiredError) else None


RULES: Final[Mapping[str, Callable[[Facts], Details | None]]] = {
    CERTIFICATE_CHANGED: _certificate_changed,
    LOCKED_OUT: _locked_out,
    SESSIONS_END: _sessions_end,
    OTHER_PBX: _other_pbx,
    API_OFF: _api_off,
    FIRMWARE_FAULTY: _firmware_faulty,
    CLOCK_WRONG: _clock_wrong,
    READ_FAILS: _read_fails,
    CERTIFICATE_EXPIRES: _certificate_expires,
    CERTIFICATE_EXPIRED: _certificate_expired,
    CERTIFICATE_UNTRUSTED: _certificate_untrusted,
    DOOR_PHONE_GONE: _door_phone_gone,
    MONITOR_OFF: _monitor_off,
    TRUNK_MONITOR_OFF: _trunk_monitor_off,
}
"""Each problem with its rule, which returns the details of the texts, or None.

Lost reports have a table of their own, of which at most one row applies.
"""


def problems(facts: Facts) -> dict[str, Details]:
    """Return the problems, by kind, with the details of their texts."""
    found = {kind: rule(facts) for kind, rule in RULES.items()}
    wrong = {kind: details for kind, details in found.items() if details is not None}
    wrong.update([cause] if (cause := delivery_problem(facts.delivery)) else ())
    return wrong


def setup_problems(error: PbxError) -> dict[str, Details]:
    """Return the problems that a failed set-up shows."""
    now = dt_util.utcnow()
    facts = Facts(
        now=now,
        last_error=error,
        failed_at=now,
        down_since=now - API_OFF_AFTER,  # nothing is set up that could wait
        delivery=DeliveryFacts(channel=""),
    )
    return problems(facts)
