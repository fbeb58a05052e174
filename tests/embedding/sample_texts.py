"""Texts that a tokenizer, a padding or a cut at 256 tokens could get wrong."""

ODD_TEXTS = [
    "",
    " ",
    "a",
    "Customer from Austria, age 41. Favourite colour is red. Bought red socks and blue jeans.",
    "customer FROM austria, AGE 41. favourite colour is RED. bought red socks and blue jeans.",
    "Khách hàng ở Hà Nội thích màu đỏ, đã mua đôi giày thể thao và áo khoác.",
    "Zażółć gęślą jaźń, Größenwahn, coût élevé, crème brûlée",
    "顧客は赤い靴下を買いました。 고객은 양말을 샀다. Клиент купил носки.",
    "family 👨‍👩‍👧‍👦, flag 🇻🇳, combining e\u0301 and composed \u00e9, zero\u200bwidth",
    "tabs\tand\nnew lines\r\nand \x00 control \x07 characters",
    "[CLS] a text that [SEP] spells out special [MASK] tokens [PAD]",
    "1,234.56 € — 12% off!!! https://example.org/a?b=c#d",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 4,
    "luxury items " * 126,  # 254 tokens with the two special ones
    "luxury items " * 127 + "red",  # 257: the last word falls off
    "This customer likes luxury items and bought red socks. " * 100,
]

COLOURS = ("red", "blue", "green", "black", "white")
PRODUCTS = ("socks", "sneakers", "T-shirt", "jacket", "jeans", "hat")

PROFILE_TEXTS = [
    f"Customer from Poland, age {20 + number % 50}. Favourite colour is {COLOURS[number % 5]}. Bought "
    + ", ".join(f"{COLOURS[(number + item) % 5]} {PRODUCTS[item % 6]}" for item in range(1 + number % 7))
    + "."
    for number in range(200)
]
