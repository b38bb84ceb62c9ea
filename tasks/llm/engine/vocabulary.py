"""Every word the lexicon knows, and how inflected and romanised words are brought back to it.

A word of a message gets the key of the word it is a form of: «نسازید» that of «بسازید», «شیرازیا» that of
«شیراز», «khoone» that of «خانه». How a text is cut into words lies in `engine/text`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.llm.engine import finglish
from tasks.llm.engine.text import figure, fold, plain_letters, split_words, stem_en

_REMEMBERED = 200_000  # words
_SUFFIX_WORDS = (
    "هامونو هاشونو مونو شونو تونو هایشان هایمان هایتان هایشون هایمون هاشان هامان هاتان هایش هایم هایت هایی های هاش هام هات "
    "هاست ها یمان یشان مان تان شان ترین یان گان تر اند ست ات ان ین یم ید ند اش ای ام م ت ش ی ه و "
    "ن س ه ا"
)
_SUFFIXES_FOLDED = tuple(
    dict.fromkeys(
        fold(suffix) if len(suffix) > 3 else suffix.replace("ون", "ان") for suffix in _SUFFIX_WORDS.split()
    )
)
# Light verbs that forbid, under the key of those that ask: «تعطیل نکنید» is about the same as «تعطیل کنید».
_PROHIBITED = {"نکنید": "کنید", "نکنین": "کنین", "نکنند": "کنند", "نکنن": "کنن", "نشود": "شود", "نشه": "بشه"}
_VERB_STARTS = ("نمی", "می", "ن")
_SHORT_STEM = 2  # letters: «رای», «قوی», «چای» are words of their own
_LONG_VERB, _SHORT_VERB = 5, 4  # letters: «سازید» may be of «بسازید», «دین» is not of «بدین»
_COMPOUND = (
    "خانه",
    "گاه",
    "نامه",
    "کار",
    "دار",
    "ساز",
    "باز",
    "گذار",
    "پرور",
    "شناس",
    "شناسی",
)  # make one word


def _is_plural_of_known(word: str, known: set[str]) -> bool:
    """«خبرنگارها» beside «خبرنگار»: two keys for one word would keep forms and messages apart."""
    if word == "کردها":
        return False  # Kurds; «کرد» is mostly a verb
    return any(word.endswith(end) and word.removesuffix(end) in known for end in ("ها", "های", "هایی"))


def _before_ezafe(word: str) -> str:
    """«پیشوا» of «پیشوای ورامین», «دارو» of «داروی فشار خون»: its long vowel linked to what follows; else empty."""
    stem = word.removesuffix("ی")
    return stem if stem != word and len(stem) > _SHORT_STEM and stem[-1] in "او" else ""


@dataclass(slots=True)
class Vocabulary:
    """Every word the lexicon knows, to which inflected and romanised words are brought back."""

    known: frozenset[str]
    latin: dict[str, list[str]]  # consonant skeleton → Farsi spellings
    romanised: Mapping[str, str]  # Latin spellings whose sound alone would leave a doubt
    names: frozenset[str]  # spellings that only occur in names of places, less likely than plain words
    homes: frozenset[str]  # keys of the words of names of places
    only_homes: frozenset[str]  # those that are no plain words as well
    english: frozenset[str]  # stems of the Latin words of all forms but names of places
    _fa: dict[str, str] = field(default_factory=dict)
    _finglish: dict[str, str] = field(default_factory=dict)
    _pieces: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def build(
        cls, spellings: Iterable[str], names: Iterable[str], romanised: Mapping[str, str]
    ) -> "Vocabulary":
        """From the words of all forms, and the names among them; order decides between equals."""
        plain, names = dict.fromkeys(spellings), dict.fromkeys(names)
        farsi = [w for w in dict.fromkeys([*plain, *names]) if not w.isascii() and not w[0].isdigit()]
        latin: dict[str, list[str]] = {}
        for word in farsi:
            latin.setdefault(finglish.skeleton_fa(word), []).append(word)
        rare = frozenset(word for word in farsi if word not in plain)
        homes = frozenset(fold(word) for word in names if not word.isascii())
        english = frozenset(stem_en(word) for word in plain if word.isascii())
        known = {fold(word) for word in farsi}
        known -= {word for word in known if _is_plural_of_known(word, known)}
        known -= {word for word in known if _before_ezafe(word) in known}
        known -= _PROHIBITED.keys()
        only = homes - {fold(word) for word in plain}
        return cls(frozenset(known), latin, romanised, rare, homes, only, english)

    def key(self, word: str) -> str:
        """The key of a Farsi word: itself if known, else its known stem, else itself."""
        found = self._fa.get(word)
        if found is None:
            folded = fold(word)
            _bound(self._fa)
            found = self._fa[word] = (
                folded
                if folded in self.known
                else self._linked(folded)
                or self._positive(folded)
                or self._home(folded)
                or self._stem(folded)
                or folded
            )
        return found

    def _linked(self, word: str) -> str:
        stem = _before_ezafe(word)
        return stem if stem in self.known else ""

    def _positive(self, word: str) -> str:
        """«نسازید»، «نمی‌سازید»، «برندارید» have the key of «بسازید»، «بردارید»: the spelling keeps the negation."""
        if word in _PROHIBITED:
            return _PROHIBITED[word]
        asked = [word[:2] + word[3:]] if word[:3] in ("برن", "درن", "ورن") else []
        if not word.endswith(("ید", "ین", "ند", "ن")):
            return next((form for form in asked if form in self.known), "")  # «برنگردد»
        asked += ["ب" + word[len(start) :] for start in _VERB_STARTS if word.startswith(start)]
        if len(word) >= _LONG_VERB:
            asked.append("ب" + word)  # after «می» and a joiner
        return next((form for form in asked if form in self.known and len(form) > _SHORT_VERB), "")

    def _home(self, word: str) -> str:
        """«شیرازیا» has the key of «شیراز»: the people of a place, as they are called in speech."""
        stems = (word.removesuffix(end) for end in ("یا", "یای", "یارو", "یام") if word.endswith(end))
        return next((stem for stem in stems if stem in self.homes and len(stem) > 2), "")

    def _stem(self, word: str, depth: int = 3) -> str:
        shortest = 2 if len(word) <= 4 else 3
        for suffix in _SUFFIXES_FOLDED:
            if word.endswith(suffix) and len(word) - len(suffix) >= shortest:
                rest = word[: -len(suffix)]
                if rest in self.known:
                    return rest
                if rest + "ه" in self.known and suffix in ("گان", "ی", "ات"):
                    return rest + "ه"
                if depth > 1 and len(suffix) > 1 and (deeper := self._stem(rest, depth - 1)):
                    return deeper
        return ""

    def finglish_key(self, word: str) -> str:
        """The key of the Farsi word that a romanised one spells; empty when there is none."""
        lower = word.lower()
        found = self._finglish.get(lower)
        if found is None:
            _bound(self._finglish)
            spelled = next(
                (fold(spelling) for form in finglish.stems(lower) if (spelling := self._spelled(form))), ""
            )
            found = self._finglish[lower] = _PROHIBITED.get(spelled, spelled)
        return found

    def _spelled(self, word: str) -> str:
        if word in self.romanised:
            return self.romanised[word]
        candidates = self.latin.get(finglish.skeleton_latin(word), ())
        fits = [c for c in candidates if finglish.sound(c).fullmatch(word)]
        return min(fits, key=lambda fit: len(fit) + 2 * (fit in self.names), default="")

    def pieces(self, word: str) -> tuple[str, ...]:
        """Keys of the words run together in one long unknown word; itself when it does not come apart."""
        found = self._pieces.get(word)
        if found is None:
            key = self.key(word)
            whole = len(key) < 6 or key in self.known or key.endswith(_COMPOUND)
            cut = None if whole else self._cut(key) or self._cut(plain_letters(word))
            _bound(self._pieces)
            found = self._pieces[word] = tuple(cut) if cut else (key,)
        return found

    def _cut(self, word: str) -> list[str] | None:
        best: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 12), end):
                before, piece = best[start], word[start:end]
                long_enough = end - start >= (2 if len(word) > 9 else 3)
                links = piece == "و" and start > 0 and end < len(word)  # «اهوازوماهشهر»
                if before is None or piece not in self.known or not (long_enough or links):
                    continue
                if best[end] is None or len(before) + 1 < len(best[end] or []):
                    best[end] = [*before, piece]
        return best[-1]

    def _form_key(self, word: str) -> str:
        """The key of a word of a form: its own spelling, or the singular when the lexicon has that too."""
        folded = fold(word)
        return folded if folded in self.known else self.key(word)

    def form_keys(self, form: str) -> tuple[str, ...]:
        """The keys of a lexicon form (Farsi and English words)."""
        return tuple(
            figure(word) if word[0].isdigit() else stem_en(word) if word.isascii() else self._form_key(word)
            for word in split_words(form)
        )


def _bound(memory: dict[str, Any]) -> None:
    """Words repeat (Zipf), so keys are remembered; forget all rather than grow without end."""
    if len(memory) >= _REMEMBERED:
        memory.clear()
