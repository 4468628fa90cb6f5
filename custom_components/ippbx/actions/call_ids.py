"""Call ids as users give them: templates make numbers of them, which loses digits."""

from collections.abc import Iterator
import math

from ..pbx.model.ids import is_name
from ..pbx.model.values import value
from .context import ActionContext


@value
class GivenId:
    """A call id that was given.

    Attributes:
        text: the id; empty where nothing but the number is known.
        number: the number that a template has made of an id, or may have; None for none.
    """

    text: str
    number: float | None = None

    @classmethod
    def of(cls, given: str | float) -> "GivenId":
        """Return the id that a value stands for."""
        if isinstance(given, float):
            return cls(text="", number=given if math.isfinite(given) else None)
        text = str(given).strip()
        number = float(text) if is_name(text) else None
        return cls(text=text, number=number if str(number) == text else None)

    def exact(self, context: ActionContext) -> set[str]:
        """Return the name of the call of the text in a PBX, active or over, if there is one."""
        return {_name(context, self.text)} if self.text and _knows(context, self.text) else set()

    def alike(self, context: ActionContext) -> set[str]:
        """Return the names of all calls in a PBX, active or over, whose ids become the number."""
        if self.number is None:
            return set()
        start = f"{int(self.number)}."
        return {
            _name(context, each)
            for each in _all_ids(context)
            if each.startswith(start) and is_name(each) and float(each) == self.number
        }


def _knows(context: ActionContext, call_id: str) -> bool:
    return context.calls.find(call_id) is not None or context.log.find(call_id) is not None


def _name(context: ActionContext, call_id: str) -> str:
    known = context.calls.find(call_id)
    return call_id if known is None else known.call_id


def _all_ids(context: ActionContext) -> Iterator[str]:
    yield from context.calls.known_ids
    yield from context.log.call_ids
