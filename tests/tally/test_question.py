"""Whose side a vote is on is never guessed: only a question that provably says the same counts for a statement."""

import pytest

from tasks.votes.question import says_the_same

SAME = [
    ("Internet filtering should be lifted", "Internet filtering should be lifted."),
    ("The filtering of social networks should be lifted.", "Internet filtering should be lifted."),
    ("فیلترینگ برداشته شود", "فیلترینگ برداشته شود."),
]
OTHER = [
    ("The price of petrol should be raised.", "Fuel prices should not be raised."),
    ("Petrol should stay at its price.", "Fuel prices should not be raised."),
    ("Compulsory hijab should stay.", "Compulsory hijab should be abolished."),
    ("The death penalty should remain.", "The death penalty should be abolished."),
    ("Internet filtering should continue.", "Internet filtering should be lifted."),
    ("Do not lift internet filtering.", "Internet filtering should be lifted."),
    ("Pensions should be equalised with current wages.", "Pensions should be raised and equalised."),
    ("Rent increases should be capped.", "Rent increases should be capped at 10 percent."),
    ("قیمت بنزین بالا برود", "قیمت بنزین بالا نرود."),
    ("", "Internet filtering should be lifted."),
]


@pytest.mark.parametrize(("question", "proposition"), SAME)
def test_the_same_demand_in_other_words_is_the_same(question: str, proposition: str) -> None:
    assert says_the_same(question, proposition)


@pytest.mark.parametrize(("question", "proposition"), OTHER)
def test_anything_else_is_another_question(question: str, proposition: str) -> None:
    assert not says_the_same(question, proposition)
    assert not says_the_same(proposition, question)
