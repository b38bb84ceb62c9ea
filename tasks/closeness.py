"""Is a summary's sentence close to the records it cites, by the vectors that the night has of them anyway?

The records' vectors are the stored ones; only the sentences are embedded, all at once, so that the same sentences give the
same vectors on every run. A record's own sentence is not asked about: offline nights embed nothing here, and torch is
imported only where there is something to embed. The threshold belongs to the model's weights (data/rules.toml); for
weights that it does not know it is measured here, once, and kept in the home.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tasks.embed import Encoder, model_revision
from tasks.embedding import encoder_of_home
from tasks.run import Degradation
from tasks.store import json_list

if TYPE_CHECKING:
    from tasks.claims.closeness import Threshold
    from tasks.rules import Rules
    from tasks.settings import Settings
    from tasks.store import Store


@dataclass
class Closeness:
    """Compares sentences with what they cite, and counts those that it could not compare."""

    store: Store
    settings: Settings
    rules: Rules
    compared: int = 0
    uncompared: int = 0
    notes: set[str] = field(default_factory=set)

    def faults(self, claims: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
        """For each sentence, beside the ids of the records it cites, why it is too far from them, or ""."""
        if not claims:
            return []
        from tasks.claims.closeness import MIN_AUC, closeness

        vectors = self._vectors({i for _, ids in claims for i in ids})
        known = [n for n, (_, ids) in enumerate(claims) if not vectors.keys().isdisjoint(ids)]
        faults = [""] * len(claims)
        self.uncompared += len(claims) - len(known)
        if len(known) < len(claims):
            self.notes.add(f"records without a vector by {self.settings.embedding_model}")
        if not known:
            return faults
        encoder = encoder_of_home(self.store, settings=self.settings)
        threshold = self._threshold(encoder)
        if threshold.auc < MIN_AUC:
            self.uncompared += len(known)
            self.notes.add(
                f"{self.settings.embedding_model} tells own from exchanged citations by {threshold.auc} only"
            )
            return faults
        self.compared += len(known)
        for n, vector in zip(known, encoder.encode([claims[n][0] for n in known]), strict=True):
            near = closeness(vector, np.stack([vectors[i] for i in claims[n][1] if i in vectors]))
            if near < threshold.least:
                faults[n] = f"its meaning is too far from what it cites ({near:.2f} < {threshold.least})"
        return faults

    def degradations(self) -> tuple[Degradation, ...]:
        """What could not be compared, and why."""
        if not self.uncompared:
            return ()
        of = self.compared + self.uncompared
        return (Degradation("claim_not_compared", self.uncompared, of, "; ".join(sorted(self.notes))),)

    def _vectors(self, record_ids: set[str]) -> dict[str, np.ndarray]:
        model = self.settings.embedding_model
        found = self.store.step(
            "cited_vectors",
            {"record_ids": json_list(sorted(record_ids)), "model": model, "revision": model_revision(model)},
        )
        return {key: np.asarray(vector, dtype=np.float32) for key, vector in found.iter_rows()}

    def _threshold(self, encoder: Encoder) -> Threshold:
        from tasks.claims.closeness import Threshold, measure

        revision = model_revision(self.settings.embedding_model)
        if revision in self.rules.closeness:
            return Threshold(**self.rules.closeness[revision])
        kept = self.settings.home / "models" / f"{revision}-closeness.json"
        if kept.exists():
            return Threshold(**json.loads(kept.read_text(encoding="utf-8")))
        measured = measure(encoder.encode)
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(".fresh")  # a night killed while writing leaves no half of it
        fresh.write_text(json.dumps(asdict(measured)), encoding="utf-8")
        fresh.replace(kept)
        return measured
