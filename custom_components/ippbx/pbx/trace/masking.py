"""Makes what a PBX says fit to be shown: no number, name, secret or address survives.

Equal digits become equal digits, and equal words equal words, as long as one Masker is used: who
called whom, and which report belongs to which call, can still be seen.
"""

from collections.abc import Iterable, Mapping
import json
import random
import re
import string

_STRING = r'"(?:[^"\\]|\\.)*+"?'
_WORD = r"(?:[^\W_]|[^\x00-\x7f])+"  # a combining mark is part of the name that it belongs to
_TOKENS = re.compile(rf"(?P<text>{_STRING})|(?P<bare>{_WORD})", re.DOTALL)
_WORDS = re.compile(_WORD)
_RUNS = re.compile(r"\d+|\D+")
_DIGITS = re.compile(r"\d+")
_COLON = re.compile(r"\s*:")
_KEY = re.compile(r"[a-z_][A-Za-z_-]{0,31}\d{0,2}")  # no name begins so

_SECRET = re.compile(r"passw|secret|token|md5|random|pin", re.IGNORECASE)
_LONG_ID = 16  # letters and digits mixed, this many: a webhook id, a token, a hash

_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z ()/_-]{0,39}")
_SMALL = re.compile(r"-?\d{1,5}(?:/\d{1,5})?")
_CLOCK = re.compile(r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(?: UTC[+-]?\d{0,2})?")
_VERSION = re.compile(r"[\w.() -]{1,24}", re.ASCII)
# As makers name their devices; a PBX may let its users choose another name.
_MODEL = re.compile(r"(?:(?:OpenVox|Yeastar) ?)?(?:Cloud(?: PBX)?|[A-Z]{1,3}\d{0,4})?")
# What a value must look like to be shown as it is, by its key. Everything else is masked.
_SHOWN: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(
        ("action", "event", "status", "type", "operation", "memberstatus", "transport"),
        _PLAIN_WORD,
    ),
    **dict.fromkeys(
        ("errno", "urltag", "urlflag", "flag", "surveyresult", "extensionstatus"), _SMALL
    ),
    **dict.fromkeys(("callduraction", "callduration", "agentringtime"), _SMALL),
    **dict.fromkeys(("talkduraction", "talkduration"), _SMALL),
    **dict.fromkeys(("timestart", "systemtime", "uptime"), _CLOCK),
    **dict.fromkeys(("version", "hardwarever", "firmwarever"), _VERSION),
    "devicename": _MODEL,
    "reason": re.compile(r"(?:[3-6]\d\d ?)?[A-Za-z /]{0,40}"),
}
# Words that technology puts into ids, paths and error pages.
_KNOWN = frozenset(
    re.findall(
        r"\w+",
        "api body bri dahdi e1 endpoint fxo fxs gsm head html http https iax inbound internal"
        " invite j1 local module outbound pjsip port pri pstn report sip slot sms span t1 title to"
        " transfer trunk wav webhook",
    )
)


def is_model(name: str) -> bool:
    """Return whether the name of a device is that of its model, so that it tells of nobody."""
    return _MODEL.fullmatch(name) is not None


class Masker:
    """Pseudonyms for one dump: random, of the same length and kind, the same for the same value."""

    def __init__(self, texts: Iterable[str] = (), rng: random.Random | None = None) -> None:
        """Note the digits of all texts to come, so that no pseudonym is somebody's number."""
        self._rng = rng or random.SystemRandom()
        self._real = {digits for text in texts for digits in _DIGITS.findall(text)}
        self._digits: dict[str, str] = {}
        self._taken: set[str] = set()
        self._letters: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def json_text(self, text: str) -> str:
        """Mask JSON, or what is almost JSON; its structure and keys stay. The result is ASCII."""
        if not text.lstrip().startswith(("{", "[")):
            return self.words(text)
        pieces: list[str] = []
        key, done = "", 0
        for token in _TOKENS.finditer(text):
            pieces.append(text[done : token.start()])
            done = token.end()
            value, quoted = _decoded(token)
            if _COLON.match(text, done):
                key = value.lower()
                masked = value if _KEY.fullmatch(value) else self.words(value)
            elif token["bare"] in ("true", "false", "null"):
                masked = value
            else:
                masked = self._value(key, value, quoted=quoted)
            pieces.append(json.dumps(masked) if quoted else masked)
        pieces.append(text[done:])
        return "".join(pieces)

    def words(self, text: str) -> str:
        """Mask the words and digits of any text; punctuation stays."""
        return _WORDS.sub(lambda match: self._word(match[0]), text)

    def _value(self, key: str, value: str, *, quoted: bool) -> str:
        if _SECRET.search(key):
            return "" if quoted else "0"
        shown = _SHOWN.get(key)
        return value if shown and shown.fullmatch(value) else self.words(value)

    def _word(self, word: str) -> str:
        if word.isdecimal():
            return self._pseudonym(word)
        if word.lower() in _KNOWN:
            return word
        if word.isalpha() or not word.isascii():
            return self._names.setdefault(word, f"name-{len(self._names) + 1}")
        if len(word) >= _LONG_ID:
            return self._scrambled(word)
        return "".join(self._run(run) for run in _RUNS.findall(word))

    def _run(self, run: str) -> str:
        if run.isdecimal():
            return self._pseudonym(run)
        return run if run.lower() in _KNOWN else self._scrambled(run)

    def _pseudonym(self, digits: str) -> str:
        """Return other digits for a run of digits; a leading zero stays one, and only it is one."""
        if digits in self._digits:
            return self._digits[digits]
        for attempt in range(200):
            fake = self._random_digits(digits)
            if fake in self._taken:
                continue
            if fake not in self._real or attempt > 100:
                break
        self._taken.add(fake)
        self._digits[digits] = fake
        return fake

    def _random_digits(self, digits: str) -> str:
        first = "0" if digits[0] == "0" else self._rng.choice("123456789")
        return first + "".join(self._rng.choices(string.digits, k=len(digits) - 1))

    def _scrambled(self, word: str) -> str:
        if word not in self._letters:
            self._letters[word] = "".join(self._scrambled_char(char) for char in word)
        return self._letters[word]

    def _scrambled_char(self, char: str) -> str:
        for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
            if char in kind:
                return self._rng.choice(kind)
        return "x"


def _decoded(token: re.Match[str]) -> tuple[str, bool]:
    """Return what a token stands for, and whether it is a quoted string."""
    if token["text"] is None:
        return token[0], False
    try:
        value = json.loads(token[0], strict=False)
    except ValueError:
        value = token[0].strip('"')
    return str(value), True
