"""What is on record of a customer: the Vietnamese names of the properties, and a statement of one's values."""

from leo_activation.segments.plan import Attribute, CustomerProperty, Operator
from leo_activation.segments.planners.vietnamese.syllables import table
from leo_activation.warehouse.graph_schema import ValueType

PROPERTIES = {
    CustomerProperty.COUNTRY: ("quốc gia", "đất nước"),
    CustomerProperty.CITY: ("thành phố", "tỉnh thành"),
    CustomerProperty.GENDER: ("giới tính",),
    CustomerProperty.AGE: ("tuổi", "độ tuổi"),
    CustomerProperty.BIRTH_MONTH: ("tháng sinh",),
    CustomerProperty.BIRTHDAY: ("sinh nhật", "ngày sinh nhật", "ngày sinh"),
    CustomerProperty.LANGUAGE: ("ngôn ngữ",),
    CustomerProperty.FUNNEL_STAGE: ("giai đoạn", "giai đoạn phễu", "giai đoạn mua hàng"),
    CustomerProperty.FAVORITE_COLOR: ("màu yêu thích", "màu sắc yêu thích", "màu ưa thích", "màu thích nhất"),
    CustomerProperty.TOTAL_SPENT: ("tổng chi tiêu", "tổng số tiền đã chi", "tổng mức chi tiêu", "tổng chi"),
    CustomerProperty.LIFETIME_VALUE: ("giá trị vòng đời", "giá trị vòng đời khách hàng", "LTV", "CLV"),
    CustomerProperty.CREATED_AT: ("ngày tham gia", "ngày đăng ký", "ngày tạo tài khoản"),
    CustomerProperty.LEAD_SCORE: ("điểm lead", "điểm khách hàng tiềm năng", "lead score"),
    CustomerProperty.PROSPECT_SCORE: ("điểm triển vọng", "điểm prospect", "prospect score"),
    CustomerProperty.ENGAGEMENT_SCORE: ("điểm tương tác", "điểm gắn kết", "engagement score"),
    CustomerProperty.LOYALTY_SCORE: ("điểm trung thành", "điểm thân thiết", "loyalty score"),
    CustomerProperty.RFM_SCORE: ("điểm RFM", "RFM"),
    CustomerProperty.CHURN_SCORE: ("điểm rời bỏ", "điểm nguy cơ rời bỏ", "điểm churn", "churn score"),
    CustomerProperty.SATISFACTION_SCORE: ("điểm hài lòng", "điểm CSAT", "CSAT"),
    CustomerProperty.PROMOTER_SCORE: ("điểm NPS", "điểm giới thiệu", "NPS"),
}
"""The Vietnamese names of what is on record; a sentence uses the first."""
PROPERTY_NAMES = table({word: name for name, words in PROPERTIES.items() for word in words})
NUMBERS = frozenset(
    name for name in CustomerProperty if name.value_type in {ValueType.MONEY_MINOR, ValueType.FLOAT}
) | {CustomerProperty.AGE, CustomerProperty.BIRTH_MONTH}
OR = ("hoặc", "hay", "hoặc là", "hoặc ở", "hay ở", "hoặc tại", "hoặc sống ở")
COPULAS = ("là", "=", ":", "thuộc", "gồm")


def _by_number(value: str) -> tuple[float, str]:
    return (float(value) if value.replace(".", "", 1).isdigit() else 0.0, value)


def one_of(name: CustomerProperty, values: list[str]) -> Attribute:
    """That the property has one of the values."""
    distinct = tuple(sorted(set(values), key=_by_number))
    operator = Operator.EQ if len(distinct) == 1 else Operator.IN
    return Attribute(property=name, operator=operator, values=distinct)
