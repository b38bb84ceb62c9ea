"""Is this message a public matter, and if not, why not: the offline engine's first decision.

Evidence for a public matter (concepts, demands, institutions) is weighed against cues for the other kinds
of text (`data/lexicon/cues.toml`). Not here: what the matter is.
"""

import re

from tasks import facts
from tasks.llm.engine.reading import CONCEPTS, Reading, cue_spans, has_cue
from tasks.llm.lexicon import Lexicon
from tasks.schemas import RejectReason

_CONTACT = re.compile(
    r"\[(?:PHONE|URL|HANDLE|EMAIL|LINK|MOBILE|LANDLINE|BANK_CARD|SHEBA)[A-Z_]*\d*\]|https?://|t\.me/|www\.|@\w{4,}|\b09\d{9}\b"
    r"|۰۹[۰-۹]{9}|👈|instagram\.com",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")
_PICTURE = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2190-\u21ff\u2b00-\u2bff]")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپو")
CIVIC_ENOUGH = 0.8
_QUIET, _EVERYDAY = 0.5, 0.4  # what a matter weighs when nobody complains, asks or denies
_PRIVATE_TOPICS = frozenset(("culture_sport", "family_youth", "internet", "economy", "other"))
_VERSE_LINES, _VERSE_WIDTH = 3, 60  # lines, characters
_SPORT = frozenset(("football clubs", "football clubs of the provinces", "sport and athletes"))
_SPORT_TALK = 2.0  # who wins is talk, unless something is asked of somebody
_TELLING_WORDS = 6
_SAYINGS = ("demand", "aspect")
_SAID = 0.5  # weight of what is wanted or wrong, from which it makes a matter of a place alone
_INSULTED = 1.7  # an insult beside more than this of a public matter is a complaint


def reason_to_reject(reading: Reading, lex: Lexicon) -> RejectReason | None:
    """Why the message holds no public matter; None when it does."""
    text = reading.text
    if not _LETTER.search(text):
        return "not_text" if _PICTURE.search(text) else "empty"
    if _is_noise(reading, lex):
        return "not_text"
    insults = _insults(reading, lex)
    civic = civic_weight(reading, lex, besides=insults)
    if _is_greeting(reading, lex, civic):
        return "greeting"
    asks = has_cue(reading, lex, "meta_ask") or has_cue(reading, lex, "meta_oppose")
    said = any(m.entry.kind in ("demand", "aspect", "bad") for m in reading.matches)
    patience = 2.0 if asks and said and civic >= 2.0 else 1.0
    found: list[tuple[RejectReason, float]] = [
        ("advert", _advert(reading, lex)),
        ("insult", _INSULTED if insults else 0.0),
        ("religious_or_literary", _religious(reading, lex)),
        ("personal", 2.2 * len(cue_spans(reading, lex, "personal"))),
        (
            "not_civic",
            (2.5 * len(cue_spans(reading, lex, "not_civic")) + 1.2 * len(cue_spans(reading, lex, "chat")))
            * (_SPORT_TALK if {m.entry.en for m in reading.concepts()} <= _SPORT else 1.0),
        ),
    ]
    for reason, weight in found:
        if weight and weight > civic * (1.0 if reason in ("advert", "insult") else patience):
            return reason
    return None if civic >= CIVIC_ENOUGH else _kind_of_talk(reading, lex)


def _insults(reading: Reading, lex: Lexicon) -> list[tuple[int, int]]:
    """Words that insult; «آشغالا رو جمع نمی‌کنن» speaks of dirt and not of people."""
    found = cue_spans(reading, lex, "insult")
    if not found or lex.cues["filth_place"].isdisjoint(reading.keys):
        return found
    return [span for span in found if not lex.cues["filth"].issuperset(reading.keys[slice(*span)])]


def _kind_of_talk(reading: Reading, lex: Lexicon) -> RejectReason:
    """What a text without any public matter is: here a single sign is enough."""
    signs: list[tuple[RejectReason, bool]] = [
        ("advert", has_cue(reading, lex, "advert") and bool(_CONTACT.search(reading.text))),
        ("religious_or_literary", has_cue(reading, lex, "religious") or _is_verse(reading, lex)),
        ("personal", has_cue(reading, lex, "personal")),
        ("insult", has_cue(reading, lex, "insult")),
        ("not_civic", has_cue(reading, lex, "not_civic") or has_cue(reading, lex, "chat")),
        ("greeting", has_cue(reading, lex, "greeting_core")),
        ("personal", has_cue(reading, lex, "private")),
    ]
    return next((reason for reason, found in signs if found), "not_civic")


def _is_verse(reading: Reading, lex: Lexicon) -> bool:
    """Three short lines or more with a poet's words in them."""
    lines = [line for line in reading.text.splitlines() if line.strip()]
    short = len(lines) >= _VERSE_LINES and max(map(len, lines)) <= _VERSE_WIDTH
    return _different(reading, lex, "literary") >= (1 if short else 2)


def civic_weight(reading: Reading, lex: Lexicon, *, besides: list[tuple[int, int]] | None = None) -> float:
    """How much speaks for a public matter; tokens in `besides` do not count."""
    hidden = {index for first, last in besides or () for index in range(first, last)}
    seen: set[str] = set()
    total = 0.0
    for match in reading.matches:
        if match.first in hidden or match.entry.en in seen:
            continue
        seen.add(match.entry.en)
        total += match.entry.weight - 0.8 if match.entry.kind in CONCEPTS else 0.0
    said = {m.entry.en for m in reading.matches if m.entry.kind not in CONCEPTS and m.first not in hidden}
    near = [m for m in reading.places if m.entry.say_en not in ("country", "foreign_city", "afghan")]
    if not total and near and _wants(reading):
        total = CIVIC_ENOUGH
    total += 0.4 * len(said) if total else 0.15 * len(said)
    total += 0.8 * len({m.entry.en for m in reading.bodies if m.first not in hidden})
    if not total and (said or reading.bodies or near):
        asks = has_cue(reading, lex, "meta_ask") or has_cue(reading, lex, "meta_oppose")
        denied = facts.is_negated(reading.text)
        counted = bool(said) and any(token.kind == "number" for token in reading.tokens)
        local = denied and (bool(near) or counted)
        total = 0.8 * (asks or local)
    if not total and near and _tells_of_many(reading, lex):
        total = CIVIC_ENOUGH
    if has_cue(reading, lex, "petition") and len(reading.tokens) >= 4:
        total += 1.0
    if total and not _has_voice(reading, lex):
        total *= _EVERYDAY if {m.entry.topic for m in reading.concepts()} <= _PRIVATE_TOPICS else _QUIET
    if total:
        total += 0.5 * has_cue(reading, lex, "meta_ask") + 0.5 * has_cue(reading, lex, "meta_oppose")
        total += 0.3 * bool(reading.places)
    return total


def _wants(reading: Reading) -> bool:
    """Whether something plainly wrong or wanted is said: of a place alone that makes a matter of it."""
    return any(m.entry.kind in _SAYINGS and m.entry.weight >= _SAID for m in reading.matches)


def _tells_of_many(reading: Reading, lex: Lexicon) -> bool:
    """A place and a figure in a sentence that asks nobody anything: «۳۰ هزار لاشه در میانکاله جمع شده»."""
    words = sum(token.kind in ("fa", "latin") for token in reading.tokens)
    counted = any(token.kind == "number" for token in reading.tokens)
    talk = any(
        has_cue(reading, lex, cue)
        for cue in ("question", "advert", "chat", "not_civic", "personal", "private")
    )
    return (
        counted
        and words >= _TELLING_WORDS
        and not talk
        and "?" not in reading.text
        and "؟" not in reading.text
    )


def _has_voice(reading: Reading, lex: Lexicon) -> bool:
    """Whether a text complains, asks, denies or names a body: everyday talk of cars and schools does not."""
    words = sum(token.kind in ("fa", "latin") for token in reading.tokens)
    if words <= 3 or reading.bodies or any(m.entry.kind in ("aspect", "demand") for m in reading.matches):
        return True
    if any(m.entry.kind == "bad" or m.entry.weight >= 3.8 for m in reading.concepts()):
        return True
    if any(token.kind == "number" for token in reading.tokens):
        return True
    cues = ("meta_ask", "meta_oppose", "meta_support", "negation_words", "insult", "sarcasm")
    return (
        any(has_cue(reading, lex, cue) for cue in cues)
        or facts.is_negated(reading.text)
        or bool(reading.places)
    )


def _is_greeting(reading: Reading, lex: Lexicon, civic: float) -> bool:
    words = sum(token.kind in ("fa", "latin") for token in reading.tokens)
    known = sum(last - first for first, last in cue_spans(reading, lex, "greeting"))
    return civic < 2.5 and has_cue(reading, lex, "greeting_core") and known >= 0.7 * words


def _advert(reading: Reading, lex: Lexicon) -> float:
    cues = _different(reading, lex, "advert")
    contact = len(_CONTACT.findall(reading.text))
    asks = has_cue(reading, lex, "meta_ask") or has_cue(reading, lex, "meta_oppose")
    weight = 1.6 * cues + 2.0 * min(contact, 2)
    return weight if cues + contact >= 2 and cues and not (asks and cues < 3 and not contact) else 0.0


def _religious(reading: Reading, lex: Lexicon) -> float:
    prayer = len(cue_spans(reading, lex, "religious"))
    verse = _different(reading, lex, "literary")
    lines = reading.text.count("\n") + reading.text.count(" / ") + reading.text.count("//")
    asks = has_cue(reading, lex, "meta_oppose")
    weight = 1.7 * prayer if prayer >= 2 or has_cue(reading, lex, "prayer_core") else 0.0
    if verse >= 3 and not asks:
        weight += 1.0 * verse + 0.6 * min(lines, 4)
    return weight


def _different(reading: Reading, lex: Lexicon, name: str) -> int:
    """How many different phrases of a cue list occur."""
    return len({tuple(reading.keys[first:last]) for first, last in cue_spans(reading, lex, name)})


def _is_noise(reading: Reading, lex: Lexicon) -> bool:
    """Keyboard mashing: no word is known, and letters repeat, run along a row, or make no syllables."""
    words = [token for token in reading.tokens if token.kind in ("fa", "latin")]
    if not words or len(words) > 6 or reading.matches or reading.places or reading.bodies:
        return False
    if any(token.key in lex.vocabulary.known and len(token.key) > 1 for token in words if token.kind == "fa"):
        return False
    return sum(_is_mashed(token.raw.lower()) for token in words) * 2 > len(words)


def _is_mashed(word: str) -> bool:
    if len(set(word)) <= 2 and len(word) >= 3:
        return True
    if word.isascii():
        return not re.search(r"[aeiouy]", word) or bool(re.search(r"[^aeiouy]{5}", word))
    row = max(sum(letter in keys for letter in word) for keys in _ROWS)
    return len(word) >= 4 and (row == len(word) or len(word) >= 6)
