"""All that runs while cases are measured.

A simulated PBX for each Home Assistant that has one, and the load for each case.
"""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from .cases import FEW, MANY, MANY_TRUNKS, WRITES, Case
from .host import HomeAssistant, Plan, free_port
from .load import Load, Sends
from .pbx import Pbx
from .plans import bare_sensors_plan, ippbx_plan, numbers, template_plan
from .requests import CONNECTIONS, Target, call_lines, status_lines, write_lines
from .stream_load import StreamLoad

STREAMS = "yeastar-v2"  # the dialect that has an event stream


class Session:
    """Starts what the cases need, all at once, and ends it; a context manager."""

    def __init__(self, cases: tuple[Case, ...]) -> None:
        """Keep the cases; the context starts what they need."""
        self._cases = cases
        self._stack = ExitStack()
        self._hosts: dict[str, HomeAssistant] = {}
        self._listener_port = free_port()
        self._stream = StreamLoad(
            numbers=numbers(FEW), taken=lambda: int(self._hosts["ippbx-stream"].ask("fetched"))
        )

    def __enter__(self) -> Self:
        """Start everything."""
        wanted = {case.host for case in self._cases}
        with self._stack:
            self._stack.callback(self._stream.close)
            for name, plan in self._plans().items():
                if name in wanted:
                    self._hosts[name] = self._stack.enter_context(HomeAssistant(plan()))
            for host in self._hosts.values():
                host.wait()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End everything."""
        self._stack.close()

    def _plans(self) -> dict[str, Callable[[], Plan]]:
        """Return how each Home Assistant is planned.

        What calls leave behind must not weigh on other cases.
        """
        return {
            "bare-1": lambda: bare_sensors_plan(1),
            "bare-500": lambda: bare_sensors_plan(MANY),
            "ippbx-few": lambda: ippbx_plan(self._pbx(FEW, 2), self._listener_port),
            "ippbx-few-calls": lambda: ippbx_plan(self._pbx(FEW, 2)),
            "ippbx-many": lambda: ippbx_plan(self._pbx(MANY, MANY_TRUNKS)),
            "ippbx-many-calls": lambda: ippbx_plan(self._pbx(MANY, MANY_TRUNKS)),
            "ippbx-stream": lambda: ippbx_plan(
                self._pbx(FEW, 2, STREAMS), event_port=self._stream.port, dialect=STREAMS
            ),
            "template-1": lambda: template_plan(1),
            "template-500": lambda: template_plan(MANY),
        }

    def _pbx(self, extensions: int, trunks: int, dialect: str = "openvox") -> int:
        """Start a simulated PBX; return its port."""
        return self._stack.enter_context(Pbx(extensions, trunks, dialect)).port

    def host(self, case: Case) -> HomeAssistant:
        """Return the Home Assistant that receives a case's reports."""
        return self._hosts[case.host]

    def load(self, case: Case) -> Sends:
        """Return the load of a case, to be kept for all its rounds.

        The reports go on where they ended.
        """
        if case.stream:
            return self._stream
        port = self._listener_port if case.listener else self.host(case).port
        target = Target(port, f"/api/webhook/{case.webhook_id}", fresh=case.fresh)
        extensions = numbers(case.extensions)
        if not case.at_once:
            return Load(port=port, lines=status_lines(target, extensions), fresh=case.fresh)
        lines = (
            write_lines(target, extensions, WRITES)
            if case.bare
            else call_lines(target, extensions, case.at_once)
        )
        return Load(port=port, lines=lines, depth=case.at_once // CONNECTIONS, burst=case.burst)
