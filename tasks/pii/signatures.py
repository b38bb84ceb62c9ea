"""Full names that no word introduces, but that plainly are somebody's own or stand beside an identifier.

`علی رضایی هستم`, `اکبر آقا`, a name beside a masked telephone number, a name alone on the last line, a full name in
a text about one's own life («همسایه‌مون … سعید کریمی …») unless a public matter stands beside it. Any other bare
name stays (the rule and its reason: `tasks/pii/names.py`).
"""

import re
from collections.abc import Iterator

from tasks.pii.nameparts import extend, is_tied_given, starts_given
from tasks.pii.namewords import (
    given_seconds,
    is_ambiguous,
    is_given,
    is_only_family,
    is_plain,
    phrases_at,
    words,
)
from tasks.pii.public import is_known_to_all
from tasks.pii.wordlists import BLANK, Token

Found = tuple[int, int, str]

_LINK = re.compile(r" {1,2}|-")
_BESIDE = 4  # characters that may stand between a name and an identifier
_BREAK = re.compile(r"[.:!?؟\n]|[-–—] ")
_JOINED_TITLES = ("آقا", "خانم", "خانوم", "جان")
_COMMA = re.compile(r" ?[،,(] ?|\) ?")
_AM = frozenset({"هستم", "hastam", "استم"})
_OWN = frozenset({"هستم", "استم", "صدا", "صدام", "صدایم", "میباشم", "هستش", "hastam", "here"})
_FROM = frozenset({"از", "اهل", "from", "az"})
_HOME = frozenset({"ساکن", "اهل", "باشنده", "مسکونه", "saken", "ahle"})
_AND = frozenset({"و", "va", "o", "and"})
_WE_ARE = frozenset({"هستیم", "ایم", "hastim"})
_OUR = "مون"
_HAVE = frozenset({"دارم", "داریم", "داشتم", "daram", "darim"})
_OF_PERSON = frozenset({"متولد", "فرزند", "کدملی", "ولد"})


def find_bare_names(text: str, tokens: list[Token]) -> Iterator[Found]:
    """(start, end, `name`) in the folded text, of names that need no word before them."""
    done, personal = 0, _speaks_of_self(tokens)
    for index in _candidates(tokens):
        if index < done or _ends_place(tokens, index):
            continue
        if not starts_given(tokens, index):
            last = index + 1 if _is_family_of_writer(text, tokens, index) else None
        else:
            last = _bare_end(text, tokens, index)
            if last is None and (personal or _follows_job(tokens, index)):
                last = _acquaintance_end(text, tokens, index)
        if last is not None:
            yield tokens[index].start, tokens[last - 1].end, "name"
            done = last


def _candidates(tokens: list[Token]) -> list[int]:
    """Where a given name may begin, or a word before "am" stands: few words, so the rest can be thorough."""
    pairs = given_seconds()
    return [
        index
        for index, token in enumerate(tokens)
        if is_given(token.word)
        or (token.tied and is_tied_given(tokens, index))
        or token.word in pairs
        or (index + 1 < len(tokens) and tokens[index + 1].word in _AM)
    ]


def _ends_place(tokens: list[Token], index: int) -> bool:
    """`رباط‌کریم`, `قلعه‌حسن`: tied to such a word a given name makes a place."""
    return index > 0 and tokens[index - 1].tied and tokens[index - 1].word in words("place_begin")


def _speaks_of_self(tokens: list[Token]) -> bool:
    """Whether the text is about the writer's own life: `من`, `پسرم`, `محله‌مون`."""
    return any(
        token.word in words("speaks_of_self")
        or (token.word.endswith(_OUR) and is_plain(token.word))
        or (token.word.endswith("م") and token.word.removesuffix("م") in words("relative_stem"))
        for token in tokens
    )


def _follows_job(tokens: list[Token], first: int) -> bool:
    """Whether a job that is no office stands shortly before: «راننده شهرداری عبدالله شیرمحمدی»."""
    before = {token.word for token in tokens[max(0, first - 3) : first]}
    return not is_ambiguous(tokens[first].word) and bool(before & words("weak"))


def _acquaintance_end(text: str, tokens: list[Token], first: int) -> int | None:
    """Index past a full name in a text about one's own life, unless it is said of somebody public."""
    last = extend(text, tokens, first, is_open=False)
    if not _has_family(tokens, first, last):
        return None
    if _is_said_in_public(tokens, first, last) or is_known_to_all(tokens, first, last):
        return None
    return last


def _is_said_in_public(tokens: list[Token], first: int, last: int) -> bool:
    """Whether an office, a public matter or a place stands beside the name."""
    around = {token.word for token in tokens[max(0, first - 4) : last + 2]}
    return bool(around & (words("office") | words("public_matter") | words("named_place")))


def _bare_end(text: str, tokens: list[Token], first: int) -> int | None:
    """Index past a name that its neighbours show to be a private person's."""
    before = tokens[first - 1].word if first else ""
    last = extend(text, tokens, first, is_open=False)
    says_am = last - first > 1 and last < len(tokens) and tokens[last].word in _AM  # «همسر شهید … هستم»
    if before in words("named_place") or (before in words("office") and not says_am):
        return None
    clear = not is_ambiguous(tokens[first].word)
    if clear and _has_courtesy(text, tokens, first):
        return first + 1
    if is_known_to_all(tokens, first, last):
        return None
    return last if _is_own(text, tokens, first, last, clear=clear) else None


def _is_family_of_writer(text: str, tokens: list[Token], index: int) -> bool:
    """`کریمی هستم از …` at the beginning of a sentence."""
    if index + 1 >= len(tokens) or tokens[index + 1].word not in _AM:
        return False
    begins = index == 0 or re.search(r"[^\w ]", text[tokens[index - 1].end : tokens[index].start]) is not None
    return (begins or tokens[index - 1].word in words("self")) and is_only_family(tokens[index].word)


def _has_courtesy(text: str, tokens: list[Token], first: int) -> bool:
    """`اکبر آقا`, `حسن‌آقا`, `حسنآقا`."""
    word = tokens[first].word
    if any(word.endswith(title) and is_given(word.removesuffix(title)) for title in _JOINED_TITLES):
        return True
    return (
        first + 1 < len(tokens)
        and tokens[first + 1].word in words("courtesy")
        and _LINK.fullmatch(text[tokens[first].end : tokens[first + 1].start]) is not None
    )


def _is_own(text: str, tokens: list[Token], first: int, last: int, *, clear: bool) -> bool:
    """Whether what stands around the name shows that a private person is told by it."""
    family = tokens[last - 1].word
    after = tokens[last].word if last < len(tokens) else ""
    if after in _OWN:
        return True
    is_full = _has_family(tokens, first, last) or any(
        is_given(token.word) for token in tokens[first + 1 : last]
    )
    if (is_full or clear) and (after == "ام" or _has_child(tokens, first)):
        return True
    if (is_full or clear) and _beside_identifier(text, tokens[first].start, tokens[last - 1].end):
        return True
    if not is_plain(family) and _signs(text, tokens, first, last, clear=clear):
        return True
    if _tells_home(text, tokens, first, last):
        return True
    if clear and (_is_kin(text, tokens, first, last) or (first == 0 and _opens_from(text, tokens, last))):
        return True
    if clear and any(len(token.word) == 1 and not token.word.isdigit() for token in tokens[first + 1 : last]):
        return True  # «سهیلا ر.»: nobody public is told by an initial
    if is_full and after in words("trade"):
        return True  # «محمود رنجبر نانوا»
    if is_full and after == "که" and last + 1 < len(tokens) and tokens[last + 1].word in words("weak"):
        return True  # «… جلیل اسماعیل‌زاده که کارگر است»
    if (is_full or (clear and last - first > 1 and not is_plain(family))) and _is_apposed(
        text, tokens, first, last
    ):
        return True
    return is_full and (after in _OF_PERSON or _has_age(tokens, last))


def _is_kin(text: str, tokens: list[Token], first: int, last: int) -> bool:
    """«حبیب و نسیم بچه‌های من», «پسر همسایه، کامیار، …»: a relative behind the name, or before it and a comma."""
    behind = last
    while behind + 1 < len(tokens) and tokens[behind].word in _AND and is_given(tokens[behind + 1].word):
        behind += 2
    if behind > last and behind < len(tokens) and tokens[behind].word in _WE_ARE:
        return True  # «لیلا و مسعود هستیم»
    if behind < len(tokens) and any(role == "known" for _, role in phrases_at(tokens, behind)):
        return text[tokens[behind - 1].end : tokens[behind].start] == " "
    if first == 0 or last >= len(tokens):
        return False
    commas = (
        text[tokens[first - 1].end : tokens[first].start],
        text[tokens[last - 1].end : tokens[last].start],
    )
    kin = {token.word for token in tokens[max(0, first - 2) : first]} & words("relative_stem")
    return bool(kin) and all("،" in gap or "," in gap for gap in commas)


def _opens_from(text: str, tokens: list[Token], last: int) -> bool:
    """«حمید ش. از لرستان: …» at the beginning of a text."""
    if last + 1 >= len(tokens) or tokens[last].word not in _FROM:
        return False
    after = text[tokens[last + 1].end :][:2]
    return after.lstrip()[:1] in (":", "،", ",", "\n")


def _has_family(tokens: list[Token], first: int, last: int) -> bool:
    """Whether a family name that is no everyday word stands behind the given name."""
    return any(
        is_only_family(token.word) or token.word in words("surname_part")
        for token in tokens[first + 1 : last]
    )


def _has_child(tokens: list[Token], first: int) -> bool:
    """«دو تا بچه دارم امیرحسین …»: "I have" with a relative shortly before it."""
    if first == 0 or tokens[first - 1].word not in _HAVE:
        return False
    return not words("relative_stem").isdisjoint(token.word for token in tokens[max(0, first - 5) : first])


def _is_apposed(text: str, tokens: list[Token], first: int, last: int) -> bool:
    """Whether commas set the name beside a private person's job: «رئیس اداره، حسن رمضانی، رشوه می‌گیرد»."""
    if first < 1 or _COMMA.fullmatch(text[tokens[first - 1].end : tokens[first].start]) is None:
        return False
    if last < len(tokens) and _COMMA.fullmatch(text[tokens[last - 1].end : tokens[last].start]) is None:
        return False
    ahead = [token.word for token in tokens[max(0, first - 4) : first]]
    if not words("office").isdisjoint(ahead):
        return False
    return not words("weak").isdisjoint(ahead) or _says_what_i_am(ahead[-1])


def _says_what_i_am(word: str) -> bool:
    """«سرپرست خانوارم، معصومه جعفری، …»: a word with "my" or "am" joined to it."""
    return word in _AM or (len(word) > 4 and word.endswith("م") and not is_plain(word))


def _has_age(tokens: list[Token], index: int) -> bool:
    ahead = [token.word for token in tokens[index : index + 2]]
    return len(ahead) == 2 and ahead[0].isdigit() and ahead[1] == "ساله"


def _beside_identifier(text: str, start: int, end: int) -> bool:
    """Whether a masked identifier stands next to the name, in the same line."""
    before = text[max(0, start - _BESIDE) : start].rpartition("\n")[2]
    after = text[end : end + _BESIDE].partition("\n")[0]
    return any(
        BLANK in side and not re.search(r"[^\W_]", side.replace(BLANK, "")) for side in (before, after)
    )


def _signs(text: str, tokens: list[Token], first: int, last: int, *, clear: bool) -> bool:
    """Whether the name is all that is left of the text behind a break or a word of thanks: a signature.

    A town may follow («پروین از رشت»); a first name alone needs the thanks, or a comma before it («دوستتون دارم، بابک»).
    """
    if first == 0:
        return False
    end = last
    if last + 1 < len(tokens) and tokens[last].word in _FROM:
        end = min(last + 3, len(tokens))
    if end < len(tokens) or text[tokens[end - 1].end :][:64].strip(" .،!\n\x01"):
        return False
    if not words("thanks").isdisjoint(token.word for token in tokens[max(0, first - 5) : first]):
        return clear or last - first > 1
    gap = text[tokens[first - 1].end : tokens[first].start]
    if last - first > 1:
        after_comma = _COMMA.fullmatch(gap) is not None and _has_family(tokens, first, last)
        return _BREAK.search(gap) is not None or (after_comma and not _is_said_in_public(tokens, first, last))
    return clear and first > 1 and _COMMA.fullmatch(gap) is not None and not is_given(tokens[first - 1].word)


def _tells_home(text: str, tokens: list[Token], first: int, last: int) -> bool:
    """«…، پیمان، ساکن کرج»: a first name at the beginning or behind a mark, with a home behind it."""
    if last >= len(tokens) or tokens[last].word not in _HOME:
        return False
    before = text[tokens[first - 1].end : tokens[first].start] if first else "."
    after = text[tokens[last - 1].end : tokens[last].start]
    return re.search(r"[^\w ]", before) is not None and (after == " " or _COMMA.fullmatch(after) is not None)
