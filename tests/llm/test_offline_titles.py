"""A cluster is called by what its members share; one member's town is no title for all."""

import pytest

from tasks.claims.summary import translation_faults
from tasks.llm import lexicon
from tasks.llm.engine.action import summarise
from tasks.llm.engine.titles import heading, shared_places
from tasks.llm.offline import canonicalize


def member(text: str, people: int = 1) -> dict[str, object]:
    record = canonicalize(text)[0]
    fields = ("title_en", "title_fa", "proposition_en", "proposition_fa", "summary_en", "position", "topic", "places")
    return {f: getattr(record, f) for f in fields} | {"people": people, "alike": people, "id": text}


def test_a_wish_of_many_towns_is_not_headed_by_one_of_them() -> None:
    members = [member(f"قطعی برق در {town}") for town in ("اهواز", "دزفول", "آبادان")]
    assert heading(members, members) == (
        "Power cuts", "قطع برق", "Power cuts should be ended.", "قطع برق باید پایان یابد.",
    )  # fmt: skip


def test_a_place_that_most_people_name_stays_in_the_title() -> None:
    members = [member("قطعی برق در اهواز", 5), member("قطعی برق", 2)]
    assert heading(members, members).title_en == "Power cuts in Ahvaz"
    assert shared_places(members) == {"Ahvaz"}


def test_the_place_is_left_out_inside_a_proposition_as_well() -> None:
    members = [member(f"درخواست ساخت بیمارستان در شهرستان {town}") for town in ("رومشکان", "لنده")]
    said = heading(members, members)
    assert (said.title_en, said.proposition_en) == ("Build hospitals", "Hospitals should be built.")
    assert "رومشکان" not in said.title_fa + said.proposition_fa


def test_a_summary_is_headed_by_what_is_shared_and_still_cites_its_members() -> None:
    members = [member(f"قطعی برق در {town}") for town in ("اهواز", "دزفول", "آبادان")]
    reply = summarise({"topic": "energy", "records": members, "people": 3})
    assert reply.title_en == "Power cuts"
    assert {i for claim in reply.claims for i in claim.record_ids} <= {m["id"] for m in members}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("حقوق معوق کارگران را بپردازید", "Unpaid wages of workers"),
        ("سد تازه نسازید", "Against building dams"),
        ("درخواست رسیدگی به آب شرب روستای ریزاب استان فارس", "Drinking water in Rizab, Fars"),
        ("درخواست پیگیری غرامت جنگ تحمیلی از کشور عراق", "War reparations (Iraq)"),
    ],
)
def test_a_title_reads_as_a_noun_phrase(text: str, title: str) -> None:
    assert canonicalize(text)[0].title_en == title


@pytest.mark.parametrize(
    ("text", "proposition"),
    [
        # asked of a part, so the usual remedy of the whole is not what is wanted
        (
            "درخواست رسیدگی به وضعیت سربازی علی",
            "The authorities should attend to compulsory military service.",
        ),
        ("حق‌الزحمه ناظران انتخابات را پرداخت کنید", "The authorities should attend to elections."),
        # the reason of a petition and those who write it are not its matter
        ("درخواست تعویق آزمون با توجه به انتخابات", "Exams should be postponed."),
        ("درخواست استخدام پرستاران به علت گرانی", "Nurses should be hired."),
        ("واکسیناسیون کودکان را اختیاری کنید", "The authorities should attend to vaccines."),
    ],
)
def test_a_petition_asks_for_what_it_names_and_not_for_what_it_mentions(text: str, proposition: str) -> None:
    assert [record.proposition_en for record in canonicalize(text)] == [proposition]


def test_no_name_of_the_lexicon_holds_back_the_summary_that_it_heads() -> None:
    """«No mobile coverage» is not «آنتن‌دهی»: a title that one language denies and the other does not is refused."""
    pairs = {(e.en, e.fa) for e in lexicon.load().entries if e.kind in ("bad", "good", "thing") and e.en and e.fa}
    faults = {en: found for en, fa in pairs if (found := translation_faults(en[0].upper() + en[1:], fa, [fa]))}
    assert len(pairs) > 400
    assert faults == {}
