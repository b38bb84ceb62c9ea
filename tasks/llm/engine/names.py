"""Places that the gazetteer does not know: found by the words around them.

«روستای ریزاب» is a place whatever the gazetteer says, and so is the other end of «جاده‌ی خلخال به اسالم».
Which words may be names lies in `engine/nameforms`, how they are written in Latin letters in `engine/romanise`.
"""

from collections.abc import Sequence

from tasks.llm.engine import text as words
from tasks.llm.engine.nameforms import (
    JOINER,
    LANDMARKS,
    NO_NAME,
    TAILS,
    bare,
    compound_end,
    goes_on,
    is_compound_name,
    is_form_of_a_word,
    is_joined,
    is_participle,
    is_rare,
    is_unknown,
)
from tasks.llm.engine.romanise import NAME_WORDS, romanise
from tasks.llm.lexicon import Entry, Lexicon, Match, letters_of, village_beginnings, villages

_LONGEST = 2  # unknown words taken as one name
_SHORT = 3  # letters of words that may be anything
_LISTED = 3  # words of most listed names
# May stand between a cue and its name: «شهرک صنعتی خرم‌دشت», «روستای ما، سیاه‌کلان».
_BETWEEN = frozenset(("صنعتی", "مسکونی", "جدید", "مرزی", "تاریخی", "ما", "من", "خودمان"))
_OURS = frozenset(("ما", "من", "خودمان"))
_QUARTERS = frozenset(("کوی", "شهرک"))
# After whom, and after what, quarters are called that are no words of names otherwise.
_QUARTER_NAMES = frozenset((
    "فرهنگیان", "کارگران", "معلم", "کارمندان", "پرستار", "جانبازان", "شهدا", "دانشگاه", "استادان", "ارتش", "سپاه", "بسیج",
    "بهداری", "پاسداران", "مهندسین", "پزشکان", "قضات", "مخابرات", "دادگستری", "شهرداری", "وحدت", "امید", "آفتاب", "مهر",
    "نور", "سجاد", "الغدیر", "رضوان", "کوثر", "پرواز", "نفت", "گاز", "آزادگان", "شاهد", "ایثار", "صبا", "یاس", "بهار",
))  # fmt: skip
_TELLING = frozenset(("نام", "اسم", "یعنی"))
_COPULAS = ("ه", "ست", "م")
_LINKS = frozenset(("به", "تا", "be", "ta", "to", "-", "–", "—"))
_INSIDE = frozenset(("در", "تو", "توی", "از", "به", "تا", "اهل", "اهالی", "مردم"))
_LATIN_LEADS = frozenset(["in", "near", "from", "at", "of", "around", "outside", "tu", "tuye", "too"])


def unknown_places(text: str, tokens: list[words.Token], lex: Lexicon, known: list[Match]) -> list[Match]:
    """Names after «روستای», at the end of a road, after a known place and «و», and words such as «…آباد»."""
    taken = {index for match in known for index in range(match.first, match.last)}
    ends, towns = {match.last for match in known}, {match.first for match in known}
    listed: set[int] = set()  # ends of names in a list: «روستاهای الف، ب و ج»
    found: list[Match] = []
    for index, token in enumerate(tokens):
        if index in taken or token.kind not in ("fa", "latin"):
            continue
        in_list = index - 1 in listed and tokens[index - 1].kind == "comma"
        in_list = in_list or _opens_pair(text, tokens, index, towns, lex)
        last = _name_end(text, tokens, index, lex, ends, taken, in_list=in_list)
        if last == index and (index + 1 in towns or token.raw in LANDMARKS):
            last = _end_in_town(text, tokens, index, lex, towns)
        if last == index:
            continue
        if in_list or (index and tokens[index - 1].raw.endswith(("ها", "های"))):
            listed.add(last)
        last = next((at for at in range(index + 1, last) if at in taken), last)
        taken.update(range(index, last))
        ends.add(last)
        spelled = text[token.start : tokens[last - 1].end]
        name = (
            romanise(bare(spelled) if last in towns else spelled) if token.kind == "fa" else spelled.title()
        )
        found.append(Match(index, last, Entry("place", name, spelled, say_en="village")))
    return found


def _name_end(
    text: str, tokens: list[words.Token], index: int, lex: Lexicon, ends: set[int], taken: set[int],
    *, in_list: bool,
) -> int:  # fmt: skip
    """Where a name that starts at `index` ends; `index` itself when none does."""
    token, before = tokens[index], tokens[index - 1] if index else None
    cued = before is not None and before.key in lex.cues["name_cue"]
    if index > 1 and before is not None and (before.key in _BETWEEN or before.kind == "comma"):
        lead = tokens[index - 2] if before.key in _BETWEEN or index < 3 else tokens[index - 3]
        ours = before.key in _BETWEEN or tokens[index - 2].key in _BETWEEN
        cued = ours and lead.key in lex.cues["name_cue"]
        told = before.kind != "comma" and before.key in _OURS  # «شهر ما ترسناکه» names none
        joined_name = (
            compound_end(text, tokens, index) > index + 1 and token.raw in LANDMARKS
        )  # «روستای ما ده‌میر»
        cued = cued and not (
            told and not joined_name and (token.raw.endswith(_COPULAS) or not is_rare(token, lex))
        )
    cued = cued or _is_called(tokens, index, lex)
    if token.kind == "latin":
        return _latin_end(text, tokens, index, lex, cued=cued)
    street = before is not None and before.key in lex.cues["street_cue"]
    near = before is not None and before.key in lex.cues["near_cue"]
    if words.fold(token.raw) in village_beginnings() and not street:
        listed_end = _listed_end(text, tokens, index, lex, taken, cued=cued or near)
        if listed_end > index:
            return listed_end
    end = compound_end(text, tokens, index)
    if end - index > 1 and not street and JOINER in text[token.start : tokens[end - 1].end]:
        listed = in_list or _is_joined_to_place(tokens, index, ends)
        return end if is_compound_name(tokens[index:end], lex, cued=cued or near or listed) else index
    part_of_name = (
        cued
        and before is not None
        and before.raw in lex.cues["village"]
        and (token.key in lex.vocabulary.only_homes or is_form_of_a_word(token, lex))
    )
    part_of_name = part_of_name or (
        _is_joined_to_place(tokens, index, ends) and is_form_of_a_word(token, lex)
    )
    if is_participle(tokens, index):
        return index
    if not is_unknown(token, lex) and not part_of_name:
        return _of_name_words(tokens, index, lex) if cued else index
    loose = (near or (_is_at_site(tokens, index, lex) and is_rare(token, lex))) and len(token.key) > _SHORT
    joined = in_list or _is_joined_to_place(tokens, index, ends)
    tailed = bool(TAILS.fullmatch(token.raw)) and not street
    if not (cued or joined or tailed or loose or _ends_road(tokens, index, lex)):
        return index
    last = index + 1
    while cued and last < len(tokens) and last - index < _LONGEST and goes_on(tokens[last], lex):
        last += 1
    return last


def _is_called(tokens: Sequence[words.Token], index: int, lex: Lexicon) -> bool:
    """«روستایی به نام کهنه‌گوراب», «محله‌مون، یعنی باغ‌نار»: the name stands behind a word that tells it."""
    lead = index - 1
    if (
        lead > 0
        and tokens[lead].key in _TELLING
        and (tokens[lead].key == "یعنی" or tokens[lead - 1].key == "به")
    ):
        told = tokens[max(0, lead - _LISTED) : lead]
        return any(token.key in lex.cues["village"] or token.key == "روستایی" for token in told)
    return False


def _is_at_site(tokens: Sequence[words.Token], index: int, lex: Lexicon) -> bool:
    """Whether «معدن», «مرز» or the like stands before the word, or before «زغال‌سنگ» and the word."""
    if tokens[index].key in lex.cues["site_no_name"]:
        return False
    if index > 1 and (tokens[index - 2].key, tokens[index - 1].key) == ("پارک", "ملی"):
        return True
    before = index - 1
    while before > 0 and index - before <= _LISTED and tokens[before].key in lex.cues["site_of"]:
        before -= 1
    return before >= 0 and tokens[before].key in lex.cues["site_cue"]


def _is_inside(text: str, tokens: Sequence[words.Token], index: int) -> bool:
    """Whether «در», «اهالی» or the like stands before the word."""
    before = tokens[index - 1] if index else None
    return before is not None and before.key in _INSIDE and text[before.end : tokens[index].start] == " "


def _listed_end(
    text: str, tokens: Sequence[words.Token], index: int, lex: Lexicon, taken: set[int], *, cued: bool
) -> int:
    """Where a listed village ends («چاه کور»); a name of one word needs a cue, or must be no word of every day."""
    free = next(
        (at for at in range(index, min(index + _LISTED, len(tokens))) if at in taken), index + _LISTED
    )
    for last in range(min(free, len(tokens)), index, -1):
        if tokens[last - 1].kind != "fa" or (
            last < len(tokens) and is_joined(text, *tokens[last - 1 : last + 1])
        ):
            continue
        if letters_of(text[tokens[index].start : tokens[last - 1].end]) in villages():
            token = tokens[index]
            rare = last - index > 1 or is_rare(token, lex)
            return last if cued or (rare and _is_inside(text, tokens, index)) else index
    return index


def _end_in_town(text: str, tokens: Sequence[words.Token], index: int, lex: Lexicon, towns: set[int]) -> int:
    """«در هرانده فیروزکوه», «ده‌شیخ پاتاوه»: the end of a part of the known place that follows; `index` for none."""
    if index + 1 in towns:
        return index + 1 if _is_in_town(text, tokens, index, lex) else index
    end = compound_end(text, tokens, index)
    named = end - index > 1 and end in towns
    return end if named and is_compound_name(tokens[index:end], lex, cued=True) else index


def _is_in_town(text: str, tokens: Sequence[words.Token], index: int, lex: Lexicon) -> bool:
    """Whether a word that no list knows stands between «در» or the like and a known place."""
    token = tokens[index]
    if not _is_inside(text, tokens, index):
        return False
    apart = text[token.end : tokens[index + 1].start] == " "
    return apart and is_rare(token, lex)


def _opens_pair(text: str, tokens: Sequence[words.Token], index: int, towns: set[int], lex: Lexicon) -> bool:
    """«مردم عین‌خوش و دهلران»: a word that no list knows, joined by «و» to a known place."""
    end = compound_end(text, tokens, index)
    if end + 1 not in towns or tokens[end].key != "و" or not _is_inside(text, tokens, index):
        return False
    return any(is_rare(token, lex) for token in tokens[index:end])


def _is_joined_to_place(tokens: Sequence[words.Token], index: int, ends: set[int]) -> bool:
    return index >= 2 and tokens[index - 1].key in ("و", "تا") and index - 1 in ends


def _of_name_words(tokens: Sequence[words.Token], index: int, lex: Lexicon) -> int:
    """«روستای چشمه سرده»: after a cue, a word that begins names, and one word more."""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if tokens[index].raw == "شهید" and index + 1 < len(tokens) and tokens[index + 1].kind == "fa":
        return index + 2
    if tokens[index - 1].raw in _QUARTERS and tokens[index].raw in _QUARTER_NAMES:
        return index + 1
    begins = tokens[index].raw in NAME_WORDS and tokens[index].key not in lex.cues["no_name"]
    if not begins or after is None or after.kind != "fa" or after.key in lex.cues["no_name"]:
        return index
    plain = after.key in lex.vocabulary.known and after.raw not in NAME_WORDS
    return index if plain or NO_NAME.search(after.raw) else index + 2


def _ends_road(tokens: Sequence[words.Token], index: int, lex: Lexicon) -> bool:
    """«جاده‌ی X به Y», «محور X – Y»: a word of roads, one word or two, a link, and this one."""
    if index < 3 or not (tokens[index - 1].key in _LINKS or tokens[index - 1].raw.strip() in _LINKS):
        return False
    return any(tokens[at].key in lex.cues["road_cue"] for at in range(max(0, index - 4), index - 2))


def _latin_end(text: str, tokens: Sequence[words.Token], index: int, lex: Lexicon, *, cued: bool) -> int:
    """Latin words that are no English or romanised ones, after «mahalle» or, with a capital, after 'in'."""
    lead = index > 0 and tokens[index - 1].raw.lower() in _LATIN_LEADS
    if text[tokens[index].start - 1 : tokens[index].start] in tuple("[@/#._"):
        return index  # a placeholder, a handle, an address
    last = index
    while last < len(tokens) and last - index < _LONGEST and tokens[last].kind == "latin":
        token = tokens[last]
        capital = token.raw[0].isupper() and not token.raw.isupper()
        foreign = token.key not in lex.vocabulary.english and token.key not in lex.vocabulary.known
        if not (capital and (cued or (lead and foreign))) and not (cued and foreign and last == index):
            break
        last += 1
    return last
