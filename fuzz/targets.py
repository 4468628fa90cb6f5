"""The targets by their names."""

from collections.abc import Callable

from .engine_target import engine
from .text_targets import answers, records, report
from .wire_targets import listener, login, splitter, stream

TARGETS: dict[str, Callable[[bytes], None]] = {
    "report": report,
    "engine": engine,
    "listener": listener,
    "splitter": splitter,
    "stream": stream,
    "login": login,
    "records": records,
    "answers": answers,
}
"""Each takes bytes, and raises only where something is wrong."""

LONGEST = {"report": 2048, "listener": 2048, "engine": 20_000}
"""Bytes of an input at most, where it is not 4096: a multiple of what PBXes send."""
