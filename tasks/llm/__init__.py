"""The LLM layer's front door; the only package that may import a provider's SDK."""

from tasks.llm.accounts import (
    list_models,
    list_routes,
    price_list,
    reopen,
    router_metrics,
    spend_by,
)
from tasks.llm.checking import check_routes
from tasks.llm.door import collect, complete, estimate, open_batches
from tasks.llm.sitting import text_splitter
from tasks.llm.types import Answer, Ask, Check, Estimate, over_budget

__all__ = [
    "Answer",
    "Ask",
    "Check",
    "Estimate",
    "check_routes",
    "collect",
    "complete",
    "estimate",
    "list_models",
    "list_routes",
    "open_batches",
    "over_budget",
    "price_list",
    "reopen",
    "router_metrics",
    "spend_by",
    "text_splitter",
]
