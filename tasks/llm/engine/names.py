"""Places that the gazetteer does not know: found by the words around them.

«روستای ریزاب» is a place whatever the gazetteer says, and so is the other end of «جاده‌ی خلخال به اسالم».
How such a name is written in Latin letters lies in `engine/romanise`.
"""

import re
from collections.abc import Sequence

from tasks.llm.engine import text as words
from tasks.llm.engine.romanise import NAME_WORDS, romanise
from tasks.llm.lexicon import Entry, Lexicon, Match

_LONGEST = 2  # unknown words taken as one name
_NO_NAME = re.compile(
    r"(?:^ن?می‌|^نمی|^می(?:ش|ک|ر[هوم]|خ|د|ی)|ها$|های$|ترین$|اند$|ید$|یم$|(?<!و)ند$|شون$|مون$|^بی‌|نشین$|زده$)"
)
# «…آباد», «…کلا»: what only names of villages end in; «آق‌دره», written with a joiner, as well.
_TAILS = re.compile(r".{2,}(?:آباد|اباد|کلا|کلایه|محله|دشت|تپه|کند|خیل)$")
_JOINED_TAILS = frozenset(
    [
        "دره",
        "دشت",
        "تپه",
        "کند",
        "آباد",
        "بلاغ",
        "بولاغ",
        "چشمه",
        "قلعه",
        "رود",
        "کوه",
        "محله",
        "کلا",
        "سرا",
        "چال",
        "شهر",
    ]
)
_INFLECTIONS = frozenset(
    [
        "ی",
        "ه",
        "م",
        "ت",
        "ش",
        "ا",
        "یی",
        "ای",
        "ها",
        "های",
        "هایی",
        "ات",
        "ان",
        "ین",
        "ام",
        "اش",
        "است",
        "ست",
        "اند",
        "ند",
        "یم",
        "ید",
        "ن",
        "س",
        "رو",
        "را",
        "مان",
        "شان",
        "تان",
        "تر",
        "ترین",
        "گان",
        "و",
    ]
)
_AUXILIARIES = frozenset(
    (
        "شود",
        "شده",
        "شد",
        "است",
        "نشده",
        "نشود",
        "بشه",
        "شدن",
        "بود",
        "شوند",
        "بشود",
        "می",
        "نمی",
        "اند",
        "شدند",
        "باشد",
    )
)
_JOINER = "\u200c"
# May stand between a cue and its name: «شهرک صنعتی خرم‌دشت», «روستای ما، سیاه‌کلان».
_BETWEEN = frozenset(("صنعتی", "مسکونی", "جدید", "مرزی", "تاریخی", "ما", "من", "خودمان"))
_LINKS = frozenset(("به", "تا", "be", "ta", "to", "-", "–", "—"))
_LATIN_LEADS = frozenset(["in", "near", "from", "at", "of", "around", "outside", "tu", "tuye", "too"])


def unknown_places(text: str, tokens: list[words.Token], lex: Lexicon, known: list[Match]) -> list[Match]:
    """Names after «روستای», at the end of a road, after a known place and «و», and words such as «…آباد»."""
    taken = {index for match in known for index in range(match.first, match.last)}
    ends = {match.last for match in known}
    listed: set[int] = set()  # ends of names in a list: «روستاهای الف، ب و ج»
    found: list[Match] = []
    for index, token in enumerate(tokens):
        if index in taken or token.kind not in ("fa", "latin"):
            continue
        in_list = index - 1 in listed and tokens[index - 1].kind == "comma"
        last = _name_end(text, tokens, index, lex, ends, in_list=in_list)
        if last == index:
            continue
        if in_list or (index and tokens[index - 1].raw.endswith(("ها", "های"))):
            listed.add(last)
        last = next((at for at in range(index + 1, last) if at in taken), last)
        taken.update(range(index, last))
        ends.add(last)
        spelled = text[token.start : tokens[last - 1].end]
        name = romanise(spelled) if token.kind == "fa" else spelled.title()
        found.append(Match(index, last, Entry("place", name, spelled, say_en="village")))
    return found


def _name_end(
    text: str, tokens: list[words.Token], index: int, lex: Lexicon, ends: set[int], *, in_list: bool
) -> int:
    """Where a name that starts at `index` ends; `index` itself when none does."""
    token, before = tokens[index], tokens[index - 1] if index else None
    cued = before is not None and before.key in lex.cues["name_cue"]
    if index > 1 and before is not None and (before.key in _BETWEEN or before.kind == "comma"):
        lead = tokens[index - 2] if before.key in _BETWEEN or index < 3 else tokens[index - 3]
        ours = before.key in _BETWEEN or tokens[index - 2].key in _BETWEEN
        cued = ours and lead.key in lex.cues["name_cue"]
    if token.kind == "latin":
        return _latin_end(text, tokens, index, lex, cued=cued)
    street = before is not None and before.key in lex.cues["street_cue"]
    end = _compound_end(text, tokens, index)
    near = before is not None and before.key in lex.cues["near_cue"]
    if end - index > 1 and not street and _JOINER in text[token.start : tokens[end - 1].end]:
        listed = in_list or _is_joined_to_place(tokens, index, ends)
        return end if _is_compound_name(tokens[index:end], lex, cued=cued or near or listed) else index
    part_of_name = (
        cued
        and before is not None
        and before.raw in lex.cues["village"]
        and token.key in lex.vocabulary.only_homes
    )
    if _is_participle(tokens, index):
        return index
    if not _is_unknown(token, lex) and not part_of_name:
        return _of_name_words(tokens, index, lex) if cued else index
    loose = near and len(token.key) > 3
    joined = in_list or _is_joined_to_place(tokens, index, ends)
    tailed = bool(_TAILS.fullmatch(token.raw)) and not street
    if not (cued or joined or tailed or loose or _ends_road(tokens, index, lex)):
        return index
    last = index + 1
    while cued and last < len(tokens) and last - index < _LONGEST and _is_unknown(tokens[last], lex):
        last += 1
    return last


def _is_joined_to_place(tokens: Sequence[words.Token], index: int, ends: set[int]) -> bool:
    return index >= 2 and tokens[index - 1].key in ("و", "تا") and index - 1 in ends


def _compound_end(text: str, tokens: Sequence[words.Token], index: int) -> int:
    """The end of the written word that starts at `index`: tokens joined by zero-width joiners."""
    if index and _is_joined(text, tokens[index - 1], tokens[index]):
        return index  # inside a word
    last = index + 1
    while last < len(tokens) and _is_joined(text, tokens[last - 1], tokens[last]):
        last += 1
    return last


def _is_joined(text: str, one: words.Token, other: words.Token) -> bool:
    """Whether two tokens are parts of one written word, with a joiner between them or run together."""
    return one.start == other.start or (other.start == one.end + 1 and text[one.end] == _JOINER)


def _is_compound_name(parts: Sequence[words.Token], lex: Lexicon, *, cued: bool) -> bool:
    """«کلاته‌میرعلی» after «روستای»; «آق‌دره» anywhere; «کم‌برخوردار» never."""
    if parts[0].key in lex.cues["no_name"] or any(
        _NO_NAME.search(part.raw) and part.raw not in NAME_WORDS for part in parts
    ):
        return False
    unknown = any(part.key not in lex.vocabulary.known for part in parts)
    if parts[-1].raw in _JOINED_TAILS and (unknown or parts[0].raw in NAME_WORDS):
        return True
    return cued and (unknown or parts[0].raw in NAME_WORDS)


def _of_name_words(tokens: Sequence[words.Token], index: int, lex: Lexicon) -> int:
    """«روستای چشمه سرده»: after a cue, a word that begins names, and one word more."""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if tokens[index].raw == "شهید" and index + 1 < len(tokens) and tokens[index + 1].kind == "fa":
        return index + 2
    begins = tokens[index].raw in NAME_WORDS and tokens[index].key not in lex.cues["no_name"]
    if not begins or after is None or after.kind != "fa" or after.key in lex.cues["no_name"]:
        return index
    plain = after.key in lex.vocabulary.known and after.raw not in NAME_WORDS
    return index if plain or _NO_NAME.search(after.raw) else index + 2


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


def _is_participle(tokens: Sequence[words.Token], index: int) -> bool:
    """«برگردانده شود», «ریخته است»: a verb of two words."""
    after = tokens[index + 1].raw if index + 1 < len(tokens) else ""
    return tokens[index].raw.endswith("ه") and after in _AUXILIARIES


def _is_unknown(token: words.Token, lex: Lexicon) -> bool:
    """No word of the lexicon; «گلوند» is none either, though «گل» is one."""
    ending = token.raw[len(token.key) :] if len(token.raw) > len(token.key) else ""
    known = token.key in lex.vocabulary.known and (not ending or ending in _INFLECTIONS)
    return token.kind == "fa" and len(token.raw) >= 3 and not known and not _NO_NAME.search(token.raw)
