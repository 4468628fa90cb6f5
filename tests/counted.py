"""Bytecodes in place of seconds: how much Python runs, however busy the machine is.

Releases of Python differ by up to a tenth. What C does meanwhile does not count: see
benchmarks/growth.py for that.
"""

import sys
from types import CodeType
from typing import Self

OURS = "custom_components/ippbx"
TOOL = 4


class Counted:
    """Counts the bytecodes of some code that are executed meanwhile.

    Attributes:
        count: so many were.
    """

    def __init__(self, where: str = OURS) -> None:
        """Choose the code: that with this in the path of its file."""
        self.count = 0
        self._where = where

    def __enter__(self) -> Self:
        monitoring = sys.monitoring
        monitoring.use_tool_id(TOOL, "cost")
        monitoring.register_callback(TOOL, monitoring.events.INSTRUCTION, self._executed)
        monitoring.set_events(TOOL, monitoring.events.INSTRUCTION)
        return self

    def __exit__(self, *_: object) -> None:
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.INSTRUCTION, None)
        sys.monitoring.free_tool_id(TOOL)

    def _executed(self, code: CodeType, _offset: int) -> None:
        self.count += self._where in code.co_filename
