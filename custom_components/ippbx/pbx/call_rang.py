"""Which phones rang for a call that no report shows to ring anybody, as their status tells."""

from datetime import datetime, timedelta
from typing import Final

from .call_index import CallIndex
from .call_live import LiveCall
from .call_order import Phones
from .call_outcome import is_empty, was_of_one
from .call_party import Party
from .models import ExtensionStatus, LegState

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

    def ring_on(self, call: LiveCall) -> list[Party]:
        """Return who rings on, as the phone's status told last, when a call ends for which it seemed to ring.

        The records name those who were called: it was no group's. Where even they ring on, nobody rang for it.
        """
        records = [each for each in call.records if call.guessed and not is_empty(each)]
        called = {record.callee for record in records}
        if not called or any(call.of_extension(number) is None for number in called):
            return []
        alone = was_of_one(call)
        rings = [
            party
            for party in call.extensions
            if party.state is LegState.RINGING
            and ((alone and party.idle_at is None) or self._rings(party))
        ]
        in_vain = all(record.outcome == "no_answer" for record in records)
        if in_vain and len(rings) == len(call.parties):
            return rings
        return [party for party in rings if party.extension not in called]

    def _rings(self, party: Party) -> bool:
        """Tell whether a phone rings, as its status tells, and for no other call that is known."""
        number = party.extension
        others = (call.of_extension(number) for call in self._index.live_of(number))
        ringing = [each for each in others if each is not None and each.state is LegState.RINGING]
        return ringing == [party] and self._phones.last(number) is ExtensionStatus.RINGING

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
