"""Names of private people, found by what stands before them: a title, "my name is", a relative, a signature.

A full name without any such word stays, unless it stands beside another identifier, introduces its writer,
signs the text, or is said in a text about the writer's own life (`tasks/pii/signatures.py`): it is most often a public figure, a prisoner whose freedom is asked
for, a place or a street. The rule for public people: a name beside a public office (`وزیر`, `استاندار`,
`president` …) or a public figure named in `data/redact/names.toml` is policy content and stays; the same
surname with another first name is masked. What makes a word a name: `tasks/pii/namewords.py`.
"""

import re
from collections.abc import Iterator

from tasks.pii.nameparts import extend, is_compound_name, is_initial, starts_given
from tasks.pii.namewords import (
    is_ambiguous,
    is_family,
    is_given,
    is_only_family,
    is_plain,
    phrases,
    phrases_at,
    words,
)
from tasks.pii.public import PREPOSITIONS, is_public
from tasks.pii.wordlists import Token

Found = tuple[int, int, str]

_NEAR = re.compile(r"[ .:\-«\"'(/]{0,4}")
_LINKED = re.compile(r" {1,2}")
_TITLED = ("strong", "weak")
_ENGLISH_TITLE = frozenset(
    {
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "professor",
        "doctor",
        "engineer",
        "sir",
        "teacher",
        "nurse",
        "officer",
    }
)
_AND = frozenset({"و", "یا", "va", "o", "and", "or"})
AM = frozenset({"هستم", "hastam", "استم", "ام", "am"})
_OBJECT = frozenset({"رو", "را"})  # «دوستم ترنم رو گرفتن»
_COMMAND = frozenset({"شو", "شوید", "باش", "باشید"})  # «آقای مسئول بیدار شو»
_SON_OF = frozenset({"فرزند", "ملی", "کدملی", "متولد", "دارنده", "ولد", "بنت"})


def find_names(text: str, tokens: list[Token]) -> Iterator[Found]:
    """(start, end, `name`) in the folded text, after an introducing word; titles are left standing."""
    index, begins = 0, phrases()
    while index < len(tokens):
        found = _introduced(text, tokens, index) if tokens[index].word in begins else None
        if found is None:
            index += 1
            continue
        first, last = found
        if first < last:
            yield tokens[first].start, tokens[last - 1].end, "name"
        index = last


def _introduced(text: str, tokens: list[Token], index: int) -> tuple[int, int] | None:
    """(first, last) token of the name that a phrase at `index` introduces; empty when it only names an office."""
    skipped: int | None = None
    for size, begun in phrases_at(tokens, index):
        first, role = _past_titles(tokens, index + size, begun)
        if role == "weak":
            first = _past_workplace(text, tokens, first)
        last = name_end(text, tokens, first, role, title=tokens[index].word)
        if last is None:
            skipped = max(skipped or 0, first)
        elif role in _TITLED and is_public(text, tokens, index, first, last):
            return first, first
        else:
            return first, last
    return None if skipped is None or skipped <= index + 1 else (skipped - 1, skipped - 1)


def _past_titles(tokens: list[Token], first: int, role: str) -> tuple[int, str]:
    """Past `جناب آقای دکتر`, `سید`, `محترم`; one strong title makes a chain of titles strong."""
    while first < len(tokens):
        for size, other in phrases_at(tokens, first):
            if other in _TITLED and role in _TITLED:
                role = "strong" if other == "strong" else role
                first += size
                break
        else:
            if tokens[first].tied or tokens[first].word not in words("honorific"):
                break
            first += 1
    return first, role


def _past_workplace(text: str, tokens: list[Token], first: int) -> int:
    """Past the one or two words that say whose driver or teacher: `راننده اتوبوس قدرتی`, `معلم کلاس اول رضا رضایی`."""
    for place in range(first, min(first + 3, len(tokens))):
        token = tokens[place]
        if text[tokens[place - 1].end : token.start] != " ":
            break
        if token.word in _AND:
            break
        if is_only_family(token.word) and not is_ambiguous(token.word) and place <= first + 1:
            return place
        ahead = tokens[place + 1].word if place + 1 < len(tokens) else ""
        if starts_given(tokens, place) and is_only_family(ahead):
            return first if tokens[place - 1].word in words("office") else place
        if (
            place > first
            and is_given(token.word)
            and not is_ambiguous(token.word)
            and _is_private(tokens, place)
        ):
            return place  # `بقال محل عبدالله`
        if not is_plain(token.word) or token.word in PREPOSITIONS:
            break
    return first


def _is_private(tokens: list[Token], place: int) -> bool:
    """Whether no saint, house or street is named: `پرستار بیمارستان امام رضا`, `کارگر شرکت حسن`."""
    near = [token.word for token in tokens[max(0, place - 2) : place]]
    before = {*near, " ".join(near)}
    public = words("office") | words("named_place") | words("named_after") | words("place_begin")
    return not tokens[place].tied and before.isdisjoint(public)


def name_end(text: str, tokens: list[Token], first: int, role: str, *, title: str) -> int | None:
    """Index past the last word of the name that begins at `first`, or None when no name does."""
    if not 0 < first < len(tokens) or not _gap_fits(text[tokens[first - 1].end : tokens[first].start], role):
        return None
    if role in ("known", "intro") and tokens[first].word in ("ام", "e", "م"):
        first += 1
        if first >= len(tokens):
            return None
    if role not in ("known", "formal") and is_initial(text, tokens, first):
        last = name_end(text, tokens, first + 1, role, title=title)
        return last or first + 2
    word = tokens[first].word
    given = starts_given(tokens, first) or (role == "self" and _says_i_am(word))
    given = given or (role in ("strong", "intro", "label") and is_compound_name(tokens, first))
    if len(word) < 2 or word[0].isdigit() or (not given and word in words("not_name")):
        return None
    if not given and not _may_be_name(text, tokens, first, role, title=title):
        return None
    last = extend(text, tokens, first, is_open=role in ("intro", "formal", "label"))
    if role == "closing" and given and last == first + 1 == len(tokens) - 1:
        last += _LINKED.fullmatch(text[tokens[first].end : tokens[last].start]) is not None and tokens[
            last
        ].word not in words("not_name")
    return last if _fits_role(text, tokens, first, last, role, title=title) else None


def _says_i_am(word: str) -> bool:
    """`من کیمیام`: a given name with "am" joined to it."""
    name = word.removesuffix("م")
    return name != word and is_given(name) and not is_ambiguous(name)


def _gap_fits(gap: str, role: str) -> bool:
    """Whether the characters between an introducing word and a name are what that role allows."""
    if role == "label":
        return ":" in gap and len(gap) <= 4
    if role == "closing":
        return len(gap) <= 5
    return _NEAR.fullmatch(gap) is not None or (role in ("formal", "self") and gap in ("، ", ", "))


def _may_be_name(text: str, tokens: list[Token], first: int, role: str, *, title: str) -> bool:
    """Whether an unlisted word may be a name in this role."""
    token = tokens[first]
    following = tokens[first + 1].word if first + 1 < len(tokens) else ""
    if role == "strong" and title in _ENGLISH_TITLE:
        return text[token.start].isupper() or is_only_family(token.word)
    if role == "intro" and text[token.start].isascii() and not text[tokens[first - 1].start].isupper():
        return text[token.start].isupper() or title.startswith("esm") or is_only_family(token.word)
    if role in ("weak", "closing", "known"):
        if role == "weak" and following in words("surname_part"):
            return True
        return is_only_family(token.word) or (is_only_family(following) and not is_plain(token.word))
    if role == "formal":
        return is_only_family(token.word) or any(
            token.word in _SON_OF for token in tokens[first + 1 : first + 6]
        )
    if role == "self":
        third = tokens[first + 2].word if first + 2 < len(tokens) else ""
        return (is_only_family(token.word) and following in AM) or (
            is_only_family(following) and third in AM and not is_plain(token.word)
        )
    return is_family(token.word) or not is_plain(token.word)


def _fits_role(text: str, tokens: list[Token], first: int, last: int, role: str, *, title: str) -> bool:
    """Whether what follows the name agrees with the role: a signature ends, `من علی هستم` goes on so."""
    following = tokens[last].word if last < len(tokens) else ""
    if following in _COMMAND and last == first + 1 and is_plain(tokens[first].word):
        return False
    if role == "closing":
        return _ends_text(text, tokens, first, last, following)
    if role == "self":
        end = tokens[last - 1].word
        full = last - first > 1 and (is_given(end) or is_only_family(end))
        if "," in text[tokens[first - 1].end : tokens[first].start].replace("،", ","):
            return full
        return full or following in words("after_self") or _says_i_am(end)
    if role == "weak" and last == first + 1 and tokens[first - 1].word in words("named_place"):
        return False  # `مدیر مدرسه ابوذر`: the school's name
    if role == "weak" and last == first + 1 and is_ambiguous(tokens[first].word):
        near = text[tokens[first - 1].end : tokens[first].start] == " "
        return near and (title in words("honorific") or title in words("before_names"))
    if role == "known" and is_ambiguous(tokens[first].word) and last == first + 1:
        object_ = following in _OBJECT and tokens[first].word not in words("ambiguous")
        return object_ or not is_plain(following)
    return True


def _ends_text(text: str, tokens: list[Token], first: int, last: int, following: str) -> bool:
    tail = text[tokens[last - 1].end :]
    marked = text[tokens[first - 1].end : tokens[first].start].strip() != ""
    if marked and following in ("از", "اهل", "from", "az", "ساکن"):
        return True
    return (
        not tail[:64].strip(" .،,-\n\x01")
        or tail.lstrip(" ")[:1] in ("\n", "،", ",", "-", "\x01", "(")
        or following.isdigit()
    )
