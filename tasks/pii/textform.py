"""Forms of a text: the normal form for hashing, and the folded view that the detectors read.

Two forms, for two uses:

* `normal_form` — for hashing and matching; a string of its own, offsets are lost;
* `fold` — a `View` for finding personal data: same letters and digits, noise removed, with every
  position traceable to the ORIGINAL string.

What both fold is one table, built here from `unicodedata`: every decimal digit of any script, keycap and
circled digits → Latin; presentation forms, fullwidth, mathematical letters → their plain letters; Arabic
yeh and kaf → Persian; tatweel, vowel marks, bidi controls and zero-width characters → gone.
No personal-data rule lies here (see `tasks/pii*.py`).
"""

import re
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass

ZWNJ = "\u200c"
# Deleted: soft hyphen, Arabic marks, tatweel, bidi controls, joiners, BOM, variation selectors, keycap, tags.
_DELETED = (
    "\u00ad\u034f\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200d-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufdfa\ufdfb\U000e0000-\U000e01ef"
)
_LETTERS = str.maketrans(
    {
        "ي": "ی", "ى": "ی", "ې": "ی", "ۍ": "ی", "ے": "ی", "ك": "ک", "ڪ": "ک", "ګ": "گ", "ة": "ه", "ۀ": "ه",
        "ہ": "ه", "ھ": "ه", "ە": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا", "ٲ": "ا", "ؤ": "و",
        "٫": ".", "٬": ",", "٪": "%", "٭": "*", "۔": ".",
    }
)  # fmt: skip
_SPACES = [
    *b"\t\v\f\r\x1c\x1d\x1e\x1f\x85\xa0",
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
]
_DASHES = [*range(0x2010, 0x2016), 0x2212, 0x2043, 0x30FB, 0x2E3A, 0x2E3B]


def _plain(char: str) -> str | None:
    """The plain characters for a compatibility character or a digit of any script; None for no change."""
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    plain = unicodedata.normalize("NFKC", char)
    if plain == char:
        return None
    return plain.translate(_LETTERS).replace("\u0640", "")


def _compatibility() -> dict[int, str]:
    """code point → plain string, over the blocks that people and converters really use to write text."""
    blocks = [
        (0xFB50, 0xFDFF), (0xFE10, 0xFE6F), (0xFE70, 0xFEFC), (0xFF01, 0xFF5E), (0x1D400, 0x1D7FF),
        (0x2460, 0x24FF), (0x2776, 0x2793), (0xFB00, 0xFB06), (0x1F100, 0x1F169), (0x2025, 0x2026),
    ]  # fmt: skip
    table = {
        code: plain for low, high in blocks for code in range(low, high + 1) if (plain := _plain(chr(code)))
    }
    table |= {
        code: "1234567890"[(code - 0x2776) % 10]
        for code in range(0x2776, 0x2794)
        if (code - 0x2776) % 10 != 9
    }
    table |= dict.fromkeys((10111, 10121, 10131), "10") | {0x24FF: "0", 0x24EA: "0"}
    everything = "".join(map(chr, range(0x660, 0x20000)))  # no script has decimal digits outside
    table |= {ord(digit): str(unicodedata.digit(digit)) for digit in re.findall(r"\d", everything)}
    table[0xFDFD] = "بسم الله الرحمن الرحیم"  # has no decomposition in Unicode
    for code in (0xFDFA, 0xFDFB):  # honorific ligatures carry no content: deleted, as hazm does
        table.pop(code, None)
    return table


_COMPAT = _compatibility()
_ONE = {code: plain for code, plain in _COMPAT.items() if len(plain) == 1}
_MANY = {chr(code): plain for code, plain in _COMPAT.items() if len(plain) > 1}
_EXPAND = "".join(map(re.escape, _MANY))


_ONE |= _LETTERS | dict.fromkeys(_SPACES, " ") | dict.fromkeys(_DASHES, "-")
_ONE |= dict.fromkeys(
    [*range(9), *range(0xE, 0x1C), 0x7F], "\u200b"
)  # control characters vanish, NUL with them
_SURROGATE = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_ONE |= _SURROGATE

_EDIT = re.compile(f"[{_DELETED}{ZWNJ}]+|ا[\u0653]|[{_EXPAND}]")
_INVISIBLE = re.compile(f"[{_DELETED}]+")
_ARABIC_LETTER = "\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc"
_STRAY_ZWNJ = re.compile(f"(?<![{_ARABIC_LETTER}]){ZWNJ}+|{ZWNJ}+(?![{_ARABIC_LETTER}{ZWNJ}])")
_LONG = re.compile(f"([{_ARABIC_LETTER}])\\1{{2,}}")
_SPACE_RUN = re.compile(r"\s+")
_MANY_TABLE = {ord(char): plain for char, plain in _MANY.items()}


def normal_form(text: str) -> str:
    """See `tasks.redact.normalise`, the public face."""
    for _ in range(8):  # one pass is enough for nearly all text; removals can bring new neighbours together
        once = _normal_pass(text)
        if once == text:
            break
        text = once
    return text


def _normal_pass(text: str) -> str:
    text = unicodedata.normalize("NFC", text.translate(_SURROGATE) if not text.isascii() else text)
    text = text.translate(_MANY_TABLE).translate(_ONE)
    text = _INVISIBLE.sub("", text)
    text = _STRAY_ZWNJ.sub("", re.sub(f"{ZWNJ}+", ZWNJ, text))
    text = _LONG.sub(r"\1", text)
    return unicodedata.normalize("NFC", _SPACE_RUN.sub(" ", text).strip())


@dataclass(frozen=True, slots=True)
class View:
    """A folded text and the way back: `at[k]` is the folded position from which `shift[k]` holds.

    `ties`: folded positions of the blanks that a ZWNJ became; the two words beside one are parts of one word.
    """

    text: str
    at: "array[int]"
    shift: "array[int]"
    ties: frozenset[int] = frozenset()

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Character offsets in the original string for the folded half-open range [start, end)."""
        return self._back(start), self._back(end - 1) + 1

    def _back(self, position: int) -> int:
        index = bisect_right(self.at, position) - 1
        return position + (self.shift[index] if index >= 0 else 0)


def fold(text: str) -> View:
    """The view the detectors read: one pass, linear in the text, line breaks kept.

    A ZWNJ between two printable ASCII characters (digits after folding) is noise and vanishes;
    elsewhere it separates morphemes and becomes a space.
    """
    plain = text if text.isascii() and text.isprintable() else text.translate(_ONE)
    at, shift = array("q"), array("q")
    if _EDIT.search(plain) is None:
        return View(plain, at, shift)
    parts: list[str] = []
    ties: set[int] = set()
    done, length = 0, 0
    for match in _EDIT.finditer(plain):
        parts.append(plain[done : match.start()])
        length += match.start() - done
        new = _replacement(match, plain)
        if new == " ":
            ties.add(length)
        for step in range(1, len(new)):
            at.append(length + step)
            shift.append(match.start() - length - step)
        parts.append(new)
        length += len(new)
        done = match.end()
        at.append(length)
        shift.append(done - length)
    parts.append(plain[done:])
    return View("".join(parts), at, shift, frozenset(ties))


def _replacement(match: re.Match[str], plain: str) -> str:
    found = match.group()
    if found in _MANY:
        return _MANY[found]
    if found[0] == "ا":
        return "آ"
    if ZWNJ not in found:
        return ""
    before, after = plain[match.start() - 1 : match.start()], plain[match.end() : match.end() + 1]
    return "" if _is_ascii_mark(before) and _is_ascii_mark(after) else " "


def _is_ascii_mark(char: str) -> bool:
    return "!" <= char <= "~" if char else True
