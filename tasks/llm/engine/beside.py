"""Which demands and complaints stand beside a matter: in its sentence, near, with no other matter between.

Not here: what they say of it (`engine/leaning`).
"""

from tasks.llm.engine.mood import MUST, OBJECT, is_willed
from tasks.llm.engine.reading import Reading
from tasks.llm.engine.unheard import has_pronoun
from tasks.llm.lexicon import Match

_INSIDE = frozenset(("در", "تو", "توی", "با"))
_OTHERS_OF = frozenset(("به", "از", "با", "برای", "واسه", "در", "تو", "توی", "که"))
FRAMES = frozenset(
    ("laws and regulation", "the government", "officials", "the neighbourhood")
)  # say little alone
REACH = 9  # tokens between a matter and the demand or complaint behind it
BESIDE = 2  # between a matter and a noun before it: «افزایش قیمت بنزین»


def beside(said: list[Match], reading: Reading, main: Match, low: int, high: int) -> list[Match]:
    """Of one sentence, with no other matter between."""
    others = [
        m
        for m in reading.concepts()
        if m.entry.kind != "people" and m is not main and m.entry.en not in FRAMES
    ]

    def is_near(match: Match) -> bool:
        if not low <= match.first < high:
            return False
        first, last = (main.last, match.first) if match.first >= main.first else (match.last, main.first)
        is_apart = any(token.kind == "comma" for token in reading.tokens[first:last])
        if is_apart and not (match.first >= main.last and has_pronoun(reading, match.first)):
            return False
        if last - first > (REACH if match.first >= main.first else BESIDE):
            return False
        if match.first >= main.first and _is_object(reading, main, match):
            return True
        return not any(first <= m.first < last and not _is_of_it(reading, m, main) for m in others)

    return [match for match in said if is_near(match)]


def _is_of_it(reading: Reading, other: Match, main: Match) -> bool:
    """«بنزین در شهر ما …», «the internet filtering»: another matter that only says where, or of which sort."""
    is_sort = other.last == main.first and reading.tokens[other.first].kind == "latin"
    return is_sort or (other.first > 0 and reading.keys[other.first - 1] in _INSIDE)


def _is_object(reading: Reading, main: Match, match: Match) -> bool:
    """«فیلتر اینستاگرام و تلگرام را بردارید», «آلودگی هوا را با … کم کنید»: the one object before the verb, its matter in front."""
    marks = [at for at in range(main.last, match.first) if reading.keys[at] in OBJECT | MUST]
    if len(marks) != 1 or any(is_willed(reading, at) for at in range(main.last, match.first)):
        return False
    return not any(key in _OTHERS_OF for key in reading.keys[main.last : marks[0]])


def gap(one: Match, other: Match) -> int:
    """Tokens between two matches."""
    return max(one.first - other.last, other.first - one.last, 0)
