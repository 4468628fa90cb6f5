"""Days of calls are written as people write them, each in its language."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.calls.dates import day_of, time_of
from custom_components.ippbx.voice.languages import LANGUAGES

LATE = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # the next day in Berlin


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("en", "November 28"),
        ("en-GB", "November 28"),
        ("de-AT", "28.11."),
        ("es_MX", "28/11"),
        ("fr", "28/11"),
        ("pt-BR", "28/11"),
        ("zh-Hans", "11月28日"),
        ("nl", "November 28"),
    ],
)
async def test_a_day_in_the_time_zone_of_home_assistant(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, language: str, day: str
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(LATE + timedelta(hours=1))
    assert (day_of(LATE, language), time_of(LATE)) == ("", "00:30")
    freezer.move_to(LATE + timedelta(days=1))
    assert (day_of(LATE, language), time_of(LATE)) == (day, "00:30")


async def test_each_language_of_voice_has_its_own_pattern(freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(LATE + timedelta(days=10))
    others = LANGUAGES.keys() - {"en"}
    assert not [code for code in others if day_of(LATE, code).startswith("November")]
