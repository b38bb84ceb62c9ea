"""The writer's position on the proposition of a passage. Which proposition that is: `engine/choose`."""

from tasks import facts
from tasks.llm.engine.reading import Reading, has_cue
from tasks.llm.lexicon import Lexicon, Match
from tasks.schemas import Position


def position(
    reading: Reading, lex: Lexicon, main: Match | None, demand: Match | None, aspect: Match | None
) -> Position:
    """Propositions say what the writer wants, so the position is support unless the text leaves it open."""
    opposes, agrees = has_cue(reading, lex, "meta_oppose"), has_cue(reading, lex, "meta_support")
    bad = main is not None and (main.entry.kind == "bad" or aspect is not None)
    words = sum(token.kind in ("fa", "latin") for token in reading.tokens)
    asks = demand is not None or has_cue(reading, lex, "meta_ask")
    if opposes and agrees:
        return "mixed"
    if (words == 1 and "!" not in reading.text) or (words <= 2 and not bad and not asks):
        return "unclear"
    if _is_bare_question(reading):
        complains = bad or asks or opposes or facts.is_negated(reading.text)
        return "support" if complains or has_cue(reading, lex, "complaint") else "unclear"
    return "support"


def _is_bare_question(reading: Reading) -> bool:
    """One question and nothing told before it: «آب شرب روستا کی وصل می‌شود؟»."""
    stops = [token for token in reading.tokens if token.kind == "stop"]
    return bool(stops) and all("؟" in token.raw or "?" in token.raw for token in stops)
