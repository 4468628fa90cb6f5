"""Rules that every file of the repository keeps."""

import os
import re
import subprocess

import pytest

from .source import INTEGRATION, ROOT, files, place, python_files, read_yaml

# Written in two halves, so that this file does not name them itself.
REGISTRIES = [
    "pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "deb" + r"\.debian",
    "debian" + r"\.org/debian",
]  # fmt: skip
MACHINES = ["/" + "work/", "/tmp" + "/w", "/root" + "/", "/home" + "/[a-z]"]
# That of the cards' tools alone is kept: it has hashes and no addresses.
LOCKS = {"uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json", "pdm.lock", "pylock.toml"}
TEXT = {
    "",
    ".cfg",
    ".ini",
    ".json",
    ".md",
    ".py",
    ".sh",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
    ".html",
    ".js",
    ".mjs",
    ".ts",
    ".css",
}
SCRIPTS = [
    "setup", "test", "lint", "demo", "bench", "soak", "fuzz", "package", "asterisk", "countries",
    "address", "browser", "reference", "screenshots", "frontend",
]  # fmt: skip


def test_every_room_has_its_place_in_the_plan() -> None:
    plan = (ROOT / "docs" / "development.md").read_text()
    rooms = {path.parent.name for path in python_files(INTEGRATION)} - {INTEGRATION.name}
    assert not {room for room in rooms if f"{room}/" not in plan}
    assert not {path.name for path in INTEGRATION.glob("*.py") if path.name not in plan}


@pytest.mark.parametrize("pattern", [*REGISTRIES, *MACHINES])
def test_no_file_names_a_registry_or_a_machine(pattern: str) -> None:
    found = [
        place(path, number)
        for path in files()
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not found


def test_no_lock_files_but_one() -> None:
    assert [place(path) for path in files() if path.name in LOCKS] == ["frontend/package-lock.json"]


@pytest.mark.parametrize("name", [*(f"scripts/{script}" for script in SCRIPTS), ".ci/run"])
def test_scripts_can_be_run(name: str) -> None:
    path = ROOT / name
    assert os.access(path, os.X_OK), "not executable"
    assert path.read_text().startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in path.read_text()
    result = subprocess.run(["bash", "-n", path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_actions_are_pinned_by_commit() -> None:
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        for job in read_yaml(path)["jobs"].values():
            for step in job["steps"]:
                if uses := step.get("uses"):
                    assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", uses), f"{path.name}: {uses}"
