"""The cases: who receives the reports, and how they come."""

from dataclasses import dataclass

from benchmarks.bare.const import NOTHING_ID, REPORT_ID, STATES_ID

from .plans import TEMPLATE_ID, WEBHOOK_ID

FEW, MANY, MANY_TRUNKS = 10, 500, 100
FEW_CALLS, MANY_CALLS = 8, 100  # at once; the same number on each connection
WRITES = (1, 4, 0, 1, 2, 0, 1, 1, 4)
"""States that each report of a call changes, see `requests`; checked before the rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Reports that one Home Assistant receives in one way.

    Attributes:
        key: short name.
        title: what it is, for the table.
        host: which Home Assistant receives them, see session.py.
        webhook_id: the webhook that takes them.
        extensions: how many extensions they are about.
        changes: whether each of them changes a state.
        fresh: whether each has a connection of its own, else they share some that stay.
        listener: whether they come over the integration's own listener.
        stream: whether Home Assistant fetches them from the PBX's event stream.
        at_once: how many calls the reports are of, from ring to record, before Home Assistant may
            rest; 0 = they are no reports of calls, and it never rests.
    """

    key: str
    title: str
    host: str
    webhook_id: str
    extensions: int
    changes: bool = True
    fresh: bool = False
    listener: bool = False
    stream: bool = False
    at_once: int = 0

    @property
    def bare(self) -> bool:
        """Whether a bare integration receives them."""
        return self.host.startswith("bare")

    @property
    def burst(self) -> int:
        """How many reports are sent before Home Assistant may rest; 0 = it never may."""
        return self.at_once * len(WRITES)

    def changed_by(self, reports: int) -> tuple[int, int]:
        """Return how many states so many reports must change at least and at most.

        Of calls that end at once not each becomes the last call.
        """
        if self.at_once:
            calls = reports // len(WRITES)
            most = calls * sum(WRITES)
            return (most if self.bare else most - calls), most
        return (reports, reports) if self.changes else (0, 0)


CASES = (
    Case(
        key="a",
        title="a webhook that does nothing",
        host="bare-1",
        webhook_id=NOTHING_ID,
        extensions=1,
        changes=False,
    ),
    Case(
        key="b1",
        title="a webhook that writes 1 sensor",
        host="bare-1",
        webhook_id=REPORT_ID,
        extensions=1,
    ),
    Case(
        key="c",
        title=f"the integration, {FEW} extensions",
        host="ippbx-few",
        webhook_id=WEBHOOK_ID,
        extensions=FEW,
    ),
    Case(
        key="e1",
        title="template with webhook trigger, 1 sensor",
        host="template-1",
        webhook_id=TEMPLATE_ID,
        extensions=1,
    ),
    Case(
        key="b500",
        title=f"a webhook that writes one of {MANY} sensors",
        host="bare-500",
        webhook_id=REPORT_ID,
        extensions=MANY,
    ),
    Case(
        key="d",
        title=f"the integration, {MANY} extensions, {MANY_TRUNKS} trunks",
        host="ippbx-many",
        webhook_id=WEBHOOK_ID,
        extensions=MANY,
    ),
    Case(
        key="e500",
        title=f"template with webhook trigger, {MANY} sensors",
        host="template-500",
        webhook_id=TEMPLATE_ID,
        extensions=MANY,
    ),
    Case(
        key="a fresh",
        title="a webhook that does nothing, a connection per report",
        host="bare-1",
        webhook_id=NOTHING_ID,
        extensions=1,
        changes=False,
        fresh=True,
    ),
    Case(
        key="b1 fresh",
        title="a webhook that writes 1 sensor, a connection per report",
        host="bare-1",
        webhook_id=REPORT_ID,
        extensions=1,
        fresh=True,
    ),
    Case(
        key="c fresh",
        title=f"the integration, {FEW} extensions, a connection per report",
        host="ippbx-few",
        webhook_id=WEBHOOK_ID,
        extensions=FEW,
        fresh=True,
    ),
    Case(
        key="listener",
        title=f"the integration's own listener, {FEW} extensions, a connection per report",
        host="ippbx-few",
        webhook_id=WEBHOOK_ID,
        extensions=FEW,
        fresh=True,
        listener=True,
    ),
    Case(
        key="w",
        title=f"a webhook that writes as many states as {MANY_CALLS} calls at once change",
        host="bare-500",
        webhook_id=STATES_ID,
        extensions=MANY,
        at_once=MANY_CALLS,
    ),
    Case(
        key="f10",
        title=f"the integration, {FEW} extensions, {FEW_CALLS} calls at once",
        host="ippbx-few-calls",
        webhook_id=WEBHOOK_ID,
        extensions=FEW,
        at_once=FEW_CALLS,
    ),
    Case(
        key="f500",
        title=f"the integration, {MANY} extensions, {FEW_CALLS} calls at once",
        host="ippbx-many-calls",
        webhook_id=WEBHOOK_ID,
        extensions=MANY,
        at_once=FEW_CALLS,
    ),
    Case(
        key="g",
        title=f"the integration, {MANY} extensions, {MANY_CALLS} calls at once",
        host="ippbx-many-calls",
        webhook_id=WEBHOOK_ID,
        extensions=MANY,
        at_once=MANY_CALLS,
    ),
    Case(
        key="stream",
        title=f"the integration's event stream, {FEW} extensions, one connection",
        host="ippbx-stream",
        webhook_id=WEBHOOK_ID,
        extensions=FEW,
        stream=True,
    ),
)
