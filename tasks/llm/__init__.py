"""The LLM layer's front door; the only package that may import a provider's SDK."""

from tasks.llm.door import collect, complete, estimate, open_batches
from tasks.llm.types import Answer, Ask, Check, Estimate

__all__ = ["Answer", "Ask", "Check", "Estimate", "collect", "complete", "estimate", "open_batches"]
