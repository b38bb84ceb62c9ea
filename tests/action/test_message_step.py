"""Messages: each person told once, in their language, with nothing private or foreign in them."""

import re
from dataclasses import replace

from tasks.booking import refuse_degraded
from tasks.farsi import is_right_to_left
from tasks.message import write_messages
from tasks.message_text import message_faults
from tasks.position import position_records
from tasks.settings import Settings
from tasks.summarise import summarise_clusters
from tasks.tally import tally_votes


def until_messages(world, days: int = 10):
    for step in (summarise_clusters, position_records, tally_votes):
        step(world.store, run=world.run(days), settings=world.settings)
    return write_messages(world.store, run=world.run(days), settings=world.settings)


def messages(world, kind: str):
    return world.store.frame(
        "select * from out.message where kind = ? order by message_id", [kind]
    ).to_dicts()


def three(world) -> None:
    for number in range(3):
        world.say(f"p{number}", "c1")
    world.cluster()


def reject(world, reason: str, locale: str | None = "fa") -> str:
    record = world.say("r", None, locale=locale)
    submission, key = world.store.rows(
        "select submission_id, request_key from core.canonical where record_id = ?", [record]
    )[0]
    world.store.execute("delete from core.canonical where record_id = ?", [record])
    world.store.execute(
        "insert into core.rejection values (?, ?, ?, 'offline', 'r0', now())", [submission, key, reason]
    )
    return submission


def test_a_writer_is_told_how_the_message_was_noted_in_farsi(world) -> None:
    three(world)
    until_messages(world)
    found = messages(world, "confirmation")
    assert len(found) == 3
    for row in found:
        assert "«آب آشامیدنی باید در ایذه تأمین شود»" in row["text"]
        assert not re.search("[A-Za-z0-9]", row["text"])
        assert is_right_to_left(row["text"])
        assert row["locale"] == "fa" and not row["is_fallback"] and row["submission_id"]


def test_an_english_locale_gets_english(world) -> None:
    for number in range(3):
        world.say(f"p{number}", "c1", locale="en")
    world.cluster()
    until_messages(world)
    assert all("“Drinking water should be provided in Izeh”" in row["text"] for row in messages(world, "confirmation"))


def test_a_writer_sees_on_which_side_the_message_was_noted(world) -> None:
    for person, position in (("p", "support"), ("q", "oppose"), ("r", "mixed")):
        world.say(person, "c1", position=position)
    world.cluster()
    until_messages(world)
    shown = {row["person_key"]: row["text"].split(": ")[1].split(". ")[0] for row in messages(world, "confirmation")}
    wish = "«آب آشامیدنی باید در ایذه تأمین شود»"
    assert shown == {"p": wish, "q": f"مخالفت با {wish}", "r": "«بی‌آبی در ایذه»"}


def test_a_wish_that_may_not_be_repeated_gives_way_to_the_title(world) -> None:
    for number in range(3):
        world.say(f"p{number}", "c1", proposition_fa="به شماره ۰۹۱۲۳۴۵۶۷۸۹ زنگ بزنید")
    world.cluster()
    until_messages(world)
    for row in messages(world, "confirmation"):
        assert "«بی‌آبی در ایذه»" in row["text"] and not row["is_fallback"]


def test_what_few_people_say_is_confirmed_by_its_topic_because_the_outbox_is_published(world) -> None:
    world.say("p", "c1")
    world.say("q", "c1")
    world.say("r", None, locale="en")
    world.cluster()
    until_messages(world)
    texts = {row["locale"]: row["text"] for row in messages(world, "confirmation")}
    assert len(messages(world, "confirmation")) == 3
    assert "«آب»" in texts["fa"] and "ایذه" not in texts["fa"]
    assert "“Water”" in texts["en"] and "Izeh" not in texts["en"]


def test_a_title_that_is_not_farsi_is_never_shown(world) -> None:
    for number in range(3):
        world.say(f"p{number}", "c1", title_fa="No drinking water", proposition_fa="Water should come to Izeh")
    world.cluster()
    report = until_messages(world)
    row = messages(world, "confirmation")[0]
    assert row["is_fallback"] and "Izeh" not in row["text"]
    assert report.degradations[0].kind == "message_fallback"
    assert report.details["faults"]


def test_private_data_and_placeholders_are_never_repeated(world) -> None:
    world.say("p", "c1", title_fa="تماس با ۰۹۱۲۳۴۵۶۷۸۹", proposition_fa="با ۰۹۱۲۳۴۵۶۷۸۹ تماس بگیرید")
    world.say("q", "c1", title_fa="شکایت [PHONE]", proposition_fa="شکایت [PHONE] باید شنیده شود")
    world.say("r", "c1", title_fa="شکایت [NAME]", proposition_fa="شکایت [NAME] باید شنیده شود")
    world.cluster()
    until_messages(world)
    assert all(row["is_fallback"] for row in messages(world, "confirmation"))
    assert not any("۰۹۱۲" in row["text"] or "[" in row["text"] for row in messages(world, "confirmation"))


def test_a_rejection_gives_its_reason(world) -> None:
    submission = reject(world, "advert")
    until_messages(world)
    row = messages(world, "rejection")[0]
    assert row["submission_id"] == submission
    assert "تبلیغ" in row["text"]


def test_every_reason_has_words_in_every_language_that_pass_the_checks(world) -> None:
    from typing import get_args

    from tasks.message_text import load_messages
    from tasks.schemas import RejectReason

    for locale in ("fa", "en"):
        reasons = load_messages(locale)["rejection"]["reason"]
        assert set(reasons) == set(get_args(RejectReason))
        for text in reasons.values():
            assert message_faults(text, locale=locale, max_chars=300) == []


def test_nobody_is_told_twice_by_a_second_night_or_a_better_title(world) -> None:
    three(world)
    reject(world, "greeting")
    assert until_messages(world).out_count == 4
    assert until_messages(world).out_count == 0
    world.store.execute("update core.canonical set title_fa = 'آب نداریم', proposition_fa = 'آب باید باشد'")
    assert until_messages(world).out_count == 0


def test_those_concerned_are_asked_to_vote_and_reminded_unless_they_have(world) -> None:
    three(world)
    world.endorse("e", "c1")
    world.cycle("y", ["c1"], start_days=9, end_days=11.5)
    world.vote("p0", "y", "c1", "agree", days=9.5)
    until_messages(world, days=10)
    prompts = messages(world, "vote_prompt")
    assert sorted(row["person_key"] for row in prompts) == ["e", "p1", "p2"]
    assert all(
        "آب آشامیدنی باید در ایذه تأمین شود" in row["text"] and "؟" not in row["text"] for row in prompts
    )
    assert "۲ بهمن ۱۴۰۴ ساعت ۰۳:۳۰" in prompts[0]["text"]
    assert messages(world, "reminder") == []
    world.vote("p1", "y", "c1", "agree", days=10.5)
    until_messages(world, days=11)
    assert sorted(row["person_key"] for row in messages(world, "reminder")) == ["e", "p2"]
    assert "۱۱ ساعت" in messages(world, "reminder")[0]["text"]
    assert len(messages(world, "vote_prompt")) == 3


def test_a_target_added_to_a_round_is_asked_about_twelve_hours_before_anybody_is_reminded_of_it(world) -> None:
    three(world)
    world.cycle("y", ["c1"], start_days=9, end_days=11.5)
    until_messages(world, days=10)
    for number in range(3):
        world.say(f"q{number}", "c2")
    for number in range(3):
        world.say(f"p{number}", "c2")
    world.cluster()
    world.cycle("y", ["c1", "c2"], start_days=9, end_days=11.5)
    for _ in range(2):
        until_messages(world, days=11)
        assert {row["cluster_id"] for row in messages(world, "vote_prompt")} == {"c1", "c2"}
        assert [row["cluster_id"] for row in messages(world, "reminder")] == ["c1"] * 3


def test_voters_and_writers_are_told_the_result_once(world) -> None:
    three(world)
    world.cycle("y", ["c1"])
    for number in range(6):
        world.vote(f"x{number}", "y", "c1", "agree" if number else "disagree")
    until_messages(world)
    found = messages(world, "result")
    assert len(found) == 9
    assert all("از ۶ نفر، ۵ نفر گفتند «موافقم»" in row["text"] for row in found)
    assert until_messages(world, days=12).out_count == 0


def test_an_option_that_is_ahead_is_not_called_carried(world) -> None:
    three(world)
    world.option("o1", "c1", "Tankers", "تانکر آب")
    world.option("o2", "c1", "A pipe", "لوله‌کشی")
    world.cycle("y", ["c1"])
    for number, choice in enumerate(["o1", "o1", "o1", "o2", "o2", "pass", "pass"]):
        world.vote(f"x{number}", "y", "c1", choice)
    until_messages(world)
    found = messages(world, "result")
    assert found and all("۳ نفر گفتند «تانکر آب». این گزینه بیشتر از بقیه رأی آورد" in row["text"] for row in found)


def test_an_option_of_another_ballot_that_is_ahead_is_not_told_in_that_ballots_words(world) -> None:
    three(world)
    world.option("o1", "c1", "Tankers", "تانکر آب")
    world.option("o9", "another", "Bring the morality patrol back", "گشت ارشاد برگردد")
    world.cycle("y", ["c1"])
    for number in range(6):
        world.vote(f"x{number}", "y", "c1", "o9")
    report = until_messages(world)
    found = messages(world, "result")
    assert found and all("گشت" not in row["text"] and row["template_id"].endswith("result.fallback") for row in found)
    assert [d.kind for d in report.degradations] == ["message_without_words"]
    refuse_degraded(replace(report, degradations=(replace(report.degradations[0], count=500, of=500),)), Settings(max_degraded=0))


def test_a_vote_without_a_quorum_has_no_result(world) -> None:
    three(world)
    world.cycle("y", ["c1"])
    world.vote("x", "y", "c1", "agree")
    until_messages(world)
    assert all("نتیجه‌ای اعلام نمی‌شود" in row["text"] for row in messages(world, "result"))


def test_a_merge_does_not_tell_the_result_again(world) -> None:
    three(world)
    world.cycle("y", ["c1"])
    for number in range(6):
        world.vote(f"x{number}", "y", "c1", "agree")
    until_messages(world)
    world.members = {"c2": world.members["c1"]}
    world.cluster(events=[("merged", "c1", "c2")])
    until_messages(world, days=12)
    assert len(messages(world, "result")) == 9


def test_a_back_fill_of_earlier_days_tells_nobody_again(world) -> None:
    three(world)
    world.cycle("y", ["c1"], start_days=9, end_days=14)
    until_messages(world, days=10)
    told = world.store.value("select count(*) from out.message")
    until_messages(world, days=9.5)
    assert world.store.value("select count(*) from out.message") == told
    ids = world.store.rows("select message_id, count(*) from out.message group by 1 having count(*) > 1")
    assert ids == []


def test_a_result_names_the_question_that_was_asked_and_none_where_it_is_not_in_the_readers_language(world) -> None:
    three(world)
    world.say("q", "c1", locale="en")
    world.cluster()
    world.ballot("c1", None, "آب آشامیدنی ایذه فروخته شود.")
    world.cycle("y", ["c1"], start_days=2, end_days=4)
    for number in range(6):
        world.vote(f"x{number}", "y", "c1", "disagree")
    report = until_messages(world)
    found = messages(world, "result")
    farsi = [row["text"] for row in found if row["locale"] == "fa"]
    assert farsi and all("«آب آشامیدنی ایذه فروخته شود»" in text for text in farsi)
    assert [(row["template_id"], row["is_fallback"]) for row in found if row["locale"] == "en"] == [
        ("en.result.fallback", False)
    ]
    assert [(d.kind, d.count) for d in report.degradations] == [("message_without_words", 1)]
