"""vCard files as phones and mail programs write them, and what is none."""

from pathlib import Path

import pytest

from custom_components.ippbx.contacts.merge import MAX_CONTACTS, MAX_NAME
from custom_components.ippbx.contacts.vcard import MAX_FILE, VCardError, read_cards
from tests.counted import Counted

PICTURE = "".join(f"\r\n {'QUJD' * 18}" for _ in range(300))
PHONE = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//A phone//EN\r\nN:Sample;Anna;;;\r\nFN:Anna Sample\r\n"
    "ORG:Garden\\, Tools and Sons;\r\n"
    f"PHOTO;ENCODING=b;TYPE=JPEG:{PICTURE}\r\n"
    "item1.TEL;type=pref:+49 30 555 0101\r\nitem1.X-ABLabel:_$!<Mobile>!$_\r\n"
    "TEL;type=HOME;type=VOICE:(030) 555-0102\r\nTEL;type=CELL:+49 30 555 0101\r\n"
    "END:VCARD\r\n"
)
OLD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=BCrgen;;;\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen=\r\n=20M=C3=BCller\r\n"
    "TEL;CELL;PREF:0171 5550103\r\nNOTE;ENCODING=QUOTED-PRINTABLE:TEL:1=\r\nTEL:2\r\n"
    "END:VCARD\r\n"
)
NEW = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nN:;;;;\r\nFN:Yu\r\n ki\r\n"
    "TEL;VALUE=uri;TYPE=work:tel:+81-3-5550-104\r\nEND:VCARD\r\n"
)


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "contacts.vcf"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes) -> list[tuple[str, str]]:
    cards = read_cards(write(folder, content))
    return [(row["name"], row["number"]) for card in cards for row in card]


def refused(folder: Path, content: str | bytes) -> str:
    with pytest.raises(VCardError) as caught:
        read_cards(write(folder, content))
    return caught.value.key


def card(*lines: str) -> str:
    return "\n".join(("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""))


def test_each_version(tmp_path: Path) -> None:
    assert read(tmp_path, PHONE + OLD + NEW) == [
        ("Anna Sample", "+49 30 555 0101"),
        ("Anna Sample", "(030) 555-0102"),
        ("Jürgen Müller", "0171 5550103"),
        ("Yuki", "+81-3-5550-104"),
    ]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("tel:+49-30-5550002;ext=12", "+49-30-5550002"),
        ("TEL:+49.30.(555).0002", "+49.30.(555).0002"),
        ("tel:7042;phone-context=example.com", "7042"),
        ("+49 30 5550002", "+49 30 5550002"),
    ],
)
def test_a_uri_is_read_as_its_number(tmp_path: Path, value: str, number: str) -> None:
    """As version 4.0 writes them (RFC 6350 and 3966)."""
    for line in (f'TEL;VALUE=uri;TYPE="work,voice":{value}', f"item1.TEL:{value}"):
        assert read(tmp_path, card("FN:Zoë", line)) == [("Zoë", number)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    content = card("FN:Jürgen", "TEL:0301").encode(encoding)
    assert read(tmp_path, content) == [("Jürgen", "0301")]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_ends_of_lines(tmp_path: Path, end: str) -> None:
    content = (card("FN:Anna", "TEL:0301") * 2).replace("\n", end)
    assert read(tmp_path, content) == [("Anna", "0301")] * 2


def test_names(tmp_path: Path) -> None:
    """As it is shown, else first and last name, else the company, else the nickname."""
    content = (
        card("N:Sample;Anna;Maria;Dr.;", "TEL:01")
        + card("FN:", "ORG:Garden\\, Tools;Sales", "TEL:02")
        + card("NICKNAME:Ann", "TEL:03")
        + card("FN:<b>Bob</b> \\n **x**", "TEL:04")
        + card("TEL:05")
    )
    assert [name for name, _ in read(tmp_path, content)] == [
        "Anna Sample", "Garden, Tools", "Ann", "<b>Bob</b> **x**", "",
    ]  # fmt: skip


def test_what_cannot_be_read_is_named_and_costs_no_other(tmp_path: Path) -> None:
    content = (
        card("FN:Anna", "TEL:0301")
        + card("FN:Broken", "TEL;TYPE=\x00\x01;=:::", "N;ENCODING=QUOTED-PRINTABLE:=ZZ")
        + "BEGIN:VCARD\nFN:Cut off\nTEL:0302\n"
        + card("FN:No number", "EMAIL:x@example.com")
        + card("FN:Bob", "TEL:0303")
    )
    found = read(tmp_path, content)
    assert (found[0], found[-1]) == (("Anna", "0301"), ("Bob", "0303"))
    assert ("No number", "") in found
    assert not any(number == "0302" for _, number in found)


@pytest.mark.parametrize(
    "line",
    [
        "TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=42=C3=BC=72=6F):030 9991003",
        "TEL;Büro:0309",
        "TEL;WORK(2):0309",
        "ORG;CHARSET=foo-bar;ENCODING=QUOTED-PRINTABLE:=FF=FE",
        "FN;CHARSET=foo-bar;ENCODING=QUOTED-PRINTABLE:=FF=FE",
    ],
)
def test_a_line_that_cannot_be_read_costs_no_other(tmp_path: Path, line: str) -> None:
    """The first one is how a Samsung Galaxy S6 writes a label of the user's own."""
    name = "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller=\n;J=C3=BCrgen"
    for lines in ((line, name, "TEL;CELL:0301"), (name, "TEL;CELL:03\n 01", line)):
        assert read(tmp_path, card(*lines)) == [("Jürgen Müller", "0301")]


def test_what_has_no_readable_name_is_known_by_its_number(tmp_path: Path) -> None:
    unreadable = "FN;CHARSET=foo-bar;ENCODING=QUOTED-PRINTABLE:=FF=FE"
    assert read(tmp_path, card(unreadable, "TEL:0301") + card(unreadable)) == [
        ("", "0301"), ("?", ""),
    ]  # fmt: skip


def test_an_empty_number_is_none(tmp_path: Path) -> None:
    content = card("FN:Anna", "TEL:", "TEL:0301", "TEL;TYPE=CELL: ") + card("FN:Bob", "TEL:")
    assert read(tmp_path, content) == [("Anna", "0301"), ("Bob", "")]


def test_a_contact_keeps_its_numbers_together(tmp_path: Path) -> None:
    content = card("FN:Anna", "TEL:0301", "TEL:0302") + card("FN:Anna", "TEL:0303")
    found = read_cards(write(tmp_path, content))
    assert [[row["number"] for row in each] for each in found] == [["0301", "0302"], ["0303"]]


@pytest.mark.parametrize(
    "content",
    ["", "name,number\nAnna,0301\n", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "BEGIN:VCARD\nFN:Anna\n",
     b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, b"PK\x03\x04" * 500],
)  # fmt: skip
def test_other_files(tmp_path: Path, content: str | bytes) -> None:
    assert refused(tmp_path, content) == "no_vcard"


def test_a_file_of_50_mb_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "contacts.vcf"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(VCardError, match="file_too_large"):
        read_cards(path)
    with path.open("wb") as file:
        file.truncate(MAX_FILE)
    with pytest.raises(VCardError, match="no_vcard"):
        read_cards(path)


def test_too_many(tmp_path: Path) -> None:
    assert refused(tmp_path, card("FN:x", "TEL:1") * (2 * MAX_CONTACTS + 1)) == "too_many_contacts"


LINES = ["TEL:1", "X:", " x", "TEL:1;\n x", "N;ENCODING=QUOTED-PRINTABLE:=", "", "BEGIN:VCARD"]


def of_lines(line: str, count: int) -> str:
    """Return a card that has a line so many times."""
    return "BEGIN:VCARD\nVERSION:3.0\nFN:Anna\n" + f"{line}\n" * count + "END:VCARD\n"


@pytest.mark.parametrize("line", LINES)
def test_a_million_lines(tmp_path: Path, line: str) -> None:
    """Most of them are skipped unread; vobject would take a minute."""
    count = min(1_000_000, MAX_FILE // (len(line) + 1) - 20)
    (found,) = read_cards(write(tmp_path, of_lines(line, count)))
    assert len(found) <= 200


@pytest.mark.parametrize("line", LINES)
def test_a_line_that_is_skipped_costs_next_to_nothing(tmp_path: Path, line: str) -> None:
    bytecodes = []
    for count in (1000, 6000):
        path = write(tmp_path, of_lines(line, count))
        with Counted(where="") as counted:
            read_cards(path)
        bytecodes.append(counted.count)
    assert bytecodes[1] - bytecodes[0] <= 150 * 5000, (bytecodes[1] - bytecodes[0]) / 5000


def test_a_line_of_10_mb(tmp_path: Path) -> None:
    content = card("FN:Anna", f"TEL:{'1' * (MAX_FILE - 200)}")
    path = write(tmp_path, content)
    with Counted(where="") as counted:
        ((row,),) = read_cards(path)
    assert (row["name"], len(row["number"])) == ("Anna", MAX_NAME)
    assert counted.count <= 400_000
