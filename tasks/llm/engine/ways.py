"""Which way the own wish of a good or bad matter goes, and which way more or less of the matter goes beside it. Pure.

«Dog walking should be free» promotes what its name is about, «Internet filtering should be lifted» ends it, and «Streets
should be lit» says what would mend a lack.
"""

from typing import Literal

from tasks.llm.engine.fits import fits
from tasks.llm.lexicon import Entry, Match

Lean = Literal["silent", "with", "against", "open"]

LESS = frozenset(
    ("stop", "cancel", "ban", "reduce", "close", "dismiss", "dissolve", "lift", "prosecute", "condemn")
)
# Of a bad matter these are its opposite's too: who wants power supplied wants no power cuts.
_OF_THE_EVIL = frozenset(
    ("increase", "free", "allow", "pass", "enforce", "hold", "bring back", "keep in office")
)
_MENDING = frozenset(("investigate", "repair", "improve", "reform", "support"))  # whatever is bad
_OF_A_GOOD = frozenset(("ban", "close", "dissolve"))
_AGAINST_IT = frozenset(("ban", "prosecute", "condemn", "close"))  # what is named, not the evil of it
_UNDOING = frozenset(("bring back", "reopen", "free", "allow", "restore"))
_CONTESTED = frozenset(("tiered internet", "fines and messages for hijab", "compulsory vaccination"))
_KEEPING = frozenset(("protect", "support", "improve"))
UNDONE = frozenset(("abolished", "lifted", "withdrawn", "dissolved"))
REMEDIES = frozenset(("stop", "cancel", "lift", "reduce", "dissolve", "free", "allow"))
_MORE = _OF_THE_EVIL | frozenset(
    ("supply", "build", "found", "improve", "pay", "support", "protect", "restore", "finish", "reopen", "import",
     "negotiate", "teach", "register", "respect", "invest", "plant", "form")
)  # fmt: skip
HARMS = frozenset(
    ("outage", "closure", "destruction", "drying", "pollution", "high price")
)  # of `aspects.csv`
_PRICED = ("price", "cost", "rent", "fee", "fare", "dollar", "bills")
_ROOT = 4  # letters of «close», «closure», «closed»
# Of what the wish of a bad matter says it promotes the thing: «Dog walking should be free».
_PROMOTES = frozenset(
    ("free", "freed", "allowed", "kept", "get", "reopened", "return", "reinstated", "restored", "saved", "raised",
     "paid", "built", "supported")
)  # fmt: skip
_ENDS = frozenset(
    (
        "lifted",
        "abolished",
        "stopped",
        "banned",
        "ended",
        "closed",
        "dissolved",
        "withdrawn",
        "avoided",
        "stop",
    )
)
# A sentence with these is not denied by its «should» alone, or its denial is nobody's wish.
_MANIFOLD = frozenset(
    ("and", "or", "instead", "affordable", "fair", "fairly", "unfair", "unfairly", "unhealthy", "uncontrolled",
     "decent", "proper", "enough", "safe", "care", "clean", "avoided", "without", "delay", "eased", "conditions", "treated", "quick", "time", "better",
     "shortened", "fast", "reliable", "protected", "prevented", "compensated", "respected", "humane", "saved")
)  # fmt: skip


def can_be_turned(wish: str) -> bool:
    """Whether the denial of a matter's own wish is one that somebody may have: not «Bread should not be of good quality»."""
    words = wish.lower().replace(",", "").split()
    return " should " in wish and _MANIFOLD.isdisjoint(words)


def promotes(entry: Entry) -> bool:
    """Whether the matter's own wish is for the thing that its name is about, as it always is of a good one."""
    words = set(entry.prop_en.lower().replace("free of", "").split())
    if entry.kind == "good":
        return _ENDS.isdisjoint(words)
    return "not" not in words and not _PROMOTES.isdisjoint(words)


def ends(entry: Entry) -> bool:
    """Whether the matter's own wish is that the thing of its name be no more."""
    words = set(entry.prop_en.lower().split())
    return not entry.prop_en or "not" in words or not _ENDS.isdisjoint(words)


def is_priced(entry: Entry) -> bool:
    """Whether the matter is what something costs."""
    return any(word in entry.en for word in _PRICED)


def is_meant(demand: str, entry: Entry) -> bool:
    """A weekend is not closed: what is done to some sorts of matters only, or what the matter's wish itself says."""
    return fits(demand, entry) or demand[:_ROOT] in entry.prop_en


def way_of(match: Match) -> int:
    """Whether a demand is for more of a thing (1), for less (-1), or neither."""
    return (match.entry.en in _MORE) - (match.entry.en in LESS)


def lean_of(entry: Entry, demand: str, way: int) -> Lean | None:
    """Which way more (1) or less (-1) of a matter goes, None where that may be either.

    «Political prisoners should be freed» promotes what its name is about, so that less may be meant of the evil or of that.
    """
    is_less = demand in LESS
    if is_less and f"not be {demand}" in entry.prop_en:
        return "with" if way > 0 else "against"  # «Concerts should not be cancelled»
    if demand in entry.prop_en and "not" not in entry.prop_en:
        return "with" if (way < 0) == is_less else "against"  # the very deed: «Zoos should be closed»
    if entry.kind == "good":
        if promotes(entry):
            return "with" if way > 0 else "against"
        return "with" if (way < 0) == is_less else "against"  # «Sanctions should be lifted»
    if promotes(entry):
        if is_less and demand not in _AGAINST_IT:
            return "open" if way > 0 else "with"
        return "with" if way > 0 else "against"
    if is_less and demand in _OF_A_GOOD and ("price" in entry.en or _is_of_a_good(entry)):
        return "open"  # «کشت برنج را ممنوع کنید»: of the goods, not of their price
    if way < 0:
        return "with"
    if is_less:
        return "against"
    if demand in _UNDOING and _is_taken_away(entry):
        return "with"
    if is_contested(entry):
        return "against" if demand in _OF_THE_EVIL or demand in _KEEPING else None
    if demand in _OF_THE_EVIL:
        return "open" if _is_of_a_good(entry) else "against"
    return "with" if demand in _MENDING or _is_of_a_good(entry) or not may_go_both_ways(entry) else None


def is_contested(entry: Entry) -> bool:
    """Whether the matter is an order of things that many want undone and some want kept."""
    return not UNDONE.isdisjoint(entry.prop_en.split()) or entry.en in _CONTESTED


def _is_taken_away(entry: Entry) -> bool:
    """Whether a bad matter is that something or somebody was taken away: «Expelled students should return»."""
    return any(
        word in entry.en
        for word in (
            "exclusion",
            "expelled",
            "dismissed",
            "closed",
            "closure",
            "closing",
            "layoffs",
            "removal",
        )
    )


def _is_of_a_good(entry: Entry) -> bool:
    """Whether a bad matter is the lack of a good thing, so that more may be meant of that."""
    return any(
        word in entry.en for word in ("shortage", "cuts", "lack", "unpaid", "drying", "too low", "neglect")
    )


def can_be_harmed(harm: str, entry: Entry) -> bool:
    """Not a weekend by being closed, nor where the matter's wish is just that: «Illegal wells should be closed»."""
    return harm[:_ROOT] not in entry.prop_en and (harm != "closure" or fits("close", entry))


def may_go_both_ways(entry: Entry) -> bool:
    """Not «Streets should be lit»: of such a lack whatever is wished for is more of the same good."""
    return ends(entry) or "instead" in entry.prop_en
