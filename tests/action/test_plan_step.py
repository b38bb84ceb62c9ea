"""Plans: only for what won or is supported, cited, gated, the other side named, the same ids on every night."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tasks.errors import BadInput, Misconfigured
from tasks.plan import plan_actions
from tasks.plans.page import write_plan_pages
from tasks.position import position_records
from tasks.review import list_plans, review_plan
from tasks.summarise import summarise_clusters
from tasks.tally import tally_votes

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def until_plans(world, **changes):
    settings = world.settings.model_copy(update=changes)
    for step in (summarise_clusters, position_records, tally_votes):
        step(world.store, run=world.run(), settings=settings)
    return plan_actions(world.store, run=world.run(), settings=settings)


def people(world, count: int, cluster: str = "c1", **said) -> None:
    for number in range(count):
        world.say(f"p{number}", cluster, **said)
    world.cluster()


def plans(world):
    return world.store.frame("select * from out.action_plan order by rank").to_dicts()


def test_four_supporters_get_no_plan_and_five_do(world) -> None:
    people(world, 4)
    assert until_plans(world).details["skipped"] == {"too_few": 1}
    world.say("p4", "c1")
    world.cluster()
    assert until_plans(world).out_count == 1


def test_a_statement_that_does_not_say_what_it_is_about_gets_no_plan_even_when_endorsed(world) -> None:
    said = {"proposition": "The authorities should attend to this matter", "proposition_fa": "مسئولان باید به این موضوع رسیدگی کنند"}
    people(world, 5, **said, title="This matter", title_fa="این موضوع", summary="Speaks of this matter.")
    assert until_plans(world).details["skipped"] == {"too_few": 1}
    for person in ("p0", "p1", "p2", "p3", "p4"):
        world.endorse(person, "c1")
    assert until_plans(world).details["skipped"] == {"no_matter": 1}


def test_one_person_with_five_messages_is_one_supporter(world) -> None:
    people(world, 2)
    for _ in range(5):
        world.say("p2", "c1")
    world.cluster()
    assert until_plans(world).details["skipped"] == {"too_few": 1}
    assert world.store.value("select supporters_count from core.cluster_support") == 3


def test_endorsing_and_writing_and_voting_is_one_person(world) -> None:
    people(world, 3)
    world.cycle("y", ["c1"])
    for person in ("p0", "p1", "x0"):
        world.endorse(person, "c1")
        world.vote(person, "y", "c1", "agree")
    tally_votes(world.store, run=world.run(), settings=world.settings)
    row = world.store.frame("select * from core.cluster_support").row(0, named=True)
    assert (row["people_count"], row["by_endorsement_count"], row["by_vote_count"]) == (4, 3, 3)


def test_a_plan_says_nothing_of_another_topic_that_came_to_lie_in_the_cluster(world) -> None:
    people(world, 6)
    other = {"proposition": "Fines over hijab should be stopped in Izeh", "proposition_fa": "جریمه حجاب باید در ایذه متوقف شود",
             "title": "Fines over hijab in Izeh", "title_fa": "جریمه حجاب در ایذه", "summary": "Complains about fines over hijab."}  # fmt: skip
    people(world, 3, topic="women", **other)
    until_plans(world)
    assert world.store.value("select count(*) from core.claim where is_ok") == 2, "the summary tells both"
    assert plans(world)
    assert [p["plan_id"] for p in plans(world) if "hijab" in p["body_en"] or "حجاب" in p["body_fa"]] == []


def test_a_cluster_whose_summary_tells_nothing_of_its_topic_gets_no_plan(world) -> None:
    people(world, 6)
    world.store.execute("update core.cluster_state set topic = 'women'")
    assert until_plans(world).details["skipped"] == {"no_sentence": 1}


def test_the_vote_is_a_persons_last_word(world) -> None:
    people(world, 5)
    world.cycle("y", ["c1"])
    world.vote("p0", "y", "c1", "disagree")
    world.vote("p1", "y", "c1", "pass")
    until_plans(world)
    row = world.store.frame("select supporters_count, opponents_count from core.cluster_support").row(0)
    assert row == (4, 1)


def test_a_plan_has_everything_the_contract_names(world) -> None:
    people(world, 5)
    until_plans(world)
    found = plans(world)
    assert [p["rank"] for p in found] == [1, 2, 3]
    assert len({p["template_id"] for p in found}) == 3
    for plan in found:
        assert plan["evidence"] and set(plan["evidence"]) <= {f"s{n:04}" for n in range(5)}
        assert plan["claims"] and all(
            set(c["record_ids"]) <= set(world.members["c1"]) for c in plan["claims"]
        )
        assert plan["required_personalisations"]
        assert plan["supporters_count"] == 5
        assert "Rules v1" in plan["rationale_en"] and "needed 5" in plan["rationale_en"]
        assert "template_not_reviewed" in plan["safety_flags"]
        assert "{{" not in plan["body_en"] + plan["body_fa"]


def test_a_second_night_writes_no_plan_even_when_supporters_grow(world) -> None:
    people(world, 5)
    until_plans(world)
    first = plans(world)
    world.say("p9", "c1")
    world.cluster()
    report = until_plans(world)
    assert report.details["skipped"] == {"planned": 1}
    assert plans(world) == first


def say_another_figure_in_farsi(world) -> None:
    """A cluster with a sound summary, one of whose titles has a figure in Farsi alone; the planner quotes all titles."""
    said = {"proposition": "Water should not be cut", "proposition_fa": "آب نباید قطع شود"}
    people(world, 4, title="Water cuts", title_fa="قطع آب", summary="Complains about water cuts.", **said)
    world.say("p9", "c1", title="Water cuts in Izeh", title_fa="قطع آب ۱۲ روز در ایذه", summary="Complains about water cuts in Izeh.", **said)
    world.cluster()


def test_an_answer_without_a_plan_that_holds_is_judged_once(world) -> None:
    say_another_figure_in_farsi(world)
    first, again = until_plans(world), until_plans(world)
    assert (first.in_count, first.out_count, first.rejected_count) == (1, 0, 1)
    assert [d.kind for d in first.degradations] == ["plan_dropped"]
    assert again == replace(first, details=first.details | {"refused_before": 1})
    assert world.store.rows("select subject_id, verdict from core.judgement") == [("c1", str(first.degradations[0].count))]


def test_a_refused_answer_is_judged_anew_when_what_judged_it_has_changed(world, tmp_path) -> None:
    say_another_figure_in_farsi(world)
    until_plans(world)
    overlay = tmp_path / "own.toml"
    with pytest.raises(Misconfigured, match=r"own\.toml"):
        until_plans(world, routes_file=overlay)
    overlay.write_text("[task.plan]\nmax_output = 2999\n")
    assert until_plans(world, routes_file=overlay).details["refused_before"] == 0
    assert until_plans(world, routes_file=overlay).details["refused_before"] == 1
    assert world.store.value("select count(*) from core.judgement") == 2


def test_a_cluster_whose_plans_were_refused_gets_some_once_the_fault_has_left_it(world) -> None:
    say_another_figure_in_farsi(world)
    assert until_plans(world).out_count == 0
    world.members["c1"].pop()
    world.say("p8", "c1", title="Water cuts in Izeh", title_fa="قطع آب در ایذه", proposition="Water should not be cut", proposition_fa="آب نباید قطع شود")
    world.cluster()
    assert until_plans(world).out_count == 1


def test_a_lost_vote_gets_no_plan_whatever_the_messages_say(world) -> None:
    people(world, 9)
    world.cycle("y", ["c1"])
    for number in range(6):
        world.vote(f"x{number}", "y", "c1", "disagree")
    assert until_plans(world).details["skipped"] == {"lost": 1}


def test_a_won_vote_shows_turnout_margin_and_votes(world) -> None:
    people(world, 3)
    world.cycle("y", ["c1"])
    for number in range(6):
        world.vote(f"x{number}", "y", "c1", "agree" if number else "pass")
    until_plans(world)
    plan = plans(world)[0]
    assert (plan["turnout"], round(plan["margin"], 3)) == (6, 0.833)
    assert {v["choice"]: v["people_count"] for v in plan["votes"]} == {"agree": 5, "pass": 1}
    assert "Won the vote of cycle y" in plan["rationale_en"]
    assert "5 of the 6 people who voted chose this" in plan["body_en"]
    assert "۵ نفر" in plan["body_fa"]


ASKED = ("Drinking water in Izeh should be sold.", "آب آشامیدنی ایذه فروخته شود.")


def test_votes_on_another_question_are_nobodys_side_and_its_loss_is_no_mandate(world) -> None:
    people(world, 6)
    world.ballot("c1", *ASKED)
    world.cycle("y", ["c1"])
    world.endorse("e0", "c1")
    for number in range(9):
        world.vote(f"x{number}", "y", "c1", "disagree")
    assert until_plans(world).details["skipped"] == {"lost": 1}
    row = world.store.frame("select supporters_count, opponents_count, by_endorsement_count from core.cluster_support")
    assert row.row(0) == (6, 0, 0)
    assert world.store.rows("select question_en, is_same from core.current_question") == [(ASKED[0], False)]


def test_a_ballots_question_is_read_once_until_it_changes(world) -> None:
    people(world, 6)
    world.ballot("c1", *ASKED)
    until_plans(world)
    until_plans(world)
    judgements = "select count(*) from core.judgement where kind = 'question'"
    assert world.store.value(judgements) == 1
    world.store.execute("update raw.cluster set ballot_question = 'Drinking water should be provided in Izeh.'")
    until_plans(world)
    assert world.store.value(judgements) == 2
    assert world.store.rows("select is_same from core.target_question order by created_at") == [(False,), (True,)]


def test_what_was_won_is_what_was_asked_in_its_own_words(world) -> None:
    people(world, 3)
    world.ballot("c1", *ASKED)
    world.cycle("y", ["c1"])
    for number in range(9):
        world.vote(f"x{number}", "y", "c1", "agree")
    until_plans(world)
    petition = next(p for p in plans(world) if p["template_id"] == "petition")
    assert "Drinking water in Izeh should be sold" in petition["body_en"]
    assert "آب آشامیدنی ایذه فروخته شود" in petition["body_fa"]
    assert "different people support it" not in petition["body_en"]


def test_a_question_that_is_the_statement_counts_as_before(world) -> None:
    people(world, 3)
    world.ballot("c1", "Drinking water should be provided in Izeh!", None)
    world.cycle("y", ["c1"])
    for number in range(9):
        world.vote(f"x{number}", "y", "c1", "agree")
    until_plans(world)
    assert world.store.value("select supporters_count from core.cluster_support") == 12


def test_a_round_that_goes_on_is_not_read_off_the_supporters(world) -> None:
    people(world, 3)
    world.cycle("y", ["c1"], end_days=400)
    for number in range(9):
        world.vote(f"x{number}", "y", "c1", "agree")
    until_plans(world)
    assert world.store.value("select supporters_count from core.cluster_support") == 3


def test_only_the_winning_option_is_asked_for(world) -> None:
    people(world, 3)
    world.cycle("y", ["c1"])
    world.option("o1", "c1", "Pipe the water within a year", "لوله‌کشی آب تا یک سال")
    world.option("o2", "c1", "Send more tankers", "تانکر بیشتر")
    for number in range(9):
        world.vote(f"x{number}", "y", "c1", "o1" if number < 8 else "o2")
    until_plans(world)
    petition = next(p for p in plans(world) if p["template_id"] == "petition")
    assert "Pipe the water within a year" in petition["body_en"]
    assert "لوله‌کشی آب تا یک سال" in petition["body_fa"]
    assert "tankers" not in petition["body_en"]
    assert world.store.value("select supporters_count from core.cluster_support") == 3 + 8


def test_an_option_of_another_ballot_is_no_demand_nobodys_support_and_no_words_of_the_other_side(world) -> None:
    people(world, 3)
    world.cycle("y", ["c1"])
    world.option("o1", "c1", "Pipe the water within a year", "لوله‌کشی آب تا یک سال")
    world.option("o9", "another", "Bring the morality patrol back", "گشت ارشاد برگردد")
    for number in range(6):
        world.vote(f"x{number}", "y", "c1", "o9")
    report = until_plans(world)
    assert (report.out_count, report.details["skipped"]) == (0, {"no_label": 1})
    assert world.store.value("select supporters_count from core.cluster_support") == 3
    for number in range(6, 14):
        world.vote(f"x{number}", "y", "c1", "o1")
    until_plans(world)
    assert plans(world)
    assert [p for p in plans(world) if "patrol" in p["body_en"] or "گشت" in p["body_fa"]] == []


def test_a_contested_item_names_the_other_side_in_both_languages(world) -> None:
    people(world, 3)
    world.cycle("y", ["c1"])
    for number in range(10):
        world.vote(f"x{number}", "y", "c1", "agree" if number < 6 else "disagree")
    until_plans(world)
    found = plans(world)
    assert found
    for plan in found:
        assert "contested" in plan["safety_flags"]
        assert "The other side: 4 of 10 voters are against it." in plan["body_en"]
        assert "طرف مقابل: از ۱۰ نفر، ۴ نفر رأی مخالف دادند." in plan["body_fa"]
        assert not plan["safe_for_inside_iran"]


def test_opponents_by_message_make_an_item_contested_too(world) -> None:
    people(world, 6)
    for number in range(3):
        world.say(f"o{number}", "c1", position="oppose")
    world.cluster()
    until_plans(world)
    assert plans(world) and all(
        "3 people have said that they are against it" in p["body_en"] for p in plans(world)
    )


def test_only_a_fault_report_may_be_shown_inside_the_country(world) -> None:
    people(world, 5)
    until_plans(world)
    safe = {p["template_id"]: p["safe_for_inside_iran"] for p in plans(world)}
    assert safe["service_request"] is True
    assert [t for t, is_safe in safe.items() if is_safe] == ["service_request"]


def test_a_political_topic_is_never_marked_safe(world) -> None:
    people(world, 5, topic="freedoms")
    until_plans(world)
    assert plans(world) and not any(p["safe_for_inside_iran"] for p in plans(world))


def test_a_plan_is_a_draft_until_a_named_person_decides(world) -> None:
    people(world, 5)
    until_plans(world)
    waiting = list_plans(world.store)
    assert [p["review_status"] for p in waiting] == ["pending"] * 3
    review_plan(world.store, waiting[0]["plan_id"], "approved", "Sara", NOW)
    review_plan(world.store, waiting[1]["plan_id"], "rejected", "Sara", NOW, note="too early")
    assert [p["plan_id"] for p in list_plans(world.store)] == [waiting[2]["plan_id"]]
    assert [p["plan_id"] for p in list_plans(world.store, status="approved")] == [waiting[0]["plan_id"]]
    assert world.store.value("select count(*) from ops.event where event_type = 'plan_reviewed'") == 2


def test_the_latest_decision_counts(world) -> None:
    people(world, 5)
    until_plans(world)
    plan_id = list_plans(world.store)[0]["plan_id"]
    review_plan(world.store, plan_id, "approved", "Sara", NOW)
    review_plan(world.store, plan_id, "rejected", "Omid", NOW.replace(day=2))
    assert plan_id in {p["plan_id"] for p in list_plans(world.store, status="rejected")}


@pytest.mark.parametrize(
    ("plan_id", "decision", "reviewer", "message"),
    [
        ("nope", "approved", "Sara", "cw review list"),
        ("x", "maybe", "Sara", "maybe"),
        ("x", "approved", " ", "reviewer"),
    ],
)
def test_a_review_that_cannot_stand_is_refused_with_the_next_command(
    world, plan_id, decision, reviewer, message
) -> None:
    with pytest.raises(BadInput, match=message):
        review_plan(world.store, plan_id, decision, reviewer, NOW)


def test_a_vote_follows_its_cluster_through_a_merge(world) -> None:
    people(world, 3, cluster="old")
    world.cycle("y", ["old"])
    for number in range(5):
        world.vote(f"x{number}", "y", "old", "agree")
    world.members = {"new": world.members["old"]}
    world.cluster(events=[("merged", "old", "new")])
    until_plans(world)
    assert world.store.rows("select distinct cluster_id from core.current_tally") == [("new",)]
    assert world.store.value("select supporters_count from core.cluster_support") == 8
    assert plans(world)[0]["turnout"] == 5


def test_every_current_or_approved_plan_has_its_page_and_a_superseded_draft_its_row_alone(world, tmp_path) -> None:
    people(world, 5)
    until_plans(world)
    first = [p["plan_id"] for p in plans(world)]
    review_plan(world.store, first[0], "approved", "Sara", NOW)
    for number in range(4):
        world.say(f"q{number}", "c1", proposition="Water meters should be read in Izeh", proposition_fa="کنتور آب باید در ایذه خوانده شود")
    world.cluster()
    until_plans(world)
    rows = world.store.rows(
        "select p.plan_id, n.plan_id is not null from out.action_plan as p left join out.current_plan as n using (plan_id)"
    )
    current = {plan for plan, is_current in rows if is_current}
    assert current and not current & set(first)
    write_plan_pages(world.store, tmp_path)
    assert {page.stem for page in tmp_path.iterdir()} == current | {first[0]}
    assert "newer plans" in (tmp_path / f"{first[0]}.html").read_text()


def current(world) -> set[str]:
    return {row[0] for row in world.store.rows("select plan_id from out.current_plan")}


def won(world, supporters: int, voters: int = 6) -> set[str]:
    """Plans of a cluster whose vote was won; returns the current ones."""
    people(world, supporters)
    until_plans(world)
    world.cycle("y", ["c1"])
    for number in range(voters):
        world.vote(f"x{number}", "y", "c1", "agree")
    until_plans(world)
    assert all(p["turnout"] == voters for p in plans(world) if p["plan_id"] in current(world))
    return current(world)


def test_a_win_that_is_gone_leaves_no_plan_current(world) -> None:
    on_win = won(world, 3)
    assert on_win
    world.cycle("y", ["c1"], end_days=2.5)
    assert until_plans(world).details["skipped"] == {"too_few": 1}
    assert current(world) == set()
    assert list_plans(world.store) == [], "nobody is asked to review a plan that rests on nothing"
    assert {p["plan_id"] for p in plans(world)} == on_win, "they stay in the books"
    world.cycle("y", ["c1"])
    until_plans(world)
    assert current(world) == on_win


def test_when_a_win_is_gone_the_plans_that_rest_on_supporters_are_current_again(world) -> None:
    people(world, 6)
    until_plans(world)
    on_support = current(world)
    world.cycle("y", ["c1"])
    for number in range(6):
        world.vote(f"x{number}", "y", "c1", "agree")
    until_plans(world)
    assert current(world) and not current(world) & on_support
    world.cycle("y", ["c1"], end_days=2.5)
    assert until_plans(world).details["skipped"] == {"planned": 1}
    assert current(world) == on_support


def test_a_vote_that_is_lost_later_takes_the_plans_back(world) -> None:
    assert won(world, 3)
    world.cycle("z", ["c1"], start_days=5, end_days=7)
    for number in range(9):
        world.vote(f"x{number}", "z", "c1", "disagree", days=6)
    assert until_plans(world).details["skipped"] == {"lost": 1}
    assert current(world) == set()


def hold_back(world, cluster: str = "c1") -> None:
    """A newer summary of the cluster that was not let through."""
    world.store.execute(
        "insert into core.summary by name select * replace ('t-held' as summary_id, 'held_back' as status, 'Another thing should be done'"
        " as proposition_en, created_at + interval 1 second as created_at) from core.current_summary where cluster_id = ?",
        [cluster],
    )


def plan_again(world) -> None:
    """The steps after a summary that stays as it is."""
    for step in (position_records, tally_votes, plan_actions):
        step(world.store, run=world.run(), settings=world.settings)


def test_while_a_new_summary_is_held_back_plans_stand_and_fall_with_their_decision(world) -> None:
    on_win = won(world, 3)
    hold_back(world)
    plan_again(world)
    assert current(world) == on_win, "nothing was decided anew"
    world.cycle("z", ["c1"], start_days=5, end_days=7)
    for number in range(9):
        world.vote(f"x{number}", "z", "c1", "disagree", days=6)
    plan_again(world)
    assert current(world) == set()
    world.cycle("z", ["c1"], start_days=8, end_days=9)
    plan_again(world)
    assert current(world) == on_win, "the lost round was emptied"


def test_while_a_new_summary_is_held_back_people_are_for_the_last_one_that_held(world) -> None:
    people(world, 5)
    until_plans(world)
    on_support = current(world)
    hold_back(world)
    plan_again(world)
    assert on_support
    assert current(world) == on_support
    for number in range(3):
        world.store.execute("insert into ops.erased values (?, 'h', null, now(), now(), 'r')", [f"s{number:04}"])
    plan_again(world)
    assert current(world) == set()


def test_a_cluster_that_is_gone_leaves_no_plan_current(world) -> None:
    on_win = won(world, 3)
    world.members["new"] = world.members.pop("c1")
    world.cluster(events=[("merged", "c1", "new")])
    until_plans(world)
    assert current(world)
    assert not current(world) & on_win, "the plans of the heir, on the same vote, follow"
    world.members = {"other": [world.say(f"o{n}", None) for n in range(3)]}
    world.cluster(events=[("died", "new", None)])
    until_plans(world)
    assert current(world) == set()


def test_a_target_that_is_no_clusters_any_more_carries_no_plan(world) -> None:
    people(world, 3)
    place = "insert into raw.policy_candidate by name select 'k' || submission_id as candidate_id, submission_id, 'x' as source_id, 'r0' as run_id, now() as ingested_at from raw.submission"
    listed = (
        "insert into raw.cluster by name select 'platform' as target_id, {} as candidate_ids, 'src' as source_id, 1 as line_no, 'r0' as run_id, now() as ingested_at"
    )
    world.store.execute(place)
    world.store.execute(listed.format("(select list(candidate_id) from raw.policy_candidate)"))
    world.cycle("y", ["platform"])
    for number in range(6):
        world.vote(f"x{number}", "y", "platform", "agree")
    until_plans(world)
    assert current(world)
    world.store.execute(listed.format("[]::varchar[]"))
    hold_back(world)
    plan_again(world)
    assert current(world) == set()


def test_a_plan_on_the_same_decision_stays_until_a_newer_one_is_written(world, monkeypatch) -> None:
    people(world, 5)
    until_plans(world)
    first = current(world)
    for number in range(4):
        world.say(f"q{number}", "c1", proposition="Water meters should be read in Izeh", proposition_fa="کنتور آب باید در ایذه خوانده شود")
    world.cluster()
    refused = lambda *_, **__: ([], 1)  # noqa: E731 - no choice holds
    with monkeypatch.context() as patched:
        patched.setattr("tasks.plan._filled", refused)
        until_plans(world)
    assert current(world) == first
    world.store.execute("delete from core.judgement where kind = 'plan'")
    until_plans(world)
    assert current(world) and not current(world) & first


def test_plans_older_than_the_books_of_their_basis_stay_current_until_the_next_night_and_then_if_they_still_hold(world) -> None:
    on_win = won(world, 3)
    world.store.execute("delete from out.plan_basis")
    assert current(world) == on_win
    until_plans(world)
    assert current(world) == on_win
    world.store.execute("delete from out.plan_basis")
    world.cycle("y", ["c1"], end_days=2.5)
    until_plans(world)
    assert current(world) == set()


def test_the_books_of_what_plans_rest_on_grow_by_changes_alone(world) -> None:
    people(world, 4)
    until_plans(world)
    assert world.store.value("select count(*) from out.plan_basis") == 0
    people(world, 6)
    for _ in range(2):
        until_plans(world)
    assert world.store.rows("select cluster_id, ground from out.plan_basis") == [("c1", "supported")]
