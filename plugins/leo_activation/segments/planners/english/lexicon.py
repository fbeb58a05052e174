"""The English words of marketing requests: what may open one, what asks for what, and what means nothing by itself."""

from collections.abc import Iterable

from leo_activation.segments.plan import (
    CalendarUnit,
    Channel,
    CustomerProperty,
    EventKind,
    ExposureKind,
    Operator,
    RelationKind,
    TimeUnit,
)
from leo_activation.told import Told

# --- frame ------------------------------------------------------------------------------------------------------------

OPENINGS = (
    "please",
    "kindly",
    "hi",
    "hello",
    "hey",
    "can you",
    "could you",
    "would you",
    "will you",
    "can we",
    "could we",
    "i need",
    "i want",
    "i would like",
    "i would like to see",
    "i am looking for",
    "i want to see",
    "i want to find",
    "i want to target",
    "i want to reach",
    "we need",
    "we want",
    "we would like",
    "we would like to see",
    "we are looking for",
    "we want to find",
    "we want to target",
    "we want to reach",
    "we want to see",
    "i am targeting",
    "we are targeting",
    "looking for",
    "searching for",
    "help me find",
    "help us find",
    "let us",
    "let 's",
    "put",
    "find",
    "find me",
    "find us",
    "find out",
    "show",
    "show me",
    "show us",
    "list",
    "list me",
    "give",
    "give me",
    "give us",
    "get",
    "get me",
    "get us",
    "suggest",
    "propose",
    "suggest me",
    "recommend",
    "select",
    "pick",
    "identify",
    "search for",
    "search",
    "look for",
    "look up",
    "pull",
    "pull up",
    "fetch",
    "extract",
    "tell me",
    "target",
    "reach",
    "filter",
    "which",
    "which of",
    "what",
    "who are",
    "which are",
    "who should we target",
    "whom should we target",
    "who can we target",
    "who do we target",
    "a list of",
    "the list of",
    "list of",
    "a group of",
    "the group of",
    "group of",
    "an audience of",
    "the audience of",
    "audience of",
    "target group",
    "the target group",
    "a target group",
    "best audience",
    "the best audience",
    "the right audience",
    "ideal audience",
    "the ideal audience",
    "an ideal audience",
    "target audience",
    "the target audience",
    "a target audience",
    "an audience",
    "the audience",
    "the names of",
    "everyone of",
    *(
        f"{we} {want} {reach}"
        for we in ("i", "we")
        for want in ("would like to", "want to", "need to", "am trying to", "are trying to", "am looking to", "plan to")
        for reach in (
            *("reach", "target", "address", "find", "get", "see", "select", "have", "identify", "build", "know"),
            *("reach out to", "talk to", "know which", "know who", "win back", "invite", "focus on"),
        )
    ),
    *("i am interested in", "we are interested in", "i am after", "we are after"),
    *("retrieve", "return", "compile", "generate", "gather", "collect", "filter for", "filter out all but", "query"),
    *("a segment with", "segment of", "tell me which", "tell me who", "tell us which", "do we have any"),
    "are there any",
    *("how many", "who are the", "who are our", "who are all", "what about", "name all", "need", "want"),
    *("looking to reach", "looking to target", "trying to find", "trying to reach", "good morning", "good afternoon"),
    *("dear team", "hi there", "hello there", "hi team", "hello team", "hey there", "ok", "okay", "so", "now", "well"),
    *("can you please", "could you please", "would you please", "would you kindly", "could you kindly"),
    *("our target is", "our target group is", "the target group is", "our audience is", "the audience is"),
    *("i would like all", "we would like all", "just", "only", "simply"),
)
SUBJECTS = (
    "customer",
    "customers",
    "user",
    "users",
    "people",
    "persons",
    "person",
    "shopper",
    "shoppers",
    "consumer",
    "consumers",
    "client",
    "clients",
    "contact",
    "contacts",
    "profile",
    "profiles",
    "audience",
    "individuals",
    "candidates",
    "folks",
)
EVERYBODY = ("everyone", "everybody", "anyone", "anybody")
QUANTIFIERS = ("all", "any", "every", "each", "all of", "all the", "all of the", "all our", "all of our")
DETERMINERS = ("the", "a", "an", "our", "my", "some", "those", "these", "of those", "of the", "the right", "suitable")
RELATIVES = ("who", "that", "which", "whom")
FILLERS = (
    *("thanks", "many thanks", "thank you very much", "thanks a lot", "thanks in advance", "thank you in advance"),
    *("cheers", "thx", "for me", "for us", "best regards", "kind regards", "in our data", "in our database"),
    *("in the system", "in our shop", "in our store", "at our shop", "at our store", "with us", "from us"),
    "please",
    "also",
    "both",
    "too",
    "as well",
    "thank you",
    "exactly those",
    "at any point",
    "at any time",
)

SEGMENT_MAKERS = ("create", "build", "make", "define", "set up", "prepare", "draft", "save", "add", "start", "generate")
SEGMENT_NOUNS = ("segment", "audience", "cohort", "group", "list")
SEGMENT_ADJECTIVES = frozenset({"new", "customer", "target", "marketing", "dynamic", "user"})
NAMED = ("called", "named", "titled", "with the name", "by the name of", "name")
NAMING = (
    "call it",
    "name it",
    "name this",
    "call this",
    "name the segment",
    "call the segment",
    "call this segment",
    "save it as",
    "save this as",
    "save as",
    "title it",
    "save them as",
    "save these as",
    "call them",
    "name them",
    "call that",
    "call that segment",
    "name that segment",
    "name this segment",
    "label it",
    "label them",
    "title the segment",
    "the segment should be called",
    "it should be called",
    "the name is",
    "under the name",
    "store it as",
)
INTO_SEGMENT = (
    "into a segment",
    "into a new segment",
    "into the segment",
    "as a segment",
    "as a new segment",
    "as the segment",
)
AFTER_SEGMENT = (
    *("as", "of", "for", "with", "from", "containing", "consisting of", "made of", "including", "that contains"),
)

CAMPAIGNS = ("campaign", "campaigns", "promotion", "promo", "sale", "launch", "push campaign", "newsletter", "ad")
_FITTING = (
    "fit",
    "suit",
    "match",
    "would fit",
    "would suit",
    "would match",
    "would like",
    "would love",
    "would enjoy",
    "are best suited to",
    "are best suited for",
    "would be right for",
    "would be good for",
    "would be ideal for",
    "would be suitable for",
    "would be a good fit for",
    "would be a good match for",
    "are right for",
    "are a good fit for",
    "are suitable for",
    "should receive",
    "should get",
    "should see",
)
CAMPAIGN_STARTS = (
    *(f"{who}{fits}" for fits in _FITTING for who in ("", "who ", "that ")),
    "for",
    "suitable for",
    "should we target with",
    "should we target for",
    "should we reach with",
    "should we address with",
    "should i target with",
    "best suited to",
    "best suited for",
    "suited to",
    "suited for",
    "fitting",
    "matching",
    "to target with",
    "to target for",
    "with",
    "to be targeted with",
    "right for",
    "good for",
    "best for",
    "ideal for",
)
CAMPAIGN_FILLERS = frozenset({"a", "an", "the", "our", "my", "this", "next", "upcoming", "new", "marketing", "and"})
WHOLE_CATALOGUE = ("fashion", "clothing", "apparel", "clothes")
CLOTHES = frozenset(
    {"jacket", "shoe", "sock", "tshirt", "shirt", "pant", "trouser", "jean", "dress", "skirt", "coat", "sweater"}
    | {"hoodie", "hat", "cap", "scarf", "glove", "belt", "boot", "sneaker", "sandal", "suit", "blouse", "short"}
)

# --- connectors -------------------------------------------------------------------------------------------------------

AND_WORDS = ("and", "and also", "and who also", "as well as", "plus", "but also", "but", "yet", "&")
OR_WORDS = ("or", "or else", "and / or")
_LEAVING_OUT = ("leave out", "leaving out", "skip", "omit", "omitting", "not including", "not counting")
EXCEPT_WORDS = (
    "but exclude",
    "and exclude",
    "but excluding",
    "and excluding",
    "except",
    "except for",
    "excluding",
    "exclude",
    "but not",
    "and not",
    "other than",
    "apart from",
    "with the exception of",
    "minus",
    *(f"{joint}{leave}" for leave in _LEAVING_OUT for joint in ("", "but ", "and ")),
    "without those",
)

# --- behaviour --------------------------------------------------------------------------------------------------------

EVENT_VERBS = {
    EventKind.PURCHASE: (
        "bought",
        "buy",
        "buys",
        "buying",
        "purchased",
        "purchase",
        "purchases",
        "purchasing",
        "ordered",
        "order",
        "orders",
        "ordering",
        "got",
        "acquired",
        "shopped for",
        "picked up",
        "pick up",
        "picking up",
        "paid for",
    ),
    EventKind.VIEW: (
        "viewed",
        "view",
        "views",
        "viewing",
        "looked at",
        "look at",
        "looking at",
        "browsed",
        "browse",
        "browsing",
        "browsed for",
        "browsed through",
        "saw",
        "seen",
    ),
    EventKind.RETURN: ("returned", "return", "returning", "sent back", "gave back", "brought back"),
}
GERUNDS = frozenset({"buying", "purchasing", "ordering", "viewing", "browsing", "returning", "adding", "spending"})
CART_VERBS = ("added", "add", "adding", "put", "putting", "placed")
CART_PLACES = tuple(
    f"{preposition} {owner}{cart}"
    for preposition in ("to", "in", "into")
    for owner in ("", "the ", "their ", "a ", "the shopping ", "their shopping ", "shopping ")
    for cart in ("cart", "carts", "basket", "baskets", "bag", "bags")
)
EVENT_NOUNS = {
    "purchase": EventKind.PURCHASE,
    "purchases": EventKind.PURCHASE,
    "order": EventKind.PURCHASE,
    "orders": EventKind.PURCHASE,
    "view": EventKind.VIEW,
    "views": EventKind.VIEW,
    "product view": EventKind.VIEW,
    "product views": EventKind.VIEW,
    "return": EventKind.RETURN,
    "returns": EventKind.RETURN,
    "cart addition": EventKind.ADD_TO_CART,
    "cart additions": EventKind.ADD_TO_CART,
}
LOVERS = ("lovers", "lover", "fans", "enthusiasts", "aficionados")
EVENT_AGENTS = {
    "buyer": EventKind.PURCHASE,
    "buyers": EventKind.PURCHASE,
    "purchaser": EventKind.PURCHASE,
    "purchasers": EventKind.PURCHASE,
    "viewer": EventKind.VIEW,
    "viewers": EventKind.VIEW,
    "browsers": EventKind.VIEW,
    "returners": EventKind.RETURN,
}
OTHER_EVENTS: dict[str, tuple[str, ...]] = {
    "page-view": (
        *("viewed a page", "view a page", "viewing a page", "visited a page", "visit a page", "visiting a page"),
        *(
            f"{visit} {the}{site}"
            for visit in ("visited", "visit", "visiting")
            for the in ("the ", "our ", "")
            for site in ("site", "website", "web site", "online shop", "online store", "webshop", "pages")
        ),
    ),
    "search": ("searched", "search", "searching", "used the search", "use the search", "did a search", "do a search"),
    "checkout": (
        *("checked out", "check out", "checking out"),
        *(f"{reached} {the}checkout" for reached in ("reached", "reach", "did", "do") for the in ("the ", "a ", "")),
    ),
    "add-wishlist": (
        *("wishlisted", "wishlist", "wishlisting", "wishlisted something", "wishlisted anything", "wishlist anything"),
        *(
            f"{added} {what}to {their} {wish}"
            for added in ("added", "add", "adding")
            for what in ("", "something ", "anything ", "a product ", "products ", "an item ", "items ")
            for their in ("their", "a", "the")
            for wish in ("wishlist", "wish list", "wishlists", "wish lists")
        ),
    ),
}
"""What is said of event types that shops commonly have beside those about products, by the type's usual name."""
AVERAGES = (
    *(
        f"{average} {order} {value}"
        for average in ("average", "mean")
        for order in ("order", "basket", "cart")
        for value in ("value", "total", "amount")
    ),
    *("average order", "mean order", "average basket", "average value per order", "average spend per order", "aov"),
    *("average order spend", "average spending per order", "average amount per order"),
)
ONE_ORDER = tuple(
    f"{within} {one} {order}"
    for within in ("in", "within", "with")
    for one in ("one", "a single", "one single", "the same", "one and the same", "any one")
    for order in ("order", "basket", "transaction")
)
TOGETHER = ("together with", "along with", "alongside", "in combination with")
PIECES = ("unit", "units", "piece", "pieces", "item", "items", "pair", "pairs")
DIFFERENT = ("different", "distinct", "unique", "various")
SAME_PRODUCT = tuple(
    f"{the} {product}"
    for the in ("the same", "the very same", "that same", "that very")
    for product in ("product", "products", "item", "items", "one", "ones", "article")
)
AFTERWARDS = (
    *("afterwards", "afterward", "later", "later on", "subsequently", "thereafter", "after that", "after this"),
    *("since", "since then", "after"),
)
ABANDONED = tuple(
    f"{abandoned} {their}{shopping}{cart}"
    for abandoned in ("abandoned", "abandon", "abandoning", "abandons")
    for their in ("their ", "a ", "the ", "any ", "")
    for shopping in ("shopping ", "")
    for cart in ("cart", "carts", "basket", "baskets")
)
ABANDONING = frozenset({"abandoned", "abandon", "abandoning", "abandons"})
CART_ABANDONERS = ("cart abandoner", "cart abandoners", "basket abandoners", "shopping cart abandoners")
ABANDONED_CARTS = tuple(
    f"{a}abandoned {shopping}{cart}"
    for a in ("an ", "")
    for shopping in ("shopping ", "")
    for cart in ("cart", "carts", "basket", "baskets")
)
REPEAT_BUYERS = tuple(
    f"{repeat} {buyer}"
    for repeat in ("repeat", "repeated")
    for buyer in ("buyer", "buyers", "purchaser", "purchasers", "shopper", "shoppers", "customer", "customers")
)
FIRST_TIME_BUYERS = tuple(
    f"first time {buyer}" for buyer in ("buyer", "buyers", "purchaser", "purchasers", "shopper", "shoppers")
)
ONE_TIME_BUYERS = tuple(
    f"{once} {buyer}"
    for once in ("one time", "onetime", "single purchase", "one off")
    for buyer in ("buyer", "buyers", "purchaser", "purchasers", "shopper", "shoppers", "customer", "customers")
)
MAKE_VERBS = ("made", "make", "makes", "placed", "place", "had", "have", "has", "with", "having")
SPEND_VERBS = ("spent", "spend", "spends", "spending", "paid")
ANYTHING = (
    "anything",
    "something",
    "any product",
    "any products",
    "any item",
    "any items",
    "a product",
    "products",
    "an item",
    "items",
    "at all",
    "anything at all",
    "things",
    "stuff",
)
GENERIC_NOUNS = (
    *(
        "item",
        "items",
        "product",
        "products",
        "thing",
        "things",
        "article",
        "articles",
        "goods",
        "piece",
        "gear",
        "stuff",
    ),
)
PRONOUNS = ("one", "ones", "it", "them", "any", "any of them", "that", "those", "either")
PRODUCT_UNITS = ("pair of", "pairs of", "item of", "piece of")
SYNONYMS = {"tee": "tshirt", "footwear": "shoe"}

BASE_VERBS = frozenset(
    {"buy", "purchase", "order", "view", "look", "browse", "return", "add", "put", "spend", "make", "place", "like"}
    | {"love", "enjoy", "prefer", "live", "have", "speak", "join", "register"}
)
"""Verbs in the form that follows 'did not'."""

# --- interests and meaning --------------------------------------------------------------------------------------------

INTEREST_STARTS = (
    "interested in",
    "with an interest in",
    "with interest in",
    "have an interest in",
    "has an interest in",
    "having an interest in",
    "show an interest in",
    "show interest in",
    "showed interest in",
    "into",
    "fans of",
    "fan of",
    "a fan of",
    "lovers of",
    "keen on",
    "fond of",
    "passionate about",
    "enthusiastic about",
    "care about",
    "interest in",
    "enthusiasts of",
    *(
        f"{having}a {liking} for"
        for liking in ("taste", "passion", "liking", "love", "weakness")
        for having in ("with ", "have ", "has ", "having ", "")
    ),
    "shown interest in",
    "interests include",
    "whose interests include",
    "shown an interest in",
    "crazy about",
)
INTEREST_SCORES = (
    *(
        f"{having} {interest} in"
        for having in ("with an", "with", "have an", "has an", "having an", "whose")
        for interest in ("interest score", "interest", "interest strength")
    ),
)
"""What may stand before a topic whose score is asked for."""
NO_INTEREST_STARTS = (
    *(f"{having}{no} interest in" for having in ("with ", "have ", "has ", "") for no in ("no",)),
    *(f"{without} {any_}interest in" for without in ("without", "lacking") for any_ in ("", "an ", "any ")),
    *("no fans of", "no fan of", "uninterested in"),
)
INTEREST_VERBS = ("like", "likes", "love", "loves", "enjoy", "enjoys", "adore", "prefer", "prefers", "favor", "favour")
PREFER_VERBS = frozenset({"prefer", "prefers", "favor", "favour"})
MAINLY = ("mainly", "mostly", "primarily", "above all", "most of all", "chiefly")
MAIN_INTERESTS = ("main interest", "main interests", "primary interest", "primary interests")
PREFERRED_COLORS = (
    "preferred color",
    "preferred colors",
    "preferred colour",
    "preferred colours",
    "main color",
    "main colour",
)
SIMILAR_STARTS = (
    "similar to",
    "just like",
    "who resemble",
    "resembling",
    "resemble",
    "lookalikes of",
    "look alikes of",
    "look like",
    "looking like",
    "comparable to",
)
LUXURY = ("luxury", "luxurious", "luxuries", "high end", "premium", "upscale", "upmarket", "deluxe")
LUXURY_NOUNS = frozenset(
    {"lifestyle", "lifestyles", "item", "items", "good", "goods", "product", "products", "brand", "brands", "thing"}
    | {"things", "living", "stuff", "shopping"}
)

# --- attributes -------------------------------------------------------------------------------------------------------

PROPERTIES = {
    "total spent": CustomerProperty.TOTAL_SPENT,
    "total spend": CustomerProperty.TOTAL_SPENT,
    "total spending": CustomerProperty.TOTAL_SPENT,
    "total amount spent": CustomerProperty.TOTAL_SPENT,
    "lifetime spend": CustomerProperty.TOTAL_SPENT,
    "lifetime spending": CustomerProperty.TOTAL_SPENT,
    "overall spend": CustomerProperty.TOTAL_SPENT,
    "overall spending": CustomerProperty.TOTAL_SPENT,
    "spend": CustomerProperty.TOTAL_SPENT,
    "spending": CustomerProperty.TOTAL_SPENT,
    "age": CustomerProperty.AGE,
    "country": CustomerProperty.COUNTRY,
    "city": CustomerProperty.CITY,
    "gender": CustomerProperty.GENDER,
    "language": CustomerProperty.LANGUAGE,
    "funnel stage": CustomerProperty.FUNNEL_STAGE,
    "stage": CustomerProperty.FUNNEL_STAGE,
    "favorite color": CustomerProperty.FAVORITE_COLOR,
    "favourite colour": CustomerProperty.FAVORITE_COLOR,
    "favourite color": CustomerProperty.FAVORITE_COLOR,
    "favorite colour": CustomerProperty.FAVORITE_COLOR,
    "birth month": CustomerProperty.BIRTH_MONTH,
    "month of birth": CustomerProperty.BIRTH_MONTH,
    "birthday": CustomerProperty.BIRTHDAY,
    "birthdays": CustomerProperty.BIRTHDAY,
    "birth day": CustomerProperty.BIRTHDAY,
    "date of birth": CustomerProperty.BIRTHDAY,
    "birth date": CustomerProperty.BIRTHDAY,
    "date of joining": CustomerProperty.CREATED_AT,
    "joining date": CustomerProperty.CREATED_AT,
    "sign up date": CustomerProperty.CREATED_AT,
    "preferred language": CustomerProperty.LANGUAGE,
    "stage of the funnel": CustomerProperty.FUNNEL_STAGE,
    **dict.fromkeys(
        ("lifetime value", "customer lifetime value", "life time value", "clv", "ltv", "cltv"),
        CustomerProperty.LIFETIME_VALUE,
    ),
    **{
        f"{name}{score}": score_of
        for names, score_of in (
            (("lead", "total lead"), CustomerProperty.LEAD_SCORE),
            (("prospect", "total prospect"), CustomerProperty.PROSPECT_SCORE),
            (("engagement",), CustomerProperty.ENGAGEMENT_SCORE),
            (("loyalty",), CustomerProperty.LOYALTY_SCORE),
            (("rfm",), CustomerProperty.RFM_SCORE),
            (("churn", "churn risk"), CustomerProperty.CHURN_SCORE),
            (("satisfaction", "customer satisfaction", "csat"), CustomerProperty.SATISFACTION_SCORE),
            (("promoter", "net promoter", "nps"), CustomerProperty.PROMOTER_SCORE),
        )
        for name in names
        for score in (" score", " scores", *(("",) if name in {"rfm", "csat", "nps"} else ()))
    },
}
LIVE_IN = (
    "live in",
    "lives in",
    "living in",
    "based in",
    "located in",
    "residing in",
    "reside in",
    "resident in",
    "come from",
    "coming from",
    "from",
)
ANYWHERE_BUT = (
    *(
        f"{everywhere} {but}"
        for everywhere in (
            *("any country", "every country", "all countries", "all other countries", "any other country"),
            *("anywhere", "everywhere", "anywhere else", "any city", "all cities", "a country"),
        )
        for but in ("but", "except", "except for", "other than", "apart from", "besides", "outside", "outside of")
    ),
    *("outside", "outside of", "other countries than", "countries other than", "elsewhere than"),
)
"""What follows 'from' where all places but those named are meant."""
OUTSIDE = (*(f"{living}outside{of}" for living in ("", "live ", "lives ", "living ", "based ") for of in ("", " of")),)
CITY_NAMES = {
    **dict.fromkeys(("saigon", "sài gòn", "hcmc", "hcm city"), "ho chi minh city"),
    "hà nội": "hanoi",
    "đà nẵng": "da nang",
    "huế": "hue",
    "hồ chí minh": "ho chi minh city",
    "thành phố hồ chí minh": "ho chi minh city",
}
"""Names that people use for a city beside its own."""
JOINED = (
    "joined",
    "join",
    "signed up",
    "sign up",
    "registered",
    "register",
    "became customers",
    "became a customer",
    "were created",
    "was created",
    "created",
    "opened an account",
)
GENDERS = {
    "female": "female",
    "females": "female",
    "woman": "female",
    "women": "female",
    "ladies": "female",
    "male": "male",
    "males": "male",
    "man": "male",
    "men": "male",
    "gentlemen": "male",
}
AGE_GROUPS = {
    **dict.fromkeys(("adults", "adult customers"), (18,)),
    **dict.fromkeys(("teenagers", "teens", "teenage customers"), (13, 19)),
    "minors": (0, 17),
}
"""Words for people that say how old they are: from an age on, or from one age to another."""
GENDER_NOUNS = frozenset({"females", "woman", "women", "ladies", "males", "man", "men", "gentlemen"})
SPEAK = ("speak", "speaks", "speaking", "who speak")
LANGUAGES = {
    "english": "en",
    "german": "de",
    "polish": "pl",
    "czech": "cs",
    "vietnamese": "vi",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "dutch": "nl",
    "portuguese": "pt",
    "chinese": "zh",
    "japanese": "ja",
    "korean": "ko",
    "thai": "th",
    "russian": "ru",
    "ukrainian": "uk",
}
DECADES = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "teens": 13}
DECADES |= {f"{decade}s": decade for decade in range(20, 100, 10)}

# --- comparison -------------------------------------------------------------------------------------------------------

COMPARATORS = {
    "more than": Operator.GT,
    "over": Operator.GT,
    "above": Operator.GT,
    "greater than": Operator.GT,
    "higher than": Operator.GT,
    "older than": Operator.GT,
    "exceeding": Operator.GT,
    "in excess of": Operator.GT,
    "beyond": Operator.GT,
    "upwards of": Operator.GT,
    "more expensive than": Operator.GT,
    "dearer than": Operator.GT,
    ">": Operator.GT,
    "at least": Operator.GE,
    "no less than": Operator.GE,
    "not less than": Operator.GE,
    "no fewer than": Operator.GE,
    "not fewer than": Operator.GE,
    "a minimum of": Operator.GE,
    "minimum": Operator.GE,
    ">=": Operator.GE,
    "less than": Operator.LT,
    "under": Operator.LT,
    "below": Operator.LT,
    "fewer than": Operator.LT,
    "lower than": Operator.LT,
    "cheaper than": Operator.LT,
    "younger than": Operator.LT,
    "<": Operator.LT,
    "no older than": Operator.LE,
    "no younger than": Operator.GE,
    "at most": Operator.LE,
    "no more than": Operator.LE,
    "not more than": Operator.LE,
    "a maximum of": Operator.LE,
    "up to": Operator.LE,
    "<=": Operator.LE,
    "exactly": Operator.EQ,
    "precisely": Operator.EQ,
    "equal to": Operator.EQ,
    "=": Operator.EQ,
}
AFTER_VALUE = {
    "or more": Operator.GE,
    "or over": Operator.GE,
    "or above": Operator.GE,
    "or older": Operator.GE,
    "and above": Operator.GE,
    "and over": Operator.GE,
    "and older": Operator.GE,
    "and up": Operator.GE,
    "plus": Operator.GE,
    "+": Operator.GE,
    "or less": Operator.LE,
    "or fewer": Operator.LE,
    "or younger": Operator.LE,
    "or under": Operator.LE,
    "and under": Operator.LE,
    "and younger": Operator.LE,
}
COMPARED = frozenset({"more", "less", "fewer", "older", "younger", "later", "earlier"})
AGE_COMPARATORS = frozenset({"older than", "younger than"})
NUMBER_WORDS = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
MULTIPLIERS = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
TIMES = {"once": 1, "twice": 2, "thrice": 3}
CURRENCIES = {
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "€": "EUR",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "bucks": "USD",
    "$": "USD",
    "gbp": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "£": "GBP",
    "vnd": "VND",
    "dong": "VND",
    "₫": "VND",
    "đ": "VND",
    "pln": "PLN",
    "zloty": "PLN",
    "zlotys": "PLN",
    "zł": "PLN",
    "czk": "CZK",
    "koruna": "CZK",
    "crowns": "CZK",
    "chf": "CHF",
    "jpy": "JPY",
    "yen": "JPY",
    "¥": "JPY",
}

# --- time -------------------------------------------------------------------------------------------------------------

TIME_UNITS = {
    "hour": TimeUnit.HOUR,
    "hours": TimeUnit.HOUR,
    "day": TimeUnit.DAY,
    "days": TimeUnit.DAY,
    "week": TimeUnit.WEEK,
    "weeks": TimeUnit.WEEK,
    "month": TimeUnit.MONTH,
    "months": TimeUnit.MONTH,
    "year": TimeUnit.YEAR,
    "years": TimeUnit.YEAR,
}
SPANS = {
    "fortnight": (2, TimeUnit.WEEK),
    "fortnights": (2, TimeUnit.WEEK),
    "half year": (6, TimeUnit.MONTH),
    "half a year": (6, TimeUnit.MONTH),
}
"""Lengths of time with a name of their own."""
CALENDAR_UNITS = {
    "day": CalendarUnit.DAY,
    "days": CalendarUnit.DAY,
    "week": CalendarUnit.WEEK,
    "weeks": CalendarUnit.WEEK,
    "month": CalendarUnit.MONTH,
    "months": CalendarUnit.MONTH,
    "quarter": CalendarUnit.QUARTER,
    "quarters": CalendarUnit.QUARTER,
    "year": CalendarUnit.YEAR,
    "years": CalendarUnit.YEAR,
}
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}

NAMED_TIMES = (
    *("weekend", "weekends", "holidays", "holiday season", "christmas", "christmas season", "xmas", "easter", "advent"),
    *("new year", "new year 's eve", "black friday", "cyber monday", "valentine 's day", "valentines day"),
    *("halloween", "thanksgiving", "tet", "tết", "lunar new year", "summer", "winter", "spring", "autumn", "fall"),
    *("morning", "evening", "afternoon"),
)
"""Times that are no dates: which days they are is asked."""

# --- activation -------------------------------------------------------------------------------------------------------

CHANNELS = {
    "email": Channel.EMAIL,
    "e mail": Channel.EMAIL,
    "mail": Channel.EMAIL,
    "emails": Channel.EMAIL,
    "e mails": Channel.EMAIL,
    "text messages": Channel.SMS,
    "newsletter": Channel.EMAIL,
    "sms": Channel.SMS,
    "text message": Channel.SMS,
    "text": Channel.SMS,
    "zalo": Channel.ZALO,
    "zalo oa": Channel.ZALO,
    "messenger": Channel.MESSENGER,
    "facebook messenger": Channel.MESSENGER,
    "facebook": Channel.MESSENGER,
    "mobile push": Channel.MOBILE_PUSH,
    "app push": Channel.MOBILE_PUSH,
    "mobile": Channel.MOBILE_PUSH,
    "in app": Channel.MOBILE_PUSH,
    "web push": Channel.WEB_PUSH,
    "browser push": Channel.WEB_PUSH,
}
WANTING = tuple(f"{we} {want} to" for we in ("i", "we") for want in ("want", "need", "would like"))
SENDING = ("notify", "contact", "message", "write to", "send", "reach out to", "send a message to", "send an offer to")
RECIPIENTS = (
    "them",
    "these customers",
    "those customers",
    "these users",
    "these people",
    "everyone",
    "all of them",
    "each of them",
    "the segment",
    "this segment",
    "it to them",
    "to them",
    "to these customers",
    "to all of them",
    "to the segment",
    "to this segment",
)
MESSAGE_NOUNS = (
    *("wishes", "birthday wishes", "greeting", "greetings", "birthday greeting", "birthday greetings", "voucher"),
    *("coupon", "invitation", "update", "news", "discount", "marketing", "birthday"),
    "message",
    "messages",
    "notification",
    "notifications",
    "offer",
    "note",
    "reminder",
    "campaign",
)
SAYING = (
    "saying",
    "that says",
    "which says",
    "reading",
    "that reads",
    "with the text",
    "with the message",
    "with text",
    "to say",
    "with the words",
    "with the content",
    "telling them",
    "and say",
    "say",
)

# --- relations --------------------------------------------------------------------------------------------------------

_HOME = (
    *("in one household with", "in the same household as", "in the same household with", "in the same home as"),
    *("in the same household like", "in a household with", "under one roof with"),
)
RELATIONS = {
    RelationKind.HOUSEHOLD: (
        *(f"{live}{home}" for live in ("live ", "lives ", "living ", "") for home in _HOME),
        *("live with", "lives with", "living with", "live together with", "living together with"),
        *("share a household with", "shares a household with", "sharing a household with"),
        *("from the same household as", "of the same household as", "household members of"),
    ),
    RelationKind.REFERRED_BY: (
        *("referred by", "referrals of", "friends referred by", "brought in by", "customers referred by"),
        *("recruited by", "invited by"),
    ),
    RelationKind.REFERRED: ("referred", "refer", "refers", "referring", "brought in"),
    RelationKind.CO_PURCHASE: (
        *(
            f"{bought} the same {products} as"
            for bought in ("bought", "buy", "purchased", "purchase", "ordered", "order", "buying")
            for products in ("products", "product", "things", "items", "articles")
        ),
        *("bought the same as", "share a purchase with", "have a purchase in common with"),
    ),
}
SOMEBODY = (
    *("a customer", "a person", "another customer", "one customer", "a friend", "a user"),
    *("someone", "somebody", "others", "a person", "another person", "someone else", "somebody else", "anyone else"),
)

# --- messages and channels --------------------------------------------------------------------------------------------

EXPOSURE_VERBS = {
    ExposureKind.RECEIVED: (
        *("received", "receive", "receives", "receiving", "got sent", "were sent", "was sent", "been sent"),
        *("were targeted by", "were targeted with", "were reached by", "got", "get"),
    ),
    ExposureKind.OPENED: ("opened", "open", "opens", "opening", "read"),
    ExposureKind.CLICKED: (
        *(
            f"{click}{on}"
            for click in ("clicked", "click", "clicks", "clicking")
            for on in ("", " in", " on", " through")
        ),
    ),
    ExposureKind.CONVERTED: (
        *(
            f"{convert}{after}"
            for convert in ("converted", "convert", "converts", "converting")
            for after in ("", " after", " from", " through", " in", " on")
        ),
    ),
}
REACHABLE = (
    "reachable",
    "contactable",
    "who we can reach",
    "whom we can reach",
    "whom we may contact",
    *(
        f"{can} be {reached}"
        for can in ("can", "could", "may")
        for reached in ("reached", "contacted", "messaged", "addressed", "notified")
    ),
)
CONSENTED = (
    *(
        f"{agreed}{to}"
        for agreed in ("consented", "agreed", "consent", "agree", "opted in", "opt in", "gave consent", "given consent")
        for to in ("", " to", " for", " to receive", " to get", " to receiving")
    ),
    *("gave permission for", "given permission for", "consented to marketing", "gave their consent to"),
)
OPTED_OUT = (
    *("opted out", "opted out of", "unsubscribed", "unsubscribed from", "withdrew their consent", "withdrew consent"),
    *("have opted out of", "withdrew consent to"),
)
ADDRESSES = {
    **dict.fromkeys(("e mail address", "email address", "mail address", "e mail addresses"), Channel.EMAIL),
    **dict.fromkeys(("phone number", "telephone number", "mobile number", "mobile phone number"), Channel.SMS),
    **dict.fromkeys(("zalo id", "zalo account", "zalo address"), Channel.ZALO),
    **dict.fromkeys(("messenger id", "messenger account", "facebook messenger account"), Channel.MESSENGER),
}

# --- what has to be asked ---------------------------------------------------------------------------------------------

VAGUE = {
    "recently": (
        Told.of("How recent is “{words}”?", words="recently"),
        ("in the last 7 days", "in the last 30 days", "in the last 90 days"),
    ),
    "recent": (
        Told.of("How recent is “{words}”?", words="recent"),
        ("in the last 7 days", "in the last 30 days", "in the last 90 days"),
    ),
    "lately": (
        Told.of("How recent is “{words}”?", words="lately"),
        ("in the last 7 days", "in the last 30 days", "in the last 90 days"),
    ),
    "loyal": (
        Told.of("How is “{words}” measured?", words="loyal"),
        ("bought anything at least 3 times", "joined before a date"),
    ),
    "active": (
        Told.of("How is “{words}” measured?", words="active"),
        ("viewed anything in the last 30 days", "bought anything in the last 30 days"),
    ),
    "inactive": (
        Told.of("How is “{words}” measured?", words="inactive"),
        ("did not view anything in the last 30 days",),
    ),
    "lapsed": (
        Told.of("How is “{words}” measured?", words="lapsed"),
        ("did not buy anything in the last 90 days",),
    ),
    "churned": (
        Told.of("How is “{words}” measured?", words="churned"),
        ("did not buy anything in the last 90 days",),
    ),
    "engaged": (
        Told.of("How is “{words}” measured?", words="engaged"),
        ("viewed anything in the last 30 days",),
    ),
    "good": (
        Told.of("How is “{words}” measured?", words="good"),
        ("whose total spent is more than an amount", "top 100 customers by total spent"),
    ),
    "best": (Told.of("How is “{words}” measured?", words="best"), ("top 100 customers by total spent",)),
    "valuable": (
        Told.of("How is “{words}” measured?", words="valuable"),
        ("whose total spent is more than an amount",),
    ),
    "high value": (
        Told.of("How is “{words}” measured?", words="high value"),
        ("whose total spent is more than an amount",),
    ),
    "big spenders": (Told.of("How much has a big spender spent?"), ("whose total spent is more than an amount",)),
    "high spenders": (Told.of("How much has a high spender spent?"), ("whose total spent is more than an amount",)),
    "frequent": (
        Told.of("How often is “{words}”?", words="frequent"),
        ("at least 3 times in the last 90 days",),
    ),
    "frequently": (
        Told.of("How often is “{words}”?", words="frequently"),
        ("at least 3 times in the last 90 days",),
    ),
    "often": (Told.of("How often is “{words}”?", words="often"), ("at least 3 times in the last 90 days",)),
    "regular": (
        Told.of("How is “{words}” measured?", words="regular"),
        ("at least 3 times in the last 90 days",),
    ),
    "regularly": (
        Told.of("How often is “{words}”?", words="regularly"),
        ("at least 3 times in the last 90 days",),
    ),
    "several": (
        Told.of("How many are “{words}”?", words="several"),
        ("at least 3 units of …", "at least 3 times"),
    ),
    "several times": (Told.of("How often is “{words}”?", words="several times"), ("at least 3 times",)),
    "multiple": (
        Told.of("How many are “{words}”?", words="multiple"),
        ("at least 2 units of …", "at least 2 times"),
    ),
    "multiple times": (
        Told.of("How often is “{words}”?", words="multiple times"),
        ("at least 2 times", "at least 3 times"),
    ),
    "many": (Told.of("How many are “{words}”?", words="many"), ("at least 5 units of …", "at least 5 times")),
    "many times": (Told.of("How often is “{words}”?", words="many times"), ("at least 5 times",)),
    "a few": (
        Told.of("How many are “{words}”?", words="a few"),
        ("at least 3 units of …", "at least 3 times"),
    ),
    "a few times": (Told.of("How often is “{words}”?", words="a few times"), ("at least 3 times",)),
    "new": (Told.of("Since when is a customer new?"), ("joined in the last 30 days",)),
    "old": (
        Told.of("Which age or time is meant by “{words}”?", words="old"),
        ("older than 60", "joined before a date"),
    ),
    "young": (Told.of("Up to which age is “{words}”?", words="young"), ("younger than 25", "younger than 30")),
    "rich": (
        Told.of("How is “{words}” measured?", words="rich"),
        ("whose total spent is more than an amount",),
    ),
    "wealthy": (
        Told.of("How is “{words}” measured?", words="wealthy"),
        ("whose total spent is more than an amount",),
    ),
    **dict.fromkeys(
        ("seniors", "senior", "elderly", "pensioners", "older people"),
        (Told.of("From which age on is that?"), ("older than 60", "older than 65")),
    ),
    **dict.fromkeys(
        ("millennials", "gen z", "generation z", "boomers", "gen x", "middle aged", "younger people", "youngsters"),
        (Told.of("Which ages are meant?"), ("aged 18 to 28", "aged 29 to 44", "aged 45 to 60")),
    ),
    **dict.fromkeys(
        ("at risk", "at risk of churning", "likely to churn", "with high churn risk", "with a high churn risk"),
        (
            Told.of("From which churn score on?"),
            ("whose churn score is at least 0.7", "did not buy anything in the last 90 days"),
        ),
    ),
    **dict.fromkeys(
        ("nps promoters", "promoters", "detractors", "nps detractors"),
        (
            Told.of("Which promoter scores are meant?"),
            ("whose promoter score is at least 9", "whose promoter score is at most 6"),
        ),
    ),
    **dict.fromkeys(
        ("satisfied", "unsatisfied", "dissatisfied", "unhappy", "happy"),
        (Told.of("Which satisfaction scores are meant?"), ("whose satisfaction score is at least 4",)),
    ),
    **dict.fromkeys(
        ("big spender", "high spending", "low spending", "top spenders", "heavy spenders", "low spenders", "spenders"),
        (
            Told.of("How much have they spent?"),
            ("whose total spent is more than an amount", "top 100 customers by total spent"),
        ),
    ),
    **dict.fromkeys(
        ("heavy buyers", "frequent buyers", "occasional buyers", "regulars"),
        (Told.of("How often have they bought?"), ("bought anything at least 3 times in the last 90 days",)),
    ),
    **dict.fromkeys(
        ("strongly", "highly", "very", "really", "extremely"),
        (Told.of("How strong is that?"), ("interested in … with a score of at least 0.5", "mainly interested in …")),
    ),
    **{
        f"{where} the {side}": (
            Told.of("Which cities or countries are meant by “{words}”?", words=f"the {side}"),
            ("living in a city or country by name",),
        )
        for where in ("in", "from")
        for side in ("north", "south", "east", "west", "centre", "center")
    },
    **dict.fromkeys(
        ("nearby", "local", "abroad", "in big cities", "in the big cities", "rural", "urban"),
        (Told.of("Which cities or countries are meant?"), ("living in a city or country by name",)),
    ),
    "cheap": (Told.of("Which price is “{words}”?", words="cheap"), ("priced at most an amount",)),
    "expensive": (Told.of("Which price is “{words}”?", words="expensive"), ("priced more than an amount",)),
}
"""Words whose measure only the requester knows: the question, and readings that this grammar understands."""


MASS_NOUNS = frozenset(
    {"apparel", "bedding", "beer", "clothing", "coffee", "cutlery", "equipment", "food", "footwear", "furniture"}
    | {"gear", "jewellery", "jewelry", "kitchenware", "knitwear", "lingerie", "luggage", "makeup", "merchandise"}
    | {"outerwear", "perfume", "skincare", "software", "sportswear", "stationery", "swimwear", "tableware", "tea"}
    | {"underwear", "wine", "haircare", "homeware", "hardware", "music", "bakery", "dairy", "grocery", "beauty"}
)


def plural(noun: str) -> str:
    """The plural of a category's name, which stays as it is where it names no single thing."""
    word = noun.lower()
    if word.endswith("s") or word in MASS_NOUNS:
        return noun
    if word.endswith(("x", "z", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{noun}s"


def _words(*tables: Iterable[str]) -> frozenset[str]:
    return frozenset(word for table in tables for phrase in table for word in phrase.split(" "))


RESERVED = _words(
    OPENINGS,
    SUBJECTS,
    EVERYBODY,
    QUANTIFIERS,
    DETERMINERS,
    RELATIVES,
    SEGMENT_NOUNS,
    CAMPAIGNS,
    AND_WORDS,
    OR_WORDS,
    EXCEPT_WORDS,
    *EVENT_VERBS.values(),
    CART_VERBS,
    CART_PLACES,
    EVENT_NOUNS,
    EVENT_AGENTS,
    SPEND_VERBS,
    MAKE_VERBS,
    PIECES,
    DIFFERENT,
    TOGETHER,
    ONE_ORDER,
    AVERAGES,
    SAME_PRODUCT,
    AFTERWARDS,
    ABANDONED,
    NAMED_TIMES,
    *OTHER_EVENTS.values(),
    ANYTHING,
    PRONOUNS,
    INTEREST_STARTS,
    INTEREST_VERBS,
    LUXURY,
    PROPERTIES,
    LIVE_IN,
    JOINED,
    GENDERS,
    LANGUAGES,
    COMPARATORS,
    NUMBER_WORDS,
    TIMES,
    CURRENCIES,
    TIME_UNITS,
    MONTHS,
    CHANNELS,
    VAGUE,
    ("last", "past", "previous", "this", "today", "yesterday", "not", "never", "no", "nothing", "both", "neither"),
    ("first", "then", "within", "before", "after", "since", "ago", "worth", "among"),
)
"""Words that mean something to this grammar: a name spelled like one of them stands in quotes."""
