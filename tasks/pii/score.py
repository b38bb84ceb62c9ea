"""Score the redactor against a labelled set: precision and recall per kind.

`python -m tasks.pii.score [--split dev|kept|all] [--strict] [--errors]` prints the table for
`data/gold/pii.jsonl`. The errors shown are the project's own labelled sentences, never a citizen's.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple

import click

from tasks.redact import Span, redact

_COVERED = 0.8  # share of a labelled span's characters that must be masked to call it found


class KindScore(NamedTuple):
    """One row of the table; precision or recall is 1.0 when there was nothing to find or to mask."""

    kind: str
    tp: int
    fp: int
    fn: int
    precision: float
    recall: float


def score_pii(rows: Iterable[Mapping[str, Any]], *, strict: bool = False) -> list[KindScore]:
    """Scores per kind, `all` last, for rows with `text` and `spans` ({start, end, kind}).

    A labelled span is found (tp, under its label) when at least 80 % of its characters are masked, by
    whatever kind: what matters is that it does not leave. With `strict` the kind must agree as well. A
    masked span is false (fp, under the kind it was given) when it touches no labelled span (of its kind,
    if `strict`).
    """
    found: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for row in rows:
        masked = redact(row["text"]).spans
        labelled = [Span(span["start"], span["end"], span["kind"]) for span in row["spans"]]
        for gold in labelled:
            tally = found if _is_covered(gold, masked, strict=strict) else missed
            tally[gold.kind] += 1
        false.update(span.kind for span in masked if not _touches(span, labelled, strict=strict))
    kinds = sorted(set(found) | set(missed) | set(false))
    table = [_score(kind, found[kind], false[kind], missed[kind]) for kind in kinds]
    return [*table, _score("all", found.total(), false.total(), missed.total())]


def _score(kind: str, tp: int, fp: int, fn: int) -> KindScore:
    return KindScore(kind, tp, fp, fn, tp / (tp + fp) if tp + fp else 1.0, tp / (tp + fn) if tp + fn else 1.0)


def _is_covered(gold: Span, masked: Sequence[Span], *, strict: bool) -> bool:
    covered = sum(
        max(0, min(gold.end, span.end) - max(gold.start, span.start))
        for span in masked
        if not strict or span.kind == gold.kind
    )
    return covered >= _COVERED * (gold.end - gold.start)


def _touches(span: Span, labelled: Sequence[Span], *, strict: bool) -> bool:
    return any(
        span.start < gold.end and gold.start < span.end and (not strict or span.kind == gold.kind)
        for gold in labelled
    )


def load_labelled(split: str = "all") -> list[dict[str, Any]]:
    """Rows of `data/gold/pii.jsonl`: id, split (dev or kept), language, text, spans."""
    text = resources.files("data").joinpath("gold", "pii.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [row for row in rows if split in ("all", row["split"])]


@click.command()
@click.option("--split", type=click.Choice(["dev", "kept", "all"]), default="kept", show_default=True)
@click.option("--strict", is_flag=True, help="the kind must agree, too")
@click.option("--errors", is_flag=True, help="show the labelled sentences that went wrong")
def main(split: str, strict: bool, errors: bool) -> None:
    """Precision and recall of the redactor per kind, on data/gold/pii.jsonl."""
    rows = load_labelled(split)
    click.echo(f"{len(rows)} sentences, split {split}")
    click.echo(f"{'kind':<14}{'tp':>5}{'fp':>5}{'fn':>5}{'precision':>11}{'recall':>9}")
    for kind, tp, fp, fn, precision, recall in score_pii(rows, strict=strict):
        click.echo(f"{kind:<14}{tp:>5}{fp:>5}{fn:>5}{precision:>11.3f}{recall:>9.3f}")
    agree = sum(redact(row["text"]).language == row["language"] for row in rows)
    click.echo(f"language right: {agree}/{len(rows)}")
    for row in rows if errors else []:
        _show_errors(row, strict=strict)


def _show_errors(row: Mapping[str, Any], *, strict: bool) -> None:
    got = redact(row["text"])
    labelled = [Span(span["start"], span["end"], span["kind"]) for span in row["spans"]]
    for gold in labelled:
        if not _is_covered(gold, got.spans, strict=strict):
            click.echo(f"missed {row['id']} {gold.kind}: {row['text']}  ->  {got.text}")
    for span in got.spans:
        if not _touches(span, labelled, strict=strict):
            click.echo(f"false  {row['id']} {span.kind}: {row['text']}  ->  {got.text}")
    if got.language != row["language"]:
        click.echo(f"language {row['id']} {got.language} for {row['language']}: {row['text']}")


if __name__ == "__main__":
    main()
