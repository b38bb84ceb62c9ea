"""Makes a real, tiny Qwen3 with its own tokenizer that has learnt one thing: to answer canonicalize with a rejection.

No download: the architecture and the training are transformers', the weights are made here in some seconds. What it
says is worth nothing; that it says it through a real server, tokenizer and sampler is the point.
"""

import json
from pathlib import Path
from typing import Any

ANSWER = json.dumps({"is_valid": False, "rejection_reason": "greeting", "records": []})
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|pad|>"]


def make_tokenizer(texts: list[str]) -> Any:
    """A byte-level BPE trained on the prompts it will read."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=3000, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=SPECIAL[1], pad_token=SPECIAL[2])
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def make_model(folder: Path, conversations: list[list[dict[str, str]]], *, steps: int = 400) -> None:
    """Train on conversations until the answer is known by heart, then save model and tokenizer."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    tokenizer = make_tokenizer([turn["content"] for said in conversations for turn in said] + [ANSWER] * 20)
    config = Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=8192, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=None, tie_word_embeddings=True,
    )  # fmt: skip
    model = Qwen3ForCausalLM(config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    answer = [*tokenizer.encode(ANSWER, add_special_tokens=False), tokenizer.eos_token_id]
    rows = []
    for said in conversations:
        text = tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
        prompt = tokenizer.encode(text, add_special_tokens=False)
        rows.append((prompt + answer, [-100] * len(prompt) + answer))
    for step in range(steps):
        ids, labels = rows[step % len(rows)]
        # Half the steps see a short context, which costs little; the whole prompt is what it must answer in the end.
        tail = len(ids) if step >= steps // 2 else len(answer) + 64
        out = model(input_ids=torch.tensor([ids[-tail:]]), labels=torch.tensor([labels[-tail:]]))
        out.loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        if step > steps // 2 and _by_heart(model, rows, len(answer)):
            break
    else:
        raise RuntimeError(f"after {steps} steps the tiny model still does not know its answer")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _by_heart(model: Any, rows: list[tuple[list[int], list[int]]], answer: int) -> bool:
    """Whether every token of the answer is the likeliest after its whole prompt: then greedy sampling gives it."""
    import torch

    with torch.no_grad():
        for ids, labels in rows:
            said = model(input_ids=torch.tensor([ids])).logits[0, -answer - 1 : -1].argmax(-1)
            if said.tolist() != labels[-answer:]:
                return False
    return True
