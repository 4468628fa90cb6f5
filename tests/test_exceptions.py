"""What an error of the PBX becomes in Home Assistant."""

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.ippbx.const import DOMAIN
from custom_components.ippbx.exceptions import action_errors, translated
from custom_components.ippbx.pbx.errors import (
    PbxAddressRefusedError,
    PbxAuthError,
    PbxError,
    PbxForbiddenError,
    PbxLockedOutError,
    PbxRequestError,
)


def test_what_is_forbidden_keeps_its_reason() -> None:
    with pytest.raises(ServiceValidationError) as caught, action_errors():
        raise PbxForbiddenError("outside_limit", {"limit": "10"})
    error = caught.value
    assert (error.translation_domain, error.translation_key) == (DOMAIN, "outside_limit")
    assert error.translation_placeholders == {"limit": "10"}


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (PbxForbiddenError("read_only"), "read_only"),
        (PbxAddressRefusedError(20008, "port_refused"), "refused"),
        (PbxRequestError(7), "refused"),
        (PbxAuthError(), "invalid_auth"),
        (PbxLockedOutError(remaining=60), "locked_out"),
        (PbxError("anything"), "cannot_connect"),
    ],
)
def test_each_error_has_its_message(error: PbxError, key: str) -> None:
    assert translated(error, HomeAssistantError).translation_key == key
