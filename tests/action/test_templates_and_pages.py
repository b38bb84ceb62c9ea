"""Templates are whole, fill safely, and a plan's page is printable, marked and without network."""

import tomllib
from datetime import date
from importlib.resources import files

import pytest
from pydantic import ValidationError

from tasks.farsi import farsi_faults, is_right_to_left
from tasks.plans.page import plan_page
from tasks.plans.templates import NAME, ActionTemplate, fill, load_templates

NAMED = {
    "letter_to_official", "petition", "freedom_of_information_request", "un_special_procedure_submission", "press_pitch",
    "social_copy", "community_meeting", "legal_complaint_checklist", "service_request", "public_comment",
}  # fmt: skip


def test_every_action_type_that_was_asked_for_has_a_template() -> None:
    assert {t.action_type for t in load_templates()} >= NAMED
    assert len({t.id for t in load_templates()}) == len(load_templates())


@pytest.mark.parametrize("template", load_templates(), ids=lambda t: t.id)
def test_the_farsi_of_a_template_is_farsi(template: ActionTemplate) -> None:
    texts = [template.body_fa, template.safety_fa, *(p.fa for p in template.personalisation)]
    for text in texts if NAME.sub("", template.body_fa).strip() else texts[1:]:
        assert farsi_faults(text, is_statement=False) == []
    assert is_right_to_left(template.safety_fa)
    assert all(farsi_faults(t.name_fa) == [] for t in template.target)


@pytest.mark.parametrize("template", load_templates(), ids=lambda t: t.id)
def test_a_template_asks_for_the_users_own_words_in_both_languages(template: ActionTemplate) -> None:
    required = [p.id for p in template.personalisation if p.required]
    assert required
    assert all(
        f"{{{{{name}}}}}" in template.body_en and f"{{{{{name}}}}}" in template.body_fa for name in required
    )


def test_almost_nothing_is_safe_inside_the_country() -> None:
    assert [t.id for t in load_templates() if t.safe_for_inside_iran] == ["service_request"]


def changed(**changes) -> dict:
    text = (files("data") / "templates" / "petition.toml").read_text(encoding="utf-8")
    return tomllib.loads(text) | changes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"body_en": "{{nobody}} {{ask}} {{why}} {{other_side}}"}, "unknown names"),
        ({"body_fa": "{{ask}}"}, "one language only"),
        ({"topics": ["football"]}, "unknown topics"),
        ({"personalisation": [{"id": "your_reason", "required": False, "en": "x", "fa": "x"}]}, "mass-sent"),
        (
            {"body_en": "{{ask}} {{why}} {{your_reason}}", "body_fa": "{{ask}} {{why}} {{your_reason}}"},
            "other_side",
        ),
    ],
)
def test_a_template_that_could_do_harm_is_refused(change: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ActionTemplate.model_validate(changed(**change))


def test_what_is_put_in_is_never_read_again() -> None:
    assert fill("{{a}} and {{b}}", {"a": "{{b}}", "b": "x"}) == "{{b}} and x"


def test_a_line_whose_only_value_is_empty_goes_away() -> None:
    assert fill("one\n{{side}}\ntwo", {"side": ""}) == "one\ntwo"


PLAN = {
    "plan_id": "p", "template_id": "petition", "template_version": 1, "subject_en": "Water", "subject_fa": "آب",
    "body_en": "We ask: <b>water</b>.\nWhy I sign: [your own reason, one sentence]",
    "body_fa": "می‌خواهیم: آب.\nمن به این دلیل امضا می‌کنم: [دلیل خودتان، در یک جمله]",
    "supporters_count": 12, "safe_for_inside_iran": False, "requires_real_identity": False, "run_on": date(2026, 1, 20),
    "model": "offline-1", "engine": "offline", "action_type": "petition", "evidence": ["s1", "s2"], "is_current": True, "safety_flags": [],
}  # fmt: skip


def test_a_page_is_marked_as_a_draft_and_escapes_what_it_shows() -> None:
    page = plan_page(PLAN, review_status="pending")
    assert "پیش‌نویس" in page and "Draft" in page
    assert "&lt;b&gt;water&lt;/b&gt;" in page and "<b>" not in page
    assert "<mark>[دلیل خودتان، در یک جمله]</mark>" in page
    assert "Draft" not in plan_page(PLAN, review_status="approved")


def test_a_page_ends_with_what_it_rests_on_in_the_readers_words_and_with_its_number() -> None:
    page = plan_page(PLAN, review_status="pending")
    assert "بر پایه‌ی ۲ پیام است. قالب «طومار» نسخه‌ی ۱، نوشته‌شده در ۳۰ دی ۱۴۰۴، با موتور آفلاین." in page
    assert page.count('<bdi dir="ltr">p</bdi>') == 2


def test_a_page_says_that_it_is_out_of_date_and_that_nobody_has_reviewed_its_template() -> None:
    page = plan_page(PLAN | {"is_current": False, "safety_flags": ["template_not_reviewed"]}, review_status="approved")
    assert "newer plans, or a newer decision, have taken its place. No person has reviewed the template" in page
    assert "قالب این طرح را هنوز کسی بازبینی نکرده" in page
    assert 'class="draft"' not in plan_page(PLAN, review_status="approved")


def test_a_page_reads_from_the_right_in_farsi_and_needs_no_network() -> None:
    page = plan_page(PLAN, review_status="pending")
    assert '<html lang="fa" dir="rtl">' in page
    assert page.index('dir="rtl"') < page.index('<article lang="en" dir="ltr"')
    assert "default-src 'none'" in page
    assert "http://" not in page and "https://" not in page and "<script" not in page
    assert "۱۲ نفر" in page
