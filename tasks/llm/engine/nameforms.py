"""Which words may be names of places at all: the shapes of names and of the words that are none.

Whether one is meant where it stands is decided in `engine/names`, how it is written in Latin letters in
`engine/romanise`.
"""

import re
from collections.abc import Sequence

from tasks.llm.engine import text as words
from tasks.llm.engine.romanise import NAME_WORDS
from tasks.llm.lexicon import Lexicon
from tasks.pii.namewords import is_family, is_given, is_plain

JOINER = "\u200c"
# Endings by which words are made from words: «لنگرگاه», «آبیاری» are no names.
_MADE = re.compile(
    r"..(?:گاه|خانه|سازی|کاری|داری|دهی|گیری|خوری|خواری|فروشی|نامه|پذیر|شناسی|سوزی|یابی|گری|زایی|چینی)$"
)
_LONG_PLURAL = 5  # letters
_SHORTEST = 3  # letters of a name
NO_NAME = re.compile(
    r"(?:^ن?می‌|^نمی|^می(?:ش|ک|ر[هوم]|خ|د|ی)(?:.*[مینهدوش])?$|ها$|های$|ترین$|اند$|ید$|یم$|(?<!و)ند$|راهی$|شون$|مون$|^بی‌|نشین$|زده$"
    r"|^ن(?:رفت|شد|کرد|داد|گرفت|دید|بود|داشت|گفت|زد|خورد|ساخت|خواست|آمد|یامد|رسید|ماند|توانست|پرداخت))"
)
# «…آباد», «…کلا»: what only names of villages end in; «آق‌دره», written with a joiner, as well.
TAILS = re.compile(r".{2,}(?:آباد|اباد|کلا|کلایه|محله|دشت|تپه|کند|خیل)$")
_ABAD = "آباد"
_JOINED_TAILS = frozenset((
    "دره", "دشت", "تپه", "کند", "آباد", "بلاغ", "بولاغ", "چشمه", "قلعه", "رود", "کوه", "محله", "کلا",
    "سرا", "چال", "شهر",
))  # fmt: skip
_INFLECTIONS = frozenset((
    "ی", "ه", "م", "ت", "ش", "ا", "یی", "ای", "ها", "های", "هایی", "ات", "ان", "ین", "ام", "اش", "است",
    "ست", "اند", "ند", "یم", "ید", "ن", "س", "رو", "را", "مان", "شان", "تان", "تر", "ترین", "گان", "و",
))  # fmt: skip
_AUXILIARIES = frozenset((
    "شود", "شده", "شد", "است", "نشده", "نشود", "بشه", "شدن", "بود", "شوند", "بشود", "می", "نمی", "اند",
    "شدند", "باشد",
))  # fmt: skip
# Begin the names of villages: «ده‌شیخ», «قلعه‌نو», «کانی‌سواران».
LANDMARKS = frozenset((
    "ده", "چشمه", "قلعه", "کلاته", "چاه", "تپه", "دره", "آق", "قره", "قزل", "کانی", "چم", "تل", "حاجی",
    "امامزاده", "باغ", "مزرعه",
))  # fmt: skip


def is_unknown(token: words.Token, lex: Lexicon) -> bool:
    """No word of the lexicon; «گلوند» is none either, though «گل» is one."""
    ending = token.raw[len(token.key) :] if len(token.raw) > len(token.key) else ""
    known = token.key in lex.vocabulary.known and (not ending or ending in _INFLECTIONS)
    return token.kind == "fa" and len(token.raw) >= _SHORTEST and not known and not NO_NAME.search(token.raw)


def is_form_of_a_word(token: words.Token, lex: Lexicon) -> bool:
    """«بندان», that only looks like «بند» with an ending: right behind «روستای» it is a name."""
    spelled = words.fold(token.raw)
    looks = spelled not in lex.vocabulary.known and spelled.endswith("ان") and len(spelled) > _LONG_PLURAL - 1
    return token.kind == "fa" and looks and not is_plain(token.raw) and not NO_NAME.search(token.raw)


def is_rare(token: words.Token, lex: Lexicon) -> bool:
    """No word of the lexicon, no everyday word, no name of a person: little is left but a name of a place."""
    plain = (
        bool(_MADE.search(token.raw)) or is_plain(token.raw) or is_given(token.raw) or is_family(token.raw)
    )
    many = len(token.raw) > _LONG_PLURAL and token.raw.endswith("ات")  # «ارتفاعات»
    return not plain and not many and is_unknown(token, lex)


def goes_on(token: words.Token, lex: Lexicon) -> bool:
    """Whether a word may be the second of a name («خواجه خضر»)."""
    return is_unknown(token, lex) or (token.raw in NAME_WORDS and token.key in lex.vocabulary.only_homes)


def is_participle(tokens: Sequence[words.Token], index: int) -> bool:
    """«برگردانده شود», «ریخته است»: a verb of two words."""
    after = tokens[index + 1].raw if index + 1 < len(tokens) else ""
    return tokens[index].raw.endswith("ه") and after in _AUXILIARIES


def compound_end(text: str, tokens: Sequence[words.Token], index: int) -> int:
    """The end of the written word that starts at `index`: tokens joined by zero-width joiners."""
    if index and is_joined(text, tokens[index - 1], tokens[index]):
        return index  # inside a word
    last = index + 1
    while last < len(tokens) and is_joined(text, tokens[last - 1], tokens[last]):
        last += 1
    return last


def is_joined(text: str, one: words.Token, other: words.Token) -> bool:
    """Whether two tokens are parts of one written word, with a joiner between them or run together."""
    return one.start == other.start or (other.start == one.end + 1 and text[one.end] == JOINER)


def is_compound_name(parts: Sequence[words.Token], lex: Lexicon, *, cued: bool) -> bool:
    """«کلاته‌میرعلی» after «روستای»; «آق‌دره» anywhere; «کم‌برخوردار» never."""
    landscape = cued and parts[-1].raw in _JOINED_TAILS  # «روستای پشت‌کوه»
    if (parts[0].key in lex.cues["no_name"] and not landscape) or any(
        NO_NAME.search(part.raw) and part.raw not in NAME_WORDS for part in parts
    ):
        return False
    unknown = any(part.key not in lex.vocabulary.known for part in parts)
    if parts[-1].raw == _ABAD:  # «نازی‌آباد»
        return True
    if parts[-1].raw in _JOINED_TAILS and (unknown or parts[0].raw in NAME_WORDS):
        return True
    only_name = any(part.key in lex.vocabulary.only_homes for part in parts)
    return cued and (unknown or only_name or parts[0].raw in NAME_WORDS)


def bare(spelled: str) -> str:
    """«سیلو» of «کوی سیلوی بیرجند»: a long vowel linked to the town that follows."""
    return spelled[:-1] if spelled.endswith(("وی", "ای")) and len(spelled) > _SHORTEST else spelled
