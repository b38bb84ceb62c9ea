"""The OpenAI-compatible servers the emulator plays, each with its own faults of character.

Sources of the quirks: the project's research notes on DeepSeek and on Qwen behind vLLM, SGLang and llama.cpp.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.emulator.prices import DEEPSEEK, FREE, HOSTED, Price

Schema = Literal["native", "refuse_400", "refuse_500", "ignore"]


@dataclass(frozen=True)
class Profile:
    """How one server behaves: what it does with a schema, where thinking goes, what it tells of itself."""

    name: str
    schema: Schema
    models: tuple[str, ...]
    reasoning_field: str = "reasoning_content"
    takes_object_schema: bool = False  # {"type": "json_object", "schema": …}
    thinks: bool = True
    quirk: str | None = None  # answer-level fault this server shows at the emulator's --quirk-rate
    needs_word_json: bool = False
    prices: Mapping[str, Price] = field(default_factory=dict)
    about: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # other endpoints: path → answer

    @property
    def is_paid(self) -> bool:
        return bool(self.prices)

    def price(self, model: str) -> Price | None:
        """None: this server has no such model."""
        return self.prices.get(model) if self.is_paid else FREE


QWEN = "Qwen/Qwen3.5-9B"
PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "deepseek",
            "refuse_400",
            tuple(DEEPSEEK),
            quirk="empty",
            needs_word_json=True,
            prices=DEEPSEEK,
            about={
                "/user/balance": {
                    "is_available": True,
                    "balance_infos": [
                        {
                            "currency": "USD",
                            "total_balance": "10.00",
                            "granted_balance": "0.00",
                            "topped_up_balance": "10.00",
                        }
                    ],
                }
            },
        ),
        Profile("hosted", "native", tuple(HOSTED), prices=HOSTED, thinks=False),
        Profile(
            "vllm",
            "native",
            (QWEN,),
            reasoning_field="reasoning",
            quirk="null_content",
            about={"/version": {"version": "0.32.0"}, "/health": {}},
        ),
        Profile(
            "sglang",
            "native",
            (QWEN,),
            quirk="think",
            about={
                "/get_server_info": {"version": "0.5.23", "model_path": QWEN, "quantization": None},
                "/server_info": {"version": "0.5.23", "model_path": QWEN, "quantization": None},
                "/get_model_info": {"model_path": QWEN, "is_generation": True},
                "/health": {},
            },
        ),
        Profile(
            "llamacpp",
            "refuse_500",
            ("qwen3.5-9b-q4_k_m",),
            takes_object_schema=True,
            quirk="whitespace",
            about={
                "/props": {
                    "build_info": "b6900-emulated",
                    "model_path": "qwen3.5-9b-q4_k_m.gguf",
                    "total_slots": 1,
                },
                "/health": {"status": "ok"},
            },
        ),
        Profile(
            "ollama",
            "native",
            ("qwen3.5:9b",),
            reasoning_field="reasoning",
            quirk="think",
            about={
                "/api/version": {"version": "0.15.0"},
                "/api/tags": {
                    "models": [{"name": "qwen3.5:9b", "details": {"quantization_level": "Q4_K_M"}}]
                },
            },
        ),
        Profile(
            "transformers",
            "ignore",
            (QWEN,),
            quirk="prose",
            thinks=False,
            about={"/health": {"status": "ok"}},
        ),
    )
}
