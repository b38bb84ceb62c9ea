"""One table: letters of Arabic, Kurdish and Urdu keyboards as Persian ones, for keys and not for display."""

LETTERS = str.maketrans(
    {"آ": "ا", "أ": "ا", "إ": "ا", "ٱ": "ا", "ي": "ی", "ى": "ی", "ئ": "ی", "ې": "ی", "ك": "ک", "ؤ": "و",
    "ة": "ه",
     "ۀ": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ۆ": "و", "ڤ": "و", "ء": None, "ـ": None, "ٔ": None}
)  # fmt: skip
