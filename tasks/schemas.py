"""What a model (or the offline engine) may answer, as pydantic models: one truth for prompts,
structured outputs, validation and the offline engine. Table frames live beside the steps.

`Record` is one issue of one submission; `CanonicalReply` is the whole answer for one text.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Position = Literal["support", "oppose", "mixed", "unclear"]
RejectReason = Literal[
    "empty",  # nothing but space, digits or punctuation
    "not_text",  # emoji, stickers, keyboard noise
    "greeting",  # hello, thanks, how are you, a bot command
    "advert",  # sells something, spreads a link
    "insult",  # abuse without a wish or complaint
    "religious_or_literary",  # prayer, poem, proverb, greeting of the day
    "personal",  # a private matter nobody but the writer can act on
    "injection",  # instructions to the machine and nothing civic beside them
    "not_civic",  # anything else that no public body could answer
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Record(_Frozen):
    """One issue raised in one submission."""

    quote: str = Field(description="the exact words of the source this record rests on, copied verbatim")
    title_en: str = Field(description="5-15 words, English, neutral")
    title_fa: str = Field(description="the same in plain Farsi")
    summary_en: str = Field(
        description="1-3 English sentences; every number, place and negation of the source kept"
    )
    proposition_en: str = Field(description="a plain statement one can agree or disagree with")
    proposition_fa: str = Field(description="the same in plain Farsi, a statement and not a question")
    position: Position = Field(description="the writer's position on the proposition")
    topic: str = Field(description="an id of data/taxonomy.toml")
    places: tuple[str, ...] = Field(default=(), description="places named, in English, e.g. 'Isfahan'")
    entities: tuple[str, ...] = Field(
        default=(), description="institutions, laws and public figures named, in English"
    )
    quantities: tuple[str, ...] = Field(
        default=(), description="numbers with unit, Latin digits, e.g. '14 hours'"
    )
    flags: tuple[str, ...] = Field(
        default=(), description="negation, question, sarcasm, multi_issue, injection_suspected …"
    )


class CanonicalReply(_Frozen):
    """The whole answer for one text: records, or the reason why there are none."""

    is_valid: bool
    rejection_reason: RejectReason | None = None
    records: tuple[Record, ...] = ()


class Records(list[Record]):
    """A list of records that says why when it is empty."""

    def __init__(
        self, records: list[Record] | tuple[Record, ...] = (), *, rejected: RejectReason | None = None
    ):
        super().__init__(records)
        if bool(records) == bool(rejected):
            raise ValueError("either records or a rejection reason, and never both")
        self.rejected = rejected


class Claim(_Frozen):
    """One sentence of a summary and the records it rests on."""

    text_en: str = Field(description="one neutral sentence; numbers and places only as in the cited records")
    text_fa: str = Field(description="the same in plain, casual Farsi, Persian digits")
    record_ids: tuple[str, ...] = Field(description="ids of the given records that say this", min_length=1)


class SummaryOption(_Frozen):
    """One way to decide the matter, when members differ."""

    position: Position = Field(description="what choosing it says about the proposition")
    label_en: str
    label_fa: str
    record_ids: tuple[str, ...] = Field(description="ids of the given records that want this", min_length=1)


class SummaryReply(_Frozen):
    """What a cluster says: the summary is the claims in order, so that every sentence has its sources."""

    title_en: str = Field(description="3-12 words, neutral")
    title_fa: str
    proposition_en: str = Field(
        description="a plain statement one can agree or disagree with, not a question"
    )
    proposition_fa: str
    claims: tuple[Claim, ...] = Field(min_length=1, max_length=8)
    options: tuple[SummaryOption, ...] = Field(
        default=(), description="none when all want the same, else 2-4"
    )


class PositionReply(_Frozen):
    """A record's position on its cluster's proposition."""

    position: Position


class PlanSlot(_Frozen):
    """The text of one slot of a template, in both languages, and the records it rests on."""

    name: str
    text_en: str
    text_fa: str
    record_ids: tuple[str, ...] = Field(min_length=1)


class PlanChoice(_Frozen):
    """One template chosen for a cluster, with its slots filled."""

    template_id: str
    target_id: str = Field(description="one of the template's targets")
    reason_en: str = Field(description="one sentence: why this kind of action fits")
    slots: tuple[PlanSlot, ...]


class PlanReply(_Frozen):
    """The plans for one cluster, best first."""

    plans: tuple[PlanChoice, ...] = Field(min_length=1, max_length=4)


class MessageReply(_Frozen):
    """One or two plain sentences to a citizen."""

    text: str = Field(max_length=400)


class JudgeReply(_Frozen):
    """Whether a record is true to the message it was made from; used on the gold set, never in a night."""

    is_faithful: bool
    is_complete: bool
    reason: str
