"""What a request that does something consists of; the tables are made of these."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from ...model.actions import Action, Field
from ...model.lines import LegKind

_MAY_LACK = frozenset({Field.PERMISSION, Field.SLOT})


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        path: what follows the version in the URL.
        parameters: keys of the body, in the order of the documents, with the value of each.
        required: permission or parking slot where they must not lack; others never may.
        blank: what is sent empty where there is no value, as the documents' samples do.
        outward: numbers that the PBX rings for it; `permit` decides which of them are outside ones.
            Left out is what can be the number of an IVR, a queue or a ring group and nothing else.
        answer: key of the answer that is worth returning.
    """

    path: str
    parameters: Mapping[str, Field]
    _: KW_ONLY
    fixed: Mapping[str, str] = field(default_factory=dict)
    required: tuple[Field, ...] = ()
    blank: tuple[Field, ...] = ()
    outward: tuple[Field, ...] = ()
    answer: str = "callid"

    @property
    def optional(self) -> frozenset[Field]:
        """Return what may have no value."""
        return _MAY_LACK.difference(self.required)


# What is done, and the kind of leg it is done to: None where the action names no leg.
type Requests = Mapping[tuple[Action, LegKind | None], Request]
