"""The calls that are played on the Asterisk: who does what, and what is true of them then.

A story is data: its steps are played in turn by `play.py`, its facts are what the integration has
to find out from the reports. Extensions are 1000 to 1009 (1004 has no phone), 6200 is a ring group
of 1001, 1002 and 1003, 6500 an IVR, 6700 a queue that rings 1001 and 1002 in turn, 6701 one that
rings both, 6300 pages 1001 and 1002, 6400 is a conference; **1001 picks up the call that rings at
1001, *8 any; 5550 to 5559 are numbers of our own that lead to them; `etc/extensions.conf` has it
all.
"""

from dataclasses import dataclass, replace

OUTSIDE = "0301234567"
AWAY = "0309876543"

type Step = tuple[str, ...]
"""A step.

("phone", number, script): a phone, or the "line", does this whenever it is called.
("call", number, script): somebody calls.
("when", number, state): wait until the channel of a phone or the "trunk" is Ringing, Up or Talks.
("gone", number): wait until it has no channel any more.
("transfer" | "attend", who, whom): the PBX is asked to pass on the partner of `who`.
("originate", extension, number): the PBX is asked to call an extension, then the number.
("prompt", number): the PBX is asked to call an extension, or an outside number, and to play it a
    prompt of four seconds.
("hang up", who): the PBX is asked to.
("kill",): Asterisk is killed, and started again.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is true of a call.

    Attributes:
        caller, callee, answered_by: as the integration names them. More than one callee: each is
            a right name of whom the caller wanted, such as a group or its first member.
        events: what is to be published for the call as a whole, in this order.
        missed_by: the extensions that missed it, in any order; None if no report decides that.
        ring, talk: seconds until the answer, and after it; None where they depend on the reading.
    """

    direction: str
    caller: str
    callee: tuple[str, ...]
    answered_by: str = ""
    outcome: str = "answered"
    events: str
    missed_by: frozenset[str] | None = frozenset()
    ring: int | None = None
    talk: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Calls that are played together, and what is true of each.

    Attributes:
        race: a millisecond decides what happens, so no two recordings are alike.
    """

    name: str
    steps: tuple[Step, ...]
    calls: tuple[Facts, ...]
    race: bool = False


ANSWERS = "ring 1, answer, stay"
"""A phone that is answered after a second, whose partner hangs up."""
SILENT = "ring 60"
"""A phone that nobody answers."""

_FROM_INSIDE = "dialing ringing answered ended"


def _internal(who: str = "1001", **other: object) -> Facts:
    values: dict[str, object] = {
        "direction": "internal", "caller": "1000", "callee": (who,), "answered_by": who,
        "events": _FROM_INSIDE, "ring": 1, "talk": 2,
    }  # fmt: skip
    return Facts(**(values | other))  # type: ignore[arg-type]


def _inbound(*callee: str, **other: object) -> Facts:
    values: dict[str, object] = {
        "direction": "inbound", "caller": OUTSIDE, "callee": callee, "answered_by": callee[0],
        "events": "ringing answered ended", "ring": 1, "talk": 2,
    }  # fmt: skip
    return Facts(**(values | other))  # type: ignore[arg-type]


def _outbound(**other: object) -> Facts:
    values: dict[str, object] = {
        "direction": "outbound", "caller": "1000", "callee": (AWAY,), "answered_by": AWAY,
        "events": "dialing answered ended", "ring": 1, "talk": 2,
    }  # fmt: skip
    return Facts(**(values | other))  # type: ignore[arg-type]


def _missed(facts: Facts, *who: str, ring: int) -> Facts:
    """Return facts of the same call with nobody answering."""
    outbound = facts.direction == "outbound"
    return Facts(
        direction=facts.direction,
        caller=facts.caller,
        callee=facts.callee,
        outcome="cancelled" if outbound else "missed",
        events=facts.events.replace("answered ", "") + ("" if outbound else " missed"),
        missed_by=frozenset(who),
        ring=ring,
        talk=None,
    )


def _failed(facts: Facts, outcome: str, events: str, ring: int | None = None) -> Facts:
    return Facts(
        direction=facts.direction,
        caller=facts.caller,
        callee=facts.callee,
        outcome=outcome,
        events=events,
        ring=ring,
    )


def _story(name: str, *steps: Step, calls: tuple[Facts, ...], race: bool = False) -> Story:
    return Story(name=name, steps=steps, calls=calls, race=race)


_ATTENDED = (
    "ringing answered transferred ended|ringing answered held transferred ended"
    "|ringing answered held transferred resumed ended"
    "|ringing answered held resumed transferred ended"
)
"""Asking by keys or by the API is part of the same call: Asterisk gives it the same `Linkedid`."""
_OWN_FIRST = "ringing dialing answered ended"
"""The phone for which the PBX calls rings first, and a report of that names nobody else."""
_UNTOLD = {"answered_by": "", "events": "ended", "ring": None, "talk": None}
"""What is told of a call that the PBX itself answers, and to which it rings nobody."""
_PROMPT = _internal(
    "1000", events="dialing answered ended|ringing answered ended", ring=None, talk=4
)
_PROMPT_OUTSIDE = _outbound(caller=AWAY, events="answered ended", talk=4)
"""The record has whoever hears the prompt on both sides."""
_IN_VAIN: Facts = replace(
    _missed(_PROMPT, ring=5),
    callee=("1000", ""),
    outcome="missed|cancelled|failed",
    events="dialing ended|ringing ended|ringing ended missed",
    missed_by=None,
    ring=None,
)
"""The record says FAILED; what is known without the command, and without it, differs."""
_PASSED_ON = "ringing dialing answered transferred ended|dialing ringing answered transferred ended"
GROUP = ("6200", "1001", "1002", "1003")
IVR = ("6500", "1001")
QUEUE = ("6700", "1001", "1002")

STORIES: tuple[Story, ...] = (
    # The plain ones
    _story(
        "internal",
        ("phone", "1001", ANSWERS),
        ("call", "1000", "dial 1001, talk 2, hang up"),
        calls=(_internal(),),
    ),
    _story(
        "internal-callee-hangs-up",
        ("phone", "1001", "ring 1, answer, talk 2, hang up"),
        ("call", "1000", "dial 1001, stay"),
        calls=(_internal(),),
    ),
    _story(
        "inbound",
        ("phone", "1001", ANSWERS),
        ("call", OUTSIDE, "dial 5551, talk 2, hang up"),
        calls=(_inbound("1001"),),
    ),
    _story(
        "inbound-callee-hangs-up",
        ("phone", "1001", "ring 1, answer, talk 2, hang up"),
        ("call", OUTSIDE, "dial 5551, stay"),
        calls=(_inbound("1001"),),
    ),
    _story(
        "outbound",
        ("phone", "line", ANSWERS),
        ("call", "1000", f"dial {AWAY}, talk 2, hang up"),
        calls=(_outbound(),),
    ),
    _story(
        "outbound-callee-hangs-up",
        ("phone", "line", "ring 1, answer, talk 2, hang up"),
        ("call", "1000", f"dial {AWAY}, stay"),
        calls=(_outbound(),),
    ),
    _story(
        "internal-unanswered",
        ("phone", "1001", SILENT),
        ("call", "1000", "dial 1001, stay"),
        calls=(_missed(_internal(), "1001", ring=5),),
    ),
    _story(
        "inbound-unanswered",
        ("phone", "1001", SILENT),
        ("call", OUTSIDE, "dial 5551, stay"),
        calls=(_missed(_inbound("1001"), "1001", ring=5),),
    ),
    _story(
        "outbound-unanswered",
        ("phone", "line", SILENT),
        ("call", "1000", f"dial {AWAY}, stay"),
        calls=(_missed(_outbound(), ring=5),),
    ),
    _story(
        "internal-given-up",
        ("phone", "1001", SILENT),
        ("call", "1000", "dial 1001 for 2"),
        calls=(_missed(_internal(), "1001", ring=2),),
    ),
    _story(
        "inbound-given-up",
        ("phone", "1001", SILENT),
        ("call", OUTSIDE, "dial 5551 for 2"),
        calls=(_missed(_inbound("1001"), "1001", ring=2),),
    ),
    _story(
        "outbound-given-up",
        ("phone", "line", SILENT),
        ("call", "1000", f"dial {AWAY} for 2"),
        calls=(_missed(_outbound(), ring=2),),
    ),
    _story(
        "internal-busy",
        ("phone", "1001", "busy"),
        ("call", "1000", "dial 1001, stay"),
        calls=(_failed(_internal(), "busy", "ended|dialing ended"),),
    ),
    _story(
        "inbound-busy",
        ("phone", "1001", "busy"),
        ("call", OUTSIDE, "dial 5551, stay"),
        calls=(_failed(_inbound("1001"), "busy", "ended"),),
    ),
    _story(
        "outbound-busy",
        ("phone", "line", "busy"),
        ("call", "1000", f"dial {AWAY}, stay"),
        calls=(_failed(_outbound(), "busy", "ended|dialing ended"),),
    ),
    _story(
        "internal-declined",
        ("phone", "1001", "ring 1, decline"),
        ("call", "1000", "dial 1001, stay"),
        calls=(_failed(_internal(), "refused", "dialing ringing ended", ring=1),),
    ),
    _story(
        "inbound-declined",
        ("phone", "1001", "ring 1, decline"),
        ("call", OUTSIDE, "dial 5551, stay"),
        calls=(_failed(_inbound("1001"), "refused", "ringing ended", ring=1),),
    ),
    _story(
        "outbound-declined",
        ("phone", "line", "ring 1, decline"),
        ("call", "1000", f"dial {AWAY}, stay"),
        calls=(_failed(_outbound(), "refused", "ended|dialing ended", ring=1),),
    ),
    _story(
        "internal-unreachable",
        ("call", "1000", "dial 1004, stay"),
        calls=(_failed(_internal("1004"), "failed", "ended|dialing ended"),),
    ),
    _story(
        "answered-for-a-moment",
        ("phone", "1001", ANSWERS),
        ("call", OUTSIDE, "dial 5551, hang up"),
        calls=(_inbound("1001", talk=0),),
    ),
    # Groups, queues, an IVR, voicemail
    _story(
        "group",
        ("phone", "1001", SILENT),
        ("phone", "1002", ANSWERS),
        ("phone", "1003", SILENT),
        ("call", OUTSIDE, "dial 5552, talk 2, hang up"),
        calls=(_inbound(*GROUP, answered_by="1002"),),
    ),
    _story(
        "group-from-inside",
        ("phone", "1001", SILENT),
        ("phone", "1002", ANSWERS),
        ("phone", "1003", SILENT),
        ("call", "1000", "dial 6200, talk 2, hang up"),
        calls=(_internal("1002", callee=GROUP),),
    ),
    _story(
        "group-two-answer",
        ("phone", "1001", ANSWERS),
        ("phone", "1002", ANSWERS),
        ("phone", "1003", SILENT),
        ("call", OUTSIDE, "dial 5552, talk 2, hang up"),
        calls=(_inbound(*GROUP, answered_by="1001|1002"),),
        race=True,
    ),
    _story(
        "group-one-busy",
        ("phone", "1001", "busy"),
        ("phone", "1002", ANSWERS),
        ("phone", "1003", "ring 0.3, decline"),
        ("call", OUTSIDE, "dial 5552, talk 2, hang up"),
        calls=(_inbound(*GROUP, answered_by="1002"),),
    ),
    _story(
        "group-unanswered",
        ("phone", "1001", SILENT),
        ("phone", "1002", SILENT),
        ("phone", "1003", SILENT),
        ("call", OUTSIDE, "dial 5552, stay"),
        calls=(_missed(_inbound(*GROUP), "1001", "1002", "1003", ring=5),),
    ),
    _story(
        "group-given-up",
        ("phone", "1001", SILENT),
        ("phone", "1002", SILENT),
        ("phone", "1003", SILENT),
        ("call", OUTSIDE, "dial 5552 for 2"),
        calls=(_missed(_inbound(*GROUP), "1001", "1002", "1003", ring=2),),
    ),
    _story(
        "queue-second-agent",
        ("phone", "1001", SILENT),
        ("phone", "1002", ANSWERS),
        ("call", OUTSIDE, "dial 5553, talk 7, hang up"),
        calls=(_inbound(*QUEUE, answered_by="1002", ring=None, talk=None),),
    ),
    _story(
        "queue-all-at-once",
        ("phone", "1001", SILENT),
        ("phone", "1002", ANSWERS),
        ("call", OUTSIDE, "dial 5554, talk 3, hang up"),
        calls=(_inbound("6701", *QUEUE[1:], answered_by="1002", ring=None, talk=None),),
    ),
    _story(
        "queue-unanswered",
        ("phone", "1001", SILENT),
        ("phone", "1002", SILENT),
        ("call", OUTSIDE, "dial 5553, stay"),
        calls=(
            Facts(
                direction="inbound",
                caller=OUTSIDE,
                callee=QUEUE,
                outcome="missed",
                events="ringing ended missed",
                missed_by=frozenset(("1001", "1002")),
            ),
        ),
    ),
    _story(
        "queue-all-unanswered",
        ("phone", "1001", SILENT),
        ("phone", "1002", SILENT),
        ("call", OUTSIDE, "dial 5554, stay"),
        calls=(
            Facts(
                direction="inbound",
                caller=OUTSIDE,
                callee=("6701", *QUEUE[1:]),
                outcome="missed",
                events="ringing ended missed",
                missed_by=frozenset(("1001", "1002")),
            ),
        ),
    ),
    _story(
        "queue-given-up",
        ("phone", "1001", SILENT),
        ("phone", "1002", SILENT),
        ("call", OUTSIDE, "dial 5553, talk 2, hang up"),
        calls=(
            Facts(
                direction="inbound",
                caller=OUTSIDE,
                callee=QUEUE,
                outcome="missed",
                events="ringing ended missed",
                missed_by=frozenset(("1001",)),
            ),
        ),
    ),
    _story(
        "ivr",
        ("phone", "1001", ANSWERS),
        ("call", OUTSIDE, "dial 5555, talk 1, keys 1, talk 3.5, hang up"),
        calls=(_inbound(*IVR, answered_by="1001", ring=None, talk=None),),
    ),
    _story(
        "ivr-unanswered",
        ("phone", "1001", SILENT),
        ("call", OUTSIDE, "dial 5555, talk 1, keys 1, talk 3, hang up"),
        calls=(
            Facts(
                direction="inbound",
                caller=OUTSIDE,
                callee=IVR,
                outcome="missed",
                events="ringing ended missed",
                missed_by=frozenset(("1001",)),
            ),
        ),
    ),
    _story(
        "ivr-to-group",
        ("phone", "1001", SILENT),
        ("phone", "1002", ANSWERS),
        ("phone", "1003", SILENT),
        ("call", OUTSIDE, "dial 5555, talk 1, keys 9, talk 3.5, hang up"),
        calls=(_inbound("6500", *GROUP, answered_by="1002", ring=None, talk=None),),
    ),
    _story(
        "voicemail",
        ("phone", "1009", SILENT),
        ("call", OUTSIDE, "dial 5556, talk 4, hang up"),
        calls=(
            Facts(
                direction="inbound",
                caller=OUTSIDE,
                callee=("1009",),
                outcome="voicemail",
                events="ringing ended",
            ),
        ),
    ),
    # An extension with two phones, of which 1005 names the second one
    _story(
        "two-phones",
        ("phone", "1007", SILENT),
        ("phone", "1005", ANSWERS),
        ("call", OUTSIDE, "dial 5570, talk 2, hang up"),
        calls=(_inbound("1007"),),
        race=True,
    ),
    _story(
        "two-phones-unanswered",
        ("phone", "1007", SILENT),
        ("phone", "1005", SILENT),
        ("call", OUTSIDE, "dial 5570, stay"),
        calls=(_missed(_inbound("1007"), "1007", ring=5),),
    ),
    _story(
        "two-phones-one-declines",
        ("phone", "1007", "ring 0.5, decline"),
        ("phone", "1005", ANSWERS),
        ("call", OUTSIDE, "dial 5570, talk 2, hang up"),
        calls=(_inbound("1007"),),
    ),
    # Taken by a phone that did not ring
    _story(
        "pickup",
        ("phone", "1001", SILENT),
        ("call", OUTSIDE, "dial 5551, talk 2, hang up"),
        ("when", "1001", "Ringing"),
        ("call", "1003", "dial **1001, stay"),
        calls=(_inbound("1001", answered_by="1003", ring=None),),
        race=True,
    ),
    _story(
        "pickup-inside",
        ("phone", "1001", SILENT),
        ("call", "1000", "dial 1001, talk 2, hang up"),
        ("when", "1001", "Ringing"),
        ("call", "1003", "dial **1001, stay"),
        calls=(_internal(answered_by="1003", ring=None),),
        race=True,
    ),
    _story(
        "pickup-of-a-group",
        ("phone", "1001", SILENT),
        ("phone", "1002", SILENT),
        ("phone", "1003", SILENT),
        ("call", OUTSIDE, "dial 5552, talk 2, hang up"),
        ("when", "1003", "Ringing"),
        ("call", "1007", "dial *8, stay"),
        calls=(_inbound(*GROUP, answered_by="1007", ring=None),),
        race=True,
    ),
    # Talks of which no phone tells that it rang
    _story(
        "paging",
        ("phone", "1001", "answer, stay"),
        ("phone", "1002", "answer, stay"),
        ("call", "1000", "dial 6300, talk 2, hang up"),
        calls=(_internal("6300", **_UNTOLD),),
    ),
    _story(
        "conference",
        ("call", "1000", "dial 6400, talk 4, hang up"),
        ("when", "1000", "Up"),
        ("call", "1001", "dial 6400, talk 3, hang up"),
        ("when", "1001", "Up"),
        ("call", OUTSIDE, "dial 5550, talk 2, hang up"),
        calls=(
            _internal("6400", **_UNTOLD),
            _internal("6400", caller="1001", **_UNTOLD),
            _inbound("6400", **_UNTOLD),
        ),
    ),
    # Within a call
    _story(
        "hold",
        ("phone", "1001", "ring 1, answer, talk 1, hold, talk 2, resume, stay"),
        ("call", OUTSIDE, "dial 5551, talk 5, hang up"),
        calls=(_inbound("1001", events="ringing answered held resumed ended", talk=5),),
    ),
    _story(
        "hold-by-caller",
        ("phone", "1001", ANSWERS),
        ("call", "1000", "dial 1001, talk 1, hold, talk 2, resume, talk 1, hang up"),
        calls=(_internal(events="dialing ringing answered held resumed ended", talk=4),),
    ),
    _story(
        "keys",
        ("phone", "1001", ANSWERS),
        ("call", OUTSIDE, "dial 5551, talk 1, keys 12#, talk 1, hang up"),
        calls=(_inbound("1001", events="ringing answered dtmf dtmf dtmf ended", talk=3),),
    ),
    _story(
        "transfer-by-callee",
        ("phone", "1001", "ring 1, answer, talk 2, refer 1002, talk 0.5, hang up"),
        ("phone", "1002", ANSWERS),
        ("call", "1000", "dial 1001, talk 6, hang up"),
        calls=(_internal(events="dialing ringing answered transferred ended", talk=6),),
    ),
    _story(
        "transfer-inbound",
        ("phone", "1001", "ring 1, answer, talk 2, refer 1002, talk 0.5, hang up"),
        ("phone", "1002", ANSWERS),
        ("call", OUTSIDE, "dial 5551, talk 6, hang up"),
        calls=(_inbound("1001", events="ringing answered transferred ended", talk=6),),
    ),
    _story(
        "transfer-by-caller",
        ("phone", "1001", ANSWERS),
        ("phone", "1002", "ring 1, answer, talk 2, hang up"),
        ("call", "1000", "dial 1001, talk 2, refer 1002, talk 0.5, hang up"),
        calls=(_internal(events="dialing ringing answered transferred ended", talk=5),),
    ),
    _story(
        "transfer-outbound",
        ("phone", "line", ANSWERS),
        ("phone", "1002", "ring 1, answer, talk 2, hang up"),
        ("call", "1000", f"dial {AWAY}, talk 2, refer 1002, talk 0.5, hang up"),
        calls=(_outbound(events="dialing answered transferred ended", talk=5),),
    ),
    _story(
        "transfer-twice",
        ("phone", "1001", "ring 1, answer, talk 2, refer 1002, talk 0.5, hang up"),
        ("phone", "1002", "ring 1, answer, talk 2, refer 1003, talk 0.5, hang up"),
        ("phone", "1003", ANSWERS),
        ("call", "1000", "dial 1001, talk 9, hang up"),
        calls=(_internal(events="dialing ringing answered transferred transferred ended", talk=9),),
    ),
    _story(
        "transfer-by-both",
        ("phone", "1001", "ring 1, answer, talk 6, refer 1003, talk 0.5, hang up"),
        ("phone", "1002", "ring 1, answer, talk 7, hang up"),
        ("phone", "1003", ANSWERS),
        ("call", "1000", "dial 1001, talk 2, refer 1002, talk 0.5, hang up"),
        calls=(
            _internal(events="dialing ringing answered transferred transferred ended", talk=10),
        ),
    ),
    _story(
        "transfer-unanswered",
        ("phone", "1001", "ring 1, answer, talk 2, refer 1002, talk 0.5, hang up"),
        ("phone", "1002", SILENT),
        ("call", OUTSIDE, "dial 5551, talk 5, hang up"),
        calls=(_inbound("1001", events="ringing answered transferred ended", talk=5),),
    ),
    _story(
        "transfer-by-pbx",
        ("phone", "1001", ANSWERS),
        ("phone", "1002", ANSWERS),
        ("call", OUTSIDE, "dial 5551, talk 6, hang up"),
        ("when", "1001", "Talks"),
        ("transfer", "1001", "1002"),
        calls=(_inbound("1001", talk=6),),
    ),
    _story(
        "attended-by-keys",
        ("phone", "1001", "ring 1, answer, speak, talk 1, keys *31002, talk 6, hang up"),
        ("phone", "1002", "ring 1, answer, stay"),
        ("call", OUTSIDE, "dial 5551, talk 13, hang up"),
        calls=(_inbound("1001", events=_ATTENDED, talk=13),),
    ),
    _story(
        "attended-by-phone",
        ("phone", "1001", "ring 1, answer, talk 1, hold, consult 1002, talk 2, unite 1002, stay"),
        ("phone", "1002", ANSWERS),
        ("call", OUTSIDE, "dial 5551, talk 7, hang up"),
        calls=(
            _inbound("1001", events=_ATTENDED, talk=7),
            _internal("1002", caller="1001", events=_FROM_INSIDE, ring=1, talk=None),
        ),
    ),
    _story(
        "attended-inside",
        ("phone", "1001", "ring 1, answer, talk 1, hold, consult 1002, talk 2, unite 1002, stay"),
        ("phone", "1002", ANSWERS),
        ("call", "1000", "dial 1001, talk 7, hang up"),
        calls=(
            _internal(events=_ATTENDED.replace("ringing", "dialing ringing"), talk=7),
            _internal("1002", caller="1001", events=_FROM_INSIDE, ring=1, talk=None),
        ),
    ),
    _story(
        "attended-outbound",
        ("phone", "line", "ring 1, answer, talk 7, hang up"),
        ("phone", "1002", ANSWERS),
        ("call", "1000", f"dial {AWAY}, talk 1, hold, consult 1002, talk 2, unite 1002, stay"),
        calls=(
            _outbound(events=_ATTENDED.replace("ringing", "dialing"), talk=7),
            _internal("1002", events=_FROM_INSIDE, ring=1, talk=None),
        ),
    ),
    _story(
        "attended-by-pbx",
        ("phone", "1001", "ring 1, answer, speak, talk 7, hang up"),
        ("phone", "1002", "ring 1, answer, stay"),
        ("call", OUTSIDE, "dial 5551, talk 10, hang up"),
        ("when", "1001", "Talks"),
        ("attend", "1001", "1002"),
        calls=(_inbound("1001", events=_ATTENDED.replace(" transferred", ""), talk=10),),
    ),
    # Calls that go elsewhere
    _story(
        "forward-by-phone",
        ("phone", "1001", "forward 1002"),
        ("phone", "1002", ANSWERS),
        ("call", OUTSIDE, "dial 5551, talk 2, hang up"),
        calls=(_inbound("1001", "1002", answered_by="1002"),),
    ),
    _story(
        "forward-by-pbx",
        ("phone", "1002", ANSWERS),
        ("call", OUTSIDE, "dial 5557, talk 2, hang up"),
        calls=(_inbound("1005", "1002", answered_by="1002"),),
    ),
    _story(
        "follow-me",
        ("phone", "1006", SILENT),
        ("phone", "line", ANSWERS),
        ("call", OUTSIDE, "dial 5558, talk 2, hang up"),
        calls=(_inbound("1006", "01709876543", answered_by="01709876543"),),
    ),
    _story(
        "park",
        ("phone", "1001", "ring 1, answer, talk 1, refer 6900, talk 0.5, hang up"),
        ("call", OUTSIDE, "dial 5551, talk 8, hang up"),
        ("when", "1001", "Talks"),
        ("gone", "1001"),
        ("call", "1002", "dial 6901, stay"),
        calls=(_inbound("1001", events="ringing answered transferred ended", talk=8),),
    ),
    # Passed on to where nobody rings
    _story(
        "park-by-caller",
        ("phone", "1001", "ring 1, answer, talk 9, hang up"),
        ("call", "1000", "dial 1001, talk 2, refer 6900, talk 0.5, hang up"),
        calls=(_internal(events="dialing ringing answered transferred ended", talk=9),),
    ),
    _story(
        "park-outbound",
        ("phone", "line", "ring 1, answer, talk 9, hang up"),
        ("call", "1000", f"dial {AWAY}, talk 2, refer 6900, talk 0.5, hang up"),
        calls=(_outbound(events="dialing answered transferred ended", talk=9),),
    ),
    _story(
        "transfer-to-nobody",
        ("phone", "1001", "ring 1, answer, talk 2, refer 1004, talk 0.5, hang up"),
        ("call", OUTSIDE, "dial 5551, stay"),
        calls=(_inbound("1001", events="ringing answered transferred ended", talk=2),),
    ),
    _story(
        "transfer-to-busy",
        ("phone", "1001", "ring 1, answer, talk 2, refer 1002, talk 0.5, hang up"),
        ("phone", "1002", "busy"),
        ("call", OUTSIDE, "dial 5551, stay"),
        calls=(_inbound("1001", events="ringing answered transferred ended", talk=2),),
    ),
    _story(
        "follow-me-transfer",
        ("phone", "1006", "ring 1, answer, talk 2, refer 1002, talk 0.5, hang up"),
        ("phone", "line", SILENT),
        ("phone", "1002", ANSWERS),
        ("call", OUTSIDE, "dial 5558, talk 7, hang up"),
        calls=(
            _inbound(
                "1006",
                "01709876543",
                answered_by="1006",
                events="ringing answered transferred ended",
                talk=7,
            ),
        ),
    ),
    # More than one call
    _story(
        "call-waiting",
        ("phone", "1001", "ring 1, answer, stay"),
        ("call", OUTSIDE, "dial 5551, talk 5, hang up"),
        ("when", "1001", "Talks"),
        ("call", "1000", "dial 1001 for 0.7"),
        calls=(
            _inbound("1001", talk=5),
            _missed(_internal(), "1001", ring=1),
        ),
    ),
    _story(
        "two-calls-on-one-phone",
        ("phone", "1001", "ring 1, answer, stay"),
        ("call", OUTSIDE, "dial 5551, talk 6, hang up"),
        ("when", "1001", "Talks"),
        ("call", "1000", "dial 1001, talk 2, hang up"),
        calls=(_inbound("1001", talk=6), _internal()),
    ),
    _story(
        "three-at-once",
        ("phone", "1001", ANSWERS),
        ("phone", "1002", "ring 2, answer, stay"),
        ("phone", "line", ANSWERS),
        ("call", OUTSIDE, "dial 5551, talk 2, hang up"),
        ("call", "0307654321", "dial 5559, talk 3, hang up"),
        ("call", "1000", f"dial {AWAY}, talk 2, hang up"),
        calls=(
            _inbound("1001"),
            _inbound("1002", caller="0307654321", ring=2, talk=3),
            _outbound(),
        ),
        race=True,
    ),
    _story(
        "ten-at-once",
        ("phone", "line", ANSWERS),
        *(("phone", f"100{digit}", ANSWERS) for digit in "12378"),
        *(("call", f"030100000{digit}", f"dial 556{digit}, talk 3, hang up") for digit in "12378"),
        *(("call", f"100{digit}", f"dial 030200000{digit}, talk 3, hang up") for digit in "04569"),
        calls=(
            *(_inbound(f"100{digit}", caller=f"030100000{digit}", talk=3) for digit in "12378"),
            *(
                _outbound(
                    caller=f"100{digit}",
                    callee=(f"030200000{digit}",),
                    answered_by=f"030200000{digit}",
                    talk=3,
                )
                for digit in "04569"
            ),
        ),
        race=True,
    ),
    # Asked of the PBX
    _story(
        "originate",
        ("phone", "1000", "ring 1, answer, talk 4, hang up"),
        ("phone", "1001", ANSWERS),
        ("originate", "1000", "1001"),
        calls=(_internal(events=f"{_FROM_INSIDE}|{_OWN_FIRST}", ring=None, talk=3),),
    ),
    _story(
        "originate-outside",
        ("phone", "1000", "ring 1, answer, talk 4, hang up"),
        ("phone", "line", ANSWERS),
        ("originate", "1000", AWAY),
        calls=(_outbound(events=f"dialing answered ended|{_OWN_FIRST}", ring=None, talk=3),),
    ),
    _story(
        "originate-passed-on",
        ("phone", "1000", "ring 1, answer, talk 3, refer 1002, talk 0.5, hang up"),
        ("phone", "1001", ANSWERS),
        ("phone", "1002", "ring 1, answer, talk 2, hang up"),
        ("originate", "1000", "1001"),
        calls=(_internal(events=_PASSED_ON, ring=None, talk=5),),
    ),
    _story(
        "originate-passed-on-by-callee",
        ("phone", "1000", "ring 1, answer, talk 8, hang up"),
        ("phone", "1001", "ring 1, answer, talk 2, refer 1002, talk 0.5, hang up"),
        ("phone", "1002", ANSWERS),
        ("originate", "1000", "1001"),
        calls=(_internal(events=_PASSED_ON, ring=None, talk=7),),
    ),
    _story(
        "originate-passed-on-twice",
        ("phone", "1000", "ring 1, answer, talk 3, refer 1002, talk 0.5, hang up"),
        ("phone", "1001", "ring 1, answer, talk 6, refer 1003, talk 0.5, hang up"),
        ("phone", "1002", "ring 1, answer, talk 6, hang up"),
        ("phone", "1003", ANSWERS),
        ("originate", "1000", "1001"),
        calls=(
            _internal(events=_PASSED_ON.replace(" ended", " transferred ended"), ring=None, talk=9),
        ),
    ),
    _story(
        "originate-unheard",
        ("phone", "1000", SILENT),
        ("originate", "1000", "1001"),
        ("when", "1000", "Ringing"),
        ("hang up", "1000"),
        calls=(
            Facts(
                direction="internal",
                caller="1000",
                callee=("1001", "1000", ""),  # no report names 1001
                outcome="cancelled|failed|missed|unknown",
                events="dialing ended|ringing ended|ringing ended missed",
                missed_by=None,
            ),
        ),
    ),
    _story(
        "originate-busy",
        ("phone", "1000", "ring 1, answer, stay"),
        ("phone", "1001", "busy"),
        ("originate", "1000", "1001"),
        calls=(
            _failed(_internal(), "busy", "ended|dialing ended|ringing dialing ended|ringing ended"),
        ),
    ),
    _story(
        "prompt",
        ("phone", "1000", ANSWERS),
        ("prompt", "1000"),
        calls=(_PROMPT,),
    ),
    _story(
        "prompt-unanswered",
        ("phone", "1000", SILENT),
        ("prompt", "1000"),
        calls=(_IN_VAIN,),
    ),
    _story(
        "prompt-outside",
        ("phone", "line", ANSWERS),
        ("prompt", AWAY),
        calls=(_PROMPT_OUTSIDE,),
    ),
    _story(
        "prompt-outside-unanswered",
        ("phone", "line", SILENT),
        ("prompt", AWAY),
        calls=(replace(_missed(_PROMPT_OUTSIDE, ring=5), outcome="cancelled|failed"),),
    ),
    _story(
        "prompt-outside-busy",
        ("phone", "line", "busy"),
        ("prompt", AWAY),
        calls=(_failed(_PROMPT_OUTSIDE, "busy", "ended"),),
    ),
    # The end of everything
    _story(
        "killed",
        ("phone", "1001", ANSWERS),
        ("call", OUTSIDE, "dial 5551, stay"),
        ("when", "1001", "Talks"),
        ("kill",),
        calls=(_inbound("1001", talk=None),),
        race=True,
    ),
)
