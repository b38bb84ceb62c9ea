"""The words that the wish of a matter is made of, and a message that uses them: «از خانه‌های خالی مالیات نگیرید».

Not here: what a message makes of the wish (`engine/heard`, `engine/leaning`).
"""

from tasks.llm.engine.mood import mood_at
from tasks.llm.engine.reading import Reading
from tasks.llm.engine.text import fold, split_words
from tasks.llm.engine.verbs import DONE
from tasks.llm.engine.ways import may_go_both_ways
from tasks.llm.lexicon import Lexicon, Match

_WITHOUT = frozenset(("بدون", "نه", "بی"))
# Say nothing alone of what is to be done.
_EVERYDAY = frozenset(
    map(fold, (
        "همه", "مردم", "برای", "در", "از", "به", "با", "و", "را", "یا", "هر", "تا", "دوباره", "کافی", "درست", "کامل", "آزاد", "باز", "کم",
        "بیشتر", "بهتر", "پول", "کشور", "راه", "خوب", "جای", "جمع", "پس", "گرفته", "داده", "اینترنت", "برق", "آب", "خانه", "خانه‌ها",
    ))
)  # fmt: skip


def words_of_wish(prop_fa: str, lex: Lexicon) -> frozenset[str]:
    """Keys of what is to be done: the words behind «باید»; none of a wish that denies."""
    _, must, behind = f" {prop_fa} ".partition(" باید ")
    if not must or " نباید " in f" {prop_fa} ":
        return frozenset()
    kept: list[str] = []
    skipped = 0
    for word in split_words(behind)[:-1]:
        skipped = 3 if word in _WITHOUT else skipped  # «بدون اجازه شوهر»
        if not skipped:
            kept.append(word)
        skipped = max(skipped - 1, 0)
    return frozenset(map(lex.vocabulary.key, kept)) - _EVERYDAY


def words_denied(prop_fa: str, lex: Lexicon) -> frozenset[str]:
    """Keys of what is not to be done: the words behind «نباید»."""
    return frozenset(map(lex.vocabulary.key, split_words(f" {prop_fa} ".partition(" نباید ")[2])))


def deeds_of(prop_fa: str, lex: Lexicon) -> frozenset[str]:
    """What is to be done by a wish that denies nothing, in its own words: «جمع» of «باید از بازار جمع شود»."""
    _, must, behind = f" {prop_fa} ".partition(" باید ")
    words = split_words(behind)[:-1] if must and " نباید " not in f" {prop_fa} " else []
    return frozenset(map(lex.vocabulary.key, words[-1:]))


def names_wish(reading: Reading, lex: Lexicon, main: Match) -> bool:
    """Whether a lack is told by what would mend it: «مالیات خانه‌های خالی», «آسفالت»."""
    is_lack = main.entry.kind == "bad" and not may_go_both_ways(main.entry)
    return is_lack and not words_of_wish(main.entry.prop_fa, lex).isdisjoint(
        reading.keys[main.first : main.last]
    )


def is_own_verb(reading: Reading, main: Match, verb: int) -> bool:
    """«حقابه هیرمند را از طالبان بگیرید»: the very verb of the wish («گرفته شود»), asked of the matter as its object."""
    words = main.entry.prop_fa.split()
    stems = DONE.get(words[-2] if len(words) > 1 else "", ())
    if any(key.startswith("حق") for key in reading.keys[main.first : main.last]):
        stems = (*stems, "گیر")  # a right is taken by whom it is due to
    asked = mood_at(reading, verb) == "asked" and reading.tokens[verb].raw.removeprefix("ب").startswith(
        stems or ("-",)
    )
    return asked and reading.keys[main.last : main.last + 1] in (["را"], ["رو"])


def is_threshold(reading: Reading, main: Match) -> bool:
    """«سن ازدواج»: an evil told by the bound that keeps it out; the higher that, the less of it."""
    words = reading.keys[max(0, main.first - 1) : main.last]
    return main.entry.kind == "bad" and "سن" in words and "age" not in main.entry.en.split()
