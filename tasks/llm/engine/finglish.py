"""Romanised Farsi («Finglish»): is a text written in it, and which Farsi word does a Latin one spell.

Many typists, many spellings: a Latin word is matched by its consonants first and then by sound, letter by
letter, short vowels free. Not here: what the words mean (`lexicon`), how a text is cut (`engine/text`).
"""

import functools
import re

from tasks.llm.engine.letters import LETTERS

_FINGLISH_SIGNS = re.compile(
    r"\b(?:ro|az|ke|be|baraye|mikon\w*|nemi\w+|nist\w*|hast\w*|dar[aei]\w*|shod\w*|mish\w*|bayad"
    r"|kon(?:id|im|in)|koni\w*|ma"
    r"|ye|tu|too|va|inja|hich|ham|kheyli|kheili|mikha\w*|nadar\w*|lotfan|chera|kodoo?m|mardom|ba|una"
    r"|azad|khub|salam"
    r"|bedid|bedin|besaz\w*|jad[de]*|shahr\w*|gooshi|in|ast|bood|rah|dige|vase|faghat|har|rooz\w*"
    r"|mah\w*|sal\w*|ab|bargh\w*"
    r"|khoob\w*|chetori|mersi|mamnoon|yani|vali|ama|alan|bara|dorost|ghat\w*|geroo?n\w*|gheymat\w*"
    r"|forush|foroosh|mahe)\b",
    re.IGNORECASE,
)
_ENGLISH_SIGNS = re.compile(
    r"\b(?:the|is|are|and|of|to|we|our|please|should|for|it|this|that|was|were|with|have|has|on|at|by"
    r"|from|they|their|my|you"
    r"|not|no|be|in|need|there|must|why|how|what|as|an?|me|or|do|does|stop|let|us|but|so|will|can)\b",
    re.IGNORECASE,
)


_EITHER = frozenset(
    ("to", "do", "be", "in", "on", "at", "as", "an", "me", "or", "no", "so")
)  # Farsi words as well
_LATIN_WORD = re.compile(r"[A-Za-z]{2}")


def is_finglish(text: str) -> bool:
    """Whether the Latin words of a text are romanised Farsi rather than English."""
    if text.isascii() or _LATIN_WORD.search(text):
        english = [word.lower() for word in _ENGLISH_SIGNS.findall(text)]
        signs = [word.lower() for word in _FINGLISH_SIGNS.findall(text)]
        if not _EITHER.issuperset(signs) and _EITHER.issuperset(english):
            return True
        return len(signs) > len(english) or (not english and text.isascii())
    return False


_LATIN = {
    "ب": "b", "پ": "p", "ت": "t", "ط": "t", "ث": "s", "س": "s", "ص": "s", "ج": "j", "چ": "C", "خ": "x",
    "د": "d",
    "ذ": "z", "ز": "z", "ض": "z", "ظ": "z", "ر": "r", "ژ": "j", "ش": "S", "غ": "q", "ق": "q", "ف": "f",
    "ک": "k",
    "گ": "g", "ل": "l", "م": "m", "ن": "n",
}  # fmt: skip
_SOUNDS = {
    "ا": "(?:aa|a|oo|ou|o|u)", "آ": "(?:aa|a|oo|o|u)", "و": "(?:ow|ou|oo|o|u|v|w)",
    "ی": "(?:iy|ee|ey|ei|i|y)",
    "ع": "(?:'|a|e|)", "ئ": "(?:'|y|e|)", "ء": "", "ه": "h", "ح": "h", "x": "(?:kh|x)", "q": "(?:gh|q|g)",
    "S": "sh", "C": "ch", "j": "(?:j|zh|dj)", "s": "s", "k": "(?:k|c|q)", "f": "(?:f|ph)",
}  # fmt: skip
_DIGRAPHS = (
    ("kh", "x"),
    ("gh", "q"),
    ("sh", "S"),
    ("ch", "C"),
    ("zh", "j"),
    ("ph", "f"),
    ("dj", "j"),
    ("ck", "k"),
)
_SILENT = re.compile(r"[aeiouvwyh'\W]")
_DOUBLE = re.compile(r"(.)\1+")
_FINGLISH_ENDINGS = (
    "iaye", "iya", "ia", "iha", "hashoon", "hamoon", "hashun", "hamun", "hayeh", "haye", "hay", "eshun", "eshoon", "emun", "emoon",
    "etun", "shun",
    "shoon", "mun", "moon", "mon", "tun", "toon", "ha", "a", "esh", "em", "et", "am", "ash", "at", "ye",
    "yeh", "eh",
    "e", "ro", "o", "i", "s", "an",
)  # fmt: skip


def skeleton_fa(word: str) -> str:
    """The consonants of a Farsi word that every romanisation writes."""
    consonants = "".join(_LATIN.get(letter, "") for letter in word.translate(LETTERS))
    return _DOUBLE.sub(r"\1", consonants).replace("q", "g")


def skeleton_latin(word: str) -> str:
    """The same consonants of a romanised word."""
    for pair, letter in _DIGRAPHS:
        word = word.replace(pair, letter)
    return _DOUBLE.sub(r"\1", _SILENT.sub("", word).replace("c", "k")).replace("q", "g")


def stems(word: str) -> list[str]:
    """The word, then the word without each ending it may have («-ha», «-esh», «-ro»)."""
    fits = [e for e in _FINGLISH_ENDINGS if word.endswith(e) and len(word) - len(e) >= 2]
    return [word, *(word[: -len(ending)] for ending in fits)]


@functools.cache
def sound(word: str) -> re.Pattern[str]:
    """How a Farsi word may be romanised: short vowels anywhere between letters, long ones where written."""
    letters = re.sub("[أؤة]", lambda found: {"أ": "ا", "ؤ": "و", "ة": "ه"}[found.group()], word)
    parts = []
    for at, letter in enumerate(letters.replace("ي", "ی").replace("ك", "ک")):
        base = _LATIN.get(letter, letter)
        if at == 0 and letter == "ا":
            parts.append("(?:aa|a|e|i|oo|ou|o|u)")
            continue
        silent = letter == "ه" and at == len(letters) - 1
        parts.append("(?:eh|ah|h|e|a)" if silent else _SOUNDS.get(base, re.escape(base) + "{1,2}"))
    return re.compile(_join(parts))


def _join(parts: list[str]) -> str:
    return "(?:[aeo']|)".join(parts) + "(?:[aeo]|)"
