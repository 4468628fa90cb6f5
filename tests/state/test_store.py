"""The store is the only writer of the state, and wakes the subscribers of what changed, once."""

import ast
import asyncio
from dataclasses import fields, replace

import pytest

from custom_components.ippbx.pbx.model.events import TrunkStatusReport
from custom_components.ippbx.pbx.model.lines import (
    Extension,
    ExtensionStatus,
    SystemInfo,
    Trunk,
    TrunkStatus,
)
from custom_components.ippbx.state.merge import EMPTY_FOR as DAY
from custom_components.ippbx.state.store import (
    DELIVERY,
    EXTENSIONS,
    TRUNKS,
    DeliveryState,
    Key,
    PbxState,
    StateStore,
    extension_key,
    trunk_key,
)
from tests.repository.source import INTEGRATION, place, python_files, tree

ANNA = Extension(number="1000", name="Anna", status=ExtensionStatus.IDLE)
BERT = Extension(number="1001", name="Bert", status=ExtensionStatus.IDLE)
LINE = Trunk(key="7", name="Line 7", status=TrunkStatus.REGISTERED)


class Watched:
    """A store that knows two extensions and a trunk, and the keys that woke a subscriber."""

    def __init__(self) -> None:
        self.now = 100.0
        self.woken: list[Key] = []
        self.store = StateStore(
            lambda: self.now, frozenset(ExtensionStatus) - {ExtensionStatus.FAULT}
        )
        self.store.merge_extensions((ANNA, BERT), asked_at=100.0)
        self.store.merge_trunks((LINE,))
        for key in (extension_key("1000"), extension_key("1001"), trunk_key("7"), DELIVERY):
            self.watch(key)
        for key in (EXTENSIONS, TRUNKS):
            self.watch(key)

    def watch(self, key: Key) -> None:
        self.store.subscribe(key, lambda: self.woken.append(key))


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_nothing_is_known_before_the_first_read(watched: Watched) -> None:
    assert not watched.store.is_known
    assert watched.store.serial == ""
    watched.store.set_info(SystemInfo(serial="SN-1"))
    assert watched.store.is_known
    assert (watched.store.serial, watched.woken) == ("SN-1", [])


def test_a_status_wakes_its_extension_alone(watched: Watched) -> None:
    watched.store.set_extension_status("1000", ExtensionStatus.RINGING)
    assert watched.woken == [("extension", "1000")]
    assert watched.store.extensions["1000"].status is ExtensionStatus.RINGING
    assert watched.store.extensions["1000"].name == "Anna"


def test_the_same_status_wakes_nobody(watched: Watched) -> None:
    watched.store.set_extension_status("1000", ExtensionStatus.IDLE)
    watched.store.set_delivery(DeliveryState.UNPROVEN)
    watched.store.set_trunk_status(
        TrunkStatusReport(name="TrunkStatus", trunk="Line 7", status=TrunkStatus.REGISTERED)
    )
    assert watched.woken == []


@pytest.mark.parametrize("named", ["7", "Line 7"])
def test_a_trunk_is_named_by_its_key_or_its_name(watched: Watched, named: str) -> None:
    watched.store.set_trunk_status(
        TrunkStatusReport(name="TrunkStatus", trunk=named, status=TrunkStatus.FAILURE)
    )
    assert watched.woken == [("trunk", "7")]
    assert watched.store.trunks["7"].problem is True


def test_a_trunk_that_is_not_known_is_ignored(watched: Watched) -> None:
    watched.store.set_trunk_status(
        TrunkStatusReport(name="TrunkStatus", trunk="Line 8", status=TrunkStatus.FAILURE)
    )
    assert (watched.woken, list(watched.store.trunks)) == ([], ["7"])


def test_what_was_reported_meanwhile_is_newer_than_a_list(watched: Watched) -> None:
    watched.now = 105.0
    watched.store.set_extension_status("1000", ExtensionStatus.BUSY)
    changes = watched.store.merge_extensions((ANNA, BERT), asked_at=104.0)
    assert watched.store.extensions["1000"].status is ExtensionStatus.BUSY
    assert (changes.items, changes.unreported) == ([], set())
    changes = watched.store.merge_extensions((ANNA, BERT), asked_at=106.0)
    assert watched.store.extensions["1000"].status is ExtensionStatus.IDLE
    assert (changes.items, changes.unreported) == (["1000"], {"1000"})


def test_items_that_come_and_go(watched: Watched) -> None:
    changes = watched.store.merge_extensions((ANNA,), asked_at=101.0)
    assert changes.membership
    assert watched.woken == [("extension", "1001"), EXTENSIONS]
    watched.woken.clear()
    other = Trunk(key="8", name="Line 8")
    watched.store.merge_trunks((LINE, other))
    watched.woken.clear()
    assert watched.store.merge_trunks((other,)).membership
    assert watched.woken == [("trunk", "7"), TRUNKS]


def read_lists(watched: Watched, *times: float, lists: tuple[Extension, ...] = ()) -> None:
    """Read the same list of extensions at some times."""
    for now in times:
        watched.now = now
        watched.store.merge_extensions(lists, asked_at=now)


OTHERS = tuple(Extension(number=f"200{n}") for n in range(5))


def test_an_empty_list_is_believed_after_a_day(watched: Watched) -> None:
    """A PBX may list nothing while it starts, or until its backup is restored."""
    assert not watched.store.merge_extensions((), asked_at=100.0).membership
    assert watched.store.missing == {extension_key("1000"), extension_key("1001")}
    read_lists(watched, 108, 159, 160, 168, 189)
    assert watched.store.is_current(extension_key("1000"))
    assert watched.woken == []
    read_lists(watched, 190, 220, 280, 3600, 100 + DAY - 1)
    assert watched.woken == [extension_key("1000"), extension_key("1001")]
    assert list(watched.store.extensions.values()) == [ANNA, BERT]
    assert not watched.store.is_current(extension_key("1000"))
    assert EXTENSIONS not in watched.woken
    read_lists(watched, 100 + DAY)
    assert (watched.store.extensions, watched.store.missing) == ({}, set())
    assert set(watched.woken[2:4]) == {extension_key("1000"), extension_key("1001")}
    assert watched.woken[4:] == [EXTENSIONS]


def test_what_comes_after_empty_lists_is_doubted_anew(watched: Watched) -> None:
    """A backup may be restored bit by bit."""
    read_lists(watched, 100, 160, 220, 3600)
    read_lists(watched, 3660, 3720, lists=OTHERS)
    assert {"1000", "1001"} < set(watched.store.extensions)
    read_lists(watched, 3780)
    read_lists(watched, 3840, 3900, lists=OTHERS)
    assert {"1000", "1001"} < set(watched.store.extensions)
    read_lists(watched, 3960, lists=(ANNA, BERT, *OTHERS))
    assert watched.store.missing == set()
    read_lists(watched, 4000, 4000 + DAY - 1)
    assert len(watched.store.extensions) == 7


def test_three_such_lists_must_come_in_a_row(watched: Watched) -> None:
    read_lists(watched, 100, 160, lists=OTHERS)
    read_lists(watched, 170, lists=(ANNA, BERT, *OTHERS))
    assert watched.store.is_current(extension_key("1000"))
    few = OTHERS[:2]
    read_lists(watched, 220, 280, lists=few)
    assert len(watched.store.extensions) == 7
    read_lists(watched, 340, lists=few)
    assert len(watched.store.extensions) == 2


def test_other_items_instead_are_no_proof(watched: Watched) -> None:
    """They are added at once; what they seem to replace is doubted."""
    read_lists(watched, 100, 160, 190, lists=OTHERS)
    assert len(watched.store.extensions) == 7
    assert watched.store.is_current(extension_key("2000"))
    assert not watched.store.is_current(extension_key("1000"))
    read_lists(watched, 220, lists=OTHERS)
    assert set(watched.store.extensions) == {each.number for each in OTHERS}


def test_a_report_of_what_is_missing_shows_that_the_lists_are_wrong(watched: Watched) -> None:
    read_lists(watched, 100, 160)
    watched.store.set_extension_status("1000", ExtensionStatus.IDLE)
    assert watched.store.is_current(extension_key("1000"))
    assert watched.store.missing == {extension_key("1001")}
    read_lists(watched, 220, 100 + DAY)
    assert len(watched.store.extensions) == 2
    read_lists(watched, 220 + DAY)
    assert watched.store.extensions == {}


def test_trunks_are_doubted_alike(watched: Watched) -> None:
    for now, current in ((100, True), (160, True), (190, False)):
        watched.now = now
        assert not watched.store.merge_trunks(()).membership
        assert watched.store.is_current(trunk_key("7")) is current
    watched.now = 100 + DAY
    assert watched.store.merge_trunks(()).membership
    assert watched.store.trunks == {}


def test_what_is_missing_can_be_forgotten(watched: Watched) -> None:
    watched.store.forget(extension_key("1000"))
    assert "1000" in watched.store.extensions
    read_lists(watched, 100)
    watched.woken.clear()
    watched.store.forget(extension_key("1000"))
    assert list(watched.store.extensions) == ["1001"]
    assert watched.woken == [extension_key("1000"), EXTENSIONS]
    read_lists(watched, 110)
    assert list(watched.store.extensions) == ["1001"]


def test_what_earlier_runs_knew_is_known_before_the_first_list() -> None:
    store = StateStore(lambda: 100.0, frozenset())
    store.restore([ANNA], [LINE])
    assert not store.is_current(extension_key("1000"))
    store.set_extension_status("1000", ExtensionStatus.BUSY)
    assert store.is_current(extension_key("1000"))
    assert not store.is_current(trunk_key("7"))
    store.merge_extensions((), asked_at=100.0)
    store.merge_trunks(())
    assert store.missing == {extension_key("1000"), trunk_key("7")}
    assert not store.is_current(trunk_key("7")), "it was never read"


def test_what_cannot_be_read_is_outdated_but_for_what_was_reported_since(watched: Watched) -> None:
    watched.now = 105.0
    watched.store.set_extension_status("1001", ExtensionStatus.BUSY)
    watched.woken.clear()
    watched.store.set_unread({EXTENSIONS: 103.0, TRUNKS: 103.0})
    assert watched.woken == [extension_key("1000"), trunk_key("7")]
    assert watched.store.is_current(extension_key("1001"))
    watched.woken.clear()
    watched.store.set_extension_status("1000", ExtensionStatus.IDLE)
    assert watched.woken == [extension_key("1000")]
    watched.woken.clear()
    watched.store.set_unread({})
    assert watched.woken == [trunk_key("7")]


async def test_the_loop_goes_on_while_many_are_woken(watched: Watched) -> None:
    keys = [extension_key(str(number)) for number in range(2000, 2120)]
    for key in keys:
        watched.watch(key)
    woken_at_a_turn: list[int] = []

    def turn() -> None:
        woken_at_a_turn.append(len(watched.woken))
        if len(watched.woken) < len(keys):
            asyncio.get_running_loop().call_soon(turn)
        else:
            done.set()

    done = asyncio.Event()
    watched.store.publish(keys)
    turn()
    await done.wait()
    assert woken_at_a_turn == [50, 100, 120]
    assert watched.woken == keys


def test_keys_that_are_held_are_published_once(watched: Watched) -> None:
    watched.store.hold()
    watched.store.set_extension_status("1000", ExtensionStatus.RINGING)
    watched.store.set_extension_status("1000", ExtensionStatus.BUSY)
    watched.store.publish((extension_key("1001"), extension_key("1000")))
    assert watched.woken == []
    watched.store.release()
    assert watched.woken == [("extension", "1000"), ("extension", "1001")]
    watched.store.set_delivery(DeliveryState.PROVEN)
    assert watched.woken[2:] == [DELIVERY]


def test_what_is_restored_is_not_current_until_the_pbx_says_it(watched: Watched) -> None:
    """Also a status in a word that nobody knows wakes: unavailable becomes unknown."""
    nameless = replace(ANNA, status=None)
    store = watched.store

    def outdated() -> set[Key]:
        keys = (extension_key("1000"), extension_key("1001"), trunk_key("7"))
        return {key for key in keys if not store.is_current(key)}

    store.restore((nameless, replace(BERT, status=None)), (replace(LINE, status=None),))
    assert outdated() == {extension_key("1000"), extension_key("1001"), trunk_key("7")}

    store.set_extension_status("1001", ExtensionStatus.BUSY)
    assert watched.woken == [extension_key("1001")]
    assert outdated() == {extension_key("1000"), trunk_key("7")}
    store.merge_extensions((nameless, BERT), asked_at=200.0)
    assert set(watched.woken[1:]) == {extension_key("1000"), extension_key("1001")}
    assert outdated() == {trunk_key("7")}

    store.merge_trunks((LINE,))
    assert watched.woken[3:] == [trunk_key("7")]
    assert outdated() == set()


def test_a_subscription_that_ended(watched: Watched) -> None:
    woken: list[str] = []
    stop = watched.store.subscribe(DELIVERY, lambda: woken.append("again"))
    stop()
    stop()
    watched.store.set_delivery(DeliveryState.BROKEN)
    assert (woken, watched.woken) == ([], [DELIVERY])


def test_nothing_else_writes_the_state() -> None:
    """Every assignment to a field of a state, wherever, stands in the store."""
    names = {field.name for field in fields(PbxState)}
    writers = [
        place(path, node.lineno)
        for path in python_files(INTEGRATION)
        if path != INTEGRATION / "state" / "store.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute | ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and _writes(node, names)
    ]
    assert writers == []


def _writes(node: ast.Attribute | ast.Subscript, names: set[str]) -> bool:
    """Return True for `x.state.FIELD = ...`, `x.data.FIELD = ...` and items of such a field."""
    target = node.value if isinstance(node, ast.Subscript) else node
    return (
        isinstance(target, ast.Attribute)
        and target.attr in names
        and isinstance(target.value, ast.Attribute | ast.Name)
        and (getattr(target.value, "attr", "") or getattr(target.value, "id", ""))
        in {"state", "data", "store"}
    )
