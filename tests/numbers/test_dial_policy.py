"""Which outside numbers may be rung, and how often."""

from dataclasses import dataclass
from random import Random
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ippbx.const import (
    CONF_ALLOW_LISTENING,
    CONF_ALLOWED_NUMBERS,
    CONF_OUTSIDE_LIMIT,
    CONF_READ_ONLY,
)
from custom_components.ippbx.numbers.dial_policy import DialPolicy, NumberPattern
from custom_components.ippbx.numbers.phone_numbers import InvalidNumberError, numbering_for
from custom_components.ippbx.pbx.errors import PbxForbiddenError
from custom_components.ippbx.pbx.model.actions import Action
from pbx_simulator import Simulator
from tests.conftest import add_entry
from tests.live import load

EXTENSIONS = ("1000", "1001", "112")


@dataclass
class Clock:
    """Time that stands still."""

    time: float = 0

    def __call__(self) -> float:
        return self.time


def policy(
    *allowed: str, country: str | None = "DE", clock: Clock | None = None, **options: Any
) -> DialPolicy:
    return DialPolicy(
        {CONF_ALLOWED_NUMBERS: list(allowed), **options},
        numbering_for(country),
        is_extension=EXTENSIONS.__contains__,
        now=clock or Clock(),
    )


def refusal(policy: DialPolicy, *numbers: str, action: Action = Action.DIAL_OUTSIDE) -> str:
    """Return the key of what an action is refused with; empty where it is not."""
    try:
        policy.permit(action, numbers)
    except PbxForbiddenError as error:
        return error.reason
    return ""


def test_a_message_reaches_no_extension() -> None:
    """It goes out over the mobile network, where such a number is somebody else's."""
    assert refusal(policy(), "1000", action=Action.SEND_MESSAGE) == "number_not_allowed"
    assert refusal(policy("1000"), "1000", action=Action.SEND_MESSAGE) == ""


def test_what_is_dialled_outside_reaches_no_extension() -> None:
    """Somebody outside has that number, too; the extension that dials it is still one."""
    assert refusal(policy(), "1000", "1001") == "number_not_allowed"
    assert refusal(policy("1001", **{CONF_OUTSIDE_LIMIT: 1}), "1000", "1001") == ""
    none = policy("1001", **{CONF_OUTSIDE_LIMIT: 0})
    assert refusal(none, "1000", "1001") == "outside_limit"
    assert refusal(policy("1001"), "1002", "1001") == "number_not_allowed"


def test_own_extensions_alone_at_first() -> None:
    closed = policy()
    assert refusal(closed, "1000", "1001", action=Action.DIAL_EXTENSION) == ""
    for number in ("1002", "01000", "+1000", "0301234", "110", "*72", "6500", "1000#"):
        assert refusal(closed, number) == "number_not_allowed", number
        assert refusal(closed, "1000", number) == "number_not_allowed", number


BERLIN = ("+49301234567", "0049301234567", "0301234567")
LONDON = ("+442071234567", "00442071234567")


@pytest.mark.parametrize("written", [*BERLIN, "tel:+49301234567", "+49 (0)30 / 123-45 67"])
def test_a_number_in_all_its_forms(written: str) -> None:
    listed = policy(written)
    assert all(listed.allows(number) for number in BERLIN)
    for number in (*LONDON, "0301234568", "03012345670", "030123456", "301234567", "49301234567"):
        assert not listed.allows(number), number


@pytest.mark.parametrize("written", ["+49*", "0049*", "0049 *", "+49 30*", "030*", "0*"])
def test_a_start_in_all_its_forms(written: str) -> None:
    listed = policy(written)
    assert all(listed.allows(number) for number in BERLIN)
    for number in (*LONDON, "301234567", "0112", "+49112", "0049112", "0010012345678"):
        assert not listed.allows(number), number


@pytest.mark.parametrize("written", ["+*", "00*"])
def test_everything_with_a_prefix(written: str) -> None:
    listed = policy(written)
    assert all(listed.allows(number) for number in (*BERLIN, *LONDON))
    assert not listed.allows("301234567")


def test_everything() -> None:
    listed = policy("*")
    for number in (*BERLIN, *LONDON, "301234567", "49301234567"):
        assert listed.allows(number), number


SHORT = (
    "112",
    "+112",
    "0112",
    "00112",
    "110",
    "911",
    "999",
    "000",
    "19222",
    "118180",
    "+49112",
    "9112",
    "1",
    "0",
)
CODES = ("*72030123456", "#21#", "*21*0301234567#", "030123456#", "*", "112#", "0301234567*")


@pytest.mark.parametrize("number", [*SHORT, *CODES])
def test_short_numbers_and_codes_are_listed_in_full(number: str) -> None:
    """Emergency calls, costly services, codes that change what the PBX does."""
    open_to_all = policy("*", "+*", "0*", "1*", "1??", "???", "9*", "11*", "*2*", "#*", "**")
    assert not open_to_all.allows(number)
    assert policy(number).allows(number) == (
        not number.endswith("*")
    )  # that is what a pattern ends with


def test_any_digit() -> None:
    block = policy("0301234?0")
    assert block.allows("030123450")
    assert block.allows("+4930123490")
    assert not block.allows("030123451")
    assert not block.allows("0301234500")
    assert not block.allows("03012345")


@pytest.mark.parametrize(
    ("country", "written", "yes", "no"),
    [
        ("US", "202*", ["2025550123", "12025550123"], ["3025550123", "0112025550123"]),
        (
            "US",
            "+1202*",
            ["2025550123", "12025550123", "+12025550123", "01112025550123"],
            ["01149"],
        ),
        ("US", "1202*", ["2025550123", "12025550123"], ["19005550123", "0114930123456"]),
        ("US", "+1*", ["2025550123"], ["01144207123456", "0044207123456"]),
        ("IT", "06*", ["0612345678", "+390612345678"], ["00391", "004420712345"]),
        ("AU", "+61*", ["0298765432"], ["001144207123456", "0044207123456"]),
        (None, "030*", ["0301234567"], ["+49301234567", "00301234567"]),
        (None, "0*", ["0301234567"], ["0044207123456", "+44207123456"]),
        (None, "+44*", ["0044207123456", "+44207123456"], ["0207123456"]),
    ],
)
def test_countries(country: str | None, written: str, yes: list[str], no: list[str]) -> None:
    listed = policy(written, country=country)
    assert [number for number in yes if not listed.allows(number)] == []
    assert [number for number in no if listed.allows(number)] == []


@pytest.mark.parametrize(
    ("country", "code", "trunk", "international", "first", "digits"),
    [
        ("DE", "49", "0", "00", "3", (6, 11)),
        ("GB", "44", "0", "00", "2", (9, 10)),
        ("US", "1", "1", "011", "4", (10, 10)),
        ("US", "1", "", "011", "4", (10, 10)),
        ("ES", "34", "", "00", "9", (9, 9)),
        ("RU", "7", "8", "810", "4", (10, 10)),
        ("HU", "36", "06", "00", "2", (8, 9)),
    ],
)
def test_forms_are_decided_alike(
    country: str, code: str, trunk: str, international: str, first: str, digits: tuple[int, int]
) -> None:
    """Whatever the list has in whatever form: each form of a number is allowed, or none is."""
    chance = Random(country)
    allowed = refused = 0

    def forms(national: str) -> tuple[str, str, str]:
        return f"+{code}{national}", f"{international}{code}{national}", f"{trunk}{national}"

    for _ in range(500):
        national = first + "".join(chance.choices("23456", k=chance.randint(*digits) - 1))
        near = national if chance.random() < 0.5 else national[:3] + national[3:][::-1]
        written = chance.choice(forms(near))
        if chance.random() < 0.5:
            keep = len(written) - chance.randint(0, len(near))
            written = f"{written[:keep]}*"
        listed = policy(written, country=country)
        decided = {listed.allows(form) for form in forms(national)}
        assert len(decided) == 1, (written, national)
        allowed, refused = allowed + (True in decided), refused + (False in decided)
        abroad = f"{international}8{national}"
        assert not listed.allows(abroad) or written in ("*", "+*", f"{international}*"), written
    assert min(allowed, refused) > 50


@pytest.mark.parametrize("written", ["", " ", "+", "abc", "49+", "-1*", "0 800 CALL", "1" * 40])
def test_what_is_no_pattern(written: str) -> None:
    with pytest.raises(InvalidNumberError):
        NumberPattern.of(written, numbering_for("DE"))
    assert not policy(written).allows("0301234567")


def test_so_many_in_a_time() -> None:
    clock = Clock()
    limited = policy("*", clock=clock, **{CONF_OUTSIDE_LIMIT: 3})
    assert refusal(limited, "0301234567", "0301234568") == ""  # two outside numbers count twice
    assert refusal(limited, "0301234567", "0301234568") == "outside_limit"
    assert refusal(limited, "1000", action=Action.DIAL_EXTENSION) == ""  # extensions do not count
    assert refusal(limited, "110") == "number_not_allowed"  # nor what is refused
    clock.time = 599
    assert refusal(limited, "0301234567") == ""
    assert refusal(limited, "0301234567") == "outside_limit"
    clock.time = 600
    assert refusal(limited, "0301234567", "0301234567") == ""
    assert refusal(limited, "0301234567") == "outside_limit"
    clock.time = 1199
    assert refusal(limited, "0301234567") == ""


def test_ten_in_ten_minutes_at_first() -> None:
    usual = policy("*")
    assert [refusal(usual, "0301234567") for _ in range(11)] == [""] * 10 + ["outside_limit"]


@pytest.mark.parametrize("action", list(Action))
def test_read_only(action: Action) -> None:
    closed = policy("*", **{CONF_READ_ONLY: True, CONF_ALLOW_LISTENING: True})
    assert refusal(closed, action=action) == "read_only"
    assert refusal(closed, "1000", action=action) == "read_only"


@pytest.mark.parametrize("action", [Action.LISTEN, Action.WHISPER, Action.BARGE_IN])
def test_listening_is_off_at_first(action: Action) -> None:
    assert refusal(policy("*"), "1000", action=action) == "listening_off"
    assert refusal(policy(**{CONF_ALLOW_LISTENING: True}), "1000", action=action) == ""


@pytest.mark.parametrize(
    ("action", "number"),
    [(Action.RETRIEVE, "6900"), (Action.PLAY_PROMPT_TO_GROUP, "6300")],
)
def test_what_is_inside_for_one_action(action: Action, number: str) -> None:
    """A slot with a parked call, or a paging group: when it is dialled, it is an outside number."""
    house = policy()
    assert refusal(house, "1000", number, action=action) == "number_not_allowed"
    house.inside[action] = frozenset({number})
    assert refusal(house, "1000", number, action=action) == ""
    assert refusal(house, "1000", number, action=Action.DIAL_OUTSIDE) == "number_not_allowed"
    assert refusal(house, "1000", "0301234567", action=action) == "number_not_allowed"


async def test_the_country_is_that_of_home_assistant(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    runtime = await load(hass, add_entry(hass, simulator, options={CONF_ALLOWED_NUMBERS: ["+49*"]}))
    assert not runtime.policy.allows("0301234567")
    await hass.config.async_update(country="DE")
    await hass.async_block_till_done()
    assert runtime.policy.allows("0301234567")
