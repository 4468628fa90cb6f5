"""What follows from what a PBX says about itself; dialects: see `test_detect`."""

import pytest

from custom_components.ippbx.pbx.model.lines import SystemInfo
from custom_components.ippbx.pbx.uc.products import mended_in


@pytest.mark.parametrize(
    ("firmware", "advice"),
    [
        ("30.5.0.30", "30.11.0.7"),
        ("30.10.0.67", "30.11.0.7"),
        ("30.11.0.6", "30.11.0.7"),
        ("30.11.0.7", ""),
        ("30.14.0.26", ""),
        ("81.8.0.4", ""),  # the documents name no fault of the Cloud PBX
        ("1.3.5", ""),
        ("", ""),
        ("30.10.0.x", ""),
        ("\u0663\u0660.1.1.1", ""),
        ("30." + "9" * 5000 + ".0.0", ""),
    ],
)
def test_advice(firmware: str, advice: str) -> None:
    assert mended_in(SystemInfo(serial="X", firmware=firmware)) == advice
