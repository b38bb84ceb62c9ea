"""How well `check_claim` tells supported claims from others: on pairs written by hand, and on the gold set.

Figures of 27 November 2026 (`python -m tests.action.claim_figures`). AUC against exchanged citations: .98 or more on every set; on gold dev,
people's wordings against the offline engine's records, by words .936, by meaning .965, by both .970 (1,031 issues; against records of the
same topic .868, .902, .906). Rounds 1 to 3
were each written before the code was changed for them; at their first run, in one language, 23 of 26, 20 of 25 and 19 of
21 supported claims passed and 59 of 68, 58 of 59 and 42 of 47 faults were refused. Their misses then led to changes, so what
they score now is no forecast: expect about nine in ten. Round 4 was an attack on what the rules did not know (more people than the
source says, roles, conditions left out, wishes told as done, Farsi and English exchanged): at its first run 22 of 62 faults
passed and 7 of 55 supported claims were refused, AUC .77 with the faults as negatives. tasks/claims/overstated.py and roles.py
came of it. Round 5, of the same kinds on other matters, was written and scored once after that: 2 of 34 and 1 of 32, AUC .94.
Rounds 6 to 9 are claims whose every word is near the sources' and which are wrong all the same (another unit, day, town's figure,
doer, comparison; rumour told as fact; all for some; invented causes), each written and scored once before the next mending (ties.py,
series.py, invented.py came of them). At first sight 19 of 30, 10 of 20, 13 of 20 and 9 of 20 such faults passed, and 4 of 31, 4 of 20,
4 of 25 and 0 of 20 supported claims were refused; the AUC with these faults as negatives was .49, .69, .62 and .85.
held_out_claims.jsonl, 30 honest and 30 deceptive claims on gold messages, was written before claims had to have the like of each of their words in
what they cite (tasks/claims/additions.py), and committed before that code: 12 honest and 20 deceptive ones passed, at first sight of the new code 11 and 2
(14 and 2 since claims written anew may have words of their own).
paraphrases.jsonl: 91 honest sentences on records of honest_records.jsonl as a good model words them (passive, nouns for verbs, wider words, two
records in one), beside 99 deceptive ones. All were written by one hand before the rules of refusal were narrowed on them: 44 honest ones passed, now 67
(28 deceptive ones, now 23). held_out_paraphrases.jsonl, of the same hand: `test`, written with them, scored once when that was done: 35 of 47 honest (27 before) and
15 of 55 deceptive ones (11 before) passed; on these four a limit was put back (short claims, causes, names asked), after which 33 and 11 pass. `fresh`, written after that: at
first sight 23 of 36 (19 before) and 10 of 34 (9 before), now 24 and 9. Forecast: a third of what an honest model words freely is still refused.
The words of [framing] and [related] were chosen on the rounds above, of whose supported claims that code refused 8 of 335 that had
passed. The held-out ones were looked at after their score, and nothing was changed for them. A third to a half of faults that only put
the sources' own words together otherwise may pass at first sight: a person's look before anything is sent is no formality.
"""

import csv
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from tasks.claims.across import faults_across
from tasks.claims.check import check_claim, check_facts, strange_words
from tasks.claims.closeness import area, gold_claims, measure
from tasks.embed import MINILM, MINILM_SHA256, encode
from tasks.llm.offline import canonicalize
from tasks.rules import load_rules
from tasks.settings import Settings
from tests.action.claim_figures import areas, passed

HERE = Path(__file__).parent
# all invented; "held out" was written after the word lists were settled, but its first misses then led to changes of
# word lists and two rules: it is no longer a clean hold-out
ROWS = [json.loads(line) for line in (HERE / "claim_pairs.jsonl").read_text(encoding="utf-8").splitlines()]
SETS = {
    name: [row for row in ROWS if row["set"] == name] for name in dict.fromkeys(row["set"] for row in ROWS)
}
ACROSS = [name for name in SETS if name.endswith("across")]  # Farsi claims, English sources
WITHIN = [name for name in SETS if name not in ACROSS]
# kinds that stay open: what is added by a single plain word («to the villages», «new»), and what «without approval» denies
KNOWN_MISSES = {"round 8 english": 0.95, "round 9 english": 0.8}


@pytest.mark.parametrize("name", SETS)
def test_supported_claims_score_above_exchanged_citations(name: str) -> None:
    rows = SETS[name]
    own = [check_claim(good, row["cited"]).score for row in rows for good in row["good"]]
    exchanged = [
        check_claim(g, o["cited"]).score for row in rows for g in row["good"] for o in rows if o is not row
    ]
    assert area(own, exchanged) >= 0.98


@pytest.mark.parametrize("name", SETS)
def test_most_supported_claims_pass_and_no_exchanged_one(name: str) -> None:
    rows = SETS[name]
    own = [check_claim(good, row["cited"]).ok for row in rows for good in row["good"]]
    exchanged = [
        check_claim(g, o["cited"]).ok for row in rows for g in row["good"] for o in rows if o is not row
    ]
    assert sum(own) >= (0.85 if name in KNOWN_MISSES else 0.9) * len(own)
    assert not any(exchanged)


@pytest.mark.parametrize("name", SETS)
def test_claims_with_one_fault_are_refused(name: str) -> None:
    faulty = [check_claim(bad, row["cited"]) for row in SETS[name] for bad in row["bad"].values()]
    least = (
        0.95 if name in WITHIN and name != "held out" else 0.65
    )  # a name the lexicon lacks is not seen across
    least = min(least, KNOWN_MISSES.get(name, 1.0))
    assert sum(not v.ok for v in faulty) >= least * len(faulty)
    assert all(v.reasons for v in faulty if not v.ok)


@pytest.mark.slow
def test_gold_propositions_are_told_from_other_peoples_records() -> None:
    lines = (HERE.parents[1] / "data" / "gold" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = []
    for row in map(json.loads, lines):
        records = list(canonicalize(row["text"])) if row["is_valid"] else []
        texts = [f"{r.title_en}. {r.summary_en} {r.proposition_en}." for r in records]
        rows += [(issue["proposition_en"], texts) for issue in row["issues"] if texts]
    own = [check_claim(claim, texts).score for claim, texts in rows]
    step = len(rows) // 7
    exchanged = [
        check_claim(claim, rows[(at + k * step) % len(rows)][1]).score
        for at, (claim, _) in enumerate(rows)
        for k in (1, 2, 3)
    ]
    assert len(rows) > 100
    assert area(own, exchanged) >= 0.9


@pytest.mark.slow
def test_words_meaning_and_both_tell_own_from_exchanged_citations() -> None:
    claims = gold_claims()
    assert min(areas(claims, same_topic=False)) >= 0.9
    alike = areas(claims, same_topic=True)
    assert alike.both >= 0.9 > 0.85 <= alike.words
    known = load_rules(Settings(profile="offline")).closeness[MINILM_SHA256[:16]]
    assert known == pytest.approx(asdict(measure(partial(encode, model=MINILM))), abs=0.021)


def test_of_the_claims_written_before_the_check_of_single_words_few_deceive_it() -> None:
    found = passed("held_out_claims.jsonl")
    assert found["not"] == (2, 30)
    assert found["supported"] == (14, 30)


def test_of_honest_paraphrases_that_no_rule_was_written_from_two_in_three_pass() -> None:
    found = passed("held_out_paraphrases.jsonl")
    assert found["supported"] == (57, 83)
    assert found["not"] == (20, 89)


@pytest.mark.parametrize(
    ("claim", "is_borne_out"),
    [
        ("Fuel subsidies should be given to everyone.", True),
        ("Petrol subsidies should be given to religious people.", False),
        ("Petrol subsidies should be handed to everybody.", True),
        ("Petrol subsidies should secretly be given to everyone.", False),
        ("Moreover, petrol subsidies should be received by everyone.", True),
        ("Petrol subsidies and bread should be given to everyone.", False),
    ],
)
def test_every_word_has_its_like_in_what_is_cited(claim: str, is_borne_out: bool) -> None:
    verdict = check_claim(claim, ["Petrol subsidies should be given to everyone."])
    assert verdict.ok == is_borne_out, verdict.reasons


def test_a_wider_word_is_borne_out_by_a_narrower_one_and_not_the_other_way_round() -> None:
    assert not strange_words("Cheap grain", ["Cheap wheat."])
    assert strange_words("Cheap wheat", ["Cheap grain."]) == ("word 'wheat' is in no source",)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Power cuts in Ahvaz last 40 hours a day.", "number 40"),
        ("Power cuts in Shiraz last 14 hours a day.", "name 'Shiraz'"),
        ("Power cuts in Ahvaz do not last 14 hours a day.", "negation that no source has"),
        ("Power should be rationed for homes before factories.", "negation of the sources is lost"),
        ("The parliament should not ration power for homes.", "actor 'parliament'"),
        ("Power cuts in Ahvaz last 14 hours a day, and metro fares rose.", "clause that no source supports"),
    ],
)
def test_the_reason_names_what_is_wrong(claim: str, reason: str) -> None:
    cited = [
        "Power cuts in Ahvaz last 14 hours a day. The ministry should not ration power for homes before factories."
    ]
    verdict = check_claim(claim, cited)
    assert not verdict.ok
    assert any(reason in r for r in verdict.reasons), verdict.reasons


def test_figures_in_words_and_in_persian_digits_are_the_same_figures() -> None:
    assert check_claim("Cuts last fourteen hours.", ["Cuts last 14 hours."]).ok
    assert check_claim("برق چهارده ساعت قطع است.", ["برق ۱۴ ساعت قطع است."]).ok
    assert check_claim("It costs 3 million tomans.", ["It costs 3,000,000 tomans."]).ok


def test_who_does_and_who_is_done_to_are_not_exchanged_and_the_passive_is_no_exchange() -> None:
    cited = ["The municipality should pay the teachers."]
    assert not check_claim("The teachers should pay the municipality.", cited).ok
    assert check_claim("The teachers should be paid by the municipality.", cited).ok


def test_nothing_cited_and_nothing_said_are_refused() -> None:
    assert check_claim("Water is short.", []).reasons == ("cites nothing",)
    assert check_claim("Water is short.", ["  "]).reasons == ("cites nothing",)
    assert check_claim("...", ["Water is short."]).reasons == ("says nothing",)


def test_a_source_that_is_against_does_not_support_what_it_is_against() -> None:
    cited = ["The hijab bill. The writer is against this: The hijab bill should be passed."]
    assert not check_claim("The hijab bill should be passed.", cited).ok
    assert check_claim("Some are against this: The hijab bill should be passed.", cited).ok


def test_a_title_may_use_other_words_but_no_other_facts() -> None:
    cited = ["Power cuts in Ahvaz last 14 hours a day."]
    assert check_facts("Electricity outages in Ahvaz", cited) == ()
    assert check_facts("Outages of 15 hours in Ahvaz", cited)


def lexicon_propositions() -> list[tuple[str, str]]:
    """English and Farsi of one statement each: what the civic lexicon says should be done."""
    home = HERE.parents[1] / "data" / "lexicon" / "concepts"
    rows = [
        row
        for file in sorted(home.glob("*.csv"))
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    ]
    return [(row["prop_en"], row["prop_fa"]) for row in rows if row["prop_en"]]


def test_every_text_supports_itself() -> None:
    texts = [text for pair in lexicon_propositions() for text in pair]
    texts += [text for row in ROWS for text in (*row["cited"], *row["good"], *row["bad"].values())]
    assert [text for text in texts if not check_claim(text, [text]).ok] == []


def test_a_title_that_is_against_something_is_so_within_a_sentence_too() -> None:
    english = "People write about this: Against reducing the petrol quota."
    assert faults_across("مردم درباره‌ی مخالفت با کاهش سهمیه بنزین نوشته‌اند.", [english]) == []
    assert faults_across("مردم درباره‌ی کاهش سهمیه بنزین نوشته‌اند.", [english])


def test_a_translation_has_no_fault_against_its_original() -> None:
    pairs = lexicon_propositions()
    faulty = [farsi for english, farsi in pairs if faults_across(farsi, [english])]
    assert len(pairs) > 200
    assert len(faulty) <= 0.02 * len(pairs), faulty
