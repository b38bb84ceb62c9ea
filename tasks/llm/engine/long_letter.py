"""Of a long letter the sentences that ask or say what is missing: the rest is story.

How a message of everyday length is parted lies in `engine/split`.
"""

from tasks import facts
from tasks.llm.engine.reading import Reading, has_cue, sentences
from tasks.llm.lexicon import Lexicon

LONG_LETTER = 250  # tokens from which a message is a letter, with its story and several wishes
STRONG = 2.9  # weight from which a concept can stand for a matter of its own
ADDRESSED = ("ید", "ین", "ند", "ن")  # «بگذارید», «بسازن»
_SAME_MATTER = 25  # tokens between two sentences on one matter
_MOST = 8  # matters taken from one letter
_CLOSE = 3  # tokens between a thing and «ندارد»
_NOT_THERE = frozenset(["ندارد", "نداره", "ندارند", "ندارن", "نداریم", "نیست", "کم"])
_MISSING = frozenset(("shortage", "outage", "non-payment"))


def asked_sentences(reading: Reading, lex: Lexicon) -> list[tuple[int, int]]:
    """Of a letter the sentences that ask or say what is missing, one run for each matter: the rest is story."""
    runs: list[tuple[int, int, str]] = []
    for first, last in sentences(reading):
        part = reading.cut(first, last)
        strong = [m for m in part.concepts() if m.entry.weight >= STRONG and m.entry.topic]
        if not strong or not _is_asked(part, lex):
            continue
        topic = max(strong, key=lambda m: m.entry.weight).entry.topic
        if runs and runs[-1][2] == topic and first - runs[-1][1] <= _SAME_MATTER:
            runs[-1] = (runs[-1][0], last, topic)
        elif topic not in {run[2] for run in runs}:
            runs.append((first, last, topic))
    return [(first, last) for first, last, _ in runs[:_MOST]]


def _is_asked(part: Reading, lex: Lexicon) -> bool:
    """A demand in the plural of those in power, «باید», «خواهش», or a thing that is not there."""
    demanded = any(part.tokens[m.last - 1].raw.endswith(ADDRESSED) for m in part.of("demand"))
    if demanded or any(has_cue(part, lex, cue) for cue in ("petition", "letter_ask")):
        return True
    if any(m.entry.kind == "bad" for m in part.concepts()):
        return facts.is_negated(part.text)
    return any(
        m.entry.en in _MISSING and part.tokens[m.first].raw in _NOT_THERE and _has_near(part, m.first)
        for m in part.of("aspect")
    )


def _has_near(part: Reading, at: int) -> bool:
    return any(0 < at - m.last + 1 <= _CLOSE and m.entry.weight >= STRONG for m in part.concepts())
