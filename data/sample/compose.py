"""Puts the hand-written parts of concerns.toml and noise.toml together to messages, the same every time.

Here: what is said, by whom, when. Files and platform tables: make_sample.py; votes: ballots.py.
"""

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent
TEHRAN = ZoneInfo("Asia/Tehran")
FIRST_DAY = datetime(2026, 11, 1, tzinfo=TEHRAN)
NIGHTS = (1, 2, 3)
# share of messages per hour of the Tehran day: little before dawn, most in the evening
HOURS = [2, 1, 1, 0, 0, 1, 2, 4, 5, 5, 5, 5, 6, 6, 5, 5, 6, 7, 8, 9, 10, 10, 8, 5]
Parts = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """One message before it has an id. `person` is the number of an invented account."""

    night: int
    created_at: datetime
    person: int
    text: str
    kind: str
    concerns: tuple[str, ...] = ()
    facet: str | None = None
    private: tuple[str, ...] = ()
    language: str = "fa"


class People:
    """Hands out accounts: mostly new ones, sometimes one that wrote before."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> int:
        self.count += 1
        return self.count

    def any(self, rng: random.Random) -> int:
        return self.new() if self.count < 20 or rng.random() < 0.8 else rng.randint(1, self.count)


def load(name: str) -> Parts:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def dice(*seed: object) -> random.Random:
    return random.Random("/".join(str(part) for part in seed))  # noqa: S311 - invents texts, guards nothing


def moment(night: int, rng: random.Random) -> datetime:
    """An instant (UTC) inside the Tehran day of a night."""
    hour = rng.choices(range(24), HOURS)[0]
    day = FIRST_DAY + timedelta(days=night - 1)
    return (day + timedelta(hours=hour, seconds=rng.randint(0, 3599))).astimezone(UTC)


def messages() -> list[Message]:
    """All messages of all nights, by time."""
    concerns, noise, people = load("concerns")["concern"], load("noise"), People()
    made: list[Message] = []
    for night in NIGHTS:
        for concern in concerns:
            made += _shared(concern, noise, people, night)
        made += _multi(concerns, noise, people, night)
        made += _uncivic(noise, people, night)
        made += _special(noise, people, night)
        made += _sent_twice([m for m in made if m.night == night], night)
    return sorted(made, key=lambda m: (m.created_at, m.person, m.text))


def _shared(concern: Parts, noise: Parts, people: People, night: int) -> Iterator[Message]:
    """The messages of one concern and night; no two texts are the same."""
    rng = dice("concern", concern["key"], concern.get("facet"), night)
    seen: set[str] = set()
    prolific = people.new()
    while len(seen) < concern["nights"][night - 1]:
        language, text = _say(concern, noise, rng)
        if text in seen:
            continue
        seen.add(text)
        private: tuple[str, ...] = ()
        if language == "fa":
            text = _disturb(text, noise, rng)
            text, private = _sign(text, noise, rng)
        # one account writes five times about power cuts on the first night: five messages, one person
        mine = concern["key"] == "power-cuts" and night == 1 and len(seen) <= 5
        person = prolific if mine or len(seen) == 1 else people.any(rng)
        yield Message(
            night,
            moment(night, rng),
            person,
            text,
            "civic",
            (concern["key"],),
            concern.get("facet"),
            private,
            "en" if language == "en" else "fa",
        )


def _say(concern: Parts, noise: Parts, rng: random.Random) -> tuple[str, str]:
    """One saying of a concern: (language, text) before any noise."""
    roll = rng.random()
    if concern.get("other") and roll < 0.14:
        language, text = rng.choice(concern["other"])
        return language, text
    if roll < 0.36:
        text = rng.choice(concern["whole"])
    elif roll < 0.78:
        first, second = rng.choice(concern["problem"]), rng.choice(concern["demand"])
        text = first + rng.choice(noise["joints"]) + second
    else:
        text = rng.choice(concern["demand"] if roll < 0.9 else concern["problem"])
    return "fa", _fill(text, concern, rng)


def _fill(text: str, concern: Parts, rng: random.Random) -> str:
    place, figure = rng.choice(concern.get("places", [""])), rng.choice(concern.get("figures", [""]))
    return text.replace("{p}", place).replace("{n}", figure)


def _disturb(text: str, noise: Parts, rng: random.Random) -> str:
    """Writes a clean text the way phones and haste write it."""
    if rng.random() < 0.35:
        for printed, spoken in noise["colloquial"].items():
            text = text.replace(printed, spoken)
    if rng.random() < 0.22:
        text = rng.choice(noise["openers"]) + text
    if rng.random() < 0.14:
        text += rng.choice(noise["closers"])
    if rng.random() < 0.08:
        text = _typo(text, rng)
    if rng.random() < 0.15:
        text = text.translate(str.maketrans("یک", "يك"))
    if rng.random() < 0.3:
        text = text.replace("\u200c", rng.choice([" ", ""]))
    if rng.random() < 0.14:
        text += rng.choice(noise["emoji"])
    return text


def _typo(text: str, rng: random.Random) -> str:
    """Swaps two neighbouring letters of a longer word."""
    words = list(re.finditer(r"[آ-ی]{5,}", text))
    if not words:
        return text
    at = rng.choice(words).start() + rng.randint(1, 3)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _sign(text: str, noise: Parts, rng: random.Random) -> tuple[str, tuple[str, ...]]:
    """Now and then somebody adds an (invented) identifier."""
    if rng.random() >= 0.035:
        return text, ()
    private = rng.choice(noise["private"])
    number = f"{rng.randint(0, 999):03d}"
    if "۰" in private["text"]:
        number = number.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    return text + private["text"].replace("{n}", number), (private["kind"],)


def _multi(concerns: list[Parts], noise: Parts, people: People, night: int) -> Iterator[Message]:
    """Six texts a night that raise two concerns at once."""
    rng = dice("multi", night)
    open_ones = [c for c in concerns if c["nights"][night - 1]]
    for _ in range(6):
        one, two = rng.sample(open_ones, 2)
        first = _fill(rng.choice(one["whole"]), one, rng)
        text = first + rng.choice(noise["also"]) + _fill(rng.choice(two["demand"]), two, rng)
        yield Message(night, moment(night, rng), people.any(rng), text, "multi", (one["key"], two["key"]))


def _uncivic(noise: Parts, people: People, night: int) -> Iterator[Message]:
    for kind in noise["kind"]:
        rng = dice("kind", kind["name"], night)
        before = sum(kind["nights"][: night - 1])
        for turn in range(kind["nights"][night - 1]):
            text = kind["texts"][(before + turn) % len(kind["texts"])]
            language = "en" if text.isascii() and kind["name"] != "greeting" else "fa"
            yield Message(night, moment(night, rng), people.any(rng), text, kind["name"], language=language)


def _special(noise: Parts, people: People, night: int) -> Iterator[Message]:
    """One-offs, passed-on texts and the burst."""
    rng = dice("special", night)
    for single in noise["single"]:
        if single["night"] == night:
            concerns, person = tuple(single.get("concerns", ())), people.any(rng)
            yield Message(night, moment(night, rng), person, single["text"], single["kind"], concerns)
    for chain in noise["chain"]:
        if chain["night"] == night:
            for text in chain["texts"]:
                at = moment(night, rng)
                yield Message(night, at, people.new(), text, "passed_on", tuple(chain["concerns"]))
    burst = noise["burst"]
    if burst["night"] == night:
        start = moment(night, rng)
        for _ in range(burst["accounts"]):
            at = start + timedelta(seconds=rng.randint(0, burst["minutes"] * 60))
            yield Message(night, at, people.new(), burst["text"], "burst", tuple(burst["concerns"]))


def _sent_twice(tonight: list[Message], night: int) -> Iterator[Message]:
    """Three accounts press send twice: same text, same account, a minute later."""
    rng = dice("twice", night)
    for message in rng.sample([m for m in tonight if m.kind == "civic"], 3):
        later = message.created_at + timedelta(seconds=rng.randint(5, 90))
        yield replace(message, created_at=later, kind="sent_twice")
