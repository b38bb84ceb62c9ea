"""A plan as a printable page: one HTML file, Farsi and English, right-to-left right, no network, no script.

What a user has to write themselves is marked in the text. The report shows plans in its own way (tasks/report).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from datetime import datetime, time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from jinja2 import Environment, StrictUndefined, Template

from tasks.farsi import farsi_day, persian_digits
from tasks.plans.templates import ActionTemplate, load_templates
from tasks.report.labels import action_name
from tasks.window import TEHRAN

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.store import Store

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "pending": "Draft: no person has reviewed this plan yet. Do not use it.",
        "rejected": "Rejected in review. Do not use it.",
        "superseded": "This plan is out of date: newer plans, or a newer decision, have taken its place.",
        "template": "No person has reviewed the template of this plan yet.",
        "safety": "Before you use it",
        "not_inside": "Not for people inside Iran.",
        "inside": "May be used inside Iran, with the care named above.",
        "identity": "It needs your real name.",
        "own_words": "Write the dotted parts yourself; texts that are all alike count as spam.",
        "origin": "{people} people stand behind this; it rests on {messages} messages. Template {template} v{version}, written {day}, by {engine}.",
        "offline": "the offline engine",
        "plan": "Plan",
    },
    "fa": {
        "pending": "پیش‌نویس: هنوز کسی این طرح را بازبینی نکرده. از آن استفاده نکنید.",
        "rejected": "در بازبینی رد شد. از آن استفاده نکنید.",
        "superseded": "این طرح دیگر به‌روز نیست: طرح یا تصمیم تازه‌تری جای آن را گرفته است.",
        "template": "قالب این طرح را هنوز کسی بازبینی نکرده.",
        "safety": "پیش از استفاده بخوانید",
        "not_inside": "برای کسانی که داخل ایران‌اند مناسب نیست.",
        "inside": "داخل ایران هم می‌شود استفاده کرد، با همان احتیاطی که گفته شد.",
        "identity": "نام واقعی شما را می‌خواهد.",
        "own_words": "جاهای نقطه‌چین را خودتان بنویسید؛ متن‌های یک‌شکل هرزنامه به حساب می‌آیند.",
        "origin": "{people} نفر پشت این خواسته‌اند و بر پایه‌ی {messages} پیام است. قالب «{template}» نسخه‌ی {version}، نوشته‌شده در {day}، با {engine}.",
        "offline": "موتور آفلاین",
        "plan": "شماره‌ی طرح:",
    },
}


def plan_page(plan: Mapping[str, Any], *, review_status: str, first: Literal["fa", "en"] = "fa") -> str:
    """The page of one row of out.action_plan, `first` language first."""
    template = next((t for t in load_templates() if t.id == plan["template_id"]), None)
    order = (first, "en" if first == "fa" else "fa")
    pages = [_page(plan, template, review_status, language) for language in order]
    return _layout().render(plan=plan, pages=pages, first=first)


def write_plan_pages(store: Store, folder: Path, *, plan_ids: Set[str] | None = None) -> int:
    """One page per current or approved plan (of those named, when they are), named by its id; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [r for r in store.step("plan_pages").to_dicts() if plan_ids is None or r["plan_id"] in plan_ids]
    for row in rows:
        page = plan_page(row, review_status=row["review_status"])
        (folder / f"{row['plan_id']}.html").write_text(page, encoding="utf-8")
    return len(rows)


def _page(
    plan: Mapping[str, Any], template: ActionTemplate | None, review_status: str, language: str
) -> dict[str, Any]:
    words = WORDS[language]
    notes = [words["inside"] if plan["safe_for_inside_iran"] else words["not_inside"]]
    notes += [words["identity"]] if plan["requires_real_identity"] else []
    is_farsi = language == "fa"
    noon = datetime.combine(plan["run_on"], time(12), TEHRAN)
    counts = {
        "people": str(plan["supporters_count"]),
        "messages": str(len(plan["evidence"])),
        "version": str(plan["template_version"]),
    }
    origin = words["origin"].format(
        **{name: persian_digits(count) if is_farsi else count for name, count in counts.items()},
        template=action_name(plan["action_type"], language),
        day=farsi_day(noon) if is_farsi else plan["run_on"],
        engine=words["offline"] if plan["engine"] == "offline" else plan["model"],
    )
    return {
        "lang": language,
        "dir": "rtl" if is_farsi else "ltr",
        "status": " ".join(
            [
                *([words[review_status]] if review_status in words else []),
                *([] if plan["is_current"] else [words["superseded"]]),
                *([words["template"]] if "template_not_reviewed" in plan["safety_flags"] else []),
            ]
        ),
        "subject": plan[f"subject_{language}"],
        "parts": _parts(plan[f"body_{language}"], template, language),
        "safety_label": words["safety"],
        "safety": getattr(template, f"safety_{language}") if template else "",
        "notes": [*notes, words["own_words"]],
        "origin": origin,
        "plan_label": words["plan"],
    }


def _parts(body: str, template: ActionTemplate | None, language: str) -> list[tuple[str, bool]]:
    """The text cut at what the user has to write: (part, is_own)."""
    own = [f"[{getattr(p, language)}]" for p in template.personalisation] if template else []
    if not own:
        return [(body, False)]
    pieces = re.split(f"({'|'.join(map(re.escape, own))})", body)
    return [(piece, piece in own) for piece in pieces if piece]


@cache
def _layout() -> Template:
    text = (files("data") / "templates" / "plan_page.html.j2").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)
