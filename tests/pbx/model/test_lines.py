"""Extensions and trunks as values."""

from dataclasses import fields, replace

import pytest

from custom_components.ippbx.pbx.model.lines import (
    Extension,
    ExtensionStatus,
    Trunk,
    TrunkStatus,
)


def test_an_extension_keeps_every_field_but_the_status() -> None:
    before = Extension(
        **{field.name: f"of {field.name}" for field in fields(Extension) if field.name != "status"},
        status=ExtensionStatus.IDLE,
    )

    after = before.with_status(ExtensionStatus.RINGING)

    assert after == replace(before, status=ExtensionStatus.RINGING)


@pytest.mark.parametrize(
    ("status", "registered"),
    [
        (None, None),
        (ExtensionStatus.IDLE, True),
        (ExtensionStatus.BUSY, True),
        (ExtensionStatus.NOT_REGISTERED, False),
        (ExtensionStatus.FAULT, False),
    ],
)
def test_an_extension_is_registered_unless_its_status_denies_it(
    status: ExtensionStatus | None, registered: bool | None
) -> None:
    assert Extension(number="1000", status=status).registered is registered


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (None, None),
        (TrunkStatus.REGISTERED, False),
        (TrunkStatus.DISABLED, False),
        (TrunkStatus.FAILURE, True),
    ],
)
def test_a_trunk_has_a_problem_if_it_should_carry_calls_and_cannot(
    status: TrunkStatus | None, problem: bool | None
) -> None:
    assert Trunk(key="t", name="t", status=status).problem is problem
