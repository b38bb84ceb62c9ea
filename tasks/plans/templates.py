"""Action templates: read from data/templates/, refused when malformed, filled without a template language.

Filling is one pass over `{{name}}`: what is put in is never read again, so a citizen's braces stay braces.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tasks.claims.spelling import stem_of
from tasks.claims.words import read_text
from tasks.errors import Misconfigured
from tasks.taxonomy import topic_ids

NAME = re.compile(r"\{\{(\w+)\}\}")
KNOWN = frozenset({"title", "proposition", "points", "support", "other_side", "target"})


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Frozen):
    """Who an action goes to; `topics` empty = any."""

    id: str
    name_en: str
    name_fa: str
    topics: tuple[str, ...] = ()


class Personalisation(_Frozen):
    """What the user writes in their own words before the text may go out."""

    id: str
    required: bool
    en: str
    fa: str


class Slot(_Frozen):
    """A part that is filled from records, with citations."""

    name: str
    about: str
    max_chars: int = Field(ge=40)


class ActionTemplate(_Frozen):
    """One file of data/templates; the fields are told in its README."""

    id: str
    version: int = Field(ge=1)
    type: Literal["email", "letter", "social", "submission", "media_pitch", "form", "meeting", "checklist"]
    action_type: str
    target_type: str
    target_selection: Literal["by_location", "specific_list", "user_choice"]
    languages: tuple[Literal["en", "fa"], ...]
    topics: tuple[str, ...]
    only_about: tuple[str, ...] = ()
    priority: int
    for_contested: bool
    about: str
    author: str
    created_at: date
    reviewed_by: str
    review_status: Literal["draft", "pending", "approved", "rejected"]
    safe_for_inside_iran: bool
    requires_real_identity: bool
    safety_flags: tuple[str, ...]
    safety_en: str
    safety_fa: str
    subject_en: str
    subject_fa: str
    body_en: str
    body_fa: str
    target: tuple[Target, ...] = Field(min_length=1)
    personalisation: tuple[Personalisation, ...] = Field(min_length=1)
    slot: tuple[Slot, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> ActionTemplate:
        if self.review_status in ("approved", "rejected") and not self.reviewed_by.strip():
            raise ValueError(f"{self.review_status}, but reviewed_by names nobody")
        if not any(p.required for p in self.personalisation):
            raise ValueError("no required personalisation: identical texts would be mass-sent")
        known = KNOWN | {p.id for p in self.personalisation} | {s.name for s in self.slot}
        both = [set(NAME.findall(text)) for text in (self.body_en, self.body_fa)]
        if unknown := (both[0] | both[1] | set(NAME.findall(self.subject_en + self.subject_fa))) - known:
            raise ValueError(f"unknown names in braces: {', '.join(sorted(unknown))}")
        if both[0] != both[1]:
            raise ValueError(f"in one language only: {', '.join(sorted(both[0] ^ both[1]))}")
        if unused := {s.name for s in self.slot} - both[0]:
            raise ValueError(f"slots without a place: {', '.join(sorted(unused))}")
        if self.for_contested and "other_side" not in both[0]:
            raise ValueError("for_contested, but no {{other_side}}")
        named = {t for target in self.target for t in target.topics} | set(self.topics)
        if bad := named - topic_ids():
            raise ValueError(f"unknown topics: {', '.join(sorted(bad))}")
        return self

    def fits(self, topic: str, *, is_contested: bool, about: str) -> bool:
        """Whether it may be used for an item; `about` is what the item is called and asks for, in English."""
        allowed = self.review_status != "rejected" and (self.for_contested or not is_contested)
        named = not self.only_about or bool(set(map(stem_of, self.only_about)) & read_text(about).stems())
        return allowed and named and (not self.topics or topic in self.topics)

    def targets_for(self, topic: str) -> list[Target]:
        """Targets of the topic first, then those of any topic."""
        own = [t for t in self.target if topic in t.topics]
        return own + [t for t in self.target if not t.topics]


@cache
def load_templates() -> tuple[ActionTemplate, ...]:
    """All templates, by priority and id.

    Raises:
        Misconfigured: a file is not a template; the message names the file and what is wrong.
    """
    found = []
    for file in sorted((files("data") / "templates").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            found.append(ActionTemplate.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))))
        except (ValidationError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured(f"data/templates/{file.name} is not a template: {error}") from error
    return tuple(sorted(found, key=lambda t: (-t.priority, t.id)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in for `{{name}}`; lines that held only an empty value go away."""
    lines = []
    for line in text.strip().split("\n"):
        filled = NAME.sub(lambda m: values[m[1]], line)
        if filled.strip() or not line.strip():
            lines.append(filled.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
