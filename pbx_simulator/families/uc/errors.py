"""The one exception with which an endpoint refuses a request."""

from __future__ import annotations


class ApiError(Exception):
    """A request is answered with an error number (pbx-api, section 6)."""

    def __init__(self, errno: str) -> None:
        """Answer `{"status":"Failed","errno":"<errno>"}`."""
        super().__init__(errno)
        self.errno = errno
