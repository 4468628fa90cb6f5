"""The simulator's modules import each other in one direction, and only the table knows families."""

import ast
from pathlib import Path

import pbx_simulator

PACKAGE = Path(pbx_simulator.__file__).parent
NAME = PACKAGE.name
FAMILIES = f"{NAME}.families"
"""The table of families; each family is a package below it."""


def modules() -> dict[str, Path]:
    """Return all modules of the simulator by their dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = [NAME, *path.relative_to(PACKAGE).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """Return the simulator's modules that one of them imports, under TYPE_CHECKING as well."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            inner = {f"{base}.{alias.name}" for alias in node.names}
            found |= inner if inner <= set(known) else (inner & set(known)) | {base}
    return {each for each in found if each in known} - {name}


def graph() -> dict[str, set[str]]:
    """Return each module with the modules that it imports."""
    known = modules()
    return {name: imported(name, path, known) for name, path in known.items()}


def in_circles(edges: dict[str, set[str]]) -> set[str]:
    """Return the modules that are left when those without imports are taken off again and again."""
    left = dict(edges)
    while True:
        free = {name for name, targets in left.items() if not targets & set(left)}
        free |= {name for name in left if not any(name in targets for targets in left.values())}
        if not free:
            return set(left)
        for name in free:
            del left[name]


def family_of(name: str) -> str:
    """Return the package of the family that a module belongs to; empty = none."""
    parts = name.split(".")
    return ".".join(parts[:3]) if len(parts) > 2 and name.startswith(f"{FAMILIES}.") else ""


def test_a_circle_is_found() -> None:
    assert in_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"b", "c"}
    assert not in_circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_imports_are_found_in_every_form() -> None:
    known = modules()
    path = known[FAMILIES]
    assert imported(FAMILIES, path, known) == {
        f"{NAME}.family",
        f"{NAME}.product",
        f"{FAMILIES}.uc",
    }


def test_no_modules_import_each_other() -> None:
    assert not in_circles(graph())


def test_only_the_table_imports_a_family() -> None:
    assert [
        (name, target)
        for name, targets in graph().items()
        for target in targets
        if family_of(target) and family_of(target) != family_of(name) and name != FAMILIES
    ] == []
    assert any(family_of(target) for target in graph()[FAMILIES])
