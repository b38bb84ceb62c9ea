"""What a model wrote is pruned, held back or completed before anybody sees it."""

import polars as pl
import pytest

from tasks.claims.sources import Sources, choose_sources
from tasks.claims.summary import judge_summary, summary_faults
from tasks.llm import Ask
from tasks.repairs import repair_once
from tasks.schemas import Claim, SummaryOption, SummaryReply
from tasks.settings import Settings
from tasks.store import open_store


def sources(positions: tuple[str, ...] = ("support",) * 5, topics: tuple[str, ...] = ()) -> Sources:
    rows = [
        {
            "record_id": f"rec{n}", "submission_id": f"s{n}", "person": f"p{n}", "position": position, "text_hash": position,
            "title_en": "Power cuts in Ahvaz", "title_fa": "قطع برق در اهواز",
            "summary_en": "Power cuts in Ahvaz last 14 hours a day.",
            "proposition_en": "Power cuts should be ended", "proposition_fa": "قطع برق باید پایان یابد",
            "places": ["Ahvaz"], "quantities": ["14 hours"], "probability": 1.0, "topic": topic,
        }
        for n, (position, topic) in enumerate(zip(positions, topics or ("energy",) * len(positions), strict=True))
    ]  # fmt: skip
    return choose_sources(pl.DataFrame(rows), topic="energy", max_records=10)


GOOD = Claim(
    text_en="Power cuts in Ahvaz last 14 hours a day.",
    text_fa="برق اهواز روزی 14 ساعت قطع است.",
    record_ids=("r1",),
)


def reply(*claims: Claim, **changes) -> SummaryReply:
    usual = {
        "title_en": "Power cuts in Ahvaz", "title_fa": "قطع برق در اهواز",
        "proposition_en": "Power cuts should be ended", "proposition_fa": "قطع برق باید پایان یابد",
    }  # fmt: skip
    return SummaryReply(**(usual | changes), claims=claims)


def judge(summary: SummaryReply, positions: tuple[str, ...] = ("support",) * 5):
    return judge_summary(summary, sources(positions), minority_share=0.15)


def test_a_good_claim_is_kept_with_persian_digits() -> None:
    judged = judge(reply(GOOD))
    assert judged.hold_reasons == ()
    assert [c.text_fa for c in judged.good] == ["برق اهواز روزی ۱۴ ساعت قطع است."]


def test_a_claim_with_a_wrong_number_or_an_unknown_source_is_dropped_and_the_rest_kept() -> None:
    wrong = Claim(
        text_en="Power cuts in Ahvaz last 40 hours a day.",
        text_fa="برق اهواز روزی ۴۰ ساعت قطع است.",
        record_ids=("r1",),
    )
    alien = GOOD.model_copy(update={"record_ids": ("r1", "r99")})
    judged = judge(reply(GOOD, wrong, alien))
    assert [c.verdict.ok for c in judged.claims] == [True, False, False]
    assert judged.hold_reasons == ()
    assert len(summary_faults(reply(GOOD, wrong, alien), sources(), minority_share=0.15)) == 2


def test_a_translation_with_another_figure_is_dropped() -> None:
    other = GOOD.model_copy(update={"text_fa": "برق اهواز روزی ۱۵ ساعت قطع است."})
    assert judge(reply(other)).hold_reasons == ("no sentence is supported by what it cites",)


def test_a_question_or_a_strange_word_for_a_proposition_holds_the_summary_back() -> None:
    assert judge(reply(GOOD, proposition_fa="آیا قطع برق باید پایان یابد؟")).hold_reasons
    assert judge(reply(GOOD, proposition_en="Deliberate power cuts should be ended")).hold_reasons


@pytest.mark.parametrize(
    "wrong",
    [
        {"title_en": "Power cuts in Shiraz"},
        {"title_en": "Shameful power cuts in Ahvaz"},
        {"title_fa": "Power cuts"},
        {"title_fa": "قطع برق در شیراز"},
    ],
)
def test_a_title_that_is_not_borne_out_gives_way_to_that_of_the_first_cited_record(wrong: dict) -> None:
    judged = judge(reply(GOOD, **wrong))
    assert judged.hold_reasons == ()
    assert (judged.reply.title_en, judged.reply.title_fa) == ("Power cuts in Ahvaz", "قطع برق در اهواز")
    assert judged.title_faults
    assert any(f.startswith("title: ") for f in summary_faults(reply(GOOD, **wrong), sources(), minority_share=0.15))


def test_a_title_in_other_words_for_the_same_is_kept() -> None:
    judged = judge(reply(GOOD, title_en="Electricity outages in Ahvaz", title_fa="خاموشی در اهواز"))
    assert (judged.reply.title_en, judged.title_faults) == ("Electricity outages in Ahvaz", ())


def test_a_claim_far_from_its_records_in_meaning_is_dropped_with_that_reason() -> None:
    judged = judge_summary(reply(GOOD, GOOD), sources(), minority_share=0.15, far=("", "too far"))
    assert [c.verdict.reasons for c in judged.claims] == [(), ("too far",)]
    assert "claim 2: too far" in summary_faults(reply(GOOD, GOOD), sources(), minority_share=0.15, far=("", "too far"))


def test_a_silenced_minority_is_put_in_with_its_source() -> None:
    judged = judge(reply(GOOD), ("support",) * 5 + ("oppose",))
    assert judged.added == 1
    assert judged.good[-1].text_en == "Some are against this: Power cuts should be ended."
    assert judge(reply(GOOD), ("support",) * 9 + ("oppose",)).added == 0


def option(*ids: str, position: str = "support") -> SummaryOption:
    against = ("Against: ", "مخالف: ") if position == "oppose" else ("", "")
    return SummaryOption(
        position=position,
        label_en=f"{against[0]}Power cuts should be ended",
        label_fa=f"{against[1]}قطع برق باید پایان یابد",
        record_ids=ids,
    )


def test_an_option_rests_on_records_of_the_clusters_topic_and_cites_no_other() -> None:
    of = sources(("support", "oppose", "mixed"), ("energy", "energy", "women"))
    stray = next(r["id"] for r in of.records if r["topic"] == "women")
    own = [next(r["id"] for r in of.records if r["position"] == side) for side in ("support", "oppose")]

    def kept(*options: SummaryOption) -> list[tuple[str, ...]]:
        judged = judge_summary(reply(GOOD, options=options), of, minority_share=0.5)
        return [o.record_ids for o in judged.options]

    assert kept(option(own[0]), option(own[1], stray, position="oppose")) == [(own[0],), (own[1],)]
    assert kept(option(own[0]), option(stray)) == [], "one option is no choice"
    assert kept(option(own[0]), option(own[1], position="oppose"), option("r99")) == [(own[0],), (own[1],)]
    assert len(kept(*[option(own[0])] * 6)) == 4
    faults = summary_faults(reply(GOOD, options=(option(own[0]), option(stray))), of, minority_share=0.5)
    assert [fault for fault in faults if "another topic" in fault]


def test_a_first_answer_is_turned_down_once_and_the_second_taken() -> None:
    ask = Ask("c", {"a": 1})
    with open_store(None) as store:
        check = repair_once(
            store, "summarise", lambda _ask, _value: ["bad"], settings=Settings(profile="default")
        )
        assert check is not None
        assert list(check(ask, None)) == ["bad"]
        assert list(check(ask, None)) == []
        assert (
            repair_once(store, "summarise", lambda _a, _v: ["bad"], settings=Settings(profile="offline"))
            is None
        )
