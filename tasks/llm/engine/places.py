"""Which names of the gazetteer are meant as places: «بهار» is mostly spring, «شهر بهار» is a town.

A name that is also a plain word is a place when a word such as «شهر» says so, when it stands in one list or at
the other end of one road with a place, or when its own province follows. Here: names that
`data/lexicon/places.csv` holds. Names it lacks lie in `engine/names`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tasks.llm.engine import text as words

if TYPE_CHECKING:
    from tasks.llm.lexicon import Lexicon, Match

JOINER = "\u200c"
AMBIGUOUS, COMMON = 1, 2  # also a plain word; mostly a plain word
AFGHAN = "afghan"  # kind of the places of Afghanistan
_CUES = {AMBIGUOUS: "place_cue", COMMON: "town_cue"}
_LINKS = frozenset(("و", "یا", "تا", "به", "الی", "and", "or", "to", "va", "ta", "be"))
_LIST = frozenset(("و", "یا", "and", "or", "va", ""))  # a comma has no key
_MARKS = frozenset(("،", ",", "-", "–", "—", "ـ"))
_NAME = 2  # words of most names
_PLURALS = (JOINER + "ها", " ها", "ها")
_PLURAL_ENDINGS = ("ها", "های", "ونای", "haye", "ha", "naye", "streets")
_VOWELS = "اوه"
_HOUSE_NAME = 5  # tokens of a house and its name
_OF_PERSONS = frozenset(("شهید", "شهدای", "امام", "دکتر", "حاج", "آیت", "استاد"))  # a family name follows
_ROADS = frozenset(("اتوبان", "بزرگراه"))  # name a street («بزرگراه همت») or join two towns
_FROM = frozenset(("از", "az", "from"))
_WITHIN = frozenset(("در", "تو", "توی", "از", "به"))
_EZAFE = ("e", "ye")
_TELLING = 5  # letters of a romanised word that is hardly another word by chance
_SHORT = 2  # letters of names that are words of English too


def places_in(text: str, tokens: Sequence[words.Token], lex: Lexicon) -> list[Match]:
    """The places among the tokens of `text`, in reading order; never a street."""
    none = _no_places(tokens, lex)
    named = [
        m
        for m in _named(text, tokens, lex)
        if m.first not in none
        and _is_whole(text, tokens, m)
        and not _is_street(text, tokens, m, lex)
        and not _is_part(text, tokens, m, lex)
    ]
    found = {m for m in named if _is_sure(text, tokens, m, lex)}
    if any(m.entry.say_en == AFGHAN for m in found) or not lex.cues["afghan"].isdisjoint(
        t.key for t in tokens
    ):
        found |= {m for m in named if m.entry.say_en == AFGHAN and m.entry.cue == AMBIGUOUS}
    doubtful = [m for m in named if m not in found]
    while more := {m for m in doubtful if _is_beside(tokens, m, found, lex)} - found:
        found |= more  # a place of a list makes a place of its neighbour, and so on
    told = {m.entry for m in found}
    found |= {m for m in doubtful if m.entry in told and _may_be_again(text, tokens, m, lex)}
    return [part for m in named if m in found for part in _parted(tokens, m, lex)]


def _parted(tokens: Sequence[words.Token], match: Match, lex: Lexicon) -> list[Match]:
    """«طلاب مشهد» is in the gazetteer to tell one Tollab from others; the text names Mashhad as well."""
    last = match.last - 1
    if last == match.first or tokens[match.first].key in lex.cues["name_cue"]:
        return [match]
    whole = lex.find([tokens[last].key], lex.places, loose=False)
    if not whole or whole[0].entry.cue or whole[0].entry.say_en not in ("city", "province"):
        return [match]
    town = whole[0].entry
    if town.en.split()[0].lower() in match.entry.en.lower():
        return [match]
    return [replace(match, last=last), replace(match, first=last, entry=town)]


def _no_places(tokens: Sequence[words.Token], lex: Lexicon) -> set[int]:
    """Tokens of phrases in which a name is a plain word: «چین و چروک»."""
    starts = lex.cue_starts["no_place"]
    found: set[int] = set()
    for at, token in enumerate(tokens):
        for phrase in starts.get(token.key, ()):
            if tuple(other.key for other in tokens[at : at + len(phrase)]) == phrase:
                found.update(range(at, at + len(phrase)))
    return found


def _named(text: str, tokens: Sequence[words.Token], lex: Lexicon) -> list[Match]:
    """Every name of the gazetteer that is spelled there; in Finglish a name as on English maps comes first."""
    named = lex.find(
        [_place_key(text, token, lex) if token.raw[-1:] in "یe" else token.key for token in tokens],
        lex.places,
        loose=False,
    )
    if not any(token.kind == "latin" and token.key != words.stem_en(token.raw) for token in tokens):
        return named
    keys = [words.stem_en(t.raw) if t.kind == "latin" else t.key for t in tokens]
    mapped = lex.find(keys, lex.places, loose=False)
    sure = [m for m in mapped if m.last - m.first > 1 or len(keys[m.first]) >= _TELLING]
    taken = {index for match in sure for index in range(match.first, match.last)}
    heard = [m for m in named if taken.isdisjoint(range(m.first, m.last))]
    taken |= {index for match in heard for index in range(match.first, match.last)}
    short = [m for m in mapped if m not in sure and taken.isdisjoint(range(m.first, m.last))]
    return sorted([*sure, *heard, *short], key=lambda match: match.first)


def _place_key(text: str, token: words.Token, lex: Lexicon) -> str:
    """The key of a word; «زابلی‌ها» are people of Zabol though there is a town of Zaboli too, 'Karkhe' is no «کرخ»."""
    key, homes = token.key, lex.vocabulary.homes
    if token.kind == "latin":
        whole = lex.find([key + "ه"], lex.places, loose=False)
        return key + "ه" if whole and not whole[0].entry.cue else key
    if key in homes and key[:-1] in homes and text.startswith(_PLURALS, token.end):
        return key[:-1]
    return key


def _is_part(text: str, tokens: Sequence[words.Token], match: Match, lex: Lexicon) -> bool:
    """«روستای کلات‌بید», «دهستان جنت‌رودبار»: behind such a word a word with joiners is one name."""
    if match.entry.cue or tokens[match.first].kind != "fa":
        return False
    first = match.first
    while _joins(text, tokens, first - 1):
        first -= 1
    if first == match.first and not _joins(text, tokens, match.last - 1):
        return False
    return first > 0 and tokens[first - 1].key in lex.cues["name_cue"]


def _is_whole(text: str, tokens: Sequence[words.Token], match: Match) -> bool:
    """Whether the words are the name itself, with an ending of names at most: «گندم‌کاران» is no river Karun."""
    before, last = _word_before(tokens, match.first), tokens[match.last - 1]
    if last.kind != "fa":  # «Home» has the stem of Homs
        raw = last.raw.lower().removesuffix("'s")
        return last.key != words.stem_en(last.raw) or raw in (last.key, match.entry.en.split()[-1].lower())
    if match.last - match.first == 1 and "ون" in match.entry.fa and "ون" not in last.raw:
        return False  # «تهرون» is Tehran, «کاران» is not the Karun
    ending = words.fold(last.raw).removeprefix(last.key)
    if not match.entry.cue:
        if ending == "" and last.key.endswith("ستان") and text.startswith(_PLURALS, last.end):
            return False  # «انارستان‌های ساوه»
        is_piece = any(tokens[at].start == last.start for at in _neighbours(tokens, match.last - 1))
        return is_piece or words.is_of_place(
            last, sure=before in ("در", "تو", "توی") or match.last - match.first > 1
        )
    inside = _joins(text, tokens, match.first - 1) or _joins(text, tokens, match.last - 1)
    of = ending == "" or (ending == "ی" and last.key[-1] in _VOWELS)  # «پیشوای ورامین»
    return not inside and of and not text.startswith(_PLURALS, last.end)


def _neighbours(tokens: Sequence[words.Token], at: int) -> list[int]:
    return [near for near in (at - 1, at + 1) if 0 <= near < len(tokens)]


def _joins(text: str, tokens: Sequence[words.Token], at: int) -> bool:
    """Whether a joiner or nothing stands between a word and the next: «خاتم‌الانبیا», «میانه‌رو»."""
    if at < 0 or at + 1 >= len(tokens):
        return False
    one, other = tokens[at], tokens[at + 1]
    return one.kind == other.kind == "fa" and text[one.end : other.start] in ("", JOINER)


def _is_street(text: str, tokens: Sequence[words.Token], match: Match, lex: Lexicon) -> bool:
    """«خیابان اهواز»; but «خیابان‌های اهواز» are streets of it, and «اتوبان تهران – قم» joins two towns."""
    before = _word_before(tokens, match.first)
    if before not in lex.cues["street_cue"] or _is_plural(text, tokens[match.first - 1]):
        return False
    behind = tokens[match.last : match.last + 1]
    joins = bool(behind) and (_is_link(behind[0]) or behind[0].key in lex.vocabulary.homes)
    return not (before in _ROADS and joins)


def _is_plural(text: str, token: words.Token) -> bool:
    """«خیابان‌های», «خیابونای», 'kheyabunaye': several of what the word names."""
    return token.raw.endswith(_PLURAL_ENDINGS) or text.startswith(_PLURALS, token.end)


def _is_sure(text: str, tokens: Sequence[words.Token], match: Match, lex: Lexicon) -> bool:
    """A name that is no plain word, or one behind «شهر», «اهالی شریف», or capital letters in an English text."""
    if not match.entry.cue:
        return True
    token, cues = tokens[match.first], lex.cues[_CUES[match.entry.cue]]
    if JOINER in match.entry.fa and text[token.start :].startswith(match.entry.fa):
        return True  # «ماه‌نشان»: joined in writing, the words are a name
    if token.kind == "latin" and token.key == words.stem_en(token.raw):
        opens = not match.first or tokens[match.first - 1].kind == "stop"
        if token.raw[0].isupper() and not opens and len(token.raw) > _SHORT:
            return True
    before = _word_before(tokens, match.first)
    if before in cues:
        return True
    if match.entry.cue == AMBIGUOUS and (
        match.last - match.first > 1
        or _ends_a_name(tokens, match.first, lex)
        or _is_home_told(tokens, match, before, lex)
        or _has_a_thing(text, tokens, match, before, lex)
    ):
        return True
    described = before in lex.cues["of_place"] and match.first > 1
    return described and _word_before(tokens, match.first - 1) in lex.cues["town_cue"]


def _may_be_again(text: str, tokens: Sequence[words.Token], match: Match, lex: Lexicon) -> bool:
    """Whether a name that is a place elsewhere in the text is it here too: «جاده‌ی سرباز به راسک … بیمارستان سرباز»."""
    before = _word_before(tokens, match.first)
    return (
        match.entry.cue == AMBIGUOUS
        or before in lex.cues["house"] | _WITHIN
        or _ends_a_name(tokens, match.first, lex)
        or _has_a_thing(text, tokens, match, before, lex)
    )


def _is_home_told(tokens: Sequence[words.Token], match: Match, before: str, lex: Lexicon) -> bool:
    """«از خوی پیام میدم», «… از ری.»: where a writer says to be from."""
    if before not in _FROM:
        return False
    behind = tokens[match.last : match.last + 1]
    return bool(behind) and behind[0].key in lex.cues["told_from"]


def _has_a_thing(text: str, tokens: Sequence[words.Token], match: Match, before: str, lex: Lexicon) -> bool:
    """«زلزله‌ی خوی», «هوای لار»: right behind a thing that a town has, and no house or person named so."""
    if before in lex.cues["house"] or tokens[match.first - 1].raw in _OF_PERSONS:
        return False
    has = lex.cues["town_has"] | lex.cues["site_cue"]
    return before in has and not _joins(text, tokens, match.last - 1)


def _ends_a_name(tokens: Sequence[words.Token], at: int, lex: Lexicon) -> bool:
    """«دانشگاه پیام نور تفت», «بازار قیصریه لار»: a house, its name, and the town it stands in."""
    for near in range(at - 1, max(-1, at - _HOUSE_NAME), -1):
        token = tokens[near]
        if token.kind == "number" and near < at - 1:  # «بیمارستان ۳۲ تختخوابی سرباز»
            continue
        is_house = token.key in lex.cues["house"]
        if is_house or token.kind != "fa" or token.key in lex.cues["weak"] or token.raw in _OF_PERSONS:
            return is_house and near < at - 1
    return False


def _is_beside(tokens: Sequence[words.Token], match: Match, places: set[Match], lex: Lexicon) -> bool:
    """«شوش و هرندی», «جاده‌ی محلات به اراک», «خزانه تهران»: in a list, on a road or in a town with a place."""
    firsts, lasts = {m.first for m in places}, {m.last for m in places}
    at, behind = match.first - 1, match.last
    links = [
        near
        for near, is_place in ((at, at in lasts), (behind, behind + 1 in firsts))
        if is_place and 0 <= near < len(tokens) and _is_link(tokens[near])
    ]
    if match.entry.cue == COMMON:
        before_is_from = _word_before(tokens, match.first) in _FROM  # «از بافت تا کرمان»
        road = before_is_from or any(
            tokens[near].key in lex.cues["road_cue"] for near in range(max(0, at - 4), at + 1)
        )
        return any(
            _joins_list(tokens, near, lasts, lex) or (road and tokens[near].key not in _LIST)
            for near in links
        )
    house = _word_before(tokens, match.first) in lex.cues["house"]  # «سینما نور کرمان»
    return bool(links) or (not house and behind in firsts) or match.first in lasts


def _joins_list(tokens: Sequence[words.Token], link: int, lasts: set[int], lex: Lexicon) -> bool:
    """Whether a comma or «و» goes on with a list that holds two places before, or begins behind «مردم»."""
    if tokens[link].key not in _LIST:
        return False
    before = [last for last in lasts if last < link and _is_link(tokens[last]) and tokens[last].key in _LIST]
    return any(link - last <= _NAME + 1 for last in before) or _opens_list(tokens, link, lasts, lex)


def _opens_list(tokens: Sequence[words.Token], link: int, lasts: set[int], lex: Lexicon) -> bool:
    """«مردم دلفان و سلسله»: the list begins behind a word that only names of places follow."""
    near = range(max(1, link - _NAME), link)
    return link in lasts and any(tokens[first - 1].key in lex.cues["town_cue"] for first in near)


def _is_link(token: words.Token) -> bool:
    return token.key in _LINKS or token.raw.strip() in _MARKS


def _word_before(tokens: Sequence[words.Token], at: int) -> str:
    """The key of the word before a place, a figure and a link looked over: «فاز ۴ اندیشه», 'shahrak-e Golestan'."""
    before = at - 1
    if before > 0 and (tokens[before].kind == "number" or tokens[before].raw in _EZAFE):
        before -= 1
    return tokens[before].key if before >= 0 else ""
