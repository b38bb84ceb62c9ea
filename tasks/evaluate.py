"""Score an engine on the gold set, field by field: `python -m tasks.evaluate [--part kept] [--json]`.

The gold set is `data/gold/` (its README says what each field means); the engine is any function from a
redacted text to `Records`. What is measured is what a record must get right: is it civic, how many
matters, topic, places, numbers, negation, position, and the words it rests on.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import click

from tasks import facts
from tasks.figures import figures
from tasks.schemas import Record, Records

Engine = Callable[[str], Records]
Row = Mapping[str, Any]

_WORD = re.compile(r"[^\W_]+")
_TURNED = re.compile(
    r"\b(?:stop\w*|end(?:ed|ing)?|abolish\w*|cancel\w*|lift\w*|ban\w*|remov\w*|prevent\w*|no|not|never"
    r"|without|free from"
    r"|repeal\w*|scrap\w*|brought under control|reduc\w*|forbid\w*|prohibit\w*|against"
    r"|brought to an end|instead|rather"
    r"|voluntary|lowered|close[ds]?|tackled|avoided|dismiss\w*|dissolv\w*|prosecut\w*|condemn\w*)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Tally:
    """Right answers out of all."""

    right: int = 0
    all: int = 0

    def add(self, ok: bool, *, times: int = 1) -> None:
        self.right += ok * times
        self.all += times

    @property
    def share(self) -> float:
        """Between 0 and 1; 1 when there was nothing to get wrong."""
        return self.right / self.all if self.all else 1.0


@dataclass(frozen=True, slots=True)
class Scores:
    """One tally per field; see the names."""

    rows: int
    validity_precision: Tally = field(default_factory=Tally)
    validity_recall: Tally = field(default_factory=Tally)
    reject_reason: Tally = field(default_factory=Tally)
    issue_count: Tally = field(default_factory=Tally)
    issue_found: Tally = field(default_factory=Tally)
    topic: Tally = field(default_factory=Tally)
    topic_best: Tally = field(default_factory=Tally)
    places_recall: Tally = field(default_factory=Tally)
    places_precision: Tally = field(default_factory=Tally)
    numbers_kept: Tally = field(default_factory=Tally)
    numbers_not_invented: Tally = field(default_factory=Tally)
    negation_kept: Tally = field(default_factory=Tally)
    position: Tally = field(default_factory=Tally)
    quote_verbatim: Tally = field(default_factory=Tally)

    @property
    def validity_f1(self) -> float:
        """Harmonic mean of precision and recall of `is_valid`."""
        precision, recall = self.validity_precision.share, self.validity_recall.share
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def shares(self) -> dict[str, float]:
        """Field → share, rounded to three digits, validity F1 first."""
        tallies = {name: value for name in self.__slots__ if isinstance(value := getattr(self, name), Tally)}
        return {"validity_f1": round(self.validity_f1, 3)} | {
            n: round(t.share, 3) for n, t in tallies.items()
        }


def read_gold(part: str) -> list[dict[str, Any]]:
    """The rows of one part ('dev' or 'kept').

    Raises FileNotFoundError for a part that does not exist.
    """
    text = (resources.files("data") / "gold" / f"{part}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def score(rows: Iterable[Row], engine: Engine) -> Scores:
    """Run `engine` over every row and count what it got right."""
    rows = list(rows)
    scores = Scores(rows=len(rows))
    for row in rows:
        _score_row(row, engine(row["text"]), scores)
    return scores


def _score_row(row: Row, records: Records, scores: Scores) -> None:
    said, is_valid = bool(records), bool(row["is_valid"])
    if said:
        scores.validity_precision.add(is_valid)
    if is_valid:
        scores.validity_recall.add(said)
        scores.issue_count.add(len(records) == len(row["issues"]))
    else:
        scores.reject_reason.add(records.rejected == row["reject_reason"])
        return
    for record in records:
        scores.quote_verbatim.add(record.quote in row["text"] or "[" in record.quote)
    for issue, match in _paired(row["issues"], records):
        scores.issue_found.add(match is not None)
        _score_issue(issue, match, scores)


def _paired(issues: Sequence[Row], records: Sequence[Record]) -> list[tuple[Row, Record | None]]:
    """Each gold issue with the record that rests on the same words, each record used once."""
    left = list(records)
    pairs: list[tuple[Row, Record | None]] = []
    for issue in issues:
        fits = [(_overlap(issue["quote"], record.quote), -at) for at, record in enumerate(left)]
        best = max(fits, default=(0.0, 0))
        chosen = left.pop(-best[1]) if best[0] > 0.5 else None
        pairs.append((issue, chosen))
    return pairs


def _overlap(one: str, other: str) -> float:
    """Share of the shorter's words that the longer has."""
    a, b = Counter(_WORD.findall(one)), Counter(_WORD.findall(other))
    return sum((a & b).values()) / (min(sum(a.values()), sum(b.values())) or 1)


def _score_issue(issue: Row, record: Record | None, scores: Scores) -> None:
    scores.topic.add(record is not None and record.topic in (issue["topic"], *issue["topics_ok"]))
    scores.topic_best.add(record is not None and record.topic == issue["topic"])
    scores.position.add(record is not None and _same_position(issue, record))
    _score_places(issue, record, scores)
    said = facts.spoken(record) if record else ""
    have = {form for f in figures(said) for form in (f.atom, f.value, f.total)}
    products = {f.atom: {f.atom, f.value, f.total} for f in figures(issue["quote"])}
    for number in issue["numbers"]:
        scores.numbers_kept.add(bool(products.get(number, {number}) & have))
    if record is not None:
        scores.numbers_not_invented.add(
            not any("invented" in r for r in facts.lost_facts(record.quote, record))
        )
    if issue["negation"]:
        scores.negation_kept.add(record is not None and facts.keeps_negation(record))


def _score_places(issue: Row, record: Record | None, scores: Scores) -> None:
    spellings = {
        place: {_plain(place), *map(_plain, issue.get("places_ok", {}).get(place, []))}
        for place in issue["places"]
    }
    have = {_plain(place) for place in record.places} if record else set()
    for accepted in spellings.values():
        scores.places_recall.add(bool(accepted & have))
    wanted = set().union(*spellings.values()) if spellings else set()
    for place in have:
        scores.places_precision.add(place in wanted)


def _plain(name: str) -> str:
    return re.sub(r"[\s\-'’]", "", name.lower())


def _same_position(issue: Row, record: Record) -> bool:
    """Equal, or the opposite position on the opposite proposition."""
    if issue["position"] == record.position:
        if record.position not in ("support", "oppose"):
            return True
        return (
            record.position == "support"
            or not _is_turned(record.proposition_en)
            or _is_turned(issue["proposition_en"])
        )
    if {issue["position"], record.position} == {"support", "oppose"}:
        return _is_turned(issue["proposition_en"]) != _is_turned(record.proposition_en)
    return False


def _is_turned(proposition: str) -> bool:
    return bool(_TURNED.search(proposition))


def _table(scores: Mapping[str, Scores]) -> str:
    names = list(next(iter(scores.values())).shares())
    head = f"{'field':<22}" + "".join(f"{part:>18}" for part in scores)
    lines = [head]
    for name in names:
        cells = []
        for each in scores.values():
            tally = getattr(each, name)
            counts = f" ({tally.right}/{tally.all})" if isinstance(tally, Tally) else ""
            cells.append(f"{each.shares()[name]:.3f}{counts}".rjust(18))
        lines.append(f"{name:<22}" + "".join(cells))
    return "\n".join(lines)


def offline_engine(text: str) -> Records:
    """The shipped engine behind the redactor, as in a night."""
    from tasks.llm.offline import canonicalize
    from tasks.redact import redact

    return canonicalize(redact(text).text)


@click.command()
@click.option("--part", type=click.Choice(["dev", "kept", "both"]), default="both", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def main(part: str, as_json: bool) -> None:
    """Print the offline engine's score per field on the gold set."""
    parts = ["dev", "kept"] if part == "both" else [part]
    scores = {name: score(read_gold(name), offline_engine) for name in parts}
    if as_json:
        click.echo(json.dumps({name: {"rows": each.rows, **each.shares()} for name, each in scores.items()}))
    else:
        click.echo(_table(scores))


if __name__ == "__main__":
    main()
