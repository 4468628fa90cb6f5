"""What is wrong with a PBX that its user can mend: a table of what shows it, and Repairs kept true to it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..pbx.errors import (
    PbxApiDisabledError,
    PbxAuthError,
    PbxCertificateError,
    PbxError,
    PbxLockedOutError,
)
from ..pbx.uc.firmware import mended_in
from .delivery_causes import report_cause
from .registry import (
    API_OFF,
    CLOCK_WRONG,
    FIRMWARE_FAULTY,
    LOCKED_OUT,
    MONITOR_OFF,
    Details,
    async_clear_issues,
    async_report,
    async_report_certificate,
)

if TYPE_CHECKING:
    from ..coordinator import PbxCoordinator

MOST_NAMED: Final = 20  # extensions in one text
API_OFF_AFTER: Final = timedelta(minutes=1)
"""A PBX that starts says for a while that its API does not run."""


def _locked_out(pbx: "PbxCoordinator") -> Details | None:
    return locked_out_details(pbx.link.last_error, pbx.link.failed_at)


def _api_off(pbx: "PbxCoordinator") -> Details | None:
    since = pbx.link.down_since
    off = isinstance(pbx.link.last_error, PbxApiDisabledError)
    return {} if off and since and dt_util.utcnow() - since >= API_OFF_AFTER else None


def _firmware_faulty(pbx: "PbxCoordinator") -> Details | None:
    needed = mended_in(pbx.data.info)
    return {"firmware": pbx.data.info.firmware, "needed": needed} if needed else None


def _clock_wrong(pbx: "PbxCoordinator") -> Details | None:
    if not pbx.reading.clock_is_wrong:
        return None
    return {"minutes": str(round(abs(pbx.reading.clock_error) / timedelta(minutes=1)))}


def _monitor_off(pbx: "PbxCoordinator") -> Details | None:
    silent = [number for number in pbx.proof.silent.numbers if number in pbx.data.extensions]
    if not silent:
        return None
    more = len(silent) - MOST_NAMED
    return {"extensions": ", ".join(silent[:MOST_NAMED]) + (f" (+ {more})" if more > 0 else "")}


TROUBLES: Mapping[str, Callable[["PbxCoordinator"], Details | None]] = {
    LOCKED_OUT: _locked_out,
    API_OFF: _api_off,
    FIRMWARE_FAULTY: _firmware_faulty,
    CLOCK_WRONG: _clock_wrong,
    MONITOR_OFF: _monitor_off,
}
"""What tells each trouble: the details to show where there is one, else None. Why reports do not arrive has a table of its
own, of which one applies at most."""


class Troubles:
    """Keeps Repairs true for an entry that is loaded."""

    def __init__(self, coordinator: "PbxCoordinator") -> None:
        """Begin without any."""
        self._coordinator = coordinator
        self._told: dict[str, Details] = {}
        self._active = False

    @callback
    def start(self) -> None:
        """Begin to tell, after the first read."""
        self._active = True
        self.check()

    @callback
    def stop(self) -> None:
        """Take back what was told: nobody knows any more."""
        self._active = False
        self._take_back(self._told)
        self._told = {}

    @property
    def kinds(self) -> list[str]:
        """Return what is wrong now, for diagnostics."""
        return list(self._told)

    @callback
    def check(self) -> None:
        """Say what is wrong, each once, and take back what is mended."""
        if not self._active:
            return
        pbx = self._coordinator
        found = {kind: tell(pbx) for kind, tell in TROUBLES.items()}
        wrong = {kind: details for kind, details in found.items() if details is not None}
        wrong.update([cause] if (cause := report_cause(pbx)) else ())
        self._take_back(self._told.keys() - wrong.keys())
        for kind, details in wrong.items():
            if self._told.get(kind) != details:
                async_report(pbx.hass, pbx.config_entry, kind, details)
        self._told = wrong

    @callback
    def link_failed(self, error: PbxError) -> None:
        """Ask the user where nobody else can help."""
        pbx = self._coordinator
        if isinstance(error, PbxAuthError):
            pbx.config_entry.async_start_reauth(pbx.hass)
        elif isinstance(error, PbxCertificateError) and error.fingerprint:
            async_report_certificate(pbx.hass, pbx.config_entry, error.fingerprint)
        self.check()

    @callback
    def _take_back(self, kinds: Iterable[str]) -> None:
        if mended := tuple(kinds):
            async_clear_issues(self._coordinator.hass, self._coordinator.config_entry, *mended)


@callback
def async_report_setup_failure(hass: HomeAssistant, entry: ConfigEntry, error: PbxError) -> None:
    """Say why an entry could not be set up where the user can mend it, and what of it is over."""
    locked_out = locked_out_details(error, dt_util.utcnow())
    async_clear_issues(
        hass,
        entry,
        *([] if locked_out else [LOCKED_OUT]),
        *([] if isinstance(error, PbxApiDisabledError) else [API_OFF]),
    )
    if locked_out:
        async_report(hass, entry, LOCKED_OUT, locked_out)
    elif isinstance(error, PbxApiDisabledError):
        async_report(hass, entry, API_OFF, {})
    elif isinstance(error, PbxCertificateError) and error.fingerprint:
        async_report_certificate(hass, entry, error.fingerprint)


def locked_out_details(error: PbxError | None, failed_at: datetime | None) -> Details | None:
    """Return until when the PBX takes no login, in Home Assistant's time zone; None where an error says no such thing."""
    if not isinstance(error, PbxLockedOutError) or failed_at is None:
        return None
    until = dt_util.as_local(failed_at + timedelta(seconds=error.remaining))
    return {"until": f"{until:%H:%M}"}
