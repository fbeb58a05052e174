"""What Zalo tells of an account's templates and quotas: `template/all`, `template/info/v2`, `message/quota`, `quality`.

All of it on business.openapi.zalo.me, which only reads here. What a field does not say in a form that is known is None.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from leo_activation.activation.channels.http import LONGEST_LIST, HttpAnswer, HttpConnection, Lost
from leo_activation.activation.channels.zalo.account import ZaloAccount
from leo_activation.activation.channels.zalo.answers import error_words, is_busy, means_token
from leo_activation.activation.channels.zalo.channel import TokenSource
from leo_activation.errors import Configuration, Transient

A_PAGE = 100
MOST_PAGES = 50
LONGEST_NAME = 200
STATUSES = {
    "ENABLE": "approved",
    "PENDING_REVIEW": "in_review",
    "REJECT": "rejected",
    "DISABLE": "disabled",
    "DELETE": "deleted",
}
TAGS = {
    # The three tags since 2024-04-16, and the names before them, as zalo.cloud sets them side by side.
    **dict.fromkeys(["TRANSACTION", "OTP", "IN_TRANSACTION", "POST_TRANSACTION", "1"], "transaction"),
    **dict.fromkeys(["CUSTOMER_CARE", "ACCOUNT_UPDATE", "GENERAL_UPDATE", "2"], "customer_care"),
    **dict.fromkeys(["PROMOTION", "FOLLOW_UP", "3"], "promotion"),
}
QUALITIES = {"HIGH": "high", "MEDIUM": "medium", "LOW": "low"}


@dataclass(frozen=True)
class TemplateParameter:
    """A parameter of a template; lengths in characters, None where they were not told."""

    name: str
    required: bool = True
    type: str = "STRING"
    min_length: int | None = None
    max_length: int | None = None


@dataclass(frozen=True)
class ApprovedTemplate:
    """A template that the provider keeps; see `activation.provider_template` for the words and units."""

    provider_template_id: str
    name: str
    status: str
    tag: str | None = None
    quality: str | None = None
    price_by_phone: int | None = None
    price_by_user: int | None = None
    parameters: tuple[TemplateParameter, ...] = field(default=())
    daily_quota: int | None = None
    remaining_quota: int | None = None


@dataclass(frozen=True)
class Quota:
    """Messages a day and promotions a month, and how the account's messages are received."""

    daily: int | None
    daily_remaining: int | None
    promotions_a_month: int | None
    promotions_remaining: int | None
    quality: str | None


def read_templates(account: ZaloAccount, tokens: TokenSource) -> list[ApprovedTemplate]:
    """Every template of the account, each with its details.

    Raises:
        Transient: Zalo cannot be reached, or does not answer in its own form.
        Configuration: Zalo refuses the app, or there are more than 5,000 templates.
    """
    with _asking(account, tokens) as ask:
        found: list[ApprovedTemplate] = []
        for page in range(MOST_PAGES):
            body = ask("/template/all", offset=str(page * A_PAGE), limit=str(A_PAGE))
            listed = body.get("data")
            if not isinstance(listed, list):
                raise Transient("Zalo's list of templates cannot be read.")
            for entry in listed:
                named = _text(entry.get("templateId")) if isinstance(entry, dict) else None
                if named is not None:
                    found.append(_template(named, ask("/template/info/v2", template_id=named).get("data"), entry))
            if len(listed) < A_PAGE:
                return found
    raise Configuration(f"Zalo lists more than {MOST_PAGES * A_PAGE} templates.")


def read_quota(account: ZaloAccount, tokens: TokenSource) -> Quota:
    """What the account may still send, and its quality; raises as `read_templates`."""
    with _asking(account, tokens) as ask:
        told, quality = ask("/message/quota").get("data"), ask("/quality").get("data")
    quota = told if isinstance(told, dict) else {}
    return Quota(
        daily=_count(quota.get("dailyQuota")),
        daily_remaining=_count(quota.get("remainingQuota")),
        promotions_a_month=_count(quota.get("monthlyPromotionQuota")),
        promotions_remaining=_count(quota.get("remainingMonthlyPromotionQuota")),
        quality=QUALITIES.get(str(quality.get("oaCurrentQuality"))) if isinstance(quality, dict) else None,
    )


class _Asking:
    """Asks one thing after the other, with a new token where one is refused."""

    def __init__(self, connection: HttpConnection, account: ZaloAccount, tokens: TokenSource) -> None:
        self._connection = connection
        self._account = account
        self._tokens = tokens
        self._token = tokens.current()

    def __call__(self, path: str, **params: str) -> Mapping[str, Any]:
        try:
            answer = self._asked(path, params)
            if means_token(answer):
                self._token = self._tokens.after(self._token)
                answer = self._asked(path, params)
        except Lost as lost:
            raise lost.error("Zalo") from lost
        body = answer.json()
        if answer.status != 200 or not isinstance(body, dict):
            raise Transient(f"Zalo does not answer {path} now: {answer.status}.")
        if is_busy(body.get("error")):
            raise Transient(f"Zalo is asked too often for {path} now: {error_words(body.get('error'), body)}")
        if body.get("error") != 0:
            raise Configuration(f"Zalo refuses {path}: {error_words(body.get('error'), body)}")
        return body

    def _asked(self, path: str, params: Mapping[str, str]) -> HttpAnswer:
        headers = self._account.headers(self._token.value)
        return self._connection.ask("GET", path, longest_body=LONGEST_LIST, params=params, headers=headers)


@contextmanager
def _asking(account: ZaloAccount, tokens: TokenSource) -> Iterator[_Asking]:
    with account.connection(account.business_api) as connection:
        yield _Asking(connection, account, tokens)


def _template(template_id: str, told: object, listed: Mapping[str, Any]) -> ApprovedTemplate:
    details: Mapping[str, Any] = told if isinstance(told, dict) else {}
    bounded = details.get("applyTemplateQuota") is True
    parameters = details.get("listParams")
    return ApprovedTemplate(
        provider_template_id=template_id,
        name=(_text(details.get("templateName")) or _text(listed.get("templateName")) or template_id)[:LONGEST_NAME],
        status=STATUSES.get(str(details.get("status") or listed.get("status")), "unknown"),
        tag=TAGS.get(str(details.get("templateTag"))),
        quality=QUALITIES.get(str(details.get("templateQuality") or listed.get("templateQuality"))),
        price_by_phone=_count(details.get("price_sdt", details.get("price"))),
        price_by_user=_count(details.get("price_uid")),
        parameters=tuple(_parameters(parameters if isinstance(parameters, list) else [])),
        daily_quota=_count(details.get("templateDailyQuota")) if bounded else None,
        remaining_quota=_count(details.get("templateRemainingQuota")) if bounded else None,
    )


def _parameters(listed: list[Any]) -> Iterator[TemplateParameter]:
    for entry in listed:
        name = _text(entry.get("name")) if isinstance(entry, dict) else None
        if name is not None:
            yield TemplateParameter(
                name=name[:LONGEST_NAME],
                required=entry.get("require") is not False,
                type=(_text(entry.get("type")) or "STRING")[:LONGEST_NAME],
                min_length=_count(entry.get("minLength")),
                max_length=_count(entry.get("maxLength")) or None,
            )


def _text(told: object) -> str | None:
    if isinstance(told, int) and not isinstance(told, bool):
        return str(told)
    return told if isinstance(told, str) and told and told.isprintable() else None


def _count(told: object) -> int | None:
    """A whole number that is not negative, written as one or as a string."""
    text = _text(told)
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else None
