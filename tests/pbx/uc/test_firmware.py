"""Which firmware is known to have faults in its reports."""

import pytest

from custom_components.ippbx.pbx.model.lines import SystemInfo
from custom_components.ippbx.pbx.uc.firmware import mended_in


@pytest.mark.parametrize(
    ("firmware", "advice"),
    [
        ("30.5.0.30", "30.11.0.7"),
        ("30.10.0.67", "30.11.0.7"),
        ("30.11.0.6", "30.11.0.7"),
        ("30.11.0.7", None),
        ("30.14.0.26", None),
        ("81.8.0.4", None),  # the documents name no fault of the Cloud PBX
        ("1.3.5", None),
        ("", None),
        ("30.10.0.x", None),
        ("\u0663\u0660.1.1.1", None),
        ("30." + "9" * 5000 + ".0.0", None),
    ],
)
def test_advice(firmware: str, advice: str | None) -> None:
    assert mended_in(SystemInfo(serial="X", firmware=firmware)) == advice
