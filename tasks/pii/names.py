"""Names of private people, found by what stands before them: a title, "my name is", a relative, a signature.

A bare name without any such word stays: it is most often a public figure, a prisoner whose freedom is
asked for, a place or a street. The rule for public people: a name beside a public office (`وزیر`,
`استاندار`, `president` …) or a public figure named in `data/redact/names.toml` is policy content and
stays; the same surname with another first name is masked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tasks.pii.wordlists import folded, lines, table, word_set

Found = tuple[int, int, str]

_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+")
_NEAR = re.compile(r"[ .:\-«\"'(/]{0,4}")
_LINK = re.compile(r" {1,2}|-")
_CLAUSE_END = re.compile(r"[.!?؟؛;\n]")
_STRONG_SHAPE = ("پور", "زاده", "نژاد", "یان", "نیا", "وند", "pour", "zadeh", "nejad", "nia", "ian")
_ENGLISH_TITLE = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "professor", "doctor", "engineer"})
_PREPOSITIONS = frozenset(
    {"از", "به", "با", "در", "که", "را", "رو", "برای", "تا", "باید", "خواهش", "لطفا"}
    | {"to", "the", "is", "must", "should", "az", "be", "ke", "ro"}
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: lower-case spelling and where it lies in the folded text."""

    word: str
    start: int
    end: int


def tokenise(text: str) -> list[Token]:
    """Words and digit runs of a folded text, apart from each other even when written together."""
    return [Token(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(text)]


@cache
def _phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """First word → [(phrase, role)], longest phrase first; the role says how the next words are read."""
    names = table("names")
    weak_intro = word_set(names["introduction_weak"])
    roles: list[tuple[str, str]] = [
        *((word, "strong") for word in names["strong"]),
        *((word, "weak") for word in names["weak"]),
        *((word, "label") for word in names["label"]),
        *((word, "known") for word in names["relative"]),
        *((word, "formal") for word in names["introduction_formal"]),
        *((word, "closing") for word in names["closing"]),
        *(
            (word, "known" if folded(word) in weak_intro else "intro")
            for word in [*names["introduction_fa"], *names["introduction_latin"]]
        ),
        *((word, "self") for word in ("من", "بنده", "سلام", "salam", "man", "i am", "i'm", "this is")),
    ]
    index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for phrase, role in roles:
        words = tuple(_TOKEN.findall(folded(phrase)))
        index.setdefault(words[0], []).append((words, role))
    for found in index.values():
        found.sort(key=lambda item: -len(item[0]))
    return index


@cache
def _words(name: str) -> frozenset[str]:
    return word_set(table("names")[name])


@cache
def _first_names() -> frozenset[str]:
    return lines("first_names")


def find_names(text: str, tokens: list[Token]) -> Iterator[Found]:
    """(start, end, `name`) in the folded text; titles themselves are left standing."""
    index, phrases = 0, _phrases()
    while index < len(tokens):
        found = _phrase_at(tokens, index, phrases.get(tokens[index].word, ()))
        if found is None:
            last = _bare_end(text, tokens, index)
            if last is not None:
                yield tokens[index].start, tokens[last - 1].end, "name"
            index = last or index + 1
            continue
        size, role = found
        after = index + size
        if role in ("strong", "weak"):
            after, role = _more_titles(tokens, after, role)
        last = _name_end(text, tokens, after, role, title=tokens[index].word)
        if last is None or (role in ("strong", "weak") and _is_public(text, tokens, index, after, last)):
            index = max(after, index + size)
            continue
        yield tokens[after].start, tokens[last - 1].end, "name"
        index = last


def _phrase_at(
    tokens: list[Token], index: int, phrases: "list[tuple[tuple[str, ...], str]] | tuple[()]"
) -> tuple[int, str] | None:
    for words, role in phrases:
        if all(index + k < len(tokens) and tokens[index + k].word == word for k, word in enumerate(words)):
            return len(words), role
    return None


def _more_titles(tokens: list[Token], after: int, role: str) -> tuple[int, str]:
    """Past `جناب آقای دکتر`, `سید`, `محترم`; one strong title makes the chain strong."""
    while after < len(tokens):
        found = _phrase_at(tokens, after, _phrases().get(tokens[after].word, ()))
        if found is None or found[1] not in ("strong", "weak"):
            return after, role
        role = "strong" if found[1] == "strong" else role
        after += found[0]
    return after, role


def _name_end(text: str, tokens: list[Token], first: int, role: str, *, title: str) -> int | None:
    """Index past the last word of the name that begins at `first`, or None when no name does."""
    if first >= len(tokens) or first == 0:
        return None
    if not _gap_fits(text[tokens[first - 1].end : tokens[first].start], role):
        return None
    if role in ("known", "intro") and tokens[first].word in ("ام", "e", "م"):
        first += 1
        if first >= len(tokens):
            return None
    word = tokens[first].word
    known = word.removesuffix("ست") in _first_names() or _pair(tokens, first) in _first_names()
    if len(word) < 2 or word[0].isdigit() or (not known and word in _words("not_name")):
        return None
    if not known and not _may_be_name(text, tokens, first, role, title=title):
        return None
    last = _extend(text, tokens, first, known=known, open_class=role in ("intro", "formal", "label"))
    return last if _fits_role(text, tokens, first, last, role) else None


def _bare_end(text: str, tokens: list[Token], first: int) -> int | None:
    """Index past a known first name that needs no word before it: `اکبر آقا`, `علی رضایی هستم`."""
    if tokens[first].word not in _first_names() or first + 1 >= len(tokens):
        return None
    follower = tokens[first + 1]
    if not _LINK.fullmatch(text[tokens[first].end : follower.start]):
        return None
    if follower.word in _words("courtesy") and tokens[first].word not in _words("ambiguous"):
        return first + 1
    last = _extend(text, tokens, first, known=True, open_class=False)
    following = tokens[last].word if last < len(tokens) else ""
    return last if following in ("هستم", "hastam") else None


def _gap_fits(gap: str, role: str) -> bool:
    """Whether the characters between an introducing word and a name are what that role allows."""
    if role == "label":
        return ":" in gap and len(gap) <= 4
    if role == "closing":
        return len(gap) <= 5
    return _NEAR.fullmatch(gap) is not None or (role == "formal" and gap in ("، ", ", "))


def _may_be_name(text: str, tokens: list[Token], first: int, role: str, *, title: str) -> bool:
    """Whether an unlisted word may be a name in this role."""
    token = tokens[first]
    follower = tokens[first + 1].word if first + 1 < len(tokens) else ""
    shaped = token.word.endswith(_STRONG_SHAPE) or follower in _words("surname_part")
    if role == "strong" and title in _ENGLISH_TITLE:
        return text[token.start].isupper() or token.word.endswith(_LATIN_SHAPE)
    if role == "intro" and text[token.start].isascii() and not text[tokens[first - 1].start].isupper():
        return text[token.start].isupper() or title.startswith("esm")
    if role == "weak":
        return shaped
    if role == "formal":
        return _son_of(tokens, first)
    return role in ("strong", "intro", "label")


_FAMILY = (*_STRONG_SHAPE, "ی", "راد", "فر", "منش", "خواه")
_LATIN_SHAPE = ("i", "pour", "poor", "zadeh", "zade", "nejad", "nia", "ian", "yan", "far", "vand")


def _pair(tokens: list[Token], first: int) -> str:
    return f"{tokens[first].word} {tokens[first + 1].word}" if first + 1 < len(tokens) else ""


def _son_of(tokens: list[Token], first: int) -> bool:
    ahead = tokens[first + 1 : first + 6]
    return any(token.word in ("فرزند", "ملی", "کدملی", "متولد", "دارنده") for token in ahead)


def _extend(text: str, tokens: list[Token], first: int, *, known: bool, open_class: bool) -> int:
    """Index past the last word: second first names, the family name, its detached parts."""
    last = first + 1
    surname = not known and not (
        last < len(tokens)
        and not _shaped(tokens[first].word)
        and tokens[last].word.endswith(_FAMILY)
        and len(tokens[last].word) >= 5
    )
    while last < len(tokens) and last - first < 5:
        token = tokens[last]
        if not _LINK.fullmatch(text[tokens[last - 1].end : token.start]) or token.word[0].isdigit():
            break
        if (
            token.word == "ای" and tokens[last - 1].word.endswith("ه") and last - first >= 1
        ) or token.word in _words("surname_part"):
            surname = True
        elif token.word in _words("not_name"):
            break
        elif not surname and token.word in _first_names():
            pass
        elif (not surname or (open_class and last - first == 1)) and len(token.word) > 2:
            if (
                text[token.start].isascii()
                and known
                and not (text[token.start].isupper() or _shaped(token.word))
            ):
                break
            surname = True
        else:
            break
        last += 1
    return last


@cache
def _endings() -> tuple[str, ...]:
    return tuple(table("names")["surname_ending"])


def _shaped(word: str) -> bool:
    return word.endswith(_endings())


def _fits_role(text: str, tokens: list[Token], first: int, last: int, role: str) -> bool:
    """Whether what follows the name agrees with the role: a signature ends, `من علی هستم` goes on so."""
    following = tokens[last].word if last < len(tokens) else ""
    if role == "closing":
        tail = text[tokens[last - 1].end :]
        marked = text[tokens[first - 1].end : tokens[first].start].strip() != ""
        if marked and following in ("از", "اهل", "from", "az", "ساکن"):
            return True
        return (
            not tail.strip(" .،,-\n\x01")
            or tail.lstrip(" ")[:1] in ("\n", "،", ",", "-", "\x01", "(")
            or following.isdigit()
        )
    if role == "self":
        return last - first > 1 or following in _words("after_self")
    if role == "known" and tokens[first].word in _words("ambiguous") and last == first + 1:
        return following not in _words("not_name")
    return True


def _is_public(text: str, tokens: list[Token], title: int, first: int, last: int) -> bool:
    """Whether the named person is public: known to all, or an office stands beside the name."""
    if (
        title
        and tokens[title].word in _words("named_after")
        and tokens[title - 1].word in _words("named_place")
    ):
        return True
    name = " ".join(token.word for token in tokens[first:last])
    public = _words("public")
    if (
        name in public
        or f"{tokens[title].word} {name}" in public
        or (last - first > 1 and tokens[first].word in public)
    ):
        return True
    after = text[tokens[last - 1].end : tokens[last].start] if last < len(tokens) else "."
    if len(after) <= 3 and not _CLAUSE_END.search(after) and _office_at(tokens, last):
        return True
    for back in range(1, 6):
        at = title - back
        if at < 0 or _CLAUSE_END.search(text, tokens[at].end, tokens[title].start):
            return False
        if _office_at(tokens, at):
            return True
        if tokens[at].word in _PREPOSITIONS:
            return False
    return False


def _office_at(tokens: list[Token], index: int) -> bool:
    offices = _words("office")
    return any(
        " ".join(token.word for token in tokens[index : index + size]) in offices
        for size in (3, 2, 1)
        if index + size <= len(tokens)
    )
