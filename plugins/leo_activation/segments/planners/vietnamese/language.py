"""Which language a request is written in: Vietnamese with or without its marks, English, or none that is read."""

import re
import unicodedata
from enum import StrEnum

from leo_activation.segments.planners.vietnamese import dictionary
from leo_activation.segments.planners.vietnamese.syllables import fold, syllable

_WORD = re.compile(r"[^\W\d_]+")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»")
_ONLY_VIETNAMESE = frozenset("ăđơư")
_OWN_TONES = frozenset("\u0309\u0323\u031b")
_BARE_WORDS = """
khach hang nguoi nhung trong ngay qua chua khong mua xem thich quan tam den tuoi song tai hoac gio hang tieu trieu
nghin ngan dong lan nhat duoi hon thang nam tuan truoc sau phan khuc tao gui noi dung nhieu cac tat ca tim loc cho
toi liet ke vui long sinh nhat chien dich nhan duoc co the lien he qua it nhat toi da trang trong vong vay dam giay
ao khoac vo mau xanh den trang hong nau xam bac dat tra lai hoan them vao gio doc than thiet nu phu nu dan ong
da tung ngoai tru va voi cua la nhung ma roi doi ai gi thuoc o chi tong nuoc thanh pho tinh dia ban hay
"""
_BARE = frozenset(_BARE_WORDS.split())
_ENGLISH_TOO_WORDS = """
a ai ban cho co da den do hay in la ma o va ca dan gi hang long may
me mau nam no nu sau song tai the to toi tra
"""
_ENGLISH_TOO = frozenset(_ENGLISH_TOO_WORDS.split())
_ENGLISH_WORDS = """
the who and of in that with customers customer users people for bought viewed from are is not or to have has did
find show all a an but any by at least last days send them women men buyers spent more than which whose
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())


_OTHERS = {
    "German": """
        und oder der das die mit aus nicht kunden haben gekauft aller alle wer welche die letzten tagen tage im fur von
        zeige finde sich ist sind weibliche gerne interessieren den dem nach einen eine
        """,
    "French": """
        les des clients qui ont achete et dans une du au derniers jours avec pour sont trouve trouver montre ou pas les
        tous toutes chaussettes rouges le la
        """,
    "Spanish": """
        los las clientes que han comprado en y con para los ultimos dias encuentra buscar muestra todos o una del el
        mujeres hombres rojos rojas
        """,
    "Italian": """
        gli clienti che hanno comprato negli ultimi giorni con della trova tutti e il acquistato nei mostra
        """,
    "Portuguese": """
        os clientes que compraram nos ultimos dias com encontre todos mulheres homens uma dos das nao
        """,
    "Dutch": """
        klanten die hebben gekocht in de afgelopen dagen met en het een van zoek toon alle niet
        """,
    "Polish": """
        klienci ktorzy kupili w ciagu ostatnich dni znajdz pokaz wszyscy oraz i nie z
        """,
    "Czech": """
        zakaznici kteri koupili za poslednich dni najdi zobraz vsichni nebo a ktere
        """,
}
_FOREIGN = {language: frozenset(words.split()) for language, words in _OTHERS.items()}
_LEAST_FOREIGN = 2


class Spoken(StrEnum):
    """What a request is written in, as far as it matters to the planner."""

    ENGLISH = "en"
    VIETNAMESE = "vi"
    OTHER = "other"


def language_of(text: str) -> Spoken:
    """The language that most of the closed-class words of a request belong to; English where nothing tells.

    Quoted texts and the message after a colon say nothing about it, nor do names.
    """
    head = text.partition(":")[0]
    written = _WORD.findall(_QUOTED.sub(" ", head))
    if len(written) < _LEAST_FOREIGN:
        written = _WORD.findall(_QUOTED.sub(" ", text))
    words = [word.lower() for word in written]
    english = sum(word in _ENGLISH for word in words)
    names = [_is_name(written, at) and not text.isupper() for at in range(len(written))]
    vietnamese = sum(
        min(_vietnamese(word), _OF_A_NAME if named else 2.0) for word, named in zip(words, names, strict=True)
    )
    foreign = max(sum(fold(word) in known for word in words) for known in _FOREIGN.values())
    if foreign >= _LEAST_FOREIGN and foreign > max(english, vietnamese):
        return Spoken.OTHER
    return Spoken.VIETNAMESE if vietnamese > english and vietnamese >= _ENOUGH else Spoken.ENGLISH


_ENOUGH = 0.7
_OF_A_NAME = 0.3
"""What a word with a capital says at most: places, brands and people keep their names in every language."""


def _is_name(written: list[str], at: int) -> bool:
    """Whether a word is written like a name; the first one is only where a second with a capital follows."""
    capital = written[at][0].isupper()
    return capital and (at > 0 or (len(written) > 1 and written[1][0].isupper()))


def _vietnamese(word: str) -> float:
    """How much a word says that a text is Vietnamese."""
    if word in _ENGLISH:
        return 0.0
    known = syllable(word)
    if known.folded in _BARE:
        if not known.is_plain:
            return 1.5
        return 0.4 if known.folded in _ENGLISH_TOO else 1.0
    return 0.7 if _looks_vietnamese(word) else 0.0


def _looks_vietnamese(word: str) -> bool:
    """Whether it has letters that only Vietnamese has, or a tone that European names have not."""
    letters = unicodedata.normalize("NFD", word)
    return bool(_ONLY_VIETNAMESE & set(word)) or bool(_OWN_TONES & set(letters))


_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnprstvx])?"
    r"(?:oai|oay|uay|uya|uye|uyu|ieu|yeu|uoi|uou|oeo|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|oo|ua|ue|ui|uo|uu|uy|ye|[aeiouy])"
    r"(?:ch|ng|nh|[cmnpt])?"
)
_ENGLISH_CONTENT_WORDS = """
cat cats hot hop hip pop man men pet pen pin pan pot pat map net nap nut cap cup cut bin bun
tip top van vet sun sip sit set song sing sink thin that this long lip lot lamp loop
moon noon soon room roof boot boots book cook coop goat boat coat meat seat heat eat tea bee see sea teen queen quit
king ring ping pong gum gym hen him her lunch punch beach peach teach rich coach couch touch much such
tech ranch branch chic chip chin chat chop cheap cheat chain rain main pain train tram trip trap try
"""
_ENGLISH_CONTENT = frozenset(_ENGLISH_CONTENT_WORDS.split())
_GOODS_WORDS = frozenset(
    fold(word) for words, _ in (*dictionary.GOODS, *dictionary.COLORS) for phrase in words for word in phrase.split(" ")
)
_FOREIGN_GOODS_WORDS = """
ao hoodie jacket jean jeans short pull balo cafe navy kem be cam do den hai da mo hong day bo gia than bien
dai tim lam la len nang dan ho anh kim son non mu to tai bit ta khan day nit dep deo tay may sach tra chan
truc quai thun gio nuoc hoa lau gang lung san le di dam mi bi tong ke ba cu du lo vo san sac
"""
_FOREIGN_GOODS = frozenset(_FOREIGN_GOODS_WORDS.split())
_TELLING = (_BARE | _GOODS_WORDS) - _ENGLISH_TOO - _FOREIGN_GOODS - _ENGLISH - _ENGLISH_CONTENT


def may_be_vietnamese(phrase: str) -> bool:
    """Whether a phrase, also one without its marks, may be Vietnamese: rather one too many than one too few.

    It is if a word has letters or tones of Vietnamese, or is a Vietnamese word that English has not, or if all of two
    or more words are built like Vietnamese syllables and none of them is an English noun.
    """
    words = [word.lower() for word in _WORD.findall(phrase)]
    if any(_looks_vietnamese(word) or (not syllable(word).is_plain and fold(word) in _BARE) for word in words):
        return True
    plain = [fold(word) for word in words]
    if any(word in _TELLING for word in plain):
        return True
    built = len(plain) > 1 and all(_SYLLABLE.fullmatch(word) for word in plain)
    return built and _ENGLISH_CONTENT.isdisjoint(plain)
