"""E-mail addresses (also spelt with at/dot), URLs that lead to a person, and account names.

An address of an authority or a newspaper (`https://www.example.ir/news`) is public and stays; a URL is
masked when it holds an account, a query, a user, or an id of five digits and more.
Work starts at rare marks (`@`, `://`, `www`, the words for `at`) and looks a bounded way around: linear.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from tasks.pii.wordlists import BLANK, either, ends_with_any, table, tokens, word_set

Found = tuple[int, int, str]

_LOCAL_BEFORE = re.compile(r"[A-Za-z0-9._%+\-]{1,64}$|(?:[\w%+\-]|(?<=\w)\.(?=\w)){1,64}$")
_DOMAIN = re.compile(r"(?:[\w\-]{1,63}\.){1,6}[^\W\d_]{2,24}(?!\w)")
_HANDLE = re.compile(r"(?<![A-Za-z0-9_.])@ ?([A-Za-z0-9_][A-Za-z0-9_.]{2,63})")
_HANDLE_FA = re.compile(r"(?<![\w@])@([^\W\d][\w.]{2,63})")
_URL = re.compile(
    r"(?<![A-Za-z0-9@.\-])(?:https?://|www\.)[^\s<>\"»«\u0600-\u06ff]{3,2000}"
    r"|(?<![A-Za-z0-9@.\-])(?:[A-Za-z0-9\-]{1,63}\.){1,4}[A-Za-z]{2,10}/[^\s<>\"»«،؛]{1,2000}",
    re.IGNORECASE,
)
_APP_LINK = re.compile(  # names its account in the query: tg://resolve?domain=…
    r"(?<![A-Za-z0-9@.\-])(?!https?:)[a-z][a-z0-9+\-]{1,15}://[^\s<>\"»«\u0600-\u06ff]{3,2000}",
    re.IGNORECASE,
)
_ID_IN_PATH = re.compile(
    r"[0-9]{5,}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}|(?=[A-Za-z0-9_\-]*[0-9])[A-Za-z0-9_\-]{16,}"
)
_COPULA = "(?:ه|ست)?"  # «… دات کامه»: "is" joined to the last word
_WEBSITE = re.compile(r"\.(?:ir|com|org|net|gov|edu|info|ac)$", re.IGNORECASE)
_SPACED_BEFORE = re.compile(r"(?<![^\W_])(?:[A-Za-z0-9._%+\-] ){2,40}$")
_SPACED_AFTER = re.compile(r"(?: [A-Za-z0-9\-]){2,40}(?: \.(?: [A-Za-z]){2,10}){1,3}(?![A-Za-z0-9])")
_ACCOUNT_NAME = re.compile(
    r"[ :=\-«\"'(]{1,5}([A-Za-z_][A-Za-z0-9_.]{2,40}[A-Za-z0-9_](?: (?:dot|underline|underscore|dash) [A-Za-z0-9_]{1,40}){0,3}"
    r"|(?=[^\W\d]{1,60}[0-9])[\u0621-\u06cc]{2,30}_[\u0621-\u06cc0-9_.]{0,40}[\u0621-\u06cc0-9])(?![\w@])",
    re.IGNORECASE,
)


@cache
def _dot() -> str:
    """A dot of an address as it is said, or as it is written without blanks."""
    words = [word for word in table("web")["dot"] if word != "."]
    lines = [
        "آندرلاین",
        "خط تیره",
        "underline",
        "underscore",
        "dash",
        "زیرخط",
        "خط زیر",
        "anderlain",
        "andarlain",
    ]
    return rf"(?: {{0,2}}(?:{either([*words, *lines])}) {{0,2}}|[._])"


@cache
def _spoken_email() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """(what stands before AT, what stands after it); the local part may hold spoken dots."""
    web = table("web")
    word = r"(?:[A-Za-z0-9_\-]{1,40}|[\u0621-\u06cc0-9]{1,20})"
    tld, provider = either(web["tld"]), either(web["provider"])
    loose = r"(?: \. ?|\. |[,،] ?)"  # «yahoo . com»; behind a full stop only the commonest endings count
    host = rf"(?:(?:{provider}|[A-Za-z0-9\-]{{2,40}}){_dot()}(?:{tld})|[A-Za-z0-9\-]{{2,40}}{loose}(?:com|ir|net|org))"
    before = re.compile(rf"(?<![\w.])({word}(?:{_dot()}{word}){{0,4}}) {{0,2}}$", re.IGNORECASE)
    return before, re.compile(rf" {{0,2}}{host}{_COPULA}(?!\w)", re.IGNORECASE)


@cache
def _at_provider() -> re.Pattern[str]:
    """An account's name and a mail provider without any AT: `reza1365 در جیمیل`, `sara.n gmail com`."""
    web = table("web")
    joint = rf"(?: {{1,2}}(?:{either([*web['inside'], *web['at']])}))? {{1,2}}"
    providers = either(
        [word for word in web["provider"] if word not in ("mail", "میل", "ایمیل", "live", "pm", "me")]
    )
    part = r"[A-Za-z][A-Za-z0-9._\-]{1,40}[A-Za-z0-9]"
    name = rf"{part}(?:{_dot()}{part}){{0,2}}"
    return re.compile(
        rf"(?<![\w.@])(?P<name>{name}){joint}(?:{providers})(?P<tld>{_dot()}(?:{either(web['tld'])}))?{_COPULA}(?!\w)",
        re.IGNORECASE,
    )


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
    yield from _providers(text)
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
        apart = stop < position and local is not None and not local.group().isascii()
        if local is not None and domain is not None and not apart:
            yield stop - len(local.group()), domain.end(), "email"
        elif (spaced := _spaced_email(text, position)) is not None:
            yield *spaced, "email"
        position = text.find("@", position + 1)


def _spaced_email(text: str, position: int) -> tuple[int, int] | None:
    """Start and end of an address whose every letter stands alone, around the @ at `position`: `a l i @ g m a i l . c o m`."""
    low = max(0, position - 80)
    local, domain = _SPACED_BEFORE.search(text[low:position]), _SPACED_AFTER.match(text, position + 1)
    return None if local is None or domain is None else (low + local.start(), domain.end())


def _urls(text: str) -> Iterator[Found]:
    for match in _URL.finditer(text):
        url = match.group().rstrip(".,;:!?)]}'\"")
        if _leads_to_a_person(url):
            yield match.start(), match.start() + len(url), "url_id"
    if "://" in text:
        for match in _APP_LINK.finditer(text):
            if "=" in match.group() or "@" in match.group() or _ID_IN_PATH.search(match.group()):
                yield match.start(), match.end(), "url_id"


def _leads_to_a_person(url: str) -> bool:
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", url, flags=re.IGNORECASE)
    host, _, rest = bare.partition("/")
    if "@" in host or host.lower().split(":")[0] in _social():
        return bool(rest) or "@" in host
    folders = rest.split("/")
    personal = any(folder.lower() in _person_folders() and name for folder, name in pairwise(folders))
    return (
        personal or "=" in rest or "@" in rest or rest.startswith("~") or _ID_IN_PATH.search(rest) is not None
    )


@cache
def _person_folders() -> frozenset[str]:
    return frozenset(table("web")["person_folder"])


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


def _providers(text: str) -> Iterator[Found]:
    lowered = text.lower()
    if not any(word in lowered for word in _provider_stems()):
        return
    for match in _at_provider().finditer(text):
        if _is_odd(match["name"]) or match["tld"] is not None:
            yield match.start(), match.end(), "email"


@cache
def _provider_stems() -> tuple[str, ...]:
    """What every provider's name holds; a quick look before the long pattern."""
    return (
        "mail",
        "میل",
        "yahoo",
        "یاهو",
        "look",
        "لوک",
        "proton",
        "پروتون",
        "چاپار",
        "cloud",
        "کلود",
        "yandex",
        "یاندکس",
    )


def _is_odd(name: str) -> bool:
    """Whether a Latin word is no plain word, but looks like an account's name, or is joined by a spoken dot."""
    return re.search(r"[0-9_. ]", name) is not None


@cache
def _account_words() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    web = table("web")
    return word_set(web["account"]), word_set(web["mail"]), word_set(web["account_filler"])


@cache
def _services() -> frozenset[str]:
    """Names of services: «اینستاگرام instagram» names nobody."""
    return word_set([*table("language")["brand"], *table("web")["provider"], *table("web")["social"]])


def _accounts(text: str) -> Iterator[Found]:
    """`آیدی تلگرام من reza_60`: a Latin name after a word for an account; it must not be a plain word."""
    accounts, mails, fillers = _account_words()
    for match in _ACCOUNT_NAME.finditer(text):
        name = match.group(1)
        if name.lower() in _services() or _WEBSITE.search(name):
            continue
        odd = _is_odd(name)
        found = tokens(
            re.split(rf"[.!?؟\n{BLANK}]", text[max(0, match.start() - 40) : match.start() + 1])[-1]
        )
        skipped = 0
        while (
            found
            and ends_with_any(found, accounts | mails) is None
            and (found[-1] in fillers or (odd and skipped < 3))
        ):
            found = found[:-1]
            skipped += 1
        phrase = ends_with_any(found, accounts | mails)
        if phrase is None:
            continue
        persian = "\u0600" <= phrase[-1] <= "\u06ff"
        colon = ":" in match.group() or "=" in match.group()
        plain = persian and name.islower() and phrase in accounts and (not skipped or len(name) > 5)
        if odd or (colon and not name.isupper()) or plain:
            yield match.start(1), match.end(1), "email" if phrase in mails else "handle"
