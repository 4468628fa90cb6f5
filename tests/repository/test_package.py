"""The archive that a release attaches."""

import json
import subprocess
import zipfile

from .source import INTEGRATION, ROOT, files, manifest


def _package(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [ROOT / "scripts" / "package", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_archive_unpacks_into_the_integration_folder() -> None:
    result = _package(f"v{manifest()['version']}")
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


def test_another_tag_is_refused() -> None:
    result = _package("v99.0.0")
    assert result.returncode == 1
    assert "99.0.0" in result.stderr
