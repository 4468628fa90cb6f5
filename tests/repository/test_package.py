"""The archive that a release attaches."""

import json
from pathlib import Path
import shutil
import subprocess
import zipfile

import pytest

from .source import INTEGRATION, ROOT, files, manifest

ADDRESS = "https://github.com/someone/phones"


def _package(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [root / "scripts" / "package", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Return a clone that has its real address, as before a release."""
    clone = tmp_path / "clone"
    for path in files():
        target = clone / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    subprocess.run(["git", "init", "-q"], cwd=clone, check=True)
    subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
    subprocess.run([clone / "scripts" / "address", ADDRESS], check=True, capture_output=True)
    return clone


def test_archive_unpacks_into_the_integration_folder() -> None:
    result = _package()
    assert result.returncode == 0, result.stderr
    with zipfile.ZipFile(ROOT / "dist" / "ippbx.zip") as archive:
        names = set(archive.namelist())
        assert json.loads(archive.read("manifest.json")) == manifest()
    ours = {
        str(path.relative_to(INTEGRATION)) for path in files() if path.is_relative_to(INTEGRATION)
    }
    assert names == ours


def test_notes_are_those_of_the_version() -> None:
    assert _package().returncode == 0
    notes = (ROOT / "dist" / "notes.md").read_text()
    assert notes.strip()
    assert "## [" not in notes
    assert "]: http" not in notes


def test_a_release_needs_the_real_address(published: Path) -> None:
    tag = f"v{manifest()['version']}"
    result = _package(tag)
    assert result.returncode == 1
    assert "placeholder" in result.stderr
    result = _package(tag, root=published)
    assert result.returncode == 0, result.stderr
    result = _package("v99.0.0", root=published)
    assert result.returncode == 1
    assert "99.0.0" in result.stderr


def test_the_address_stands_nowhere_else(published: Path) -> None:
    """Nothing but the placeholder's own check, and tests, still has it."""
    left = [
        str(path.relative_to(published))
        for path in published.rglob("*")
        if path.is_file() and ".git" not in path.parts and b"ha-ippbx" in path.read_bytes()
    ]
    assert sorted(left) == ["scripts/package", "tests/repository/test_package.py"]
