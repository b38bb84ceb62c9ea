"""Places that the gazetteer does not know: found by the word before them, written in Latin letters by rule.

«روستای ریزاب» is a place whatever the gazetteer says; its English name is then a transliteration
('Rizab'), without the vowels that Farsi does not write unless the syllable needs one.
"""

import re
from collections.abc import Mapping

from tasks.llm import lexicon
from tasks.llm import offline_text as words
from tasks.llm.lexicon import Entry, Lexicon, Match
from tasks.llm.offline_letters import LETTERS

_LONGEST = 2  # unknown words taken as one name
_NO_NAME = re.compile(r"(?:^ن?می|ها$|های$|ترین$|اند$|ید$|یم$|ند$|شون$|مون$|^بی)")
_TAILS = re.compile(r".{2,}(?:آباد|اباد|کلا|محله|دشت|تپه|کند)$")
_CONSONANTS = {
    "ب": "b", "پ": "p", "ت": "t", "ث": "s", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh", "د": "d", "ذ": "z",
    "ر": "r",
    "ز": "z", "ژ": "zh", "س": "s", "ش": "sh", "ص": "s", "ض": "z", "ط": "t", "ظ": "z", "غ": "gh",
    "ف": "f", "ق": "q",
    "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h",
}  # fmt: skip
_FIRST_NAMES: Mapping[str, str] = lexicon.word_table("given_name")


def unknown_places(tokens: list[words.Token], lex: Lexicon, known: list[Match]) -> list[Match]:
    """Names after «روستای», «شهرستان» … or joined to a known place by «و», and words such as «…آباد»."""
    taken = {index for match in known for index in range(match.first, match.last)}
    after_known = {match.last for match in known}
    found = []
    for index, token in enumerate(tokens):
        if index in taken or not _is_unknown(token, lex):
            continue
        before = tokens[index - 1] if index else None
        cued = before is not None and before.key in lex.cues["name_cue"]
        loose = before is not None and before.key in lex.cues["near_cue"] and len(token.key) > 3
        joined = index >= 2 and tokens[index - 1].key in ("و", "تا") and index - 1 in after_known
        tailed = bool(_TAILS.fullmatch(token.raw)) and (
            before is None or before.key not in lex.cues["street_cue"]
        )
        if not (cued or joined or tailed or loose):
            continue
        last = index + 1
        while cued and last < len(tokens) and last - index < _LONGEST and _is_unknown(tokens[last], lex):
            last += 1
        taken.update(range(index, last))
        spelled = " ".join(tokens[at].raw for at in range(index, last))
        found.append(Match(index, last, Entry("place", romanise(spelled), spelled, say_en="village")))
    return found


def _is_unknown(token: words.Token, lex: Lexicon) -> bool:
    return (
        token.kind == "fa"
        and len(token.raw) >= 3
        and token.key not in lex.vocabulary.known
        and not _NO_NAME.search(token.raw)
    )


def romanise(name: str) -> str:
    """A Farsi name in Latin letters: «ریزاب» → 'Rizab', «صالح‌آباد» → 'Salehabad'."""
    return " ".join(_word(word) for word in name.split())


def _word(word: str) -> str:
    for tail, latin in (
        ("آباد", "abad"),
        ("اباد", "abad"),
        ("کلا", "kola"),
        ("محله", " Mahalleh"),
        ("دشت", "dasht"),
    ):
        stem = word.removesuffix(tail).strip("\u200c ")
        if stem != word and stem:
            return (_FIRST_NAMES.get(stem) or _spell(stem)) + latin
    return _FIRST_NAMES.get(word) or _spell(word)


def _spell(word: str) -> str:
    """Letters in order; a vowel 'a' where two consonants open a syllable."""
    sounds: list[tuple[str, bool]] = []  # (sound, is vowel)
    letters = [letter for letter in word.translate(LETTERS) if letter in _CONSONANTS or letter in "اویع"]
    for at, letter in enumerate(letters):
        vowel_before = bool(sounds) and sounds[-1][1]
        if letter == "ا":
            sounds.append(("a", True))
        elif letter == "و":
            sounds.append(("v", False) if at == 0 or vowel_before else ("u", True))
        elif letter == "ی":
            sounds.append(("y", False) if at == 0 or vowel_before else ("i", True))
        elif letter == "ه" and at == len(letters) - 1 and not vowel_before:
            sounds.append(("eh", True))
        elif letter in _CONSONANTS:
            sounds.append((_CONSONANTS[letter], False))
    out, run = "", 0
    for at, (sound, is_vowel) in enumerate(sounds):
        following = sounds[at + 1][1] if at + 1 < len(sounds) else None
        out += sound
        run = 0 if is_vowel else run + 1
        opens = at == 0 and following is False
        if not is_vowel and following is False and (opens or run >= 2):
            out += "a"
            run = 0
    return out[:1].upper() + out[1:]
