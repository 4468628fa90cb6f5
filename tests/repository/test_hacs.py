"""What the HACS action checks and the Marketplace reads, offline."""

import tomllib

from PIL import Image
import pytest

from .source import INTEGRATION, ROOT, manifest, read_json

KEYS = {
    "content_in_root", "country", "filename", "hacs", "hide_default_branch", "homeassistant",
    "name", "persistent_directory", "render_readme", "zip_release",
}  # fmt: skip


def hacs() -> dict[str, object]:
    return read_json(ROOT / "hacs.json")


def test_keys() -> None:
    assert not set(hacs()) - KEYS
    assert hacs()["name"] == manifest()["name"]


def test_archive_is_the_one_that_a_release_attaches() -> None:
    assert hacs()["zip_release"] is True
    name = hacs()["filename"]
    assert f'"{name}"' in (ROOT / "scripts" / "package").read_text()
    assert f"dist/{name}" in (ROOT / ".github" / "workflows" / "release.yml").read_text()


def test_oldest_home_assistant_is_one_that_is_tested() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    (oldest,) = (pin for pin in groups["demo-oldest"] if pin.startswith("homeassistant=="))
    assert hacs()["homeassistant"] == "2026.2.0"
    assert oldest.removeprefix("homeassistant==").rpartition(".")[0] == "2026.2"


def test_one_integration() -> None:
    folders = [path for path in INTEGRATION.parent.iterdir() if path.is_dir()]
    assert [path.name for path in folders if path.name != "__pycache__"] == ["ippbx"]


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md"])
def test_documents(name: str) -> None:
    assert len((ROOT / name).read_text().splitlines()) > 10


@pytest.mark.parametrize(("name", "size"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_icons(name: str, size: int) -> None:
    with Image.open(INTEGRATION / "brand" / name) as image:
        assert image.format == "PNG"
        assert image.size == (size, size)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("logo.png", 128, 256),
        ("logo@2x.png", 256, 512),
        ("dark_logo.png", 128, 256),
        ("dark_logo@2x.png", 256, 512),
    ],
)
def test_logos(name: str, least: int, most: int) -> None:
    with Image.open(INTEGRATION / "brand" / name) as image:
        assert image.format == "PNG"
        assert least <= min(image.size) <= most
        assert image.width > image.height
