"""Whatever a title says, what is sent holds every condition: language, direction, digits, length, nothing private."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.farsi import is_right_to_left
from tasks.message_text import load_messages, message_faults, write_text
from tasks.redact import redact

MAX = 600
# what a model, an engine or a citizen's words may put into a title
PIECES = st.sampled_from([
    "آب آشامیدنی", "بی‌آبی در ایذه", "No drinking water", "in Izeh", "۱۴ ساعت", "14 ساعت", "٤ ماه", "ي", "ك", "[PHONE_1]",
    "{count}", "{{title}}", "09121234567", "۰۹۱۲۱۲۳۴۵۶۷", "a.b@example.org", "@someone", "آیا آب هست؟", "VPN", "\u202e", "\u200f",
    "😀", "«»", "\n", "؟", ".", "کد ملی ۰۰۱۲۳۴۵۶۷۹", "%s", "x" * 700, "آب " * 300, "",
])  # fmt: skip
TITLES = st.lists(PIECES, max_size=5).map(" ".join) | st.text(max_size=60)
CASES = [
    ("confirmation", "text", ("noted",)),
    ("confirmation", "many", ("count", "noted")),
    ("confirmation", "topic", ("noted",)),
    ("rejection", "text", ("reason",)),
    ("vote_prompt", "text", ("proposition", "day", "hour")),
    ("reminder", "text", ("title", "left")),
    ("result", "won", ("title", "turnout", "count", "choice")),
    ("result", "chosen", ("title", "turnout", "count", "choice")),
    ("result", "lost", ("title", "turnout", "count")),
    ("result", "tie", ("title", "turnout")),
    ("result", "no_quorum", ("title", "quorum")),
]
SAFE = {"day": "۳ آذر ۱۴۰۵", "hour": "۲۱:۰۰", "left": "۳ ساعت"}


@settings(deadline=None, max_examples=40)
@given(TITLES)
@pytest.mark.parametrize(("kind", "variant", "names"), CASES)
def test_a_farsi_message_holds_every_condition_whatever_is_put_in(kind, variant, names, said) -> None:
    values = {name: SAFE.get(name, said) for name in names}
    sent = write_text(kind, variant, values, locale="fa", max_chars=MAX, fallback_values=SAFE)
    assert message_faults(sent.text, locale="fa", max_chars=MAX) == []
    assert len(sent.text) <= MAX
    assert is_right_to_left(sent.text)
    assert not re.search(r"[0-9٠-٩]", sent.text)
    assert not re.search(r"[A-Za-z]{2,}", re.sub(r"(?i)vpn|sms|gps|sim|telegram|pdf", "", sent.text))
    assert not redact(sent.text).spans
    assert "{" not in sent.text and "[" not in sent.text
    assert sent.is_fallback == bool(sent.faults)


def test_every_fallback_passes_every_check_in_every_language() -> None:
    for locale in ("fa", "en"):
        for kind in ("confirmation", "rejection", "vote_prompt", "reminder", "result"):
            text = load_messages(locale)[kind]["fallback"].format(**SAFE)
            assert message_faults(text, locale=locale, max_chars=MAX) == [], (locale, kind)


@settings(deadline=None, max_examples=40)
@given(TITLES)
def test_an_english_message_holds_no_private_data_and_no_placeholder(said) -> None:
    sent = write_text("confirmation", "text", {"noted": said}, locale="en", max_chars=MAX, fallback_values={})
    assert not redact(sent.text).spans and "{" not in sent.text and "[" not in sent.text
    assert len(sent.text) <= MAX
