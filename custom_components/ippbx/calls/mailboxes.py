"""Voicemail boxes: publishes that a message was left."""

from collections import deque
from collections.abc import Callable
from typing import Any

from homeassistant.core import callback

from ..pbx.model.events import CallRecordReport
from ..pbx.model.tracked import CallChange, CallEventType, CallOutcome
from ..state.publications import Publications
from .monitor import CallMonitor

_REMEMBERED = 64  # messages that are not published twice

type MailboxListener = Callable[[dict[str, Any]], None]


class Mailboxes:
    """The voicemail boxes of a PBX. A record shows that a call ended in one; nothing else does."""

    def __init__(
        self, calls: CallMonitor, publications: Publications, on_message: Callable[[str], None]
    ) -> None:
        """Start without listeners; `on_message` receives the extension of each message."""
        self._calls = calls
        self._publications = publications
        self._on_message = on_message
        self._listeners: dict[str, MailboxListener] = {}
        self._published: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        calls.listen(self._changed)

    @callback
    def listen(self, extension: str, listener: MailboxListener) -> None:
        """Call a listener, with what is known of the call, when a message was left.

        An extension has one, for there are hundreds of them.
        """
        self._listeners[extension] = listener

    @callback
    def ignore(self, extension: str, listener: MailboxListener) -> None:
        """Remove the listener of an extension, if it is that."""
        if self._listeners.get(extension) == listener:
            del self._listeners[extension]

    @callback
    def receive(self, event: CallRecordReport) -> None:
        """Look at a record: one that comes after its call was over changes nothing else."""
        if event.record.outcome == CallOutcome.VOICEMAIL:
            self._left(event.record.callee, event.record.call_id)

    @callback
    def _changed(self, change: CallChange) -> None:
        """Look at a call that was found in records afterwards."""
        call, ended = change.call, change.type is CallEventType.ENDED
        if ended and change.late and call.outcome is CallOutcome.VOICEMAIL:
            self._left(call.callee, call.call_id)

    def _left(self, extension: str, call_id: str) -> None:
        if (extension, call_id) in self._published:
            return
        self._published.append((extension, call_id))
        call = self._calls.find(call_id)
        attributes: dict[str, Any] = {"call_id": call_id}
        if call is not None:
            change = CallChange(type=CallEventType.ENDED, call=call, extensions=(extension,))
            attributes = self._calls.attributes_of_change(change, extension)
        self._on_message(extension)
        if (listener := self._listeners.get(extension)) is not None:
            self._publications.publish(listener, attributes)
