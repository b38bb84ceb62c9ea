"""Summaries: due when they should be, cited, kept otherwise."""

import json

import pytest

from tasks.claims.sides import speaks_of
from tasks.llm.engine.action import position
from tasks.position import position_records
from tasks.run import StepReport
from tasks.summarise import summarise_clusters


def summarise(world, **changes) -> StepReport:
    return summarise_clusters(
        world.store, run=world.run(), settings=world.settings.model_copy(update=changes)
    )


def five_people(world, cluster: str = "c1") -> None:
    for number in range(5):
        world.say(f"p{number}", cluster)
    world.cluster()


def test_every_sentence_cites_members_and_passes_its_check(world) -> None:
    five_people(world)
    assert summarise(world).out_count == 1
    rows = world.store.rows("select text_en, record_ids, is_ok, score from core.claim")
    assert rows
    for text, ids, is_ok, score in rows:
        assert is_ok and score >= 0.5 and text.endswith(".")
        assert set(ids) <= set(world.members["c1"])


def test_the_summary_is_its_good_sentences_in_both_languages(world) -> None:
    five_people(world)
    summarise(world)
    summary_en, summary_fa, status = world.store.rows(
        "select summary_en, summary_fa, status from core.summary"
    )[0]
    assert (summary_en, summary_fa, status) == (
        "Drinking water should be provided in Izeh.",
        "آب آشامیدنی باید در ایذه تأمین شود.",
        "ok",
    )


def test_a_second_night_without_change_writes_nothing(world) -> None:
    five_people(world)
    summarise(world)
    report = summarise(world)
    assert (report.in_count, report.out_count) == (0, 0)
    assert world.store.value("select count(*) from core.summary") == 1


def test_growth_by_less_than_half_is_left_alone_and_by_half_is_written_anew(world) -> None:
    five_people(world)
    summarise(world)
    world.say("q0", "c1")
    world.say("q1", "c1")
    world.cluster()
    assert summarise(world).in_count == 0
    world.say("q2", "c1")
    world.cluster()
    report = summarise(world)
    assert (report.out_count, report.details["causes"]) == (1, {"grown": 1})
    assert world.store.value("select count(*) from core.summary") == 2


def test_a_merge_is_a_cause_and_only_once(world) -> None:
    five_people(world)
    summarise(world)
    world.cluster(events=[("merged", "c0", "c1")])
    assert summarise(world).details["causes"] == {"merged": 1}
    world.cluster()
    assert summarise(world).in_count == 0


def test_an_erased_source_is_a_cause(world) -> None:
    five_people(world)
    summarise(world)
    cited = world.store.value("select record_ids[1] from core.claim")
    submission = world.store.value("select submission_id from core.canonical where record_id = ?", [cited])
    world.store.execute("insert into ops.erased values (?, 'h', null, now(), now(), 'r0')", [submission])
    assert summarise(world).details["causes"] == {"source_gone": 1}
    assert (
        world.store.value("select count(*) from core.claim where list_contains(record_ids, ?)", [cited]) == 1
    )


def test_a_cluster_of_too_few_people_is_not_summarised(world) -> None:
    for _ in range(6):
        world.say("the same person", "c1")
    world.cluster()
    assert summarise(world).in_count == 0


def test_one_odd_reading_is_no_sentence_of_the_summary(world) -> None:
    five_people(world)
    world.say("p9", "c1", proposition="Schools should be banned", proposition_fa="مدارس باید ممنوع شود")
    world.cluster()
    summarise(world)
    assert "Schools" not in world.store.value("select summary_en from core.summary")


def wanted(world, cluster: str, proposition: str, *, people: int, **said: str) -> None:
    for _ in range(people):
        number = sum(map(len, world.members.values()))
        title = f"{said.get('title', 'Negotiations')} {number}"
        world.say(f"p{number}", cluster, **{**said, "proposition": proposition, "title": title, "summary": f"{proposition}."})


def told(world) -> tuple[list[str], list[str]]:
    claims = [text for (text,) in world.store.rows("select text_en from core.claim order by ordinal")]
    options = json.loads(world.store.value("select options from core.summary"))
    return claims, [option["label_en"] for option in options]


def test_a_wish_and_its_denial_are_two_sentences_and_the_more_frequent_comes_first(world) -> None:
    wanted(world, "c1", "The dam should be built in Izeh", people=6)
    wanted(world, "c1", "The dam should not be built in Izeh", people=3)
    world.cluster()
    summarise(world)
    claims, options = told(world)
    assert claims == ["The dam should be built in Izeh.", "The dam should not be built in Izeh."]
    assert options == [claim.rstrip(".") for claim in claims]


def test_to_ask_for_attention_is_no_alternative_to_a_demand(world) -> None:
    wanted(world, "c1", "Streets should be lit at night in Izeh", people=5)
    wanted(world, "c1", "The authorities should attend to street lights in Izeh", people=3)
    world.cluster()
    summarise(world)
    assert told(world) == (["Streets should be lit at night in Izeh."], [])


def test_people_are_not_asked_to_choose_between_their_matter_and_another(world) -> None:
    wanted(world, "c1", "The dam should be built in Izeh", people=6)
    wanted(world, "c1", "Fines over hijab should be stopped in Izeh", people=3, topic="women")
    world.store.execute("update core.canonical set topic = 'women' where proposition_en like 'Fines%'")
    world.cluster()
    world.store.execute("update core.cluster_state set topic = 'water'")
    summarise(world)
    claims, options = told(world)
    assert (len(claims), options) == (2, [])


def test_a_minority_above_the_share_is_mentioned_as_against(world) -> None:
    five_people(world)
    for person in ("o1", "o2"):
        world.say(person, "c1", position="oppose")
    world.cluster()
    summarise(world)
    summary, options = world.store.rows("select summary_en, options from core.summary")[0]
    assert "Some are against this: Drinking water should be provided in Izeh." in summary
    assert [o["position"] for o in json.loads(options)] == ["support", "oppose"]


def test_the_given_records_and_so_the_request_do_not_depend_on_the_order_of_rows(world) -> None:
    five_people(world, "c1")
    summarise(world)
    assert world.store.value("select count(distinct request_key) from core.summary") == 1
    inputs = json.loads(world.store.value("select inputs from llm.request where task = 'summarise'"))
    assert [r["id"] for r in inputs["records"]] == ["r1"]
    assert inputs["people"] == 5
    assert inputs["records"][0]["alike"] == 5


def test_no_person_and_no_submission_is_named_to_the_writer(world) -> None:
    five_people(world)
    summarise(world)
    text = world.store.value("select inputs::varchar from llm.request where task = 'summarise'")
    assert "p0" not in text and "s0000" not in text and "rec0000" not in text


def test_positions_are_asked_once_per_wording_and_kept(world) -> None:
    five_people(world)
    world.say("o1", "c1", position="oppose")
    world.cluster()
    summarise(world)
    first = position_records(world.store, run=world.run(), settings=world.settings)
    assert (first.in_count, first.out_count, first.details["asked"]) == (6, 6, 2)
    assert position_records(world.store, run=world.run(), settings=world.settings).in_count == 0
    counted = world.store.rows("select position, count(*) from core.current_position group by 1 order by 1")
    assert counted == [("oppose", 1), ("support", 5)]


def test_a_record_of_another_matter_or_place_in_the_cluster_is_on_neither_side(world) -> None:
    five_people(world)
    world.say(
        "o1", "c1", topic="women", title="Fines for hijab", summary="Complains about fines for hijab.",
        proposition="Fines for hijab should be dropped",
    )  # fmt: skip
    world.say(
        "o2", "c1", title="No drinking water in Zahedan", summary="There is no drinking water in Zahedan.",
        proposition="Drinking water should be provided in Zahedan",
    )  # fmt: skip
    world.cluster()
    summarise(world)
    position_records(world.store, run=world.run(), settings=world.settings)
    counted = world.store.rows("select position, count(*) from core.current_position group by 1 order by 1")
    assert counted == [("support", 5), ("unclear", 2)]
    assert world.store.rows("select supporters_count, by_message_count from core.cluster_support") == [(5, 5)]


@pytest.mark.parametrize(
    ("text", "is_about"),
    [
        ("Stop the patrols. People are arrested over the headscarf.", True),
        ("Clothing. Women should wear what they like; fines over hijab should end.", True),
        ("Abolish the morality patrol. The morality patrol should be abolished.", False),
        ("Equal pay. Women should be paid as men are.", False),
    ],
)
def test_a_topic_or_a_demand_in_common_makes_no_record_one_of_the_matter(text: str, is_about: bool) -> None:
    assert speaks_of(text, "Compulsory hijab should be abolished.") == is_about


def test_a_new_member_is_the_only_one_asked(world) -> None:
    five_people(world)
    summarise(world)
    position_records(world.store, run=world.run(), settings=world.settings)
    world.say("q0", "c1")
    world.cluster()
    assert position_records(world.store, run=world.run(), settings=world.settings).in_count == 1


@pytest.mark.parametrize(
    ("record", "stance"),
    [
        ("Historic buildings in Shiraz should be repaired", "unclear"),
        ("Historic buildings should be demolished in Shiraz", "oppose"),
        ("Historic buildings should not be demolished in Shiraz", "support"),
    ],
)
def test_only_who_says_the_same_or_the_opposite_in_the_same_words_is_on_a_side(record: str, stance: str) -> None:
    told = {"proposition_en": "Historic buildings should not be demolished in Shiraz."}
    reply = position(told | {"record_proposition_en": record, "record_position": "support"})
    assert reply.position == stance
