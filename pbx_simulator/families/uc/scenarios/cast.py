"""The parties of a scenario's calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from pbx_simulator.calls.legs import Leg, LegKind

from .script import Script
from .stage import Stage
from .teller import CallIds

_AREAS = ("+4930", "004930", "030", "0171", "+33", "+1212", "0800")
_OUTSIDE_AS_EXTENSION = 0.04
_WITHHELD = 0.05
_AGAIN = 0.1
_SOON = 5
"""Seconds within which no caller calls twice."""


@dataclass(slots=True, kw_only=True)
class Cast:
    """The extensions and services of a PBX, and its calls.

    Attributes:
        groups: The numbers of its ring groups; likewise queues and IVRs.
        scripts: The calls so far, in the order in which they begin.
    """

    stage: Stage
    groups: tuple[str, ...]
    queues: tuple[str, ...]
    ivrs: tuple[str, ...]
    scripts: list[Script] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        """The extensions that have a phone."""
        unavailable = self.stage.unavailable
        return [each.number for each in self.stage.extensions if each.number != unavailable]

    def free(self, at: float, *without: str) -> list[str]:
        """Return the extensions that take part in no call from a moment on, in random order."""
        taken = self.stage.taken
        found = [
            number for number in self.numbers if taken.get(number, 0) < at and number not in without
        ]
        self.stage.dice.shuffle(found)
        return found

    def caller(self, at: float) -> str | None:
        """Return an extension that can make a call."""
        return next(iter(self.free(at)), None)

    def callee(self, at: float, *without: str) -> str:
        """Return an extension to be rung: a free one, or one in a call, with call waiting."""
        free = self.free(at, *without)
        others = [number for number in self.numbers if number not in without]
        return self.stage.dice.choice(free if free and self.stage.chance(0.7) else others)

    def members(self, at: float, *without: str) -> list[str]:
        """Return up to five members of a group; the last may be busy, all if none is free."""
        free = self.free(at, *without)
        busy = [each for each in self.numbers if each not in free and each not in without]
        wanted = self.stage.dice.randint(2, 5)
        return (free + (busy if self.stage.chance(0.3) or not free else []))[:wanted]

    def outside(self) -> str:
        """Return an outside number."""
        dice = self.stage.dice
        return dice.choice(_AREAS) + str(dice.randint(1_000_000, 9_999_999))

    def outside_caller(self, at: float) -> str:
        """Return a caller from outside: new, known, withheld, or with an extension's number."""
        inbound = [each for each in self.scripts if each.ids.direction == "inbound"]
        just_now = {each.caller_number for each in inbound if at - each.started < _SOON}
        again = [each.caller_number for each in inbound if each.caller_number not in just_now]
        share = self.stage.dice.random()
        if again and share < _AGAIN:
            return again[-1]
        unusual = "anonymous" if share > 1 - _WITHHELD else self.numbers[0]
        alike = share > 1 - _WITHHELD - _OUTSIDE_AS_EXTENSION and unusual not in just_now
        return unusual if alike else self.outside()

    def trunk(self) -> str:
        """Return a trunk's name."""
        return self.stage.dice.choice(self.stage.trunks).name

    # Calls that have not begun

    def internal(self, at: float, caller: str, callee: str, kind: str) -> Script:
        """Return a call of an extension to another one, or to a service of the PBX."""
        ids = self.stage.ids(at, "internal")
        return self._script(
            kind, ids, self.stage.phone(caller), caller=caller, callee=callee, at=at
        )

    def inbound(self, at: float, callee: str, kind: str) -> Script:
        """Return a call from outside; `callee` is where the inbound route leads."""
        ids, trunk, caller = self.stage.ids(at, "inbound"), self.trunk(), self.outside_caller(at)
        leg = self.stage.line(LegKind.INBOUND, trunk, caller, callee, ids)
        script = self._script(kind, ids, leg, caller=caller, callee=callee, at=at)
        script.trunk = trunk
        script.did = self.stage.dice.choice(("", f"55{self.stage.dice.randint(1000, 9999)}"))
        return script

    def outbound(self, at: float, caller: str, kind: str) -> tuple[Script, Leg]:
        """Return a call to outside and its trunk's leg; the route may strip the first digit."""
        ids, trunk, number = self.stage.ids(at, "outbound"), self.trunk(), self.outside()
        prefix = self.stage.dice.choice(("", "", "9"))
        script = self._script(
            kind, ids, self.stage.phone(caller), caller=caller, callee=prefix + number, at=at
        )
        script.trunk = trunk
        return script, self.stage.line(LegKind.OUTBOUND, trunk, caller, number, ids)

    def _script(
        self, kind: str, ids: CallIds, leg: Leg, *, caller: str, callee: str, at: float
    ) -> Script:
        script = Script(
            stage=self.stage,
            index=len(self.scripts),
            kind=kind,
            ids=ids,
            caller=leg,
            caller_number=caller,
            callee=callee,
            at=at,
        )
        self.scripts.append(script)
        return script
