"""Redact: take personal data out of a text before anybody else sees it.

What lies here: the public faces `normalise`, `redact`, `text_key`, and the version that is stamped on
every row. The rules live in `tasks/pii*.py`, the word lists in `data/redact/`, script and language in
`tasks/language.py`, near duplicates in `tasks/duplicates.py`.

The rule in short: over-mask identifiers, never money, years, statistics, laws, places or public office;
when in doubt about a long number, mask it. The map from placeholder to original stays on this machine.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType

from tasks.language import Language, Script, detect
from tasks.pii.find import PLACEHOLDER, find_personal_data
from tasks.pii.textform import ZWNJ, fold, normal_form

_ATTACHED = re.compile(r"[\ufe0f\u20e3\u064b-\u0655]{0,8}")  # keycap and vowel marks of the last character


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data at [start, end), in characters of the original string."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text without its personal data. `mapping` (placeholder → original) never leaves this machine."""

    text: str
    spans: tuple[Span, ...]
    script: Script
    language: Language
    mapping: Mapping[str, str] = field(repr=False)


def normalise(text: str) -> str:
    """The form used for hashing and matching; idempotent, total (any Python string), one line.

    NFC; Arabic yeh/kaf and their kin → Persian; digits of every script → Latin; presentation forms,
    fullwidth and mathematical letters → plain; tatweel, vowel marks, bidi controls, zero-width and control
    characters, variation selectors → gone; a ZWNJ stays only between two letters of the Arabic script,
    and once; white space → one blank, trimmed; three and more of one letter → one; lone surrogates → U+FFFD.

    Where the public test suites disagree (`fa_normalization`), the rule is: digits become Latin, not Persian
    (numbers are compared with those of English records); no half-space is inserted or moved and no
    punctuation is restyled (that is typography; `text_key` folds both); `ۀ` and `هٔ` → `ه`; the honorific
    ligature U+FDFA vanishes (hazm), U+FDFD is spelt out; stretched letters shrink to one (hazm), not two.
    """
    return normal_form(text)


def redact(text: str) -> Redaction:
    """Find personal data, replace it by typed placeholders, and tell script and language.

    Placeholders are `[KIND_n]`; the same value (a number written two ways included) has the same n within a
    text. A placeholder that stands literally in the text is never reused. Pure, no I/O, linear in the text.
    """
    view = fold(text)
    kept: list[str] = []
    parts: list[str] = []
    spans: list[Span] = []
    names = _Placeholders(text)
    done = 0
    for begin, finish, kind in find_personal_data(view.text, view.ties):
        start, end = view.original(begin, finish)
        end += len(_ATTACHED.match(text, end).group())  # type: ignore[union-attr]  # matches the empty string
        kept += [text[done:start], text[start:end] if kind == "address" else ""]  # its words are language
        parts += [text[done:start], names.give(kind, view.text[begin:finish], text[start:end])]
        spans.append(Span(start, end, kind))
        done = end
    script, language = detect(" ".join([*kept, text[done:]]))
    return Redaction(
        "".join([*parts, text[done:]]), tuple(spans), script, language, MappingProxyType(names.mapping)
    )


def personal_kinds(text: str) -> frozenset[str]:
    """The kinds of personal data in a text; for texts of our own, which are looked at and not stored."""
    view = fold(text)
    return frozenset(kind for _, _, kind in find_personal_data(view.text, view.ties))


class _Placeholders:
    """Numbers the placeholders of one text, one per kind and value."""

    def __init__(self, text: str) -> None:
        self.mapping: dict[str, str] = {}
        self._given: dict[tuple[str, str], str] = {}
        self._count: dict[str, int] = {}
        self._literal = set(PLACEHOLDER.findall(text)) if "[" in text else set()

    def give(self, kind: str, value: str, original: str) -> str:
        key = (kind, _canonical(kind, value))
        if key not in self._given:
            number = self._count.get(kind, 0) + 1
            while (kind.upper(), str(number)) in self._literal:
                number += 1
            self._count[kind] = number
            self._given[key] = f"[{kind.upper()}_{number}]"
            self.mapping[self._given[key]] = original
        return self._given[key]


def _canonical(kind: str, value: str) -> str:
    """What makes two finds the same value: digits without country code, letters without case and blanks."""
    digits = re.sub(r"[^0-9]", "", value)
    if kind in ("mobile", "landline") and len(digits) >= 10:
        return digits[-10:]
    if len(digits) >= 7 and kind not in ("address", "email", "url_id", "handle"):
        return digits
    return " ".join(value.casefold().split())


# Kept: numbers with their inner marks, signs that carry meaning (a question, an opinion, a currency, a sign).
_KEY_PUNCTUATION = re.compile(
    r"[^\w\s\[\]%?+<>=$€👍👎❌🚫✅.,/:\-]|(?<![0-9])[.,/:]|[.,/:](?![0-9])|-(?![0-9])|(?<=[^\W\d_])-|(?<=\])_"
)
_REPEATED_SIGN = re.compile(r"([?👍👎❌🚫✅])(?:\s*\1)+")
_PREFIX = re.compile(r"(?<!\w)(ن?می) (?=[^\W\d_])")
_SUFFIX = re.compile(
    r"(?<=[^\W\d_]) (ها|های|هایی|هایم|هایت|هایش|هایمان|هایتان|هایشان|تر|ترین|ام|ات|اش|اند)(?!\w)"
)


def key_form(redacted: str) -> str:
    """The text that `text_key` hashes: normal form, without case, punctuation and half-space habits.

    `می‌رود`, `می رود` and `میرود` are one; `۱۲٬۵۰۰` stays a number; a placeholder stays what it is.
    """
    form = normal_form(redacted).replace(ZWNJ, " ").casefold().replace("؟", "?").replace("،", ",")
    form = _REPEATED_SIGN.sub(r"\1", _KEY_PUNCTUATION.sub(" ", form))
    form = _SUFFIX.sub(r"\1", _PREFIX.sub(r"\1", form))
    return " ".join(form.split())


def text_key(text: str) -> str:
    """SHA-256 (hex) of the redacted text's `key_form`: equal keys are the same message sent again.

    Takes the citizen's text or its redacted form, which give the same key; two senders who differ only in
    their telephone number have one key.
    """
    return redacted_key(redact(text).text)


def redacted_key(redacted: str) -> str:
    """`text_key` for a text that is redacted already (saves the second redaction)."""
    return hashlib.sha256(key_form(redacted).encode("utf-8")).hexdigest()


def _version() -> str:
    """Hash of every rule and word list: rows redacted under other rules are told apart by it."""
    tasks, lists = resources.files("tasks"), resources.files("data").joinpath("redact")
    sources = [tasks.joinpath("redact.py"), tasks.joinpath("language.py")]
    sources += [item for item in tasks.joinpath("pii").iterdir() if item.name != "score.py"]
    sources += lists.iterdir()
    digest = hashlib.sha256()
    for item in sorted(sources, key=lambda item: item.name):
        if item.name.endswith((".py", ".toml", ".txt")):
            digest.update(item.name.encode() + item.read_bytes())
    return digest.hexdigest()[:16]


REDACTOR_VERSION = _version()
