"""The words by which people who answer an SMS say that they want no more; what else they write is not looked at.

A word counts where it is the whole message, in any case, with or without accents, and with a full stop behind it: a
person who writes a sentence is no machine's to understand. Twilio's own words are those of "Customize users' opt-in and
opt-out experience with Advanced Opt-Out" (read on 2026-11-22); the others are what operators ask for in these
languages.
"""

import unicodedata

STOP_WORDS = frozenset(
    {
        # English, and everywhere
        *("stop", "stopall", "stop all", "unsubscribe", "end", "quit", "cancel", "revoke", "optout", "opt out"),
        # Vietnamese; TC is what advertising by SMS names
        *("tc", "tu choi", "huy", "huy dang ky", "dung", "ngung", "khong nhan"),
        # French, German, Dutch
        *("arret", "desabonner", "stopp", "abmelden", "abbestellen", "afmelden", "stoppen"),
        # Spanish, Portuguese, Italian, Polish
        *("baja", "alto", "parar", "cancelar", "sair", "basta", "cancella", "rezygnuje"),
    }
)
OTHER_WORDS = frozenset({"đúng", "đứng", "đựng", "đụng", "dùng", "dũng", "dụng"})
"""Other words by their accents alone: "Dừng" is stop and "Đúng" is "that's right". Without accents it is stop."""
LONGEST = 40


def is_stop(text: str) -> bool:
    """Whether a message says nothing but that its writer wants no more."""
    if len(text) > LONGEST:
        return False
    said = " ".join(unicodedata.normalize("NFC", text.casefold()).replace("-", " ").split()).strip(" .!\"'")
    marks = unicodedata.normalize("NFD", said.replace("đ", "d"))
    letters = "".join(mark for mark in marks if not unicodedata.combining(mark))
    return letters in STOP_WORDS and said not in OTHER_WORDS
