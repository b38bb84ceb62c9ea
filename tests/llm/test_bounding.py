"""No request grows with the store, whatever a step hands over; and no route promises what the engine cannot do."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import Misconfigured
from tasks.llm import Ask, check_routes, complete
from tasks.llm.bounding import bound_inputs, split_text, to_json
from tasks.llm.outside import Outside
from tasks.llm.prompting import MAX_INPUT_TOKENS, fence
from tasks.llm.tokens import estimate_tokens
from tasks.repairs import repair_once
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store
from tests.emulator.plugin import Emulator

WISH = "The authorities should repair the water network of the district before the summer. " * 3


def records(count: int) -> list[dict[str, object]]:
    return [
        {
            "id": f"r{n:05d}", "record_id": f"r{n:05d}", "people": 3, "alike": 3, "places": ["Isfahan"], "quantities": [],
            "position": "support", "title_en": "Repair the water network", "title_fa": "شبکه آب را درست کنید",
            "proposition_en": WISH, "proposition_fa": "شبکه آب باید درست شود.", "summary_en": WISH, "summary_fa": "شبکه آب",
        }
        for n in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 10, 100, 5_000])
def test_a_request_stays_under_its_limit_at_any_size_of_a_cluster(
    size: int, emulator: Emulator, store: Store, settings: Callable[..., Settings], run: Callable[..., Run],
    outside: Outside, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    ask = Ask("c1", {"records": records(size), "people": 3 * size, "topic": "water"})
    with caplog.at_level(logging.WARNING, logger="tasks.llm.sitting"):
        answers = complete(store, "summarise", [ask], run=run(), settings=settings(emulator), outside=outside)
    assert [a.status for a in answers] == ["done"]
    estimated, inputs = store.rows("select estimated_input_tokens, inputs from llm.request limit 1")[0]
    assert estimated <= MAX_INPUT_TOKENS
    kept = json.loads(inputs)
    if size >= 100:
        assert kept["left_out"] == {"records": size - len(kept["records"])}
        assert "1 of 1 inputs" in caplog.text and WISH[:20] not in caplog.text
        assert [r["id"] for r in kept["records"]] == [f"r{n:05d}" for n in range(len(kept["records"]))]
    elif size == 1:
        assert "left_out" not in kept and caplog.text == ""


def test_a_citizens_own_text_is_never_cut() -> None:
    text = "آب روستای ما قطع است. " * 500
    assert json.loads(bound_inputs("canonicalize", {"text": text}, fixed=1900, farsi_chars=1.4)) == {
        "text": text
    }


def test_a_citizens_text_that_its_caller_did_not_split_is_refused_and_nothing_is_sent(
    emulator: Emulator, store: Store, settings: Callable[..., Settings], run: Callable[..., Run]
) -> None:
    ask = Ask("long", {"text": "آب روستای ما قطع است. " * 500, "language": "fa"})
    answer = complete(store, "canonicalize", [ask], run=run(), settings=settings(emulator))[0]
    assert (answer.status, answer.value) == ("dead", None)
    assert "too long for one request" in answer.reasons[0]
    assert emulator.journal() == []


@given(st.text(alphabet='آبپ نهر.،؟\n abc1"<', max_size=3_000), st.integers(30, 900))
def test_a_split_text_loses_nothing_and_each_part_fits(text: str, room: int) -> None:
    parts = split_text(text, room=room, farsi_chars=1.4)
    assert "".join("".join(parts).split()) == "".join(text.split())
    sent = [fence(to_json(part).decode()) for part in parts]
    assert all(estimate_tokens(part, farsi_chars=1.4)[0] <= room for part in sent)
    at = 0
    for part in parts:
        at = text.index(part, at) + len(part)


def test_a_text_is_split_between_its_sentences() -> None:
    sentences = [f"آب روستای شماره {n} سه روز است قطع شده." for n in range(40)]
    parts = split_text(" ".join(sentences), room=300, farsi_chars=1.4)
    assert len(parts) > 2
    assert all(part.endswith(".") and part.startswith("آب") for part in parts)


@pytest.mark.parametrize("task", ["canonicalize", "summarise"])
def test_a_repair_turn_stays_under_the_limit_however_long_the_reply_and_the_reasons(
    task: str, emulator: Emulator, store: Store, settings: Callable[..., Settings], run: Callable[..., Run],
    outside: Outside,
) -> None:  # fmt: skip
    long_text = {"text": "آب روستای ما سه روز است قطع شده. " * 30, "language": "fa"}
    inputs = long_text if task == "canonicalize" else {"records": records(500), "people": 9, "topic": "water"}
    emulator.faults({"do": "reply", "reply": '{"is_valid": "' + "قطع " * 900, "match": {"task": task}})
    reasons = [f"record {n}: the quote does not occur in the text" for n in range(200)]
    profile = "local" if task == "canonicalize" else "cpu_only"
    complete(
        store, task, [Ask("a", inputs)], run=run(profile), settings=settings(emulator, profile=profile),
        check=lambda ask, value: reasons, outside=outside,
    )  # fmt: skip
    sent = store.rows("select turn, estimated_input_tokens from llm.request")
    assert "repair" in {turn for turn, _ in sent}
    assert max(tokens for _, tokens in sent) <= MAX_INPUT_TOKENS
    charged = store.value("select max(input_tokens + cached_tokens + cache_write_tokens) from llm.reply")
    assert 0 < charged <= MAX_INPUT_TOKENS


def test_long_words_of_derived_text_are_cut_at_a_word_and_told() -> None:
    kept = json.loads(bound_inputs("position", {"proposition_en": WISH * 100}, fixed=200, farsi_chars=1.4))
    assert kept["proposition_en"] == (WISH * 100)[: len(kept["proposition_en"])]
    assert kept["left_out"]["proposition_en"] == len(WISH * 100) - len(kept["proposition_en"])


def test_what_cannot_be_cut_is_refused_before_anything_is_sent() -> None:
    many = {f"field{n}": n for n in range(5_000)}
    with pytest.raises(Misconfigured, match="must send less"):
        bound_inputs("position", many, fixed=200, farsi_chars=1.4)


def test_a_route_to_an_offline_function_that_is_not_there_is_named(
    tmp_path: Path, settings: Callable[..., Settings]
) -> None:
    own = tmp_path / "routes.toml"
    own.write_text('[profile.offline]\njudge = ["offline@offline"]\n')
    problems = check_routes(settings(profile="offline", routes_file=own))
    assert [(p["where"], p["line"]) for p in problems] == [("profile.offline.judge", "routes.toml:2")]
    assert "has no such function" in problems[0]["problem"]
    assert check_routes(settings(profile="offline")) == []


@pytest.mark.parametrize("size", [1, 100])
def test_a_repaired_answer_is_kept_by_the_next_run_however_much_its_inputs_were_cut(
    size: int, emulator: Emulator, store: Store, settings: Callable[..., Settings], run: Callable[..., Run], outside: Outside,
) -> None:  # fmt: skip
    asks, chosen = [Ask("c1", {"records": records(size), "people": size, "topic": "water"})], settings(emulator)

    def answered() -> list[str]:
        """One run: its first answer is turned down, its second is kept."""
        check = repair_once(store, "summarise", lambda ask, value: ["not good enough"], settings=chosen)
        got = complete(store, "summarise", asks, run=run(), settings=chosen, check=check, outside=outside)
        return [a.request_key for a in got if a.status == "done"]

    first = answered()
    assert (len(first), len(emulator.bill())) == (1, 2)
    assert answered() == first
    assert len(emulator.bill()) == 2
