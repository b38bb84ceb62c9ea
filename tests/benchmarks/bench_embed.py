"""Sentences per second of each way to embed, beside the machine's GEMM limits, with the vectors' agreement; one run.

    python tests/benchmarks/bench_embed.py [TEXTS.csv] [COUNT] [MODEL]     (a column `text`; a model's name or folder)

TEXTS is banking77 (../shared/data, no part of the project) unless told. On two threads of the CPU, or on the GPU when there is one.
"""

import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import torch
from aims import judged

from tasks.embed import MINILM, Backend, encoder_of

BANKING77 = Path(__file__).resolve().parents[3] / "shared" / "data" / "banking77" / "banking77.csv"
THREADS = 2
BACKENDS: tuple[Backend, ...] = ("direct", "sentence-transformers")  # direct first: its first call is told without the other's imports
WARM = ["one", "two words", "three words here and a few more"]


def gemm(kind: torch.dtype) -> float:
    """GFLOP/s at 1600 × 1536 × 384."""
    left, right = torch.randn(1600, 384).to(kind), torch.randn(384, 1536).to(kind)
    best = np.inf
    for _ in range(30):
        start = time.perf_counter()
        left @ right
        best = min(best, time.perf_counter() - start)
    return 2 * 1600 * 1536 * 384 / best / 1e9


def main() -> None:
    torch.set_num_threads(THREADS)
    model = sys.argv[3] if len(sys.argv) > 3 else MINILM
    table = sys.argv[1] if len(sys.argv) > 1 else BANKING77
    texts = pl.read_csv(table)["text"].to_list()[: int(sys.argv[2]) if len(sys.argv) > 2 else 3_000]
    print(f"GEMM limit, {THREADS} threads: fp32 {gemm(torch.float32):.0f}, bf16 {gemm(torch.bfloat16):.0f} GFLOP/s")
    found, pace = {}, {}
    for backend in BACKENDS:
        start, busy = time.perf_counter(), time.process_time()
        encoder = encoder_of(model, backend=backend)
        encoder.encode(WARM)
        middle, warm = time.perf_counter(), time.process_time()
        found[backend] = encoder.encode(texts)
        end, done = time.perf_counter(), time.process_time()
        pace[backend] = len(texts) / (end - middle)
        print(
            f"{encoder.backend:38} {len(texts) / (end - middle):6.0f} sentences/s, {len(texts) / (done - warm):6.0f} per "
            f"CPU second; first call {middle - start:.1f} s, CPU {warm - busy:.1f} s"
        )
    base, other = found["sentence-transformers"], found["direct"]
    left, right = other - base.mean(axis=0), base - base.mean(axis=0)
    centred = (left * right).sum(axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)
    least = (base * other).sum(axis=1).min()
    times = pace["direct"] / pace["sentence-transformers"]
    print(f"least cosine to sentence-transformers {least:.5f}  {judged(least, at_least=0.999)}")
    print(f"least cosine once centred {centred.min():.5f}  {judged(centred.min(), at_least=0.99)}")
    print(f"{times:.2f} times the sentences of sentence-transformers' default  {judged(times, at_least=2)}")


if __name__ == "__main__":
    main()
