"""Cuts a stream of JSON objects, which has no documented separator, into its objects."""

import re

from ..model.events import MAX_BODY

_MARKS = re.compile(rb'[{}"\\]')


class BraceScanner:
    """Follows the depth of braces, minding strings, without looking at any byte twice."""

    def __init__(self) -> None:
        """Begin outside of any object."""
        self._depth = 0
        self._in_string = False
        self._skip = False  # the next byte follows a backslash

    def feed(self, data: bytes) -> int | None:
        """Return the offset in `data` just behind the end of the object; None before it ends.

        Call it again with what is left to find the next object of a stream.
        """
        start = 0
        if self._skip and data:
            start, self._skip = 1, False
        while match := _MARKS.search(data, start):
            start = match.end()
            mark = match[0]
            if mark == b"\\":
                self._skip = self._in_string and start == len(data)
                start += self._in_string
            elif mark == b'"':
                self._in_string = not self._in_string and self._depth > 0
            elif self._in_string:
                continue
            elif mark == b"{":
                self._depth += 1
            elif self._depth:
                self._depth -= 1
                if not self._depth:
                    return start
        return None


def holds_object(data: bytes) -> bool:
    """Return whether bytes hold a complete object."""
    return BraceScanner().feed(data) is not None


class JsonSplitter:
    """Finds objects by the depth of their braces, minding strings, however the bytes arrive.

    All marks are ASCII, so a character of several bytes may be cut anywhere. What stands between
    objects is skipped; an object that is too long is dropped, and the next one is found.

    Attributes:
        dropped: objects that were too long, or given up by `reset`.
        skipped: bytes between objects.
    """

    def __init__(self, limit: int = MAX_BODY) -> None:
        """Begin between two objects."""
        self.dropped = 0
        self.skipped = 0
        self._limit = limit
        self._scanner = BraceScanner()
        self._held = bytearray()
        self._inside = False
        self._too_long = False

    @property
    def inside(self) -> bool:
        """Return whether an object has begun and not ended yet."""
        return self._inside

    def feed(self, data: bytes) -> list[bytes]:
        """Return the objects that end in these bytes, in their order."""
        objects: list[bytes] = []
        at = 0
        while at < len(data):
            if not self._inside:
                start = data.find(b"{", at)
                self.skipped += (len(data) if start < 0 else start) - at
                if start < 0:
                    break
                self._inside, at = True, start
            rest = data[at:] if at else data
            end = self._scanner.feed(rest)
            self._hold(rest[:end])
            if end is None:
                break
            objects += self._release()
            at += end
        return objects

    def reset(self) -> None:
        """Drop an object that does not end, as where a quote is missing, and look for the next."""
        if self._inside:
            self._scanner = BraceScanner()
            self._too_long = True
            self._release()

    def _hold(self, piece: bytes) -> None:
        self._too_long = self._too_long or len(self._held) + len(piece) > self._limit
        if self._too_long:
            self._held.clear()
        else:
            self._held += piece

    def _release(self) -> list[bytes]:
        """Return what is held, unless it was too long, and stand between two objects."""
        found = [] if self._too_long else [bytes(self._held)]
        self.dropped += self._too_long
        self._held.clear()
        self._inside = self._too_long = False
        return found
