"""Templates: Jinja2 in an immutable sandbox, where a forgotten slot is an error and HTML is escaped.

A template may use the slots of `SLOTS` and nothing else. `first_name` is not known of everybody, so a template must
give a fallback (`{{ first_name | default("there") }}`); `check_template` finds out by rendering for an invented
person with a name and one without.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from jinja2 import StrictUndefined, TemplateError, meta
from jinja2 import Template as CompiledTemplate
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leo_activation.activation.lines import is_one_line, one_line
from leo_activation.errors import Permanent
from leo_activation.settings import REPOSITORY

SLOTS = frozenset({"first_name", "message", "brand", "unsubscribe_url"})
UNSUBSCRIBE_SLOT = "unsubscribe_url"
LAYOUT_FOLDER = REPOSITORY / "include" / "templates" / "email"
LAYOUT_LANGUAGES = frozenset({"en", "vi"})
LONGEST_NAME = 60
LONGEST_SUBJECT = 200

SUBJECT_FROM_MESSAGE = "{{ message.split() | join(' ') | truncate(70, false, '…') }}"


@dataclass(frozen=True)
class Template:
    """One channel's form of a template version; versions are never edited.

    `subject` is for e-mail; `provider_template_id` names the provider's own approved template.
    """

    template_id: str
    channel: str
    body_text: str
    subject: str | None = None
    body_html: str | None = None
    provider_template_id: str | None = None

    def parts(self) -> tuple[str, ...]:
        """The sources that are rendered."""
        return tuple(part for part in (self.subject, self.body_text, self.body_html) if part is not None)


@dataclass(frozen=True)
class SlotValues:
    """What fills the slots for one person; None leaves a slot undefined, so that its fallback applies."""

    brand: str
    first_name: str | None = None
    message: str | None = None
    unsubscribe_url: str | None = None


@dataclass(frozen=True)
class Rendered:
    """A template filled in for one person; the subject is one line."""

    subject: str | None
    text: str
    html: str | None


RAISED_BY_EXPRESSIONS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What an expression in a template may raise by itself, beside Jinja2's own errors."""

INVENTED_PEOPLE = ("Lan", None)
"""The first names of the people in previews: none of them exists, and the second has none on record."""


def slots(template: Template) -> frozenset[str]:
    """The names of the slots that the template uses.

    Raises:
        Permanent: the template cannot be parsed.
    """
    environment = _environment(False)
    try:
        return frozenset().union(
            *(meta.find_undeclared_variables(environment.parse(part)) for part in template.parts())
        )
    except TemplateError as error:
        raise Permanent(f"The template '{template.template_id}' cannot be read: {error}") from error


def check_template(template: Template) -> None:
    """Refuse a template that could fail in the middle of a campaign.

    Raises:
        Permanent: it uses an unknown slot, gives no fallback for the first name, or its subject is not one line.
    """
    if unknown := slots(template) - SLOTS:
        known = ", ".join(sorted(SLOTS))
        raise Permanent(
            f"The template '{template.template_id}' uses the unknown slot '{min(unknown)}'; there are {known}."
        )
    for first_name in INVENTED_PEOPLE:
        preview(template, brand="Brand", message="Message", first_name=first_name)


def preview(template: Template, *, brand: str, message: str | None, first_name: str | None = "Lan") -> Rendered:
    """The template for an invented person.

    Raises:
        Permanent: as `render`.
    """
    values = SlotValues(
        brand=brand, first_name=first_name, message=message, unsubscribe_url="https://example.org/unsubscribe/preview"
    )
    return render(template, values)


def render(template: Template, values: SlotValues) -> Rendered:
    """Fill in the template.

    Raises:
        Permanent: a slot has neither value nor fallback, the sandbox refused something, or the subject has more
            than one line.
    """
    filled = {name: value for name, value in vars(values).items() if value is not None}
    if values.first_name is not None:
        name = one_line(values.first_name)[:LONGEST_NAME]
        filled = {**filled, "first_name": name} if name else {k: v for k, v in filled.items() if k != "first_name"}
    subject = None
    if template.subject is not None:
        subject = _render(template, template.subject, filled, escape=False)
        if not is_one_line(subject) or not subject.strip() or len(subject) > LONGEST_SUBJECT:
            raise Permanent(
                f"The subject of the template '{template.template_id}' must be one line of 1 to {LONGEST_SUBJECT} "
                "characters without control characters."
            )
    return Rendered(
        subject=subject,
        text=_render(template, template.body_text, filled, escape=False),
        html=None if template.body_html is None else _render(template, template.body_html, filled, escape=True),
    )


def message_layout(language: str) -> Template:
    """The tenant's plain layout around a campaign's message, for e-mail, in its language or else in English."""
    code = language.split("-")[0].lower()
    code = code if code in LAYOUT_LANGUAGES else "en"
    return Template(
        template_id=f"message_{code}",
        channel="email",
        subject=SUBJECT_FROM_MESSAGE,
        body_text=(LAYOUT_FOLDER / f"message.{code}.txt").read_text(encoding="utf-8"),
        body_html=(LAYOUT_FOLDER / f"message.{code}.html").read_text(encoding="utf-8"),
    )


def _render(template: Template, source: str, values: Mapping[str, str], *, escape: bool) -> str:
    try:
        return _compiled(source, escape).render(values)
    except (TemplateError, *RAISED_BY_EXPRESSIONS) as error:
        raise Permanent(f"The template '{template.template_id}' cannot be filled in: {error}") from error


@lru_cache(maxsize=64)
def _compiled(source: str, escape: bool) -> CompiledTemplate:
    """Compiled once, because a campaign renders the same source for everybody."""
    return _environment(escape).from_string(source)


@cache
def _environment(escape: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(autoescape=escape, undefined=StrictUndefined, keep_trailing_newline=True)
