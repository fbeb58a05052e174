"""The templates of the account: what Zalo approved, and what their parameters must be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """One parameter, as `listParams` tells of it."""

    name: str
    longest: int
    shortest: int = 1
    required: bool = True
    kind: str = "STRING"

    def as_json(self) -> dict[str, Any]:
        """Its entry in `listParams`."""
        return {
            "name": self.name,
            "require": self.required,
            "type": self.kind,
            "maxLength": self.longest,
            "minLength": self.shortest,
            "acceptNull": not self.required,
        }


@dataclass
class Template:
    """One template; `daily` bounds its messages a day, None: only the account's quota does."""

    template_id: str
    name: str
    tag: str
    parameters: tuple[Parameter, ...]
    status: str = "ENABLE"
    quality: str = "HIGH"
    price_by_phone: int = 300
    price_by_user: int = 200
    daily: int | None = None
    sent: int = 0

    def in_list(self) -> dict[str, Any]:
        """Its entry in `GET /template/all`."""
        return {
            "templateId": int(self.template_id),
            "templateName": self.name,
            "createdTime": 1_767_225_600_000,
            "status": self.status,
            "templateQuality": self.quality,
        }

    def in_detail(self) -> dict[str, Any]:
        """The answer of `GET /template/info/v2`; prices are strings there."""
        bounded = self.daily is not None
        return {
            "templateId": int(self.template_id),
            "templateName": self.name,
            "status": self.status,
            "listParams": [each.as_json() for each in self.parameters],
            "listButtons": [],
            "timeout": 7_200_000,
            "previewUrl": f"https://account.zalo.cloud/znspreview/{self.template_id}",
            "templateQuality": self.quality,
            "templateTag": self.tag,
            "price": str(self.price_by_phone),
            "price_sdt": str(self.price_by_phone),
            "price_uid": str(self.price_by_user),
            "applyTemplateQuota": bounded,
            "templateDailyQuota": str(self.daily) if bounded else None,
            "templateRemainingQuota": None if self.daily is None else str(max(0, self.daily - self.sent)),
        }

    def fault(self, data: Mapping[str, Any]) -> tuple[int, str] | None:
        """What is wrong with these parameters, None where nothing is."""
        return next(self._faults(data), None)

    def _faults(self, data: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
        known = {each.name: each for each in self.parameters}
        for name in data.keys() - known.keys():
            yield -132, f"Parameter {name} invalid"
        for each in self.parameters:
            value = data.get(each.name)
            if value is None:
                if each.required:
                    yield -1122, f"Missing parameter {each.name}"
            elif len(str(value)) > each.longest:
                yield -1121, f"Parameter {each.name} exceeds its max length"
            elif len(str(value)) < each.shortest:
                yield -1124, f"Parameter {each.name} has an invalid format"


def first_templates() -> dict[str, Template]:
    """What the account has at the start."""
    customer = Parameter("customer_name", 30)
    made = (
        Template("100001", "Order confirmed", "TRANSACTION", (customer, Parameter("order_code", 30))),
        Template(
            "100002",
            "Offer after a purchase",
            "PROMOTION",
            (customer, Parameter("offer", 200), Parameter("voucher", 25, required=False)),
            price_by_phone=500,
            price_by_user=350,
        ),
        Template("100003", "How was it?", "CUSTOMER_CARE", (customer,), quality="MEDIUM"),
        Template("100004", "Still with the reviewers", "PROMOTION", (customer,), status="PENDING_REVIEW"),
        Template("100005", "Reported too often", "PROMOTION", (customer,), status="DISABLE", quality="LOW"),
    )
    return {template.template_id: template for template in made}
