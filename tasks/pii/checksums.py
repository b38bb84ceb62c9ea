"""Check digits of Iranian identifiers, over plain Latin digits. Pure arithmetic.

Written here because they run on every long number of every text; the tests hold them against
`persiantools`. A checksum never decides whether a written identifier is masked when a word announces it.
"""


def is_national_id(digits: str) -> bool:
    """Mod-11 check of ten digits. A repeated digit passes too: the sources disagree, masking is safer."""
    if len(digits) != 10:
        return False
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)


def is_card(digits: str) -> bool:
    """Luhn check of sixteen digits."""
    if len(digits) != 16:
        return False
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_sheba(digits: str) -> bool:
    """Mod-97 check (ISO 13616) of the 24 digits that follow `IR`."""
    country = "1827"  # I = 18, R = 27
    return len(digits) == 24 and int(digits[2:] + country + digits[:2]) % 97 == 1
