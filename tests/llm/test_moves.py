"""What to do next about one ask: nothing is asked twice, and nobody is given up who was only passed over."""

from collections.abc import Mapping

from tasks.llm.moves import (
    ERASED,
    Dead,
    Done,
    Node,
    Send,
    Versions,
    Wait,
    Walker,
    hop_fingerprint,
    request_key,
)
from tasks.llm.types import Hop, Route, Turn

FIRST = Hop("anthropic", "first", "batch", {"max_tokens": 100})
SECOND = Hop("deepseek", "second", "online", {"max_tokens": 100})
VERSIONS = Versions("p", "s")


def walker(*hops: Hop) -> Walker:
    return Walker(Route("summarise", "mine", "derived_en", hops), [VERSIONS] * len(hops))


def key(hop: Hop, turn: Turn = "first", repair_of: str = "") -> str:
    return request_key("ask", hop_fingerprint(hop, hop.params, VERSIONS), turn, 0, repair_of)


def node(
    hop: Hop, outcome: str | None, *, turn: Turn = "first", repair_of: str = "", **known: object
) -> dict[str, Node]:
    found = key(hop, turn, repair_of)
    return {found: Node(found, outcome, 1, **known)}  # type: ignore[arg-type]


def test_what_the_fallback_answered_while_the_first_was_shut_is_not_asked_again_when_it_is_back() -> None:
    known = node(SECOND, "ok", position=1)
    for shut in (frozenset({"anthropic"}), frozenset[str]()):
        move = walker(FIRST, SECOND).next_move("ask", known, shut=shut)
        assert isinstance(move, Done), shut


def test_what_the_fallback_was_asked_is_waited_for_when_the_first_is_back() -> None:
    known = node(SECOND, None, position=1, is_open=True)
    assert isinstance(walker(FIRST, SECOND).next_move("ask", known), Wait)


def test_a_model_put_at_the_head_of_the_chain_is_asked_though_the_old_head_has_answered() -> None:
    known = node(SECOND, "ok", position=0)
    move = walker(FIRST, SECOND).next_move("ask", known)
    assert isinstance(move, Send)
    assert move.position == 0


def test_a_repaired_answer_of_a_provider_that_refuses_now_is_taken() -> None:
    first = key(FIRST)
    known = {**node(FIRST, "invalid"), **node(FIRST, "ok", turn="repair", repair_of=first)}
    move = walker(FIRST, SECOND).next_move("ask", known, shut=frozenset({"anthropic"}))
    assert isinstance(move, Done)


def test_nothing_is_a_dead_letter_while_a_provider_of_its_route_only_refuses_for_now() -> None:
    failed: Mapping[str, Node] = node(SECOND, "refused", position=1)
    assert isinstance(walker(FIRST, SECOND).next_move("ask", failed, shut=frozenset({"anthropic"})), Wait)
    both = {**failed, **node(FIRST, "refused")}
    assert isinstance(walker(FIRST, SECOND).next_move("ask", both, shut=frozenset({"anthropic"})), Dead)


def test_an_erased_answer_is_asked_anew_with_all_its_turns_however_often() -> None:
    first, gone = key(FIRST), key(FIRST, "repair", key(FIRST))
    known = {**node(FIRST, "invalid"), **node(FIRST, "ok", turn="repair", repair_of=first, verdict=ERASED)}
    move = walker(FIRST).next_move("ask", known)
    assert isinstance(move, Send) and (move.turn, move.reasons) == ("first", ())
    known |= node(FIRST, "invalid", repair_of=gone)
    move = walker(FIRST).next_move("ask", known)
    assert isinstance(move, Send) and move.turn == "repair"
    known |= node(FIRST, "ok", turn="repair", repair_of=key(FIRST, repair_of=gone), verdict=ERASED)
    move = walker(FIRST).next_move("ask", known)
    assert isinstance(move, Send) and move.turn == "first" and move.request_key not in known
