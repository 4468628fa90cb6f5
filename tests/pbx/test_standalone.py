"""The PBX library knows nothing of Home Assistant and could be published as it is."""

import ast
from collections.abc import Iterator
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

import custom_components.ippbx.pbx as pbx

FOLDER = Path(pbx.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
MODULES = [
    ".".join(path.relative_to(FOLDER).with_suffix("").parts)
    for path in FILES
    if path.stem != "__init__"
]

# What is imported besides itself and the standard library.
ALLOWED = {"aiohttp", "yarl", "orjson"}


def imported(path: Path, folder: Path = FOLDER) -> Iterator[str]:
    """Yield the top-level packages that a file imports, wherever in it."""
    depth = len(path.relative_to(folder).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= depth, f"{path.name} reaches outside of the package"
            if node.level == 0:
                yield str(node.module).partition(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_file_imports_only_what_it_may(path: Path) -> None:
    assert set(imported(path)) - ALLOWED <= sys.stdlib_module_names


def test_the_rule_would_notice(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("def f():\n    import homeassistant.core\n", encoding="utf-8")
    assert list(imported(path, tmp_path)) == ["homeassistant"]
    path.write_text("from ..const import DOMAIN\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        list(imported(path, tmp_path))


def test_it_works_copied_out_alone(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "lonely", ignore=shutil.ignore_patterns("__pycache__"))
    program = (
        "import sys, importlib\n"
        "sys.modules['homeassistant'] = None\n"
        "sys.modules['custom_components'] = None\n"
        f"for name in {MODULES}:\n"
        "    importlib.import_module('lonely.' + name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
