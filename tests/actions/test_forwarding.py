"""Commands that forward all calls: none goes to where nobody checked."""

from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.ippbx.actions.forwarding import directed, switched
from custom_components.ippbx.pbx.model.actions import Action, Party
from custom_components.ippbx.pbx.model.commands import SetForwarding
from custom_components.ippbx.pbx.model.lines import VOICEMAIL, ExtensionSettings

EXTENSIONS = {"1000", "1001"}


@pytest.mark.parametrize(
    ("forward_to", "kind", "outward"),
    [
        ("1001", Party.EXTENSION, ("1001",)),
        ("0301234", Party.NUMBER, ("0301234",)),
        ("1999", Party.NUMBER, ("1999",)),  # an extension that is gone
        (VOICEMAIL, Party.NUMBER, ()),
    ],
)
def test_what_begins_it_names_the_destination(
    forward_to: str, kind: Party, outward: tuple[str, ...]
) -> None:
    settings = ExtensionSettings(number="1000", forward_to=forward_to)
    command = switched(settings, EXTENSIONS, enabled=True)
    assert command == SetForwarding(
        extension="1000", enabled=True, target=forward_to, target_kind=kind
    )
    assert command.outward == outward


def test_what_ends_it_names_none() -> None:
    settings = ExtensionSettings(number="1000", forwards=True, forward_to="0301234")
    command = switched(settings, EXTENSIONS, enabled=False)
    assert command.action is Action.STOP_FORWARDING
    assert command.outward == ()


def test_where_nobody_knows_where_to() -> None:
    with pytest.raises(ServiceValidationError):
        switched(ExtensionSettings(number="1000"), EXTENSIONS, enabled=True)


def test_to_itself() -> None:
    """Whether somebody asks for it now, or has set it on the PBX."""
    settings = ExtensionSettings(number="1000", forward_to="1000")
    with pytest.raises(ServiceValidationError) as refused:
        switched(settings, EXTENSIONS, enabled=True)
    assert refused.value.translation_key == "to_itself"
    with pytest.raises(ServiceValidationError) as refused:
        directed(settings, EXTENSIONS, "1000")
    assert refused.value.translation_key == "to_itself"
    assert switched(settings, EXTENSIONS, enabled=False).action is Action.STOP_FORWARDING


@pytest.mark.parametrize("forwards", [True, False, None])
def test_a_destination_begins_and_ends_nothing(forwards: bool | None) -> None:
    settings = ExtensionSettings(number="1000", forwards=forwards)
    assert directed(settings, EXTENSIONS, "tel:030-1234") == SetForwarding(
        extension="1000", enabled=bool(forwards), target="0301234", target_kind=Party.NUMBER
    )
    assert directed(settings, EXTENSIONS, "VOICEMAIL").action is Action.FORWARD_TO_VOICEMAIL
