"""Near duplicates: one request is made for a text, however often it was sent with small changes.

The answer for the representative is reused for every sender, so a near duplicate may differ only in what
cannot change the meaning. Likeness alone is no guard: "the water is clean" and "the water is not clean",
or two towns in one campaign text, are more alike than two greetings. Hence the rule has two gates:

1. *same content*: after taking out politeness (`data/redact/trivial.toml`), contact placeholders,
   punctuation, half-space habits, spoken endings and doubled or sound-alike letters in long words, the
   two texts are the same words in the same order. Any change of a number, a place, a negation, a
   question mark, an opinion sign (👍 👎), or of any other word keeps them apart;
2. *likeness*: the weighted Jaccard similarity of their words (a trivial word weighs a quarter) reaches
   the threshold.

Gate 1 is an equality, so candidates are found by one dictionary look-up instead of locality-sensitive
hashing: exact, deterministic, linear, and without false candidates. A representative is never replaced:
what was decided yesterday (`known`) stays when new texts come. Exact duplicates are `tasks.redact.text_key`.

A content of a few words can be dressed in greetings without end. Once it has `_MOST_WORDINGS` representatives,
a further wording is given to the most like of them, however little like: the content is the same words, and
neither the time nor the number of paid requests may be driven up by adding politeness at random.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from tasks.pii.wordlists import table
from tasks.redact import key_form

_TRIVIAL_WEIGHT = 0.25
_LONG = 6  # letters; doubled and sound-alike letters are folded only in words at least this long
_TOKEN = re.compile(r"\[[^\]]*\]|[^\W\d_]+|[0-9][0-9.,/:]*|[^\w\s]")
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_SOUNDS = str.maketrans("ذضظصثطح", "زززسسته")
_PHRASE_WORDS = 6
_MOST_WORDINGS = 32  # representatives of one content: bounds the comparisons made for a text


def near_duplicates(
    keys: Sequence[str],
    texts: Sequence[str],
    *,
    threshold: float = 0.85,
    known: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """key → key of its representative, for every key given.

    `keys[i]` names `texts[i]`, a redacted text. The first of its kind in the order of `keys` represents.
    `known` holds earlier answers: a key it names keeps its representative; those that represent themselves
    and whose text is given again take new texts in, before any new text can become a representative.

    Raises:
        ValueError: lengths differ, a key stands twice, or the threshold is not in (0, 1].
    """
    if len(keys) != len(texts):
        raise ValueError(f"{len(keys)} keys for {len(texts)} texts")
    if len(set(keys)) != len(keys):
        raise ValueError("a key stands twice")
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold {threshold} is not in (0, 1]")
    before = known or {}
    order = sorted(range(len(keys)), key=lambda i: (before.get(keys[i]) != keys[i], i))
    assigned: dict[str, str] = {}
    representatives: dict[tuple[str, ...], list[tuple[str, frozenset[str]]]] = {}
    for i in order:
        key = keys[i]
        if key in before and before[key] != key:
            assigned[key] = before[key]
            continue
        content, words = _reduce(texts[i])
        bucket = representatives.setdefault(content, [])
        found = None if key in before else _representative(bucket, words, content, threshold)
        if found is None:
            bucket.append((key, words))
        assigned[key] = found or key
    return {key: assigned[key] for key in keys}


def _representative(
    bucket: list[tuple[str, frozenset[str]]],
    words: frozenset[str],
    content: tuple[str, ...],
    threshold: float,
) -> str | None:
    """The first that is like enough; of a full bucket the most like; None when the text represents itself."""
    solid = frozenset(content)
    most, nearest = 0.0, None
    for key, others in bucket:
        likeness = _likeness(words, others, solid)
        if likeness >= threshold:
            return key
        if likeness > most:
            most, nearest = likeness, key
    return nearest if len(bucket) >= _MOST_WORDINGS else None


def _likeness(one: frozenset[str], other: frozenset[str], content: frozenset[str]) -> float:
    """Weighted Jaccard similarity of two word sets with the same content words."""
    shared = len(content) + _TRIVIAL_WEIGHT * len((one & other) - content)
    total = len(content) + _TRIVIAL_WEIGHT * len((one | other) - content)
    return shared / total if total else 1.0


def content_key(text: str) -> str:
    """Key of a redacted text's content words: near duplicates share it, so only texts that share it need be compared."""
    return hashlib.sha256("\0".join(_reduce(text)[0]).encode()).hexdigest()


def _reduce(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """(content words in order, all words); a text of trivial words only is its own content."""
    words = [_fold_word(word) for word in _TOKEN.findall(key_form(text))]
    content = tuple(_content(words))
    return (content or ("", *words)), frozenset(words)


@cache
def _same() -> dict[str, str]:
    return dict(table("trivial")["same"])


@lru_cache(maxsize=1 << 16)
def _fold_word(word: str) -> str:
    word = _same().get(word, word)
    if len(word) < _LONG or not word.isalpha():
        return word
    return _DOUBLED.sub(r"\1", word).translate(_SOUNDS)


@cache
def _trivial() -> dict[str, frozenset[tuple[str, ...]]]:
    """First word → the trivial phrases (as folded words) that begin with it."""
    listed = table("trivial")
    found: dict[str, set[tuple[str, ...]]] = {}
    for phrase in [*listed["word"], *listed["phrase"]]:
        words = tuple(_fold_word(word) for word in _TOKEN.findall(key_form(phrase)))
        found.setdefault(words[0], set()).add(words)
    return {first: frozenset(phrases) for first, phrases in found.items()}


@cache
def _contact() -> tuple[str, ...]:
    return tuple(f"[{kind}_" for kind in table("trivial")["contact"])


def _content(words: list[str]) -> list[str]:
    """The words without trivial phrases (longest first) and contact placeholders."""
    trivial, contact = _trivial(), _contact()
    kept: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        phrases = trivial.get(word)
        size = 0
        if phrases is not None:
            ahead = tuple(words[index : index + _PHRASE_WORDS])
            size = max((n for n in range(1, len(ahead) + 1) if ahead[:n] in phrases), default=0)
        if size:
            index += size
            continue
        if not word.startswith(contact):
            kept.append(word)
        index += 1
    return kept
