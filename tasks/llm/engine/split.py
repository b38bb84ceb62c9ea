"""Parting a message that raises several matters into passages, one per matter.

Careful by design: most messages raise one matter and only illustrate it, so a new passage starts only
where the writer counts («دوم»، «همچنین»), or where a sentence brings its own strong matter of another
topic.
"""

from itertools import pairwise

from tasks.figures import figures
from tasks.llm.engine.aside import aside
from tasks.llm.engine.clauses import Clause, clauses, ends_sentence, list_marks
from tasks.llm.engine.long_letter import LONG_LETTER, STRONG, asked_sentences
from tasks.llm.engine.reading import Reading
from tasks.llm.engine.says import asks, is_contrast, orders, says, tells
from tasks.llm.lexicon import Lexicon, Match
from tasks.number_words import FARSI

_VERY_STRONG = 3.4
_OPENING = 5  # tokens of a clause in which «هم» says that it is another matter
_HEAD = 1  # tokens before the thing that a sentence is about
_TOLD = 2.0  # weight from which a thing that is counted or told of is a matter
_THING = 1.9  # weight of a concept of which something can be said
_MANY = ("ات", "ها", "های", "هایمان", "هامون")
_OF_A_FEW = 2  # tokens between a figure and what it counts: «سه تا خواسته»
_LINES = 2  # line breaks from which lines are points of a list
_IF = frozenset(("اگر", "اگه", "وقتی", "چون"))  # «اگر بنزین گران شود نان هم گران می‌شود» tells what follows
_OBJECT = frozenset(("را", "رو"))
_IN = frozenset(("در", "تو", "توی"))
_BLAMED = frozenset(("governance", "justice"))  # «هیچ مسئولی هم پاسخگو نیست» is said of the matter before


def split(reading: Reading, lex: Lexicon) -> list[Reading]:
    """The passages of a message, in order; the whole message when it raises one matter."""
    if len(reading.tokens) > LONG_LETTER and len(asked := asked_sentences(reading, lex)) > 1:
        return [_trimmed(reading, first, last) for first, last in asked]
    parts = clauses(reading, lex)
    besides = aside(reading, lex)
    starts = [0]
    is_list = sum(clause.link == "line" for clause in parts) >= _LINES
    told_off = _announced(reading, parts, lex)
    before = _matters(reading, parts[0], besides) if parts else []
    for clause in parts[1:]:
        own = _matters(reading, clause, besides)
        if own and (
            (clause.first in told_off and before and _is_new(own, before))
            or _starts_matter(clause, own, before, starts[-1], reading, is_list=is_list)
        ):
            starts.append(clause.first)
            before = own
        else:
            before = before + own
    if len(starts) == 1:
        return [reading]
    bounds = _with_matter(reading, [_behind_opening(reading, parts, lex), *starts[1:], len(reading.tokens)])
    if len(bounds) == 2:
        return [reading]
    marks = list_marks(reading)
    return [_trimmed(reading, first, last, marks) for first, last in pairwise(bounds)]


def _behind_opening(reading: Reading, parts: list[Clause], lex: Lexicon) -> int:
    """Where the first matter begins when an opening only counts what follows: «سه تا خواسته دارم: ۱- …»."""
    matters = reading.concepts()
    told = next((c.first for c in parts if matters and c.first <= matters[0].first < c.last), 0)
    colon = next((at + 1 for at, token in enumerate(reading.tokens) if token.raw.strip() == ":"), 0)
    first = min(list_marks(reading), default=max(told, colon if colon < len(reading.tokens) else 0))
    counts = any(key in lex.cues["matters"] for key in reading.keys[:first])
    return first if counts else 0


def _announced(reading: Reading, parts: list[Clause], lex: Lexicon) -> set[int]:
    """Where the points begin of a list that an opening counts: «مشکلات ما: آب، جاده‌ی خاکی و نبود پزشک»."""
    first = _behind_opening(reading, parts, lex)
    several = any(
        key in lex.cues["matters"] and (token.raw.endswith(_MANY) or _counted(reading, at))
        for at, (key, token) in enumerate(zip(reading.keys[:first], reading.tokens[:first], strict=True))
    )
    ended = first > 0 and reading.tokens[first - 1].kind in ("stop", "comma")
    return {clause.first for clause in parts if clause.first > first} if several and ended else set()


def _counted(reading: Reading, at: int) -> bool:
    """«چهار مشکل», «۲ تا خواسته»: a figure stands shortly before."""
    return any(t.kind == "number" or t.key in FARSI for t in reading.tokens[max(0, at - _OF_A_FEW) : at])


def _is_new(own: list[Match], before: list[Match]) -> bool:
    known = {m.entry.en for m in before}
    return any(m.entry.en not in known and m.entry.weight >= _TOLD for m in own)


def _starts_matter(
    clause: Clause, own: list[Match], before: list[Match], start: int, reading: Reading, *, is_list: bool
) -> bool:
    """Whether a clause raises another matter than the passage before it, that begins at token `start`."""
    if clause.counted:
        return bool(before) and max(m.entry.weight for m in own) >= _TOLD
    most, best = (max((m.entry.weight for m in matters), default=0.0) for matters in (before, own))
    if most < _THING:
        return False
    ordered = orders(reading, clause.first, clause.last)
    all_ordered = ordered and orders(reading, start, clause.first)
    told = tells(reading, clause.first, clause.last) and tells(reading, start, clause.first)
    remedy = (
        ordered and not all_ordered and not is_list
    )  # a complaint and the remedy behind it are one matter
    if _is_told_off(clause, own, before, reading) or _stands_apart(clause, own, before, reading):
        return True
    if told and _is_added(clause, own, before, reading, unless_also=remedy):
        return True
    if most < STRONG or best < STRONG:
        return False
    if {m.entry.topic for m in own} & {m.entry.topic for m in before}:
        return all_ordered and (_is_elsewhere(clause, reading) or _differ(own, before))
    if clause.link == "line" and best >= _VERY_STRONG:
        return True
    opens = _opens_elsewhere(clause, start, reading) or _is_sentence(clause, reading)
    if all_ordered or is_contrast(clause, reading) or (told and opens):
        return True
    asked = asks(reading, clause.first, clause.last) and asks(reading, 0, clause.first, demands_only=True)
    return asked and best >= _VERY_STRONG


def _is_told_off(clause: Clause, own: list[Match], before: list[Match], reading: Reading) -> bool:
    """«هم آب بو میده هم برق میره», «قطارم که نداریم جاده هم که قتلگاهه»: one by one, of one topic or not."""
    if clause.link == "both":
        return any(m.entry.weight >= _TOLD for m in _news(own, before))
    known = {m.entry.en for m in before}
    new = any(m.entry.kind != "people" and m.entry.en not in known and m.entry.weight >= _TOLD for m in own)
    behind = reading.keys[clause.first + 1 : clause.first + _OPENING]
    tells_off = behind[:1] == ["که"] or ["هم", "که"] in [behind[at : at + 2] for at in range(len(behind))]
    return new and clause.link in ("run", "comma") and tells_off


def _stands_apart(clause: Clause, own: list[Match], before: list[Match], reading: Reading) -> bool:
    """«… . تو رویان هم …», «… و معاش معلمین ۳ ماه نرسیده»: a sentence of another place, or one with its own figure."""
    known = {m.entry.en for m in before}
    new = [m for m in own if m.entry.kind != "people" and m.entry.en not in known]
    if clause.link in ("stop", "line"):
        adds = bool(_news(own, before)) and _adds(clause, reading)
        return bool(new) and (adds or _opens_in_new_place(clause, reading))
    joins = clause.first > 1 and reading.keys[clause.first - 1] == "و"
    if not new or not joins or not ends_sentence(reading, clause.first - 2):
        return False
    chief = max(m.entry.weight for m in own if m.entry.kind != "people")
    other = any(
        m.entry.weight >= chief and m.first - clause.first <= _HEAD for m in _news(own, before)
    )  # what the sentence begins with; «… و ۲۰۰ خانوار بی‌آب‌اند» tells what comes of it
    whole = says(reading, clause.first, clause.last) and ends_sentence(reading, _last_word(clause, reading))
    also = "هم" in reading.keys[clause.first : clause.first + _OPENING]
    counted = also and bool(figures(reading.cut(0, clause.first).text))
    return ((other and whole) or counted) and bool(figures(reading.cut(clause.first, clause.last).text))


def _adds(clause: Clause, reading: Reading) -> bool:
    """«مترو هم ۲۰ دقیقه دیر می‌آید», «کتابخانه را هم تجهیز کنید»: a sentence that says «هم», with a figure or an order."""
    keys, raws = reading.keys, [token.raw for token in reading.tokens]
    end = next((at for at in range(clause.first, len(keys)) if reading.tokens[at].kind == "stop"), len(keys))
    opening = keys[clause.first : clause.first + _OPENING]
    if "هم" in opening and figures(reading.cut(clause.first, end).text):
        return True
    also = any(one in _OBJECT and other == "هم" for one, other in pairwise(raws[clause.first : end]))
    return also and orders(reading, clause.first, end)


def _last_word(clause: Clause, reading: Reading) -> int:
    last = clause.last - 1
    while last > clause.first and (reading.tokens[last].kind != "fa" or reading.keys[last] == "و"):
        last -= 1
    return last


def _opens_in_new_place(clause: Clause, reading: Reading) -> bool:
    """«در سقز …» at the head of a sentence, behind one about another place."""
    at = clause.first
    here = {m.entry.en for m in reading.places if at < m.first <= at + 2}
    there = {m.entry.en for m in reading.places if m.first < at}
    return reading.keys[at] in _IN and bool(here and there) and here.isdisjoint(there)


def _is_added(
    clause: Clause, own: list[Match], before: list[Match], reading: Reading, *, unless_also: bool
) -> bool:
    """Whether a clause says «هم», begins a line or a sentence without a mark, and its chief thing is new."""
    news = [m for m in _news(own, before) if m.entry.weight >= _TOLD]
    if not news:
        return False
    lead = max(news, key=lambda m: m.entry.weight)
    chief = max(m.entry.weight for m in own if m.entry.kind != "people")
    placed = any(clause.first <= m.first < clause.last for m in reading.places)  # «پلیس هم در قیدار کم است»
    if (placed or lead.entry.topic not in _BLAMED) and _also(reading, clause, lead):
        return lead.entry.weight >= chief
    if unless_also:
        return False
    runs_on = clause.link == "run" and lead.entry.weight >= chief
    return clause.link == "line" or (runs_on and says(reading, clause.first, clause.last))


def _news(own: list[Match], before: list[Match]) -> list[Match]:
    """Things of a clause of which the passage before it says nothing: neither they nor their topic."""
    known = {m.entry.topic for m in before if m.entry.weight >= _THING} | {m.entry.en for m in before}
    return [m for m in own if m.entry.kind != "people" and not known & {m.entry.en, m.entry.topic}]


def _differ(own: list[Match], before: list[Match]) -> bool:
    """Whether two orders are about two things of one topic, each good or bad in itself: «حق طلاق … گشت ارشاد …»."""
    valued = {
        m.entry.en for m in before if m.entry.kind in ("bad", "good") and m.entry.weight >= _VERY_STRONG
    }
    mine = {m.entry.en for m in own if m.entry.kind in ("bad", "good") and m.entry.weight >= _VERY_STRONG}
    return bool(valued and mine and not valued & mine)


def _also(reading: Reading, clause: Clause, lead: Match) -> bool:
    """«گاز هم نداریم»: the clause adds its matter, that is no part of what was told («تونلش هم»)."""
    opening = reading.keys[clause.first : min(clause.first + _OPENING, clause.last)]
    stops = [at for at in range(clause.first) if reading.tokens[at].kind == "stop"]
    follows = not _IF.isdisjoint(reading.keys[stops[-1] if stops else 0 : clause.first])
    return "هم" in opening and not follows and not _is_its(reading, lead)


def _is_its(reading: Reading, lead: Match) -> bool:
    """«پول پوشکش», «تونلش»: of what was told before."""
    token = reading.tokens[lead.last - 1]
    return token.raw.endswith("ش") and not token.key.endswith("ش")


def _is_sentence(clause: Clause, reading: Reading) -> bool:
    """ "… and the clinic has no doctor"."""
    return clause.link == "and" and reading.keys[clause.first] == "the"


def _opens_elsewhere(clause: Clause, start: int, reading: Reading) -> bool:
    """«در نیریز … . در استهبان …»: both begin with where they are."""
    places = {m.first: m.entry.en for m in reading.places}
    here, there = (places.get(at + 1) for at in (clause.first, start))
    led = all(reading.keys[at] in _IN for at in (clause.first, start))
    return led and bool(here and there) and here != there


def _is_elsewhere(clause: Clause, reading: Reading) -> bool:
    """Whether a clause tells another matter of the same topic: of another thing in another place."""
    known = {m.entry.en for m in reading.concepts() if m.first < clause.first}
    mine = [m for m in reading.concepts() if clause.first <= m.first < clause.last]
    new = any(m.entry.weight >= STRONG for m in mine if m.entry.en not in known and m.entry.kind != "people")
    here = {m.entry.en for m in reading.places if clause.first <= m.first < clause.last}
    there = {m.entry.en for m in reading.places if m.first < clause.first}
    return new and bool(here and there) and here.isdisjoint(there)


def _matters(reading: Reading, clause: Clause, besides: frozenset[int]) -> list[Match]:
    """What a clause is about, in reading order; without the addressee and the writers."""
    return [
        m
        for m in reading.concepts()
        if clause.first <= m.first < clause.last and m.first not in besides and m.entry.topic
    ]


def _trimmed(
    reading: Reading, first: int, last: int, marks: set[int] | frozenset[int] = frozenset()
) -> Reading:
    """The passage without the stops around it; the figures of a list, in `marks`, count its matters and nothing else."""
    if first in marks:
        first += 1
        while first < last - 1 and reading.tokens[first].kind in ("stop", "comma"):
            first += 1
    while last > first + 1 and (
        reading.tokens[last - 1].kind in ("stop", "comma") or reading.keys[last - 1] in ("و", "and")
    ):
        last -= 1
    return reading.cut(first, last)


def _with_matter(reading: Reading, bounds: list[int]) -> list[int]:
    """Bounds of passages that each hold a matter; one without keeps its facts in the passage before it."""
    kept = [bounds[0]]
    for first, last in pairwise(bounds):
        if (
            first != bounds[0]
            and reading.cut(first, last).concepts()
            and reading.cut(kept[-1], first).concepts()
        ):
            kept.append(first)
    return [*kept, bounds[-1]]
