"""A day of an office, at random: the calls of its extensions and of numbers outside.

The seed decides who calls whom, and what each caller and callee wants to do. It does not decide the
moments at which Asterisk connects them, so two plays of a seed are alike but not the same.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from random import Random

from tests.asterisk.ami import ManagerError
from tests.asterisk.bed import Bed

from .phones import Leg, Phone, State

PEOPLE = ("1000", "1001", "1002", "1003", "1005", "1006", "1007", "1008", "1009")
OUTSIDE = tuple(f"030555{number:04}" for number in (11, 12, 23, 34, 45, 56, 67))
"""Callers outside."""
AWAY = tuple(f"040777{number:04}" for number in (1, 2, 3, 4))
"""Callees outside."""
OWN = {
    **dict.fromkeys(("5551", "5556", "5557", "5558", "5559", "5560", "5562", "5563", "5567"), 1),
    **dict.fromkeys(("5553", "5554", "5571"), 1.5),
    **dict.fromkeys(("5552", "5555", "5568", "5570"), 2),
}
"""Numbers of our own, and how often they are called; `etc/` says where they lead."""
PATIENT = ("5553", "5554", "5555", "5570", "5571")
"""Own numbers of queues and of the IVR: the line is up before an extension answers."""
SERVICES = ("6200", "6200", "6702", "6703", "6500")
PARKING, PARKED, UNREGISTERED = "6900", "6901", "1004"

type Weights = Mapping[str, float]

_CALLS: Weights = {"inbound": 50, "internal": 28, "outbound": 17, "retrieve": 3}
_ANSWERS: Mapping[str, Weights] = {
    "free": {"answer": 70, "ignore": 13, "decline": 6, "busy": 4, "forward": 3},
    "talking": {"answer": 27, "swap": 14, "ignore": 30, "decline": 9, "busy": 18, "forward": 2},
    "ringing": {"answer": 25, "ignore": 40, "decline": 10, "busy": 25},
}
"""State of a callee -> reaction to a call -> weight."""
_REPLIES = {
    "answer": "200 OK",
    "forward": "200 OK",
    "busy": "486 Busy Here",
    "ignore": "480 Temporarily Unavailable",
    "decline": "603 Decline",
}
"""Reaction of a callee outside -> reply; none forwards."""
_TALK: Weights = {"nothing": 54, "hold": 9, "key": 4, "pass_on": 9, "ask": 11, "park": 2, "keys": 4}
HABITS: tuple[Weights, ...] = (
    _TALK,
    {**_TALK, "pass_on": 16, "ask": 18},
    {**_TALK, "pass_on": 3, "ask": 3, "park": 0, "keys": 0},
    {**_TALK, "ask": 20, "park": 5, "keys": 10, "blonde": 0.15},
)
"""What extensions do during a call -> weight; the seed chooses one of these for a day.

"blonde" is a share: of the attended transfers, those before the second callee has answered.
"""


class Office:
    """The phones around a bed, and their users.

    Attributes:
        random: the source of all choices.
        habits: weights of what extensions do during a call.
        parked: number of calls that wait to be retrieved.
    """

    def __init__(self, bed: Bed, seed: int) -> None:
        self.random, self.habits = Random(seed), HABITS[seed % len(HABITS)]
        self.parked = 0
        self._bed = bed
        self._tasks: set[asyncio.Task[None]] = set()
        self._line = self._phone("line")
        self._line.on_call = lambda leg: self.start(self._outside(leg))
        self._people = [_Person(self, self._phone(number)) for number in PEOPLE]
        self._phones = [self._line, *(person.phone for person in self._people)]

    def _phone(self, number: str) -> Phone:
        return Phone(number, self._bed.phone_port(number), self._bed.port(60))

    def start(self, doing: Coroutine[object, object, None]) -> None:
        """Run an activity beside all others."""
        self._tasks.add(asyncio.get_running_loop().create_task(doing))

    def between(self, least: float, most: float) -> float:
        """Return a random number of seconds."""
        return self.random.uniform(least, most)

    def choose(self, weights: Weights) -> str:
        """Return one of some names."""
        return self.random.choices(list(weights), list(weights.values()))[0]

    async def play(self, seconds: float) -> None:
        """Begin calls for some seconds, then wait until the last one is over."""
        await self._bed.act("Setvar", Variable="RING", Value="12")  # the stories ring for 5 s
        for phone in self._phones:
            await phone.switch_on()
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            channels = sum(name.startswith("PJSIP/") for name in self._bed.channels.values())
            if channels / 2 < self.between(5, 9):
                self.start(self._call())
            at_once = self.random.random() < 0.06
            await asyncio.sleep(0.003 if at_once else self.between(0.3, 2.5))
        await asyncio.wait(self._tasks, timeout=35)
        for leg in [leg for phone in self._phones for leg in phone.legs.values()]:
            await leg.hang_up()
        await asyncio.wait(self._tasks, timeout=5)
        for name in list(self._bed.channels.values()):
            with suppress(ManagerError):  # it may end by itself
                await self._bed.act("Hangup", Channel=name)
        await self._bed.silence()
        for phone in self._phones:
            phone.switch_off()
        for task in self._tasks:
            if not task.cancel():
                task.result()  # raises what went wrong

    async def _call(self) -> None:
        """Make one call, of any kind."""
        free = [person for person in self._people if not person.legs]
        kind = self.choose(_CALLS)
        if kind == "inbound" or not free:
            await self._inbound(self.choose(OWN))
            return
        person = self.random.choice(free)
        if kind == "retrieve":
            if self.parked:
                self.parked -= 1
                await person.call(PARKED)
            return
        numbers = AWAY if kind == "outbound" else (*SERVICES, UNREGISTERED, *person.others * 3)
        await person.call(self.random.choice(numbers))

    async def _inbound(self, own: str) -> None:
        """Make a call from outside to an own number."""
        leg = self._line.dial(own, self.random.choice(OUTSIDE))
        await self.wait(leg)
        if own == "5555" and not await leg.ends_within(self.between(0.5, 3)):
            await leg.press(self.random.choice("1122339994"))
        await leg.ends_within(self.between(1, 35 if own in PATIENT else 22))
        await leg.hang_up()

    async def _outside(self, leg: Leg) -> None:
        """React to a call to a number outside."""
        how = self.choose(_ANSWERS["free"])
        if how != "busy":
            leg.reply("180 Ringing")
            await leg.ends_within(60 if how == "ignore" else self.between(0.5, 8))
        leg.reply(_REPLIES[how])
        await leg.ends_within(self.between(1, 20))
        await leg.hang_up()

    async def wait(self, leg: Leg) -> None:
        """Wait for an answer for a while, then give up."""
        impatient = self.random.random() < 0.2
        seconds = self.between(1, 5) if impatient else self.between(8, 30)
        await leg.until(State.UP, State.OVER, seconds=seconds)
        if not leg.is_up:
            await leg.hang_up()


class _Person:
    """The user of an extension.

    Attributes:
        legs: the calls at the phone.
        others: all other extensions.
    """

    def __init__(self, office: Office, phone: Phone) -> None:
        self.phone, self.legs = phone, list[Leg]()
        self.others = tuple(number for number in PEOPLE if number != phone.number)
        phone.on_call = lambda leg: office.start(self._called(leg))
        self._office, self._random, self._between = office, office.random, office.between
        self._current: Leg | None = None  # the call that is not on hold
        self._busy = False  # in the midst of a transfer
        self._doings = {
            "hold": self._hold,
            "key": self._key,
            "pass_on": self._pass_on,
            "park": self._park,
            "keys": self._keys,
            "ask": self._ask,
        }

    async def call(self, number: str) -> None:
        """Call a number."""
        leg = self._current = self.phone.dial(number)
        self.legs.append(leg)
        await self._office.wait(leg)
        if number == "6500" and not await leg.ends_within(self._between(0.5, 2)):
            await leg.press(self._random.choice("12349"))
        await self._talk(leg)

    async def _called(self, leg: Leg) -> None:
        """React to an incoming call."""
        others = list(self.legs)
        self.legs.append(leg)
        talks = any(other.is_up for other in others)
        how = self._office.choose(_ANSWERS["talking" if talks else "ringing" if others else "free"])
        if how != "busy" and (how != "forward" or self._random.random() < 0.5):
            leg.reply("180 Ringing")
            slow = self._random.random() < 0.15
            soon = self._between(6, 11) if slow else self._between(0.4, 6)
            await leg.ends_within(60 if how == "ignore" else soon)
        if how == "decline":
            leg.reply(self._random.choice(("603 Decline", "603 Decline", "486 Busy Here")))
        elif how == "forward":
            leg.reply("302 Moved Temporarily", self._random.choice((*self.others, AWAY[0])))
        elif how in ("answer", "swap") and leg.state is State.RINGING:
            for other in [each for each in self.legs if each.is_up]:
                await (other.hang_up() if how == "swap" else other.hold())
            leg.reply("200 OK")
            self._current = leg
        leg.reply("486 Busy Here")
        await self._talk(leg)

    async def _talk(self, leg: Leg) -> None:
        """Spend a call with random activities, until one side ends it."""
        now = asyncio.get_running_loop().time
        end = now() + self._between(1, 20)
        weights = {name: self._office.habits[name] for name in _TALK}
        while not await leg.ends_within(self._between(0.8, 6)):
            listens = self._current is leg and not self._busy
            if not leg.is_up or now() > end + (0 if listens else 25):
                break
            doing = self._doings.get(self._office.choose(weights))
            if listens and doing is not None and await doing(leg):
                break
        await leg.hang_up()
        self.legs.remove(leg)
        if self._current is leg:
            self._current = next((each for each in self.legs if each.held), None)
            if self._current is not None and not await self._current.ends_within(1):
                await self._current.hold(False)

    # Activities; True if the call is over for this extension

    async def _hold(self, leg: Leg) -> bool:
        await leg.hold()
        over = await leg.ends_within(self._between(0.5, 6))
        if self._current is leg:
            await leg.hold(False)
        return over

    async def _key(self, leg: Leg) -> bool:
        await leg.press(self._random.choice("0123456789"))
        return False

    async def _pass_on(self, leg: Leg) -> bool:
        done = await leg.pass_on(self._random.choice((*SERVICES, *self.others * 3, AWAY[1])))
        await leg.ends_within(self._between(0.05, 0.5))
        return done

    async def _park(self, leg: Leg) -> bool:
        done = await leg.pass_on(PARKING)
        self._office.parked += done
        return done

    async def _keys(self, leg: Leg) -> bool:
        """Transfer by the feature codes of the PBX, blind or attended."""
        self._busy = True
        self._office.start(leg.speak(14))
        for key in self._random.choice(("*03", "*3")) + self._random.choice(self.others):
            await leg.press(key)
            await leg.ends_within(0.12)
        over = await leg.ends_within(self._between(5, 13))
        self._busy = False
        return over

    async def _ask(self, leg: Leg) -> bool:
        """Make a second call, and in most cases an attended transfer."""
        self._busy = True
        await leg.hold()
        await leg.ends_within(self._between(0.1, 1.5))
        number = self._random.choice((*self.others * 3, *SERVICES[:3], UNREGISTERED, *AWAY))
        second = self._current = self.phone.dial(number)
        self.legs.append(second)
        blonde = self._random.random() < self._office.habits.get("blonde", 0)
        patience = self._between(1, 4) if blonde else self._between(2, 12)
        await second.until(State.UP, State.OVER, seconds=patience)
        if second.is_up:
            await second.ends_within(self._between(0.6, 6))
        ready = second.is_up or (blonde and second.state is State.RINGING)
        unites = ready and leg.is_up and self._random.random() < 0.7
        passed_on = unites and await leg.pass_on(second.number, second)
        if passed_on:
            await leg.ends_within(4)
        await second.hang_up()
        self.legs.remove(second)
        self._current, self._busy = leg, False
        if not passed_on:
            await leg.hold(False)
        return passed_on
