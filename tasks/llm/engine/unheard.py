"""Does a matter's clause hold a wish, a denial or praise that was not understood?

The usual remedy of a matter is what a bare complaint of it asks («سه روزه برق نداریم»). Whoever wishes, forbids, denies or praises says
himself what he wants: where that was not understood («سگ‌های ولگرد رو بکشید») no remedy may be put into his mouth. Not here: what was
understood (`engine/leaning`).
"""

from tasks.llm.engine.framing import IF, WHY
from tasks.llm.engine.mood import MUST, is_must_not, mood_at
from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.engine.text import fold
from tasks.llm.engine.verbs import mood_of
from tasks.llm.engine.ways import ends, is_contested, may_go_both_ways
from tasks.llm.lexicon import Entry, Lexicon, Match

_PARTS = frozenset(map(fold, ("ولی", "اما", "چون", "وگرنه", "زیرا", "vali", "chon", "but", "because")))
_AND = frozenset(("و", "and", "va", "تا", "ta"))
_PLEA = 3  # tokens between a word of help and its verb: «یه فکری به حال ما بکنید»
_WISH_EN = frozenset(("should", "must", "please", "want", "demand", "let"))
_NOT_EN = frozenset(("don't", "dont", "not", "shouldn't", "never", "no", "nobody", "stop", "without"))


def is_unheard(reading: Reading, lex: Lexicon, main: Match, low: int, high: int) -> bool:
    """Whether the clause of `main` in the sentence [low, high) asks for something, or says that it is not wanted or is good."""
    first, last = clause_of(reading, main, low, high)
    if reading.tokens[main.first].kind == "latin" and not reading.finglish:
        return _is_wish_en(reading, lex, main, first, last)
    if any(
        _is_wish(reading, lex, main, at, first)
        for at in range(first, last)
        if not main.first <= at < main.last
    ):
        return True
    later = range(last, _later(reading, main))
    if any(
        has_pronoun(reading, at) and reading.keys[at].removesuffix("ش") not in lex.cues["pleas"]
        for at in later
    ):
        return True
    names = (
        ("denied", "granted", "praise") if main.entry.kind == "bad" else ("denied", "granted", "dispraise")
    )
    return any(first <= at < last for name in names for at, _ in cue_spans(reading, lex, name))


def has_pronoun(reading: Reading, at: int) -> bool:
    """Whether a word points back to what was spoken of: «لغوش کنید», «بردارینش», «بهش دست نزنید»."""
    raw = reading.tokens[at].raw.replace("\u200c", "")
    if not raw.endswith(("ش", "شون", "شان")) or reading.tokens[at].kind != "fa":
        return False
    near = (at + 1, at + 2) if raw in ("بهش", "ازش", "باهاش", "دستش") else (at + 1,)
    is_verb = mood_of(raw.removesuffix("شون").removesuffix("شان").removesuffix("ش")) in ("asked", "forbidden")
    return is_verb or any(
        each < len(reading.tokens) and mood_at(reading, each) in ("asked", "forbidden") for each in near
    )


def _later(reading: Reading, main: Match) -> int:
    """Up to where a pronoun may still be of the matter: before another is named."""
    others = (m.first for m in reading.concepts() if m.first >= main.last and m.entry.kind != "people")
    return min(others, default=len(reading.tokens))


def clause_of(reading: Reading, main: Match, low: int, high: int) -> tuple[int, int]:
    """Tokens of the clause that a matter stands in: to the next mark, «ولی» or «و» behind a verb, and over one mark to its verb."""
    first, last = main.first, main.last
    while first > low and not _parts(reading, first - 1):
        first -= 1
    while last < high and not _parts(reading, last):
        last += 1
    has_verb = any(mood_at(reading, at) for at in range(first, last))
    names_again = any(m.entry.en == main.entry.en for m in reading.concepts() if m.first >= last)
    if not has_verb and not names_again and last < high and reading.tokens[last].kind == "comma":
        last += 1
        while last < high and not _parts(reading, last):
            last += 1
    return first, last


def _parts(reading: Reading, at: int) -> bool:
    if reading.tokens[at].kind == "comma" or reading.keys[at] in _PARTS:
        return True
    return reading.keys[at] in _AND and at > 0 and mood_at(reading, at - 1) != ""


def _is_wish(reading: Reading, lex: Lexicon, main: Match, at: int, first: int) -> bool:
    """A verb that asks or forbids, unless it asks for help with whatever is told, or hangs on what is told («نمی‌تونن برن»)."""
    mood = mood_at(reading, at)
    if mood not in ("asked", "forbidden") or reading.keys[at + 1 : at + 2] in (["ببینید"], ["ببینین"]):
        return False
    if mood == "asked" and any(key in lex.cues["pleas"] for key in reading.keys[max(first, at - _PLEA) : at]):
        return False
    is_order = reading.tokens[at].raw.endswith(("ید", "ین", "id", "in"))
    if mood == "asked" and _is_plain_evil(main.entry) and any(key in WHY for key in reading.keys[first:at]):
        return False  # «چرا کولر ما باید خاموش باشد …»: the evil itself is told
    if at < main.first and any(key in IF for key in reading.keys[first:at]):
        return False  # «اگر بنزین گران شود همه چیز گران می‌شود»: of what comes of it
    told = [mood_at(reading, other) == "told" for other in range(first, at)]
    if (
        is_order
        and any(mood_at(reading, each) == "told" for each in range(main.last, at))
        and not has_pronoun(reading, at - 1)
    ):
        return False  # «گشت ارشاد گوشی منو گرفت برگردونید»
    due = any(key in MUST or is_must_not(key) for key in reading.keys[first:at])
    return is_order or due or not any(told)


def _is_plain_evil(entry: Entry) -> bool:
    return entry.kind == "bad" and ends(entry) and not is_contested(entry)


def _is_wish_en(reading: Reading, lex: Lexicon, main: Match, first: int, last: int) -> bool:
    """The same of an English clause; what is asked there of a good thing, or of the lack of one, is more of it."""
    words = [token.raw.lower() for token in reading.tokens[first:last]]
    if _WISH_EN.isdisjoint(words) or any(key in lex.cues["pleas"] for key in reading.keys[first:last]):
        return False
    goes_both_ways = main.entry.kind == "bad" and may_go_both_ways(main.entry)
    return goes_both_ways or not _NOT_EN.isdisjoint(words)
