"""Farsi names in Latin letters by rule: «ریزاب» → 'Rizab', «صالح‌آباد» → 'Salehabad'.

Farsi does not write its short vowels: the words of which names of villages are made (`words.toml`, and
whatever a name of the gazetteer is made of) are looked up, the rest is spelled letter by letter with a vowel
where the syllable needs one.
"""

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from tasks.llm import lexicon
from tasks.llm.engine.letters import LETTERS

_CONSONANTS = {
    "ب": "b", "پ": "p", "ت": "t", "ث": "s", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh", "د": "d", "ذ": "z",
    "ر": "r",
    "ز": "z", "ژ": "zh", "س": "s", "ش": "sh", "ص": "s", "ض": "z", "ط": "t", "ظ": "z", "غ": "gh",
    "ف": "f", "ق": "q",
    "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h",
}  # fmt: skip
NAME_WORDS: Mapping[str, str] = lexicon.word_table("name_word")
_PARTS: Mapping[str, str] = {**lexicon.word_table("name_part"), **NAME_WORDS}
_TAILS = (
    ("آباد", "abad"), ("اباد", "abad"), ("کلایه", "kalayeh"), ("کلا", "kola"), ("محله", " Mahalleh"),
    ("دشت", "dasht"), ("ستان", "estan"), ("شهر", "shahr"), ("سرا", "sara"), ("تپه", " Tappeh"), ("دره", " Darreh"),
)  # fmt: skip
_VOWELS = re.compile(r"[aeiouyvwh'’\-\s]+")
_SHORT = 2  # letters of words that stand in many others by chance
# What may close a syllable: «بند», «دشت»; between other two consonants at the end a vowel is heard («کیاسر»).
_CODAS = frozenset(
    (
        "nd",
        "rd",
        "st",
        "sht",
        "ng",
        "rg",
        "rk",
        "rz",
        "rm",
        "rf",
        "ft",
        "kht",
        "nj",
        "rt",
        "shk",
        "lf",
        "rs",
        "rsh",
        "nk",
        "rb",
        "mb",
    )
)
_LINKS = re.compile(r"-y?e\b")  # the ezafe of 'Deh-e Sorkh', that Farsi does not write
_NO_MARKS = str.maketrans("", "", "'’")
_JOINED = re.compile("\u200c(آباد|کلا|کلایه|دشت|شهر|سرا)")


def romanise(name: str) -> str:
    """A Farsi name in Latin letters, words and their parts apart."""
    if known := lexicon.villages().get(lexicon.letters_of(name)):
        return known
    whole = _JOINED.sub(r"\1", name).replace("\u200c", " ")
    return " ".join(part for word in whole.split() for part in _word(word).split())


@functools.cache
def _gazetteer_words() -> Mapping[str, str]:
    """Words of the gazetteer's names → how most of them write it: «چناران» is 'Chenaran' in any name."""
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    for farsi, english in lexicon.place_names():
        theirs = _LINKS.sub("", english.translate(_NO_MARKS)).replace("-", " ").split()
        ours = farsi.replace("\u200c", " ").split()
        if len(ours) == len(theirs):
            spelled_alike = (pair for pair in zip(ours, theirs, strict=True) if _sound_alike(*pair))
            for word, latin in spelled_alike:
                spelled[word][latin] += 1
    return {word: latin.most_common(1)[0][0] for word, latin in spelled.items()}


def _sound_alike(word: str, latin: str) -> bool:
    return sounds(_spell(word)) == sounds(latin)


def _known(word: str) -> str:
    """A word of names as it is usually written; empty for other words."""
    return _PARTS.get(word) or (_gazetteer_words().get(word, "") if len(word) > _SHORT else "")


def _word(word: str) -> str:
    if known := _known(word):
        return known
    for tail, latin in _TAILS:
        stem = word.removesuffix(tail)
        if stem != word and stem:
            return (_known(stem) or _of_name_words(stem) or _spell(stem)) + latin
    return _of_name_words(word) or _spell(word)


def _of_name_words(word: str) -> str:
    """«میرعلی», «بابامیدان»: two words of names written as one; empty for other words."""
    for at in range(len(word) - 2, 1, -1):
        head, rest = _known(word[:at]), _known(word[at:])
        if head and rest and max(at, len(word) - at) > _SHORT:
            return f"{head} {rest}"
    return ""


def _spell(word: str) -> str:
    """Letters in order; a vowel 'a' where two consonants open a syllable."""
    heard = word.replace("خوا", "خا")  # the «و» of «خواه» is silent
    sounds = _sounds([c for c in heard.translate(LETTERS) if c in _CONSONANTS or c in "اویع"])
    out, run = "", 0
    for at, (sound, is_vowel) in enumerate(sounds):
        following = sounds[at + 1][1] if at + 1 < len(sounds) else None
        out += sound
        run = 0 if is_vowel else run + 1
        opens = at == 0 and following is False
        closes = at + 2 == len(sounds) and at > 0 and sound + sounds[-1][0] not in _CODAS
        before_coda = at + 3 == len(sounds) and sounds[-2][0] + sounds[-1][0] in _CODAS
        ends_in_coda = at + 2 == len(sounds) and not closes
        crowded = (run >= 2 and not ends_in_coda) or before_coda
        if not is_vowel and following is False and (opens or crowded or closes):
            out += "a"
            run = 0
    return out[:1].upper() + out[1:]


def _sounds(letters: list[str]) -> list[tuple[str, bool]]:
    """(sound, is vowel) for each letter that is heard."""
    sounds: list[tuple[str, bool]] = []
    for at, letter in enumerate(letters):
        vowel_before = bool(sounds) and sounds[-1][1]
        if letter == "ا" or (letter == "ع" and at == 0):
            sounds.append(("a", True))
        elif letter == "و":
            before_vowel = letters[at + 1 : at + 2] in (["ا"], ["ی"])
            sounds.append(("v", False) if at == 0 or vowel_before or before_vowel else ("u", True))
        elif letter == "ی":
            sounds.append(("y", False) if at == 0 or vowel_before else ("i", True))
        elif letter == "ه" and at == len(letters) - 1 and letters[at - 1] == "ی" and vowel_before:
            sounds += [("y", False), ("eh", True)]  # «تکیه»
        elif letter == "ه" and at == len(letters) - 1 and not vowel_before:
            sounds.append(("eh", True))
        elif letter in _CONSONANTS:
            sounds.append((_CONSONANTS[letter], False))
    return sounds


def sounds(text: str) -> str:
    """How a name is heard, whoever wrote it: consonants only, those that one Farsi letter may become taken for one."""
    plain = text.lower()
    for letters, sound in (("kh", "x"), ("gh", "q"), ("ch", "c"), ("sh", "s"), ("zh", "z"), ("ph", "f")):
        plain = plain.replace(letters, sound)
    bare = _VOWELS.sub("", plain.replace("g", "q").replace("k", "q").replace("c", "s").replace("x", "q"))
    return re.sub(r"(.)\1+", r"\1", bare)
