"""E-mail addresses (also spelt with at/dot), URLs that lead to a person, and account names.

An address of an authority or a newspaper (`https://www.example.ir/news`) is public and stays; a URL is
masked when it holds an account, a query, a user, or an id of five digits and more.
Work starts at rare marks (`@`, `://`, `www`, the words for `at`) and looks a bounded way around: linear.
"""

import re
from collections.abc import Iterator
from functools import cache

from tasks.pii.wordlists import either, ends_with_any, table, tokens, word_set

Found = tuple[int, int, str]

_LOCAL_BEFORE = re.compile(r"[A-Za-z0-9._%+\-]{1,64}$")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9\-]{1,63}\.){1,6}[A-Za-z]{2,24}")
_HANDLE = re.compile(r"(?<![A-Za-z0-9_.])@ ?([A-Za-z0-9_][A-Za-z0-9_.]{2,63})")
_HANDLE_FA = re.compile(r"(?<![\w@])@([^\W\d][\w.]{2,63})")
_URL = re.compile(
    r"(?<![A-Za-z0-9@.\-])(?:https?://|www\.)[^\s<>\"»«\u0600-\u06ff]{3,2000}"
    r"|(?<![A-Za-z0-9@.\-])(?:[A-Za-z0-9\-]{1,63}\.){1,4}[A-Za-z]{2,10}/[^\s<>\"»«،؛]{1,2000}",
    re.IGNORECASE,
)
_ID_IN_PATH = re.compile(
    r"[0-9]{5,}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}|(?=[A-Za-z0-9_\-]*[0-9])[A-Za-z0-9_\-]{16,}"
)
_ACCOUNT_NAME = re.compile(r"[ :=\-«\"'(]{1,5}([A-Za-z][A-Za-z0-9_.]{2,40}[A-Za-z0-9_])(?![A-Za-z0-9_@])")


@cache
def _spoken_email() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """(what stands before AT, what stands after it); the local part may hold spoken dots."""
    web = table("web")
    dots = either(
        [
            *(word for word in web["dot"] if word != "."),
            "آندرلاین",
            "خط تیره",
            "underline",
            "underscore",
            "dash",
        ]
    )
    dot = rf"(?: {{0,2}}(?:{dots}) {{0,2}}|[._])"
    word = r"(?:[A-Za-z0-9_\-]{1,40}|[\u0621-\u06cc0-9]{1,20})"
    host = rf"(?:{either(web['provider'])}|[A-Za-z0-9\-]{{2,40}})"
    before = re.compile(rf"(?<![\w.])({word}(?:{dot}{word}){{0,4}}) {{0,2}}$", re.IGNORECASE)
    after = re.compile(rf" {{0,2}}{host}{dot}(?:{either(web['tld'])})(?!\w)", re.IGNORECASE)
    return before, after


@cache
def _at_words() -> re.Pattern[str]:
    listed = table("web")["at"]
    words, marks = (
        [word for word in listed if word.isalpha()],
        [word for word in listed if not word.isalpha()],
    )
    return re.compile(rf"(?<![^\W_])(?:{either(words)})(?![^\W_])|{either(marks)}", re.IGNORECASE)


@cache
def _social() -> frozenset[str]:
    return frozenset(table("web")["social"])


def find_on_web(text: str) -> Iterator[Found]:
    """(start, end, kind) of URLs with ids, e-mail addresses and handles in the folded text."""
    yield from _emails(text)
    if "." in text or "/" in text:
        yield from _urls(text)
    yield from _spoken(text)
    if "@" in text:
        for pattern in (_HANDLE, _HANDLE_FA):
            for match in pattern.finditer(text):
                yield match.start(), match.start() + len(match.group().rstrip(".")), "handle"
    yield from _accounts(text)


def _emails(text: str) -> Iterator[Found]:
    position = text.find("@")
    while position >= 0:
        stop = position - (text[position - 1 : position] == " ")
        local = _LOCAL_BEFORE.search(text[max(0, stop - 64) : stop])
        after = position + 1 + (text[position + 1 : position + 2] == " ")
        domain = _DOMAIN.match(text, after)
        if local is not None and domain is not None:
            yield stop - len(local.group()), domain.end(), "email"
        position = text.find("@", position + 1)


def _urls(text: str) -> Iterator[Found]:
    for match in _URL.finditer(text):
        url = match.group().rstrip(".,;:!?)]}'\"")
        if _leads_to_a_person(url):
            yield match.start(), match.start() + len(url), "url_id"


def _leads_to_a_person(url: str) -> bool:
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", url, flags=re.IGNORECASE)
    host, _, rest = bare.partition("/")
    if "@" in host or host.lower().split(":")[0] in _social():
        return bool(rest) or "@" in host
    return "=" in rest or "@" in rest or _ID_IN_PATH.search(rest) is not None


def _spoken(text: str) -> Iterator[Found]:
    before, after = _spoken_email()
    for at in _at_words().finditer(text):
        end = after.match(text, at.end(), at.end() + 60)
        if end is None:
            continue
        low = max(0, at.start() - 80)
        start = before.search(text[low : at.start()])
        if start is not None:
            yield low + start.start(1), end.end(), "email"


@cache
def _account_words() -> tuple[frozenset[str], frozenset[str]]:
    web = table("web")
    return word_set(web["account"]), word_set(web["account_filler"])


def _accounts(text: str) -> Iterator[Found]:
    """`آیدی تلگرام من reza_60`: a Latin name after a word for an account; it must not be a plain word."""
    words, fillers = _account_words()
    for match in _ACCOUNT_NAME.finditer(text):
        name = match.group(1)
        found = tokens(text[max(0, match.start() - 40) : match.start() + 1])
        direct = True
        while found and ends_with_any(found, words) is None and found[-1] in fillers:
            found = found[:-1]
            direct = False
        if not found or ends_with_any(found, words) is None:
            continue
        odd = bool(re.search(r"[0-9_.]", name))
        persian = "\u0600" <= found[-1][0] <= "\u06ff"
        colon = ":" in match.group() or "=" in match.group()
        if odd or colon or (persian and name.islower() and (direct or len(name) > 5)):
            yield match.start(1), match.end(1), "handle"
