"""Edits in English."""

import re

from leo_activation.segments.follow_ups.words import Operation, Phrasing, rule
from leo_activation.segments.plan import CustomerProperty

_PEOPLE = (
    r"(?:those|these|the ones|the people|people|customers|clients|users|shoppers|buyers"
    r"|everyone|everybody|anyone|all)\b"
)
_CONDITION = r"(?: condition| filter| restriction| criterion| constraint| requirement| part)s?"
_DROPPING = (
    r"(?:forget|ignore|drop|never mind|disregard|(?:do not|don't|dont) care about|regardless of|lift)(?: about)?"
)
_IT = r"(?:it|that|this)"
_THEM = r"(?:them|those|these)"

ENGLISH = Phrasing(
    before=re.compile(
        r"(?:ok|okay|now|please|pls|actually|then|so|well|sorry|hmm|yes|can you|could you|would you|let us|let's"
        r"|i want to|i would like to|we want to|(?:and )?(?:what|how) about)\b[ ,]*",
        re.IGNORECASE,
    ),
    after=re.compile(r"[ ,]*(?:\b(?:please|for now|now|thanks|thank you)\b)?[ .!?;,]*$", re.IGNORECASE),
    between=re.compile(r"\s*(?:[;.](?=\s)|,?\s+(?:and|but|then)(?:\s+then)?(?=\s)|,(?=\s))\s+", re.IGNORECASE),
    rules=(
        rule(
            Operation.START_OVER,
            r"(?:start over|start again|new request|forget (?:it all|all that|all of that|everything))(?: with)?"
            r"\s*[:,.]?\s+(?P<x>.+)",
        ),
        rule(
            Operation.SEND_NOTHING,
            r"(?:do not|don't|dont) send (?:them |it )?(?:anything|any messages?|a message)|send (?:them )?nothing"
            r"|(?:no|without (?:a|any|the)|forget the|drop the) messages?",
        ),
        rule(
            Operation.UNCUT,
            r"all of them(?:,? (?:no|without(?: an?y?)?) limit)?|(?:take |show )?everyone of them"
            r"|(?:no|without(?: an?y?| the)?|remove the|forget the|drop the|lift the) (?:limit|cut|cap)",
        ),
        rule(
            Operation.NAME,
            r"(?:call|name|title|label) (?:it|them|this|that|the segment|this segment|that segment) (?P<x>.+)",
        ),
        rule(Operation.NAME, r"rename (?:it |this |them |the segment |this segment )?(?:to|into|as) (?P<x>.+)"),
        rule(
            Operation.SEND,
            r"(?:but |and )?(?P<also>also )?send (?:it|this|that|the message|the offer|them)(?: to them)?"
            r"(?P<x> (?:by|via|on|over|through) .+?)(?: instead)?",
        ),
        rule(
            Operation.SEND,
            r"(?:but |and )?(?P<also>also )?(?P<x>(?:send an?|(?:send|e-?mail|text|notify|message|zalo)"
            r" (?:it|this|them|them all|everyone))\b.*?)(?: instead)?",
        ),
        rule(
            Operation.SEND,
            r"(?:and )?(?:also )?(?P<also>add) (?P<x>(?:an?|the) (?:[\w-]+ )?(?:e-?mail|sms|message|text|push)\b.*)",
        ),
        rule(
            Operation.SWAP,
            r"(?:instead of|rather than|in place of) (?P<x>.+?):(?: use| take| make it| now)? (?P<y>.+)",
        ),
        rule(
            Operation.SWAP,
            r"(?:instead of|rather than|in place of) (?P<x>.+?),(?: use| take| make it| now)? (?P<y>.+)",
        ),
        rule(Operation.SWAP, r"(?P<y>.+?),? (?:instead of|rather than|in place of) (?P<x>.+)"),
        rule(Operation.SWAP, r"(?:replace|swap) (?P<x>.+?) (?:by|with|for) (?P<y>.+)"),
        rule(Operation.SWAP, rf"(?:change|switch|set) (?!{_IT}\b)(?P<x>.+?) (?:to|into) (?P<y>.+)"),
        rule(Operation.SWAP, r"not (?P<x>.+?),? but (?P<y>.+)"),
        rule(
            Operation.DROP,
            rf"(?:{_DROPPING}|remove|delete|without|no|take away|skip|cancel) (?:the |any |that )?"
            rf"(?P<x>.+?){_CONDITION}",
        ),
        rule(
            Operation.EXCLUDE,
            rf"(?:drop|remove|ignore|skip|take out) (?P<x>{_PEOPLE}.*)",
        ),
        rule(Operation.DROP, rf"{_DROPPING} (?:the |any |that )?(?P<x>.+)"),
        rule(
            Operation.DROP, r"(?:any|every) (?P<x>age|city|country|gender|language|time|period)(?: will do| is fine)?"
        ),
        rule(Operation.DROP, r"the (?P<x>[\w ]+?) (?:does not|doesn't|doesnt) matter"),
        rule(Operation.REPLACE, rf"(?:make|change|set|switch) {_IT} (?:to |into )?(?P<y>.+?)(?: instead)?"),
        rule(Operation.SWAP, r"make the (?P<x>[a-z]+(?: [a-z]+)?) (?P<y>.+?)(?: instead)?"),
        rule(
            Operation.EXCLUDE,
            r"(?:and |but )?also (?:not|no|without|except|excluding|exclude|leave out) (?P<x>.+)",
        ),
        rule(
            Operation.UNITE,
            r"(?:and )?(?:also|add|include|plus)(?: also)?"
            r" (?:all(?: of)?(?: the| our)?(?: customers| people| those)?|everyone|everybody|every customer|anyone)"
            r" (?P<x>.+)",
        ),
        rule(
            Operation.WIDEN,
            r"(?:and )?(?:also include|also add|also take|include also|include|add|plus|as well as|or also|or"
            r"|also(?! who\b)) (?P<x>.+)",
        ),
        rule(Operation.WIDEN, r"(?:and )?(?P<x>.+?),? (?:too|as well)"),
        rule(
            Operation.EXCLUDE,
            r"(?:but |and )?(?:without|except for|except|excluding|exclude|minus|leave out|leaving out|not including"
            r"|other than|apart from|not|no) (?P<x>.+)",
        ),
        rule(
            Operation.NARROW,
            rf"(?:but |and |make it )?(?:only|just|keep only|keep|restrict (?:it|{_THEM}|this) to|nobody but"
            rf"|limit (?:it|{_THEM}|this) to|narrow (?:it|{_THEM}|this)(?: down)? to"
            rf"|(?:of|among) {_THEM},?(?: only| just)?) (?P<x>.+)",
        ),
        rule(Operation.NARROW, r"(?P<x>.+?),? only"),
        rule(Operation.NARROW, r"(?:and |additionally |also )?(?:they )?(?:must|should|have to)(?: also)? (?P<x>.+)"),
        rule(Operation.NARROW, r"(?:and )?(?:also )?(?P<x>(?:who|whose|that) .+)"),
        rule(Operation.NARROW, r"(?:and|additionally|of whom) (?!also\b)(?P<x>.+)"),
        rule(Operation.REPLACE, r"(?P<y>.+?),? (?:instead|rather)"),
        rule(Operation.REPLACE, r"(?:i meant|i mean|rather|let's (?:say|take|use)|use|take) (?P<y>.+)"),
    ),
    first_so_many=rule(Operation.NARROW, r"(?:the )?(?:top|first|best) (?P<n>[1-9]\d{0,6})(?: of them)?"),
    means=rule(
        Operation.SWAP,
        r"(?:by |with )?[\"“']?(?P<x>.+?)[\"”']? (?:means|is|are|stands for|i mean(?:t)?) (?P<y>.+)",
    ),
    properties={
        "age": (CustomerProperty.AGE,),
        "ages": (CustomerProperty.AGE,),
        "city": (CustomerProperty.CITY,),
        "cities": (CustomerProperty.CITY,),
        "town": (CustomerProperty.CITY,),
        "country": (CustomerProperty.COUNTRY,),
        "countries": (CustomerProperty.COUNTRY,),
        "place": (CustomerProperty.CITY, CustomerProperty.COUNTRY),
        "location": (CustomerProperty.CITY, CustomerProperty.COUNTRY),
        "gender": (CustomerProperty.GENDER,),
        "sex": (CustomerProperty.GENDER,),
        "birthday": (CustomerProperty.BIRTHDAY,),
        "birth month": (CustomerProperty.BIRTH_MONTH,),
        "language": (CustomerProperty.LANGUAGE,),
        "funnel stage": (CustomerProperty.FUNNEL_STAGE,),
        "stage": (CustomerProperty.FUNNEL_STAGE,),
        "spending": (CustomerProperty.TOTAL_SPENT,),
        "total spent": (CustomerProperty.TOTAL_SPENT,),
        "lifetime value": (CustomerProperty.LIFETIME_VALUE,),
        "favourite colour": (CustomerProperty.FAVORITE_COLOR,),
        "favorite color": (CustomerProperty.FAVORITE_COLOR,),
        "date of joining": (CustomerProperty.CREATED_AT,),
        "joining date": (CustomerProperty.CREATED_AT,),
        "lead score": (CustomerProperty.LEAD_SCORE,),
        "prospect score": (CustomerProperty.PROSPECT_SCORE,),
        "engagement score": (CustomerProperty.ENGAGEMENT_SCORE,),
        "loyalty score": (CustomerProperty.LOYALTY_SCORE,),
        "churn score": (CustomerProperty.CHURN_SCORE,),
        "satisfaction score": (CustomerProperty.SATISFACTION_SCORE,),
        "rfm score": (CustomerProperty.RFM_SCORE,),
    },
    windows=frozenset({"window", "time", "time window", "period", "time period", "timeframe", "time frame", "dates"}),
    as_condition=(
        "{}",
        "those {}",
        "people {}",
        "people who {}",
        "people who are {}",
        "people in {}",
        "people with {}",
    ),
    as_window=("people who bought anything {}",),
    as_length="people who bought anything in the last {}",
    as_goods=("people who bought {}", "people who bought {} products"),
    as_money=("people whose total spent is {}",),
    as_cut=("{}", "the {}", "{} people"),
    as_name="everyone, call it {}",
    as_sending=("everyone, {}", "everyone, send them a message {}", "everyone, send them {}"),
    what_to_change=(
        "What is to change? Say for example “only …”, “without …”, “also …”, “… instead of …” or “forget the …”; "
        "“start over: …” begins anew."
    ),
    instead_or_too="Is “{}” a further condition, or a request of its own instead of the one at hand?",
    readings_of_whole=("only {}", "start over: {}"),
    which_one="Which part does “{}” change?",
    reading_of_swap="instead of those {}: those {}",
    reading_of_limit="only the top {}",
    nothing_like_it="The segment has no condition “{}” to change; it asks for: {}",
    nobody_left="Nobody would be left: the segment asks for exactly those “{}”. What is meant instead?",
    reading_of_drop="forget those {}",
    already="“{}” changes nothing: the segment asks for it already. What is meant instead?",
    everybody_already="The segment is of all customers, so “{}” adds nobody. What is meant instead?",
    not_cut="The segment has no limit that could be lifted. What is meant instead?",
    one_message=(
        "A segment is sent one message, and one is planned already. If this one replaces it, say “send …” without "
        "“also”."
    ),
    nothing_to_send="Nothing is sent to this segment. What is meant instead?",
    among_alternatives="“{}” stands among alternatives: what remains of them?",
    cannot_be_planned="This cannot be planned: {}",
    only_or_all="Are all those meant, whatever the other conditions, or is one condition widened?",
    reading_of_union="also everyone {}",
    reading_of_one="instead of those {}: those {} or {}",
    added="now also asked {}",
    removed="no longer asked {}",
    became="{} became {}",
    joined="also all customers {}",
    changed="Changed: {}",
    no_conditions="all customers",
    cut_changed="now the {}",
    no_cut="no limit any more",
    named='called "{}"',
    sends="what is sent",
    sends_nothing="nothing is sent",
    whole="a request of its own, read instead of the one before",
    left_aside="“{}” is left aside, because no plan was made of it",
    read_as="“{}” is read as “{}”",
)
