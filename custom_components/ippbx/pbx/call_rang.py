"""Which phones rang for a call that no report shows to ring anybody, as their status tells."""

from datetime import datetime, timedelta
from typing import Final

from .call_index import CallIndex
from .call_live import LiveCall
from .call_order import Phones
from .models import ExtensionStatus

SETTLE: Final = timedelta(seconds=2.5)
"""How long after a word of a call another one of the same moment may come."""
_IN_A_CALL = (ExtensionStatus.RINGING, ExtensionStatus.BUSY, ExtensionStatus.ON_HOLD)


class RangUnreported:
    """Looks for phones that rang."""

    def __init__(self, index: CallIndex, phones: Phones) -> None:
        """Look at the calls of an index."""
        self._index = index
        self._phones = phones

    def unreported(self, call: LiveCall, ended: datetime) -> tuple[str, ...]:
        """Return the extensions that rang for a call of which only a record tells."""
        record = call.main_record
        callee = record.callee if record is not None else ""
        rang = self.meanwhile(call, ended)
        return (callee,) if callee in rang else rang

    def meanwhile(self, call: LiveCall, ended: datetime) -> tuple[str, ...]:
        """Return the extensions that rang during a call, for no other that is known."""
        rings = self._phones.between(call.started - SETTLE, ended + SETTLE)
        rang = (number for at, number in rings if not self._for_another(number, at, call))
        return tuple(dict.fromkeys(rang))

    def may_talk(self, call: LiveCall) -> bool:
        """Tell whether the extension to which a line leads is in a call, maybe another one, as its status told last."""
        inbound = call.inbound
        return inbound is not None and self._phones.last(inbound.callee) in _IN_A_CALL

    def _for_another(self, number: str, at: datetime, call: LiveCall) -> bool:
        for known in self._index.of_number(number):
            rang = known.rang() if isinstance(known, LiveCall) else known.call.rang
            over = at if isinstance(known, LiveCall) else known.at
            if known is not call and number in rang and known.heard - SETTLE <= at <= over:
                return True
        return False
