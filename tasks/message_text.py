"""The words of a message and what must be true of them. Pure; the templates are data/messages/<locale>.toml.

A language is a file: the locale is the file's name. What fails a check is replaced by the template's
`fallback`, in which nothing of the citizen's matter is repeated.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from tasks.claims.check import check_facts
from tasks.claims.words import Word, read_text
from tasks.errors import Misconfigured
from tasks.farsi import farsi_day, farsi_faults, farsi_hour, is_right_to_left, persian_digits, time_left
from tasks.plainness import form_faults
from tasks.redact import personal_kinds
from tasks.window import TEHRAN

# Words of its own that a rewording may have; every other could be a promise, a threat or a question.
_COURTESY = frozenset(
    [
        "ببخشید",
        "متاسفانه",
        "متأسفانه",
        "ممنون",
        "سپاس",
        "سپاسگزاریم",
        "عزیز",
        "گرامی",
        "لطفا",
        "دوست",
        "سلام",
        "درود",
        "sorry",
        "unfortunately",
        "thank",
        "dear",
        "please",
        "hello",
    ]
)
MAX_REWORDED = 400  # characters, of tasks.schemas.MessageReply


@dataclass(frozen=True)
class Text:
    """A checked text, ready to be sent. `faults`: why the fallback was taken, if it was."""

    text: str
    template_id: str
    version: int
    is_fallback: bool
    faults: tuple[str, ...] = ()


@cache
def load_messages(locale: str) -> Mapping[str, Any]:
    """The templates of one locale.

    Raises:
        Misconfigured: there is no file for it.
    """
    file = files("data") / "messages" / f"{locale}.toml"
    if not file.is_file():
        raise Misconfigured(f"no messages in locale {locale!r}: add data/messages/{locale}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def write_text(
    kind: str,
    variant: str,
    values: Mapping[str, str],
    *,
    locale: str,
    max_chars: int,
    fallback_values: Mapping[str, str],
) -> Text:
    """Fill the template `kind.variant`; when the result fails a check, the kind's fallback.

    That template may also be the variant: then it is meant, and nothing fell back.
    """
    table = load_messages(locale)
    filled = _filled(table[kind][variant], values, locale)
    faults = tuple(message_faults(filled, locale=locale, max_chars=max_chars))
    if not faults:
        return Text(filled, f"{kind}.{variant}", table["version"], is_fallback=False)
    plain = _filled(table[kind]["fallback"], fallback_values, locale)
    return Text(plain, f"{kind}.fallback", table["version"], True, faults)


def message_faults(text: str, *, locale: str, max_chars: int) -> list[str]:
    """Why a text may not be sent: length, language, direction, digits, private data, placeholders."""
    faults = []
    if len(text) > max_chars:
        faults.append(f"longer than {max_chars} characters")
    if "[" in text or "{" in text:
        faults.append("a placeholder is left in it")
    if personal_kinds(text):
        faults.append("private data in it")
    if locale == "fa":
        faults += farsi_faults(text)
        if not is_right_to_left(text):
            faults.append("does not begin from the right")
    return faults


def rewording_faults(text: str, *, say: str, locale: str) -> list[str]:
    """Why a model's wording of a reviewed sentence may not stand in for it: it says something that the sentence does not."""
    faults = form_faults(text, language="fa" if locale == "fa" else "en", most=MAX_REWORDED)
    told, given = read_text(text), read_text(say)
    own = {_bare(w) for w in told.words if w.weight >= 1} - {_bare(w) for w in given.words} - _COURTESY
    denied = [sum(word.is_cue for word in reading.words) for reading in (told, given)]
    if own or denied[0] != denied[1] or check_facts(text, [say]):
        faults.append("it says what the given sentence does not")
    return faults


def _bare(word: Word) -> str:
    """A stem without the ending of «موضوعی», a matter."""
    return word.stem.removesuffix("ی")


def _filled(template: str, values: Mapping[str, str], locale: str) -> str:
    text = template.format(
        **{name: value.replace("{", "(").replace("}", ")") for name, value in values.items()}
    )
    return persian_digits(text) if locale == "fa" else text


def day_and_hour(at: datetime, *, locale: str) -> dict[str, str]:
    """`day` and `hour` of an instant, in Tehran, as the reader writes them."""
    if locale == "fa":
        return {"day": farsi_day(at), "hour": farsi_hour(at)}
    local = at.astimezone(TEHRAN)
    return {"day": f"{local.day} {local:%B %Y}", "hour": f"{local:%H:%M} Tehran time"}


def left_until(until: datetime, now: datetime, *, locale: str) -> str:
    """«۱ روز و ۳ ساعت»."""
    words = load_messages(locale)["words"]
    days, hours = time_left(until, now)
    parts = [words[name].format(count=n) for name, n in (("days", days), ("hours", hours)) if n]
    return str(words["and"].join(parts) or words["soon"])
