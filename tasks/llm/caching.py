"""Whether a request's fixed beginning is read from a provider's prompt cache, and how often: for the estimate, and for the request. Pure.

Claude caches what is marked, and a mark is worth its price only in a batch of many; DeepSeek caches every prefix by itself.
"""

from __future__ import annotations

from tasks.llm.catalogue import Catalogue
from tasks.llm.types import Hop, Usage

CACHE_FROM = 20  # requests in a batch from which a cached prefix pays (a miss costs a quarter more)
# Share of prefixes that are read and not written. The vendor quotes 30-98 % for batches: the middle. One process asking at once: nearly all.
BATCH_HITS, ONLINE_HITS = 0.64, 0.9


def is_marked(hop: Hop, catalogue: Catalogue, *, fixed: int, count: int) -> bool:
    """Whether the fixed part (`fixed` tokens) of a batch's `count` requests is marked to be cached."""
    least = catalogue.of(hop.model).cache_min_tokens
    return hop.mode == "batch" and count >= CACHE_FROM and 0 < least <= fixed


def likely_usage(hop: Hop, catalogue: Catalogue, *, fixed: int, own: int, output: int, count: int) -> Usage:
    """Tokens by price class of one of `count` requests: `fixed` are the same in all of them, `own` are not."""
    if is_marked(hop, catalogue, fixed=fixed, count=count):
        read = int(BATCH_HITS * fixed)
        return Usage(input=own, cached=read, cache_write=fixed - read, output=output)
    if catalogue.of(hop.model).caches_itself and count > 1:
        read = int(ONLINE_HITS * fixed)
        return Usage(input=own + fixed - read, cached=read, output=output)
    return Usage(input=own + fixed, output=output)
