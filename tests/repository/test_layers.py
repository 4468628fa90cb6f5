"""The architecture as a table of imports: which package may import which."""

import sys

import pytest

from .import_graph import (
    SIMULATOR,
    circles,
    grouped,
    longest_chain,
    module_graph,
    modules,
    package_of,
    targets,
)
from .source import INTEGRATION, ROOT, imports, place, python_files

MOST_FLOORS = 9

# What the integration may import of `pbx`; never a family's own package.
OF_PBX = (
    "pbx.model",
    "pbx.errors",
    "pbx.backend",
    "pbx.backends",
    "pbx.tracking",
    "pbx.trace",
    "pbx.net.addresses",
    "pbx.net.listener",
    "pbx.net.tls",
    "pbx.net.login_guard",
)
# Packages of Home Assistant's side, the lowest first.
ROOMS = (
    "storage",
    "numbers",
    "contacts",
    "state",
    "link",
    "reports",
    "calls",
    "issues",
    "actions",
    "voice",
    "flows",
)
OPEN_TO_ALL = ("const", "exceptions", "failures", "translation")
SETUP = ("runtime", "coordinator")

# One row for each package and each module at the root. A row names what its package may import
# of the integration besides itself: packages, modules, or single names of a module.
WITHIN_PBX: dict[str, tuple[str, ...]] = {
    "pbx.__init__": (),
    "pbx.errors": (),
    "pbx.model": ("pbx.errors",),
    "pbx.backend": ("pbx.model", "pbx.errors"),
    "pbx.net": ("pbx.model", "pbx.errors"),
    "pbx.trace": ("pbx.model", "pbx.errors"),
    "pbx.tracking": ("pbx.model", "pbx.errors", "pbx.backend.IdRules"),
    "pbx.uc": ("pbx.model", "pbx.errors", "pbx.backend", "pbx.net", "pbx.trace"),
    "pbx.backends": ("pbx",),
}
# To these add `OPEN_TO_ALL` and `OF_PBX`.
OF_THE_INTEGRATION: dict[str, tuple[str, ...]] = {
    "const": (),
    "exceptions": (),
    "failures": (),
    "translation": (),
    "storage": (),
    "numbers": (),
    "contacts": ("numbers", "storage"),
    "state": ("storage",),
    "link": ("state", "storage"),
    "reports": ("state", "link", "storage"),
    "calls": ("state", "numbers", "storage"),
    "issues": (),
    "actions": ("calls", "state", "numbers"),
    "voice": ("actions", "calls", "contacts", "numbers", "state"),
    "flows": ("link.create", "reports.address", "numbers", "contacts"),
    "dashboard": ("calls", "state", "numbers"),
    "coordinator": ROOMS,
    "runtime": (*ROOMS, "coordinator"),
    "entity": (*ROOMS, *SETUP),
    "binary_sensor": (*ROOMS, *SETUP, "entity"),
    "button": (*ROOMS, *SETUP, "entity"),
    "event": (*ROOMS, *SETUP, "entity"),
    "media_source": (*ROOMS, *SETUP),
    "recordings": (*ROOMS, *SETUP),
    "notify": (*ROOMS, *SETUP, "entity"),
    "sensor": (*ROOMS, *SETUP, "entity"),
    "switch": (*ROOMS, *SETUP, "entity"),
    "text": (*ROOMS, *SETUP, "entity"),
    "config_flow": (*ROOMS, *SETUP),
    "diagnostics": (*ROOMS, *SETUP),
    "logbook": (*ROOMS, *SETUP),
    "repairs": (*ROOMS, *SETUP),
    "fixes": (*ROOMS, *SETUP),
    "services": (*ROOMS, *SETUP),
    "system_health": (*ROOMS, *SETUP),
    "trigger": (*ROOMS, *SETUP),
    "condition": (*ROOMS, *SETUP),
    "__init__": (*ROOMS, *SETUP, "services", "dashboard"),
}
ARROWS = WITHIN_PBX | {
    row: (*OPEN_TO_ALL, *OF_PBX, *arrows) for row, arrows in OF_THE_INTEGRATION.items()
}

# Packages of `pbx` that need more than the standard library.
NEED_LIBRARIES = {"pbx.net", "pbx.trace", "pbx.uc", "pbx.backends"}


def within(name: str, *prefixes: str) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def row_of(module: str) -> str | None:
    """Return the row of the table to which a module belongs."""
    return next((row for row in ARROWS if within(module, row)), None)


def may_import(row: str, target: str) -> bool:
    """Return True if the table lets modules of a row import a name."""
    return within(target, row, *ARROWS[row])


@pytest.mark.parametrize("row", ARROWS)
def test_a_package_imports_only_what_its_row_names(row: str) -> None:
    crossing = [
        f"{place(path, line)} imports {target or INTEGRATION.name}"
        for module, path in modules().items()
        if row_of(module) == row
        for target, line in targets(path)
        if not may_import(row, target)
    ]
    assert not crossing, "\n".join(crossing)


def test_every_module_has_a_row() -> None:
    assert not [module for module in modules() if row_of(module) is None]


@pytest.mark.parametrize("row", ARROWS)
def test_every_row_has_a_module(row: str) -> None:
    assert [module for module in modules() if within(module, row)]


def test_every_arrow_leads_to_a_row() -> None:
    arrows = {arrow for row in ARROWS.values() for arrow in row} - {"pbx"}
    assert not {arrow for arrow in arrows if row_of(arrow) is None}


@pytest.mark.parametrize(
    ("row", "target", "allowed"),
    [
        ("pbx.model", "pbx.model.lines.Trunk", True),
        ("pbx.model", "pbx.errors", True),
        ("pbx.model", "pbx.uc.decode", False),
        ("pbx.uc", "pbx.tracking.tracker", False),
        ("pbx.uc", "pbx.backend.PbxBackend", True),
        ("pbx.uc", "pbx.backends.BACKENDS", False),
        ("pbx.uc", "const.DOMAIN", False),
        ("pbx.tracking", "pbx.backend.IdRules", True),
        ("pbx.tracking", "pbx.backend.PbxBackend", False),
        ("pbx.backends", "pbx.uc.backend", True),
        ("numbers", "const.DOMAIN", True),
        ("numbers", "calls.monitor", False),
        ("link", "pbx.net.tls", True),
        ("link", "pbx.net.priority_lock", False),
        ("runtime", "pbx.uc.backend", False),
        ("flows", "link.create.create_backend", True),
        ("flows", "link.link", False),
        ("calls", "coordinator.PbxCoordinator", False),
        ("event", "entity.PbxEntity", True),
        ("event", "sensor.calls", False),
        ("services", "", False),
    ],
)
def test_the_table_is_read_as_it_is_meant(row: str, target: str, allowed: bool) -> None:
    assert may_import(row, target) is allowed


def test_no_packages_import_each_other_in_a_circle() -> None:
    assert not circles(grouped(module_graph(), package_of))


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert not circles(module_graph())


def test_no_modules_of_the_simulator_import_each_other_in_a_circle() -> None:
    assert not circles(module_graph(program=SIMULATOR))


def test_floors() -> None:
    chain = longest_chain(grouped(module_graph(), package_of))
    assert len(chain) <= MOST_FLOORS, " imports ".join(chain)


def test_circles_and_floors_are_counted_right() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"d"}}
    assert circles(graph) == [["b", "c"]]
    assert longest_chain(graph) == ["a", "b + c", "d"]
    assert grouped(graph, lambda node: "b" if node in "bc" else node) == {
        "a": {"b"},
        "b": {"d"},
        "d": set(),
        "e": {"d"},
    }


def _importing(folder: str, *packages: str) -> list[str]:
    return [
        f"{place(path, line)} imports {name}"
        for path in python_files(ROOT / folder)
        for name, line in imports(path)
        if within(name, *packages)
    ]


def test_simulator_shares_nothing_with_the_integration() -> None:
    assert not _importing("pbx_simulator", "custom_components", "homeassistant", "tests")


def test_integration_needs_nothing_else_of_the_repository() -> None:
    others = ("pbx_simulator", "tests", "benchmarks", "demo", "scripts")
    assert not _importing("custom_components/ippbx", *others)


def test_pbx_imports_nothing_of_home_assistant() -> None:
    assert not _importing("custom_components/ippbx/pbx", "homeassistant", "voluptuous")


def test_pbx_imports_itself_relatively() -> None:
    absolute = [
        place(path)
        for path in python_files(INTEGRATION / "pbx")
        if "custom_components" in path.read_text()
    ]
    assert not absolute, "pbx imports itself relatively only, so that it can be copied out"


def test_what_does_not_talk_to_the_pbx_needs_the_standard_library_only() -> None:
    foreign = [
        f"{place(path, line)} imports {name}"
        for module, path in modules().items()
        if module.startswith("pbx.") and row_of(module) not in NEED_LIBRARIES
        for name, line in imports(path)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "custom_components"}
    ]
    assert not foreign


def test_no_import_is_hidden_from_the_interpreter() -> None:
    """An import for types alone would hide a circle."""
    hidden = [place(path) for path in modules().values() if "TYPE_CHECKING" in path.read_text()]
    assert not hidden
