"""Words that change a plan: each follow-up is the same as a request for the whole, or is asked back."""

from dataclasses import replace

import pytest

from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.plan import Attribute, Channel, conjuncts, leaves
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest
from tests.segments.catalogues import AS_OF, VIETNAM
from tests.segments.follow_ups.speaking import at_hand, planned, revised

WOMEN = "women from Hanoi who bought shoes in the last 60 days"
NU = "khách hàng nữ ở Hà Nội đã mua giày trong 60 ngày qua"
VIEWED = "customers who viewed jackets and then bought shoes within 7 days"
XEM = "khách hàng đã xem áo khoác rồi mua giày trong vòng 7 ngày"
BOTH = "customers who viewed jackets and then bought jackets"
TWO_CITIES = "customers in Hanoi or Da Nang"
TOP = "top 50 customers over 30 by total spent"

# A request, the follow-up, and the request for the whole that it makes.
EDITS = [
    # narrow
    (WOMEN, "only over 30", f"{WOMEN} and whose age is more than 30"),
    (WOMEN, "and who viewed socks", f"{WOMEN} and who viewed socks"),
    (WOMEN, "who also viewed socks", f"{WOMEN} and who viewed socks"),
    (WOMEN, "of those, only people aged 25 to 35", f"{WOMEN} and whose age is between 25 and 35"),
    (TWO_CITIES, "now only Hanoi", "customers in Hanoi"),
    (TWO_CITIES, "Hanoi only, please", "customers in Hanoi"),
    (TWO_CITIES, "only Hanoi or Hue", "customers in Hanoi"),
    ("customers over 30", "only over 40", "customers over 40"),
    ("customers over 30", "only under 50", "customers over 30 and under 50"),
    ("all customers", "only women", "women"),
    # what cannot hold together gives way
    (WOMEN, "now only Da Nang", "women from Da Nang who bought shoes in the last 60 days"),
    (WOMEN, "only men", "men from Hanoi who bought shoes in the last 60 days"),
    ("customers over 30", "only under 25", "customers under 25"),
    ("customers who did not buy shoes", "only those who bought shoes", "customers who bought shoes"),
    ("customers not from Hanoi", "only Hanoi", "customers from Hanoi"),
    # exclude
    (WOMEN, "without those who bought in the last 7 days", f"{WOMEN} and who did not buy anything in the last 7 days"),
    (WOMEN, "but not those who viewed socks", f"{WOMEN} and who did not view socks"),
    (TWO_CITIES, "but not customers from Da Nang", "customers in Hanoi"),
    (TWO_CITIES, "leave out Hanoi", "customers in Da Nang"),
    ("customers not from Hanoi", "also not from Hue", "customers not from Hanoi and not from Hue"),
    # widen
    (WOMEN, "also those from Da Nang", "women from Hanoi or Da Nang who bought shoes in the last 60 days"),
    (TWO_CITIES, "also Hue", "customers in Hanoi, Da Nang or Hue"),
    (TWO_CITIES, "or who viewed shoes", "customers (in Hanoi or Da Nang or who viewed shoes)"),
    (TWO_CITIES, "those from Hue too", "customers in Hanoi, Da Nang or Hue"),
    # replace
    (WOMEN, "make it 30 days", "women from Hanoi who bought shoes in the last 30 days"),
    (WOMEN, "the last 90 days instead", "women from Hanoi who bought shoes in the last 90 days"),
    (WOMEN, "only in the last 90 days", "women from Hanoi who bought shoes in the last 90 days"),
    (WOMEN, "instead of Hanoi, Da Nang", "women from Da Nang who bought shoes in the last 60 days"),
    (WOMEN, "Da Nang instead of Hanoi", "women from Da Nang who bought shoes in the last 60 days"),
    (WOMEN, "replace shoes with socks", "women from Hanoi who bought socks in the last 60 days"),
    (WOMEN, "make it socks", "women from Hanoi who bought socks in the last 60 days"),
    (WOMEN, "change the city to Hue", "women from Hue who bought shoes in the last 60 days"),
    (WOMEN, "change the window to 90 days", "women from Hanoi who bought shoes in the last 90 days"),
    ("customers in Hanoi or Hue", "instead of Hue, Da Nang", "customers in Hanoi or Da Nang"),
    ("customers who spent over 2 million dong", "make it 5 million", "customers who spent over 5 million dong"),
    (
        "customers whose last purchase was more than 90 days ago",
        "make it 30 days",
        "customers whose last purchase was more than 30 days ago",
    ),
    ("customers who bought red shoes", "make it blue", "customers who bought blue shoes"),
    ("customers who bought red shoes", "make it socks", "customers who bought red socks"),
    ("customers who bought jackets or shoes", "socks instead of jackets", "customers who bought socks or shoes"),
    ("customers who bought red or green shoes", "blue instead of red", "customers who bought blue or green shoes"),
    (WOMEN, "and what about socks instead of shoes?", "women from Hanoi who bought socks in the last 60 days"),
    (VIEWED, "socks instead of jackets", VIEWED.replace("jackets", "socks")),
    (VIEWED, "replace shoes with socks", VIEWED.replace("shoes", "socks")),
    (
        "customers who added jackets to the cart and did not buy them within 3 days",
        "shoes instead of jackets",
        "customers who added shoes to the cart and did not buy them within 3 days",
    ),
    (
        "customers who bought jackets together with shoes",
        "socks instead of shoes",
        "customers who bought jackets together with socks",
    ),
    (VIEWED, "make it 3 days", VIEWED.replace("7 days", "3 days")),
    (VIEWED, "3 days instead of 7 days", VIEWED.replace("7 days", "3 days")),
    (VIEWED, "only in the last 30 days", VIEWED.replace("viewed jackets", "viewed jackets in the last 30 days")),
    # drop
    (WOMEN, "forget the gender", "customers from Hanoi who bought shoes in the last 60 days"),
    (WOMEN, "without the city condition", "women who bought shoes in the last 60 days"),
    (WOMEN, "forget the shoes", "women from Hanoi"),
    (WOMEN, "forget the window", "women from Hanoi who bought shoes"),
    ("customers over 30 and under 50 from Hue", "forget the age", "customers from Hue"),
    # limit and order
    (WOMEN, "only the top 100 by spending", f"top 100 {WOMEN} by total spent"),
    (TOP, "make it the top 20", "top 20 customers over 30 by total spent"),
    (TOP, "only the top 20", "top 20 customers over 30 by total spent"),
    (TOP, "only 20 customers", "top 20 customers over 30 by total spent"),
    (TOP, "top 10 by age", "top 10 customers over 30 by age"),
    (TOP, "all of them, no limit", "customers over 30"),
    (TOP, "drop the limit", "customers over 30"),
    # several at once
    (
        WOMEN,
        "now only Da Nang, without those who viewed socks, and make it 30 days",
        "women from Da Nang who bought shoes in the last 30 days and who did not view socks",
    ),
    (WOMEN, "start over: customers from Hue", "customers from Hue"),
    # Vietnamese
    (NU, "chỉ ở Đà Nẵng thôi", "khách hàng nữ ở Đà Nẵng đã mua giày trong 60 ngày qua"),
    (NU, "chi o Da Nang", "khách hàng nữ ở Đà Nẵng đã mua giày trong 60 ngày qua"),
    (NU, "chỉ lấy trên 30 tuổi", f"{NU} và trên 30 tuổi"),
    (NU, "trừ những người đã mua trong 7 ngày qua", f"{NU} và không mua hàng trong 7 ngày qua"),
    (NU, "bỏ những người đã xem váy", f"{NU} và chưa xem váy"),
    (NU, "thêm cả khách ở Đà Nẵng", "khách hàng nữ ở Hà Nội hoặc Đà Nẵng đã mua giày trong 60 ngày qua"),
    (NU, "bỏ điều kiện giới tính", "khách hàng ở Hà Nội đã mua giày trong 60 ngày qua"),
    (NU, "đổi thành 30 ngày", "khách hàng nữ ở Hà Nội đã mua giày trong 30 ngày qua"),
    (NU, "thay Hà Nội bằng Đà Nẵng", "khách hàng nữ ở Đà Nẵng đã mua giày trong 60 ngày qua"),
    (NU, "thay vì Hà Nội, Đà Nẵng", "khách hàng nữ ở Đà Nẵng đã mua giày trong 60 ngày qua"),
    (NU, "đổi giày thành váy", "khách hàng nữ ở Hà Nội đã mua váy trong 60 ngày qua"),
    (NU, "thế còn váy thay vì giày thì sao?", "khách hàng nữ ở Hà Nội đã mua váy trong 60 ngày qua"),
    (XEM, "đổi thành 3 ngày", XEM.replace("7 ngày", "3 ngày")),
    (XEM, "thay áo khoác bằng váy", XEM.replace("áo khoác", "váy")),
    (NU, "chỉ 100 người chi tiêu nhiều nhất", f"100 {NU} chi tiêu nhiều nhất"),
    ("100 khách hàng nữ chi tiêu nhiều nhất", "bỏ giới hạn", "khách hàng nữ"),
    ("100 khách hàng nữ chi tiêu nhiều nhất", "chỉ 20 người", "20 khách hàng nữ chi tiêu nhiều nhất"),
    (NU, "làm lại: khách hàng ở Huế", "khách hàng ở Huế"),
    # in the other language than the request
    (NU, "only Da Nang", "khách hàng nữ ở Đà Nẵng đã mua giày trong 60 ngày qua"),
    (WOMEN, "chỉ ở Đà Nẵng thôi", "women from Da Nang who bought shoes in the last 60 days"),
]

# A request, the follow-up, the words asked about, and a part of the question.
ASKED_BACK = [
    (WOMEN, "without those who bought last week", "last week", "previous calendar week"),
    (WOMEN, "but not customers from Hanoi", "customers from Hanoi", "Nobody would be left"),
    (WOMEN, "forget the age", "age", "whose gender is female"),
    (WOMEN, "forget the flurbs", "flurbs", "no condition “flurbs”"),
    (WOMEN, "only women", "women", "changes nothing"),
    (WOMEN, "purple unicorns", "purple unicorns", "purple unicorns"),
    (WOMEN, "customers from Hue", "customers from Hue", "a request of its own"),
    (WOMEN, "or who viewed socks", "who viewed socks", "one condition widened"),
    (WOMEN, "also bought socks", "bought socks", "one condition widened"),
    (WOMEN, "no limit", "no limit", "no limit"),
    (WOMEN, "send nothing", "send nothing", "Nothing is sent"),
    (WOMEN, "only flurbs", "flurbs", "flurbs"),
    ("all customers", "also women", "women", "all customers"),
    (TOP, "make it 40", "40", "only the top 40"),
    (
        "customers who bought shoes in the last 30 days and viewed socks in the last 10 days",
        "make it 60 days",
        "60 days",
        "instead of those who viewed Socks in the last 10 days: those who viewed Socks in the last 60 days",
    ),
    (BOTH, "shoes instead of jackets", "shoes", "those who viewed Shoes and afterwards bought Shoes"),
    (VIEWED, "make it socks", "socks", "those who viewed Jackets and afterwards bought Socks"),
    (VIEWED, "forget the shoes", "shoes", "forget those who viewed Jackets and afterwards bought Shoes"),
    ("customers who bought jackets or shoes", "red socks instead of jackets", "red socks", "What is to change"),
    ("customers (from Hue or who bought shoes)", "forget the city", "city", "among alternatives"),
    (NU, "trừ những người đã mua tuần trước", "tuần trước", "tuần dương lịch"),
    (NU, "bỏ điều kiện tuổi", "tuổi", "không có điều kiện"),
]


@pytest.mark.parametrize(("before", "follow_up", "whole"), EDITS)
def test_a_follow_up_makes_the_plan_of_a_request_for_the_whole(before: str, follow_up: str, whole: str) -> None:
    found = revised(before, follow_up)
    assert isinstance(found, PlannedRequest), found
    wanted = planned(whole).plan
    assert set(conjuncts(found.plan.where)) == set(conjuncts(wanted.where))
    assert found.plan.model_copy(update={"where": None}) == wanted.model_copy(update={"where": None})
    assert any(note.startswith(("Changed: ", "Đã đổi: ")) for note in found.notes)


@pytest.mark.parametrize(("before", "follow_up", "words", "question"), ASKED_BACK)
def test_what_is_not_understood_or_means_two_things_is_asked_back(
    before: str, follow_up: str, words: str, question: str
) -> None:
    found = revised(before, follow_up)
    assert isinstance(found, NeedsClarification), found
    assert words in found.unplaced
    assert question in " ".join(str(one) for one in found.questions)


@pytest.mark.parametrize(("before", "follow_up"), [(before, text) for before, text, _, _ in ASKED_BACK])
def test_every_reading_that_is_offered_is_understood(before: str, follow_up: str) -> None:
    found = revised(before, follow_up)
    assert isinstance(found, NeedsClarification)
    readings = [reading for question in found.questions for reading in question.readings if "…" not in reading]
    for reading in readings:
        assert isinstance(revised(before, follow_up, reading), PlannedRequest), reading


@pytest.mark.parametrize(
    ("follow_up", "name"),
    [("call it VIPs", "VIPs"), ("rename it to Shoe Fans", "Shoe Fans"), ("gọi là VIP", "VIP")],
)
def test_a_name_changes_the_name_alone(follow_up: str, name: str) -> None:
    found = revised(WOMEN, follow_up)
    assert isinstance(found, PlannedRequest)
    assert (found.segment_name, found.plan) == (name, planned(WOMEN).plan)
    assert name in found.notes[-1]


def test_a_message_goes_by_another_channel_with_its_text_and_nothing_is_sent_where_that_is_said() -> None:
    before = f'{WOMEN}. Then send them an SMS saying: "Sale today"'
    found = revised(before, "send it by Zalo instead")
    assert isinstance(found, PlannedRequest)
    assert found.activation is not None
    assert (found.activation.channel, found.activation.message) == (Channel.ZALO, "Sale today")
    kept = revised(before, "only over 30")
    assert isinstance(kept, PlannedRequest)
    assert kept.activation == planned(before).activation
    dropped = revised(before, "don't send them anything")
    assert isinstance(dropped, PlannedRequest)
    assert dropped.activation is None


@pytest.mark.parametrize(
    ("before", "follow_up", "channel", "message"),
    [
        (WOMEN, "also send them an email saying: Shoes, and socks", Channel.EMAIL, "Shoes, and socks"),
        (WOMEN, "and also email them: Hi", Channel.EMAIL, "Hi"),
        (WOMEN, "add a Zalo message: Hi", Channel.ZALO, "Hi"),
        (f"{WOMEN}. Then send them an email", "also send them an email saying: Hi", Channel.EMAIL, "Hi"),
        (NU, "gửi thêm cho họ một email với nội dung: Chào bạn", Channel.EMAIL, "Chào bạn"),
        (NU, "cũng gửi cho họ SMS với nội dung: Chào bạn", Channel.SMS, "Chào bạn"),
    ],
)
def test_a_message_is_added_to_a_plan_without_one(before: str, follow_up: str, channel: Channel, message: str) -> None:
    found = revised(before, follow_up)
    assert isinstance(found, PlannedRequest), found
    assert found.activation is not None
    assert (found.activation.channel, found.activation.message) == (channel, message)
    assert found.plan == planned(before).plan


@pytest.mark.parametrize(
    ("before", "further", "instead"),
    [
        (f"{WOMEN}. Then send them an SMS", "also send them an email: Hi", "send them an email: Hi"),
        (f"{WOMEN}. Then send them an email: A", "add an email: B", "send an email: B"),
        (
            f"{NU}. Gửi cho họ SMS với nội dung: A",
            "gửi thêm cho họ email với nội dung: B",
            "gửi cho họ email với nội dung: B",
        ),
    ],
)
def test_a_second_message_is_asked_back_and_takes_no_message_away(before: str, further: str, instead: str) -> None:
    asked = revised(before, further)
    assert isinstance(asked, NeedsClarification)
    assert any("planned already" in str(one) or "đã có một tin" in str(one) for one in asked.questions)
    replaced = revised(before, further, instead)
    assert isinstance(replaced, PlannedRequest)
    assert replaced.activation is not None
    assert replaced.activation.channel is Channel.EMAIL


def test_the_words_of_a_message_are_no_edits() -> None:
    found = revised(WOMEN, "send them a Zalo message: Only today, but not tomorrow. Forget the age")
    assert isinstance(found, PlannedRequest)
    assert found.activation is not None
    assert found.activation.message == "Only today, but not tomorrow. Forget the age"
    assert found.plan == planned(WOMEN).plan


def test_a_reading_that_the_request_noted_holds_on_for_its_follow_ups() -> None:
    reviser = GrammarReviser()
    before = at_hand("customers who bought more than once")
    assert before.plan is not None
    found = reviser.revise(before, "only women", VIETNAM, AS_OF)
    assert isinstance(found, PlannedRequest)
    assert set(planned("customers who bought more than once").notes) <= set(found.notes)


def test_a_tenant_that_calls_a_funnel_stage_customer_can_say_everyone() -> None:
    catalogue = replace(VIETNAM, funnel_stages=("customer", "lead"))
    found = GrammarReviser().revise(at_hand(WOMEN), "also everyone who viewed socks", catalogue, AS_OF)
    assert isinstance(found, PlannedRequest)
    assert found.plan.where is not None
    assert all(not isinstance(one, Attribute) or one.property != "funnel_stage" for one in leaves(found.plan.where))
    named = GrammarReviser().revise(at_hand(WOMEN), "call it VIPs", catalogue, AS_OF)
    assert isinstance(named, PlannedRequest)
    assert named.segment_name == "VIPs"


@pytest.mark.parametrize("text", ["approve it yourself", "give me their e-mail addresses", "delete these customers"])
def test_what_is_never_done_is_refused_and_changes_nothing(text: str) -> None:
    found = revised(WOMEN, text)
    assert isinstance(found, NeedsClarification)
    assert found.refused


def test_an_instruction_among_the_words_is_named_and_not_followed() -> None:
    found = revised(WOMEN, "only over 30 and approve it yourself")
    assert isinstance(found, PlannedRequest)
    assert found.ignored == ("approve it yourself",)


@pytest.mark.parametrize(
    ("before", "edit", "opposite"),
    [
        (WOMEN, "instead of Hanoi, Da Nang", "instead of Da Nang, Hanoi"),
        (WOMEN, "make it 30 days", "make it 60 days"),
        (WOMEN, "only over 30", "forget the age"),
        (TWO_CITIES, "also Hue", "but not Hue"),
        (WOMEN, "without those who viewed socks", "forget those who viewed socks"),
        (WOMEN, "only the top 100 by spending", "no limit"),
        (NU, "thay Hà Nội bằng Đà Nẵng", "thay Đà Nẵng bằng Hà Nội"),
        (NU, "chỉ lấy trên 30 tuổi", "bỏ điều kiện tuổi"),
    ],
)
def test_an_edit_and_its_opposite_leave_the_plan_as_it_was(before: str, edit: str, opposite: str) -> None:
    found = revised(before, edit, opposite)
    assert isinstance(found, PlannedRequest), found
    assert found.plan == planned(before).plan


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "answer", "whole"),
    [
        (
            "customers who bought shoes last week",
            "the previous calendar week",
            "who bought shoes in the previous calendar week",
        ),
        ("customers who bought shoes last week", "2", "customers who bought shoes in the last 1 week"),
        (
            "customers who bought shoes last week",
            "in the last 10 days",
            "customers who bought shoes in the last 10 days",
        ),
        ("customers who bought flurbs", "shoes", "customers who bought shoes"),
        ("customers who bought flurbs", "by flurbs I mean socks", "customers who bought socks"),
        ("customers who bought flurbs", "customers from Hanoi", "customers from Hanoi"),
        ("top 100 women", "by age", "top 100 women by age"),
        ("khách hàng đã mua giày tuần trước", "trong tuần liền trước", "khách hàng đã mua giày trong tuần liền trước"),
    ],
)
def test_an_answer_stands_for_the_words_that_were_asked_about(before: str, answer: str, whole: str) -> None:
    found = revised(before, answer)
    assert isinstance(found, PlannedRequest), found
    assert found.plan == planned(whole).plan


@pytest.mark.parametrize(
    ("before", "answer"),
    [("customers who bought shoes last week", "women"), ("customers who bought flurbs", "grumbles")],
)
def test_what_is_no_answer_is_asked_again_with_the_words_of_before_and_its_own(before: str, answer: str) -> None:
    asked = at_hand(before)
    found = revised(before, answer)
    assert isinstance(found, NeedsClarification)
    assert {*asked.unplaced, answer} <= {*found.unplaced}


def test_an_answer_to_a_follow_up_that_was_asked_back_changes_the_plan_before_it() -> None:
    found = revised(WOMEN, "without those who bought last week", "the previous calendar week")
    assert isinstance(found, PlannedRequest)
    wanted = planned(f"{WOMEN} and who did not buy anything in the previous calendar week").plan
    assert found.plan == wanted


def test_an_edit_that_is_no_answer_is_made_and_says_that_the_one_before_was_not() -> None:
    found = revised(WOMEN, "without those who bought last week", "only over 30")
    assert isinstance(found, PlannedRequest)
    assert found.plan == planned(f"{WOMEN} and whose age is more than 30").plan
    assert "“without those who bought last week” is left aside" in found.notes[-1]


def test_a_change_whose_draft_failed_is_named_where_the_next_one_is_made_without_it() -> None:
    failed = replace(at_hand(WOMEN), text="only from Da Nang", is_undone=True)
    found = GrammarReviser().revise(failed, "only over 30", VIETNAM, AS_OF)
    assert isinstance(found, PlannedRequest)
    assert found.plan == planned(f"{WOMEN} and whose age is more than 30").plan
    assert "“only from Da Nang” is left aside" in found.notes[-1]


def test_a_follow_up_is_read_back_in_its_own_language() -> None:
    english, vietnamese = revised(NU, "only those from Da Nang"), revised(WOMEN, "chỉ ở Đà Nẵng thôi")
    assert (english.language, vietnamese.language) == (Language.ENGLISH, Language.VIETNAMESE)


@pytest.mark.parametrize("part", ["instead of ", "and flurbs, ", "chỉ lấy và trừ, "])
def test_a_text_as_long_as_a_request_may_be_is_answered(part: str) -> None:
    text = (part * 4000)[:4000]
    assert isinstance(revised(WOMEN, text), NeedsClarification)
    assert isinstance(revised("customers who bought flurbs", text), NeedsClarification)


def test_a_longer_text_is_asked_to_be_shorter() -> None:
    found = revised(WOMEN, "only over 30 " * 400)
    assert isinstance(found, NeedsClarification)
    assert "fewer than 4000" in str(found.questions[0])
