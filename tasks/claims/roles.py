"""Who does, and who is done to: whether a claim exchanges them. Pure; a part of tasks/claims/check.py."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.claims.spelling import actor_line
from tasks.claims.words import Reading


def exchanged_roles(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """«A should pay B» is not «B should pay A»: three words around a modal, in exchanged order."""
    for before, verb, after in _triples(said):
        orders = {order for s in sources for order in [_order(s, before, verb, after)] if order}
        if orders == {"exchanged"}:
            return ["who does and who is done to are exchanged"]
    return []


def _triples(said: Reading) -> list[tuple[str, str, str]]:
    content = [w for w in said.words if w.weight or w.raw.lower() in ("should", "must", "by")]
    found = []
    for place, word in enumerate(content):
        if word.raw.lower() in ("should", "must") and 0 < place < len(content) - 2:
            before, verb = content[place - 1], content[place + 1]
            if any(w.raw.lower() == "by" and w.sentence == word.sentence for w in content):
                continue
            later = [
                w
                for w in content[place + 2 :]
                if w.sentence == word.sentence and actor_line(w.stem) is not None
            ]
            if later and actor_line(before.stem) is not None:
                found.append((before.stem, verb.stem, later[0].stem))
    return found


def _order(source: Reading, before: str, verb: str, after: str) -> str:
    for number in {w.sentence for w in source.words}:
        stems = [w.stem for w in source.words if w.sentence == number]
        if "by" in stems or not {before, verb, after} <= set(stems):
            continue
        first, middle, last = (stems.index(s) for s in (before, verb, after))
        if first < middle < last:
            return "same"
        if last < middle < first:
            return "exchanged"
    return ""
