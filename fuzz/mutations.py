"""Changes to inputs that know what reports are made of.

Deterministic for a given source of chance.
"""

from collections.abc import Callable, Sequence
from random import Random

WORDS = (
    b"action", b"event", b"callid", b"sn", b"ext", b"inbound", b"outbound", b"call", b"members",
    b"extid", b"number", b"reason", b"status", b"extension", b"type", b"operation", b"trunkname",
    b"memberstatus", b"channelid", b"info", b"infos", b"flag", b"ivr", b"ivrid", b"from", b"to",
    b"callpath", b"errno", b"token", b"Success", b"Failed", b"BootUp", b"RING", b"ALERT", b"ANSWER",
    b"ANSWERED", b"BYE", b"Transfer", b"CallFailed", b"CallStatus", b"Invite", b"Incoming",
    b"NewCdr", b"DTMF", b"PlayPromptEnd", b"ExtensionStatus", b"TrunkStatus", b"ConfigChange",
    b"HOLD", b"ANSWERED", b"NO ANSWER", b"BUSY", b"FAILED", b"VOICEMAIL", b"Inbound", b"Outbound",
    b"Internal", b"9999-12-31 23:59:59", b"0001-01-01 00:00:00", b"2026-06-01 12:00:00",
    b"1780000000.1", b"1780000000.3", b"9999999999.999999999999", b"000000000.0",
    b"Content-Length: ", b"Transfer-Encoding: chunked\r\n", b"\r\n\r\n",
    b"Expect: 100-continue\r\n", b"POST ", b" HTTP/1.1\r\n", b"Response: ", b"0\r\n\r\n",
)  # fmt: skip
MARKS = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b'\\"', b"\\ud800", b"\\u0000", b"null",
    b"true", b"1e999", b"-0", b"\x00", b"\xff", b"\xc3", b"\xf0\x9f\x99\x82", b"\r", b"\n", b"\t",
    b"~9", b"*\x01\x02", b"-", b"99999999999", b"",
)  # fmt: skip

type _Change = Callable[[bytearray, Random], None]


def mutate(data: bytes, chance: Random, most: int, others: Sequence[bytes] = ()) -> bytes:
    """Return an input with one to eight changes, at most so many bytes long.

    Args:
        others: inputs that parts may be taken from.
    """
    changed = bytearray(data)
    for _ in range(min(chance.randint(1, 8), chance.randint(1, 8))):
        if others and chance.random() < 0.15:
            other = chance.choice(others)
            begin, end = _span(other, chance)
            at = chance.randint(0, len(changed))
            changed[at : at + chance.choice((0, end - begin))] = other[begin:end]
        else:
            chance.choice(_CHANGES)(changed, chance)
        del changed[most:]
    return bytes(changed)


def _span(data: bytes | bytearray, chance: Random) -> tuple[int, int]:
    begin = chance.randint(0, len(data))
    return begin, min(len(data), begin + chance.choice((1, 2, 5, 20, 100, 1000)))


def _set(data: bytearray, chance: Random) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _drop(data: bytearray, chance: Random) -> None:
    begin, end = _span(data, chance)
    del data[begin:end]


def _double(data: bytearray, chance: Random) -> None:
    begin, end = _span(data, chance)
    data[end:end] = data[begin:end] * chance.choice((1, 1, 2, 30))


def _move(data: bytearray, chance: Random) -> None:
    begin, end = _span(data, chance)
    piece = bytes(data[begin:end])
    del data[begin:end]
    at = chance.randint(0, len(data))
    data[at:at] = piece


def _mark(data: bytearray, chance: Random) -> None:
    at = chance.randint(0, len(data))
    data[at : at + chance.choice((0, 1))] = chance.choice(MARKS)


def _word(data: bytearray, chance: Random) -> None:
    """Put another word in the place of one in quotes, or anywhere."""
    at = data.find(b'"', chance.randint(0, len(data)))
    end = data.find(b'"', at + 1) if at >= 0 else -1
    word = chance.choice(WORDS)
    if end < 0 or chance.random() < 0.2:
        at = end = chance.randint(0, len(data))
    else:
        at += 1
    data[at:end] = word


def _value(data: bytearray, chance: Random) -> None:
    """Give a key a value of another kind."""
    at = data.find(b":", chance.randint(0, len(data)))
    if at >= 0:
        end = max(data.find(b",", at), at + 1)
        data[at + 1 : end] = chance.choice(_VALUES)


_VALUES = (
    b"{}", b"[]", b'""', b"null", b"-1", b"1e999", b"[[{}]]", b'{"extid":["1","2"]}',
    b'[{"ext":{"number":"1"}}]', b"9" * 400, b'"' + b"x" * 300 + b'"', b'"\\ud83d"', b"true",
    b'{"number":"1","memberstatus":"BYE"}',
)  # fmt: skip
_CHANGES: tuple[_Change, ...] = (_set, _drop, _double, _move, _mark, _mark, _word, _word, _value)
