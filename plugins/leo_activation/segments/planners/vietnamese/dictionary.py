"""Vietnamese words for what catalogues name in English: goods, colours, countries, cities, languages, people.

Each line of goods and colours is `Vietnamese, … = English, …`: the first Vietnamese word is the one that a sentence
uses. A word means something only where the tenant has one of the names; names that are Vietnamese themselves count too.
"""

_GOODS = """
tất, vớ, bít tất, đôi tất, đôi vớ = socks, sock
giày, giầy, giày dép, đôi giày = shoes, shoe, footwear
áo khoác, áo jacket, áo gió = jacket, jackets, coats, coat, outerwear
áo thun, áo phông, áo pull, áo thun ngắn tay = tshirt, t-shirt, t-shirts, tee, tees
áo sơ mi, sơ mi = shirt, shirts
áo len = sweater, sweaters, pullover
áo hoodie, hoodie = hoodie, hoodies
váy, đầm, váy đầm, đầm váy, váy liền = dress, dresses
chân váy = skirt, skirts
quần, quần dài = trousers, pants
quần jean, quần jeans, quần bò = jeans
quần short, quần đùi, quần soóc = shorts
mũ, nón, mũ nón = hat, hats, cap, caps
găng tay, bao tay = gloves, glove
khăn, khăn quàng, khăn choàng = scarf, scarves
thắt lưng, dây nịt = belt, belts
túi, túi xách = bag, bags, handbag, handbags
ba lô, balo = backpack, backpacks
dép, dép lê = sandals, slippers
đồng hồ = watch, watches
trang sức, nữ trang = jewelry, jewellery
phụ kiện = accessories, accessory
quần áo, trang phục = clothing, clothes, apparel
mỹ phẩm, đồ trang điểm = cosmetics, makeup, beauty
đồ chăm sóc da, chăm sóc da, sản phẩm chăm sóc da, sản phẩm dưỡng da, dưỡng da = skincare, skin care
nước hoa = perfume, perfumes, fragrance
đồ cắm trại và leo núi, cắm trại và leo núi = camping & hiking
đồ cắm trại, cắm trại, dụng cụ cắm trại, thiết bị cắm trại = camping gear, camping equipment, camping, camping & hiking
lều, lều trại = tents, tent
túi ngủ = sleeping bags, sleeping bag
leo núi, đi bộ đường dài, đi bộ leo núi = hiking
dã ngoại đường dài, đi bộ xuyên rừng = trekking
chạy bộ, đồ chạy bộ = running
thể thao, đồ thể thao = sports, sport, sportswear
du lịch = travel
cà phê, cafe = coffee
trà, chè = tea
điện thoại di động = phones, smartphones, mobile phones
điện tử, đồ điện tử = electronics
máy tính xách tay = laptops, laptop
sách = books, book
đồ chơi = toys, toy
nội thất, đồ nội thất = furniture
đồ gia dụng = home appliances, household, homeware
thực phẩm = food, groceries
sức khỏe và làm đẹp, sức khỏe và sắc đẹp = health & beauty
"""
_COLORS = """
đỏ = red
xanh dương, xanh lam, xanh nước biển, xanh da trời, xanh biển = blue
xanh lá, xanh lá cây, xanh lục = green
xanh navy, xanh hải quân, xanh than, xanh dương đậm, xanh tím than = navy blue, navy
đen = black
trắng = white
hồng = pink
nâu = brown
xám, ghi = grey, gray
be = beige
kem = cream
bạc = silver
vàng kim, vàng đồng, ánh kim = gold, golden
vàng = yellow
tím = purple, violet
cam = orange
"""
_COUNTRIES = """
AT Áo
AU Úc, Australia
BE Bỉ
BG Bulgaria, Bun-ga-ri
BR Brazil, Bra-xin
CA Canada
CH Thụy Sĩ
CN Trung Quốc
CZ Séc, Cộng hòa Séc, CH Séc, Tiệp
DE Đức, CHLB Đức
DK Đan Mạch
EE Estonia
ES Tây Ban Nha
FI Phần Lan
FR Pháp
GB Anh, Vương quốc Anh, Anh Quốc, nước Anh
GR Hy Lạp
HR Croatia
HU Hungary
ID Indonesia
IE Ireland, Ai-len
IN Ấn Độ
IT Ý, Italia
JP Nhật Bản, Nhật
KH Campuchia
KR Hàn Quốc, Hàn
LA Lào
LT Litva, Lithuania
LU Luxembourg
LV Latvia
MX Mexico, Mê-hi-cô
MY Malaysia
NL Hà Lan
NO Na Uy
NZ New Zealand
PH Philippines, Philippin
PL Ba Lan
PT Bồ Đào Nha
RO Romania, Rumani
RS Serbia
SE Thụy Điển
SG Singapore, Xinh-ga-po
SI Slovenia
SK Slovakia
TH Thái Lan, Thái
TR Thổ Nhĩ Kỳ
TW Đài Loan
UA Ukraina, Ukraine
US Mỹ, Hoa Kỳ, Hợp chủng quốc Hoa Kỳ
VN Việt Nam, VN, nước Việt Nam
"""
_CITIES = """
Hà Nội, HN, TP Hà Nội, TP. Hà Nội, Thủ đô Hà Nội = Hanoi, Ha Noi
Thành phố Hồ Chí Minh, TP Hồ Chí Minh, TP. Hồ Chí Minh, Hồ Chí Minh, Sài Gòn, Saigon, TPHCM, TP HCM, TP. HCM, HCM, SG = Ho Chi Minh City, Ho Chi Minh, HCMC, Saigon, Sai Gon
Đà Nẵng, ĐN, TP Đà Nẵng, TP. Đà Nẵng = Da Nang, Danang
Hải Phòng = Hai Phong, Haiphong
Cần Thơ = Can Tho
Huế = Hue
Đà Lạt = Da Lat, Dalat
Nha Trang = Nha Trang
Vũng Tàu = Vung Tau
Hạ Long = Ha Long
Biên Hòa = Bien Hoa
Quy Nhơn, Qui Nhơn = Quy Nhon
Buôn Ma Thuột = Buon Ma Thuot
Thái Nguyên = Thai Nguyen
Nam Định = Nam Dinh
Vinh = Vinh
Thanh Hóa = Thanh Hoa
Hội An = Hoi An
Phan Thiết = Phan Thiet
Long Xuyên = Long Xuyen
Mỹ Tho = My Tho
Rạch Giá = Rach Gia
Cà Mau = Ca Mau
Bắc Ninh = Bac Ninh
Hải Dương = Hai Duong
Thủ Dầu Một = Thu Dau Mot
Pleiku = Pleiku
Béc-lin, Berlin = Berlin
Luân Đôn, London = London
Xinh-ga-po, Singapore = Singapore
Viên, Vienna = Vienna, Wien
Praha, Pra-ha = Prague, Praha
Vác-sa-va, Warszawa = Warsaw, Warszawa
Paris, Pa-ri = Paris
Mu-ních, Munich = Munich, München
"""  # noqa: E501 - a line an entry
_LANGUAGES = """
vi Việt
en Anh
de Đức
fr Pháp
es Tây Ban Nha
it Ý
ja Nhật
ko Hàn
zh Trung
th Thái
cs Séc
pl Ba Lan
ru Nga
pt Bồ Đào Nha
nl Hà Lan
id Indonesia
km Khmer
lo Lào
"""
_GENDERS = """
nữ, phụ nữ, nữ giới, phái nữ, đàn bà = female, woman, women, f, nữ
nam, nam giới, đàn ông, phái nam = male, man, men, m, nam
"""
_STAGES = """
khách ghé thăm mới, khách truy cập mới, khách vãng lai mới = new-visitor
khách mua lần đầu, khách hàng mua lần đầu = first-time-customer
khách quay lại, khách hàng quay lại = returning-customer, repeat-customer
khách hàng ủng hộ, người ủng hộ thương hiệu = customer-advocate
"""
_EVENTS = """
tìm kiếm = search
xem trang = page-view
thanh toán = checkout
thêm vào danh sách yêu thích = add-wishlist
đăng nhập = login
"""

Entry = tuple[tuple[str, ...], tuple[str, ...]]


def _entries(lines: str) -> tuple[Entry, ...]:
    found = []
    for line in lines.strip().splitlines():
        spoken, _, names = line.partition(" = ")
        found.append((tuple(spoken.split(", ")), tuple(names.split(", "))))
    return tuple(found)


def _by_code(lines: str) -> dict[str, tuple[str, ...]]:
    return {line.split(" ", 1)[0]: tuple(line.split(" ", 1)[1].split(", ")) for line in lines.strip().splitlines()}


GOODS = _entries(_GOODS)
COLORS = _entries(_COLORS)
CITIES = _entries(_CITIES)
GENDERS = _entries(_GENDERS)
STAGES = _entries(_STAGES)
EVENTS = _entries(_EVENTS)
COUNTRIES = _by_code(_COUNTRIES)
LANGUAGES = _by_code(_LANGUAGES)
UNSURE_COLOR = "xanh"
"""Blue or green: which one, only the requester knows where both are sold."""
