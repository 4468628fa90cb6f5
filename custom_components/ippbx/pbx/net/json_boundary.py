"""Where a JSON object ends in bytes that arrive piece by piece."""

import re

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
