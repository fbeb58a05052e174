"""Where people live: cities with their country, clock and districts."""

from dataclasses import dataclass

from sandbox.sample_data.moments import HOUR
from sandbox.sample_data.streams import Choice


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class City:
    """A city; ``offset_ms`` is its standard distance from UTC, which is near enough for an hour of shopping."""

    name: str
    province: str
    country: Country
    zip_code: str
    offset_ms: int
    districts: tuple[str, ...]


VIETNAM = Country("VN", "Vietnam", "vi")
_SINGAPORE = Country("SG", "Singapore", "en")
_AUSTRALIA = Country("AU", "Australia", "en")
_STATES = Country("US", "United States", "en")
_BRITAIN = Country("GB", "United Kingdom", "en")
_GERMANY = Country("DE", "Germany", "en")

_VN_DISTRICTS = ("Hải Châu", "Ninh Kiều", "Trung Tâm", "Đông Hòa", "Tân Lập", "An Phú")


def _vietnamese(name: str, province: str, zip_code: str, districts: tuple[str, ...] = _VN_DISTRICTS) -> City:
    return City(name, province, VIETNAM, zip_code, 7 * HOUR, districts)


_HO_CHI_MINH = _vietnamese(
    "Ho Chi Minh City", "Ho Chi Minh City", "700000",
    ("Quận 1", "Quận 3", "Quận 7", "Quận 10", "Bình Thạnh", "Phú Nhuận", "Gò Vấp", "Tân Bình", "Thủ Đức"),
)  # fmt: skip
_HANOI = _vietnamese(
    "Hanoi", "Hanoi", "100000",
    ("Ba Đình", "Hoàn Kiếm", "Đống Đa", "Hai Bà Trưng", "Cầu Giấy", "Tây Hồ", "Thanh Xuân", "Long Biên"),
)  # fmt: skip
_DA_NANG = _vietnamese(
    "Da Nang", "Da Nang", "550000", ("Hải Châu", "Thanh Khê", "Sơn Trà", "Ngũ Hành Sơn", "Liên Chiểu")
)

CITIES: Choice[City] = Choice(
    {
        _HO_CHI_MINH: 300,
        _HANOI: 240,
        _DA_NANG: 75,
        _vietnamese("Hai Phong", "Hai Phong", "180000"): 48,
        _vietnamese("Can Tho", "Can Tho", "900000"): 46,
        _vietnamese("Bien Hoa", "Dong Nai", "810000"): 38,
        _vietnamese("Nha Trang", "Khanh Hoa", "650000"): 28,
        _vietnamese("Hue", "Thua Thien Hue", "530000"): 26,
        _vietnamese("Da Lat", "Lam Dong", "670000"): 22,
        _vietnamese("Vung Tau", "Ba Ria - Vung Tau", "790000"): 20,
        _vietnamese("Vinh", "Nghe An", "460000"): 18,
        _vietnamese("Buon Ma Thuot", "Dak Lak", "630000"): 16,
        City("Singapore", "", _SINGAPORE, "238801", 8 * HOUR, ("Orchard", "Bedok", "Tampines")): 28,
        City("Sydney", "New South Wales", _AUSTRALIA, "2000", 10 * HOUR, ("Cabramatta", "Bankstown")): 18,
        City("Melbourne", "Victoria", _AUSTRALIA, "3000", 10 * HOUR, ("Footscray", "Richmond")): 14,
        City("San Jose", "California", _STATES, "95112", -8 * HOUR, ("Little Saigon", "Berryessa")): 16,
        City("Houston", "Texas", _STATES, "77036", -6 * HOUR, ("Midtown", "Bellaire")): 14,
        City("London", "England", _BRITAIN, "SW1A 1AA", 0, ("Hackney", "Camden")): 14,
        City("Berlin", "Berlin", _GERMANY, "10115", HOUR, ("Lichtenberg", "Mitte")): 12,
    }
)

STREETS = (
    "Nguyễn Huệ", "Lê Lợi", "Trần Hưng Đạo", "Hai Bà Trưng", "Lý Thường Kiệt", "Điện Biên Phủ", "Nguyễn Trãi",
    "Phan Chu Trinh", "Võ Văn Tần", "Cách Mạng Tháng Tám", "Nguyễn Văn Cừ", "Hoàng Diệu", "Bạch Đằng",
    "Nguyễn Đình Chiểu", "Pasteur", "Lê Duẩn", "Quang Trung", "Hùng Vương", "Nguyễn Thị Minh Khai", "Trường Chinh",
)  # fmt: skip
STREETS_ABROAD = ("Station Road", "High Street", "Park Avenue", "Garden Street", "Church Lane", "Lake Drive")

# Many unrelated people give these as where they live, without a flat number: none of them is one household.
SHARED_BUILDINGS = ("Chung cư Hoa Sen", "Chung cư Mặt Trời", "Ký túc xá Đại học Bách Khoa")
PICK_UP_POINTS = ("Bưu cục Trung Tâm", "Điểm nhận hàng Phố Nhỏ")

# The CSV form's countries, each with its clock.
DISCOVERY_COUNTRIES: Choice[str] = Choice({"DE": 34, "PL": 28, "CZ": 20, "AT": 18})
EUROPE_OFFSET_MS = HOUR
