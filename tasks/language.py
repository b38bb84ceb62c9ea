"""Script and language of a short text.

Script is counted. Language is decided by letters and function words where these speak clearly, which is
nearly always and costs microseconds; only texts on which they are silent go to `lingua` (loaded lazily,
limited to the languages at hand). Finglish (Persian in Latin letters) is no language to lingua and has a
rule of its own here. Dari and Persian of Iran share their grammar: `prs` is said only when words that
only Afghanistan uses appear, so `fa` means "Persian, not shown to be Dari".
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Literal

from tasks.pii.wordlists import lines, table, word_set

if TYPE_CHECKING:
    from lingua import LanguageDetector

Script = Literal["arabic", "latin", "mixed", "other"]
Language = Literal["fa", "prs", "en", "finglish", "mixed", "ar", "other"]

_ARABIC = re.compile(
    r"[\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]+"
)
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\uff21-\uff3a\uff41-\uff5a]+")
_OTHER = re.compile(r"[^\W\d_\u0000-\u024f\u0600-\u077f\ufb50-\ufdff\ufe70-\ufefc\uff21-\uff5a]+")
_LINK = re.compile(r"[A-Za-z0-9_.:/@-]{0,200}[A-Za-z0-9]\.[A-Za-z]{2}[A-Za-z0-9_./?=&%-]{0,200}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WORD = re.compile(r"[^\W\d_]+")
_FOREIGN = re.compile(r"[ٹڈڑںےھټډړږښځڅۍېڵڕێۆڤەڭۇۈۋڼ]")  # Urdu, Pashto, Kurdish, Uyghur
_PERSIAN_LETTER = re.compile("[پچژگ]")
_PERSIAN_LETTERS = str.maketrans("يىكةأإ", "ییکهاا")  # Persian typed on an Arabic keyboard
_ARABIC_ONLY = re.compile(r"ة|^ال[\u0620-\u064a]{3,}|[أإ]|^(?:وال|بال|لل)[\u0620-\u064a]{3,}")
_ROMAN_PERSIAN = re.compile(
    r"kh|gh(?!t)|zh|aa|^n[ea]mi|^mi[a-z]{3,}|oo|ou|ei?sh$|(?:am|im|id|and|esh|eh|haye?|ash|etun|eshun|emun)$|^be[zkgdrp]|x",
    re.I,
)
_ENGLISH_SHAPE = re.compile(
    r"(?:tion|ing|ment|ness|ght|ed|ly|ers?|ies|ous|ble|ive|ck|th|wh|ty|ce)|^(?:th|wh|un|re|pr)", re.I
)
_SAMPLE = 4000  # characters are enough to tell


def detect(text: str) -> tuple[Script, Language]:
    """(script, language) of a text; placeholders and addresses should be taken out before."""
    sample = _LINK.sub(" ", text[:_SAMPLE])
    arabic, latin, other = (sum(map(len, script.findall(sample))) for script in (_ARABIC, _LATIN, _OTHER))
    total = arabic + latin + other
    if total == 0 or other > total / 2:
        return "other", "other"
    if arabic >= 0.9 * total:
        return "arabic", _arabic_script(sample)
    if latin >= 0.8 * total:
        return "latin", _latin_script(sample)
    if other > max(arabic, latin) / 2:
        return "other", "other"
    roman = [word for word in _WORD.findall(_ARABIC.sub(" ", sample)) if len(word) > 1]
    latin_words = len(roman)
    arabic_words = len(_WORD.findall(_LATIN.sub(" ", sample)))
    brands = _lists()["brand"]
    roman = [word for word in roman if word.lower() not in brands]
    plain_words = sum(word.islower() for word in roman)
    if plain_words <= 1 and len(roman) <= 3 <= arabic_words:  # a brand or an abbreviation, not two languages
        return "mixed", _arabic_script(_LATIN.sub(" ", sample))
    if arabic_words <= 1 and latin_words >= 6:
        return "mixed", _latin_script(_ARABIC.sub(" ", sample))
    return "mixed", "mixed"


@cache
def _lists() -> dict[str, frozenset[str]]:
    language = table("language")
    raw = {name: frozenset(words) for name, words in language.items()}
    return raw | {name: word_set(language[name]) for name in ("dari", "dari_strong", "persian")}


def _arabic_script(text: str) -> Language:
    if len(_FOREIGN.findall(text)) >= 2:
        return "other"
    lists = _lists()
    words = _WORD.findall(text)
    plain = [word.translate(_PERSIAN_LETTERS) for word in words]
    persian, arabic = _persian_evidence(text, plain), _arabic_evidence(words, plain)
    if persian == 0 and arabic == 0:
        return "fa" if len(words) < 4 else _by_lingua(text)
    if arabic > 1.5 * persian:
        return "ar"
    strong = sum(word in lists["dari_strong"] for word in plain)
    dari = sum(word in lists["dari"] for word in plain)
    return "prs" if strong >= 1 or dari >= 2 else "fa"


def _persian_evidence(text: str, plain: list[str]) -> float:
    """Function words, everyday words (less: Arabic shares many), letters that Arabic lacks."""
    small, everyday = _lists()["persian"], lines("plain_words")
    known = sum(1.0 if word in small else 0.3 * (word in everyday) for word in plain)
    return known + 0.5 * len(_PERSIAN_LETTER.findall(text)) + ("ی" in text or "ک" in text)


def _arabic_evidence(words: list[str], plain: list[str]) -> float:
    """Function words and shapes of Arabic, where the word is none of Persian in Arabic spelling (`مدرسة ما`, `إجاره`)."""
    small, everyday, arabic = _lists()["persian"], lines("plain_words"), _lists()["arabic"]
    total = 0.0
    for word, folded in zip(words, plain, strict=True):
        if folded in small:
            continue
        total += 1.0 if word in arabic else 0.7 * bool(folded not in everyday and _ARABIC_ONLY.search(word))
    return total


def _latin_script(text: str) -> Language:
    lists = _lists()
    words = [word.lower() for word in _WORD.findall(text)]
    finglish = english = 0.0
    for word in words:
        in_finglish, in_english = word in lists["finglish"], word in lists["english"]
        both = 0.5 if in_finglish and in_english else 1.0
        finglish += both * in_finglish
        english += both * in_english
        if not in_finglish and not in_english and len(word) > 3:
            finglish += 0.4 * bool(_ROMAN_PERSIAN.search(word))
            english += 0.4 * bool(_ENGLISH_SHAPE.search(word))
    if max(finglish, english) >= 0.1 * len(words) and abs(finglish - english) >= 0.15 * max(
        finglish, english
    ):
        return "finglish" if finglish > english else "en"
    return _by_lingua(text) if len(words) >= 2 else ("finglish" if finglish > english else "other")


@cache
def _detector() -> "LanguageDetector":
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = ("FA", "AR", "UR", "EN", "FR", "DE", "TR", "AZ", "ES")
    return LanguageDetectorBuilder.from_iso_codes_639_1(
        *(getattr(IsoCode639_1, code) for code in codes)
    ).build()


def _by_lingua(text: str) -> Language:
    found = _detector().detect_language_of(_SURROGATE.sub(" ", text))  # lingua takes valid Unicode only
    if found is None:
        return "other"
    match found.iso_code_639_1.name:
        case "FA":
            return "fa"
        case "AR":
            return "ar"
        case "EN":
            return "en"
        case _:
            return "other"
