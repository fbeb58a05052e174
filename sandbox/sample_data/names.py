"""Names of people, with the weights they really have in Vietnam, and plainer lists for elsewhere."""

import re
import unicodedata
from collections.abc import Mapping

from sandbox.sample_data.streams import Choice

VN_FAMILY: Choice[str] = Choice(
    {"Nguyễn": 384, "Trần": 121, "Lê": 95, "Phạm": 70, "Huỳnh": 26, "Hoàng": 26, "Phan": 45, "Vũ": 20, "Võ": 20,
     "Đặng": 21, "Bùi": 20, "Đỗ": 14, "Hồ": 13, "Ngô": 13, "Dương": 10, "Lý": 5, "Trương": 22, "Đinh": 11, "Lâm": 8}
)  # fmt: skip
VN_MIDDLE_WOMAN = ("Thị", "Ngọc", "Thanh", "Thu", "Kim", "Bảo", "Phương", "Minh", "Quỳnh")
VN_MIDDLE_MAN = ("Văn", "Minh", "Đức", "Quang", "Hữu", "Gia", "Quốc", "Anh", "Thành")
VN_WOMAN = (
    "Lan", "Hương", "Linh", "Trang", "Mai", "Thảo", "Ngân", "Hà", "Yến", "Nhung", "Hạnh", "Vy", "Trâm", "Châu", "Thủy",
    "My", "Uyên", "Diễm", "Phượng", "Hoa", "Giang", "Loan", "Nga", "Thư", "Như",
)  # fmt: skip
VN_MAN = (
    "Hùng", "Dũng", "Tuấn", "Nam", "Long", "Khoa", "Phúc", "Sơn", "Hải", "Bình", "Thắng", "Khánh", "Duy", "Huy", "Tâm",
    "Cường", "Trung", "Vinh", "Đạt", "Kiên", "Lộc", "Tài", "Toàn", "Việt", "An",
)  # fmt: skip

EN_FAMILY = ("Smith", "Nguyen", "Tran", "Brown", "Taylor", "Wilson", "Lee", "Tan", "Schmidt", "Walker", "Le", "Clark")
EN_WOMAN = ("Emma", "Olivia", "Grace", "Lily", "Sophie", "Hannah", "Chloe", "Amy", "Julia", "Kim")
EN_MAN = ("James", "Daniel", "Liam", "Oliver", "Ethan", "Lucas", "Ben", "Henry", "Kevin", "David")

_EUROPE_WOMAN: Mapping[str, tuple[str, ...]] = {
    "AT": ("Anna", "Lena", "Sophie", "Katharina", "Eva", "Johanna"),
    "DE": ("Mia", "Emma", "Hannah", "Lea", "Julia", "Sabine", "Laura"),
    "CZ": ("Jana", "Eva", "Tereza", "Lucie", "Petra", "Veronika"),
    "PL": ("Anna", "Katarzyna", "Zofia", "Agnieszka", "Maja", "Ewa"),
}
_EUROPE_MAN: Mapping[str, tuple[str, ...]] = {
    "AT": ("Lukas", "David", "Tobias", "Michael", "Thomas", "Florian"),
    "DE": ("Leon", "Paul", "Jonas", "Felix", "Stefan", "Markus", "Ben"),
    "CZ": ("Jan", "Petr", "Tomáš", "Jakub", "Martin", "Ondřej"),
    "PL": ("Jan", "Piotr", "Jakub", "Michał", "Tomasz", "Paweł"),
}
_EUROPE_FAMILY: Mapping[str, tuple[str, ...]] = {
    "AT": ("Gruber", "Huber", "Bauer", "Wagner", "Pichler", "Steiner", "Moser"),
    "DE": ("Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Becker", "Hoffmann", "Schäfer"),
    "CZ": ("Novák", "Svoboda", "Dvořák", "Černý", "Procházka", "Kučera", "Veselý"),
    "PL": ("Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kamiński", "Lewandowski", "Zieliński"),
}


def europe_names(country: str, woman: bool) -> tuple[str, ...]:
    return (_EUROPE_WOMAN if woman else _EUROPE_MAN)[country]


def europe_family_names(country: str) -> tuple[str, ...]:
    return _EUROPE_FAMILY[country]


def slug(text: str) -> str:
    """ASCII letters and digits of a text, for addresses: ``Nguyễn Đức`` becomes ``nguyenduc``."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d").replace("ł", "l"))
    return re.sub(r"[^a-z0-9]", "", plain)
