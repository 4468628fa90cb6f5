"""What a request that does something to calls consists of; the tables are made of these."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...model.actions import Action, Field
from ...model.lines import LegKind

_MAY_LACK = frozenset({Field.PERMISSION, Field.SLOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRequest:
    """One request.

    Attributes:
        path: what follows the version in the URL.
        parameters: keys of the body, in the order of the documents, with the value of each.
        fixed: parameters that are always the same.
        optional: what is left out where there is no value.
        blank: what is sent empty then, as the documents' samples do.
        outward: numbers that the PBX rings for it; `permit` decides which of them are outside ones.
            Left out is what can be the number of an IVR, a queue or a ring group and nothing else.
        answer: key of the answer that is worth returning.
    """

    path: str
    parameters: Mapping[str, Field]
    fixed: Mapping[str, str]
    optional: frozenset[Field]
    blank: frozenset[Field]
    outward: frozenset[Field]
    answer: str


# What is done, and the kind of leg it is done to: None where the action names no leg.
type Requests = Mapping[tuple[Action, LegKind | None], ControlRequest]


def request(
    path: str,
    parameters: Mapping[str, Field],
    *,
    fixed: Mapping[str, str] | None = None,
    required: tuple[Field, ...] = (),
    blank: tuple[Field, ...] = (),
    outward: tuple[Field, ...] = (),
    answer: str = "callid",
) -> ControlRequest:
    """Return a request; permission and parking slot may lack unless they are named as required."""
    return ControlRequest(
        path=path,
        parameters=parameters,
        fixed=fixed or {},
        optional=_MAY_LACK.difference(required, blank),
        blank=frozenset(blank),
        outward=frozenset(outward),
        answer=answer,
    )
