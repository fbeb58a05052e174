"""Templates: one form a channel and language, filled in for one person, refused before a campaign when it could fail.

What a template may be made of stands in `template_rules`, which slots there are in `slots`, how long a message may be
in `channel_limits`, and where its links may lead in `link_check`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leo_activation.activation.lines import is_one_line
from leo_activation.activation.messages.channel_limits import check_lengths, limits_of
from leo_activation.activation.messages.languages import ANY, check_language, choose_language
from leo_activation.activation.messages.link_check import LinkPolicy, check_address, check_links
from leo_activation.activation.messages.provider_parameters import (
    check_parameter_names,
    check_parameter_values,
    parameter_title,
)
from leo_activation.activation.messages.slots import (
    EXAMPLES,
    PERSONAL_SLOTS,
    PREVIEW_COUPON,
    PREVIEW_UNSUBSCRIBE_URL,
    REGISTRY,
    SLOTS,
    UNSUBSCRIBE_SLOT,
    SlotValues,
)
from leo_activation.activation.messages.template_rules import fill_in, names_in
from leo_activation.errors import Permanent
from leo_activation.settings import REPOSITORY
from leo_activation.told import Told

__all__ = [
    "SLOTS",
    "UNSUBSCRIBE_SLOT",
    "Rendered",
    "SlotValues",
    "Template",
    "TemplateForms",
    "check_filled",
    "check_rendered",
    "check_template",
    "message_layouts",
    "preview",
    "render",
    "slots",
]

LAYOUT_ID = "message"
LAYOUT_FOLDER = REPOSITORY / "include" / "templates" / "email"
LAYOUT_LANGUAGES = ("en", "vi")
INVENTED_PEOPLE = ("Lan", None)
"""The first names of the people in previews: none of them exists, and the second has none on record."""
TAPPED_CHANNELS = frozenset({"mobile_push", "web_push"})
"""Where a message leads somewhere when it is tapped."""
PROBE = "<>"
"""A value that no address may hold as it is: a personal slot of an address is written with the filter urlencode."""
SUBJECT_FROM_MESSAGE = "{{ message | one_line | truncate(70, false, '…') }}"


@dataclass(frozen=True)
class Template:
    """One channel's form of a template version in one language; versions are never edited.

    `subject` is for e-mail and push; `provider_template_id` names the provider's own approved template, and
    `provider_parameters` what fills each of its parameters, as templates over the same slots; `action_url` is where a
    tap on a push message leads; `language` is '' where the template has one form for everybody.
    """

    template_id: str
    channel: str
    body_text: str
    subject: str | None = None
    body_html: str | None = None
    provider_template_id: str | None = None
    language: str = ANY
    provider_parameters: Mapping[str, str] = field(default_factory=dict)
    action_url: str | None = None

    def parts(self) -> tuple[str, ...]:
        """The sources that are rendered."""
        written = (self.subject, self.body_text, self.body_html, self.action_url)
        return (*(part for part in written if part is not None), *self.provider_parameters.values())

    @property
    def title(self) -> str:
        """What errors call it."""
        of_language = f" ({self.language})" if self.language else ""
        return Told.of(
            "The template '{template_id}'{of_language}", template_id=self.template_id, of_language=of_language
        )

    def bound(self) -> dict[str, object]:
        """What an approval binds: everything. What a form does not have is left out, so that a form that was approved
        before there was such a part is the same form still.
        """
        later = ("provider_parameters", "action_url")
        return {name: value for name, value in vars(self).items() if name not in later or value}


@dataclass(frozen=True)
class TemplateForms:
    """The forms of one template version on one channel, by language; there is at least one."""

    template_id: str
    version: int
    channel: str
    forms: Mapping[str, Template] = field(default_factory=dict)

    def choose(self, *languages: str | None) -> Template:
        """The form for the first of the languages that there is (`languages.choose_language`)."""
        return self.forms[choose_language(self.forms, *languages)]

    def all(self) -> tuple[Template, ...]:
        """Every form, by language."""
        return tuple(self.forms[language] for language in sorted(self.forms))

    def bound(self) -> list[object]:
        """What an approval binds: the whole content of every form."""
        return [self.template_id, self.version, [form.bound() for form in self.all()]]


@dataclass(frozen=True)
class Rendered:
    """A template filled in for one person; the subject is one line, as is each of the provider's parameters."""

    subject: str | None
    text: str
    html: str | None
    parameters: Mapping[str, str] = field(default_factory=dict)
    action_url: str | None = None


def slots(template: Template) -> frozenset[str]:
    """The names of the slots that the template uses.

    Raises:
        Permanent: the template cannot be parsed, or is made of what is not allowed.
    """
    return frozenset().union(*(names_in(part, template.title) for part in template.parts()))


def check_template(template: Template, links: LinkPolicy | None = None) -> None:
    """Refuse a template that could fail in the middle of a campaign, or say what nobody may send.

    It is filled in for an invented person of whom everything is known, and for one of whom nothing is.

    Args:
        links: where links may lead; None: only to this installation.

    Raises:
        Permanent: it uses an unknown slot, gives no fallback for a personal one, is too long for its channel, its
            subject is not one line, it links elsewhere, or it has parts that its channel has not.
    """
    limits_of(template.channel)
    check_language(template.language)
    check_parameter_names(template.title, template.provider_parameters, template.provider_template_id)
    if template.action_url is not None:
        _check_action(template)
    if unknown := slots(template) - SLOTS:
        known = ", ".join(sorted(SLOTS))
        raise Permanent(
            Told.of(
                "{title} uses the unknown slot '{slot}'; there are {known}.",
                title=template.title,
                slot=min(unknown),
                known=known,
            )
        )
    check_filled(template, brand="Brand", message="Message", links=links)


def check_filled(template: Template, *, brand: str, message: str | None, links: LinkPolicy | None) -> None:
    """Fill a template in with a campaign's message, for a person of whom everything is known and one of nothing.

    Raises:
        Permanent: as `render` and `check_rendered`.
    """
    known: Mapping[str, str | None] = EXAMPLES
    for personal in (known, {}):
        rendered = preview(
            template, brand=brand, message=message, first_name=personal.get("first_name"), personal=personal
        )
        check_rendered(template, rendered, links or LinkPolicy(), own=PREVIEW_UNSUBSCRIBE_URL)


def check_rendered(template: Template, rendered: Rendered, links: LinkPolicy, *, own: str | None) -> None:
    """Refuse a filled-in template whose links lead elsewhere; `own` is this installation's unsubscribe link.

    Raises:
        Permanent: a link that is not allowed, or HTML that is not.
    """
    check_links(template.title, links, text=rendered.text, html=rendered.html, own=own)
    if rendered.subject is not None:
        check_links(f"The subject of {template.title}", links, text=rendered.subject, html=None)
    for name, value in rendered.parameters.items():
        check_links(parameter_title(name, template.title), links, text=value, html=None, own=own)
    if rendered.action_url is not None and rendered.action_url != own:
        check_address(template.title, links, rendered.action_url)


def preview(
    template: Template,
    *,
    brand: str,
    message: str | None,
    first_name: str | None = "Lan",
    personal: Mapping[str, str | None] | None = None,
) -> Rendered:
    """The template for an invented person.

    Raises:
        Permanent: as `render`.
    """
    return render(
        template,
        SlotValues(
            brand=brand,
            first_name=first_name,
            message=message,
            unsubscribe_url=PREVIEW_UNSUBSCRIBE_URL,
            coupon=PREVIEW_COUPON,
            personal=personal or {},
        ),
    )


def render(template: Template, values: SlotValues) -> Rendered:
    """Fill in the template.

    Raises:
        Permanent: a slot has neither value nor fallback, something is not allowed, a part is too long for the channel,
            or the subject has more than one line.
    """
    filled = values.filled()
    what = template.title
    subject = None
    if template.subject is not None:
        subject = fill_in(template.subject, filled, what, escape=False)
        if not is_one_line(subject) or not subject.strip():
            raise Permanent(
                Told.of("The subject of {what} must be one line of text without control characters.", what=what)
            )
    text = fill_in(template.body_text, filled, what, escape=False)
    html = None if template.body_html is None else fill_in(template.body_html, filled, what, escape=True)
    parameters = {
        name: fill_in(source, filled, what, escape=False) for name, source in template.provider_parameters.items()
    }
    check_parameter_values(what, parameters)
    action_url = None if template.action_url is None else fill_in(template.action_url, filled, what, escape=False)
    check_lengths(template.channel, what, subject=subject, text=text, html=html, action_url=action_url)
    return Rendered(subject, text, html, parameters, action_url)


def _check_action(template: Template) -> None:
    """Refuse an address for a channel that has none, and one in which a person's words could change where it leads."""
    if template.channel not in TAPPED_CHANNELS:
        raise Permanent(
            Told.of(
                "{title} leads somewhere when it is tapped, which {channel} does not know.",
                title=template.title,
                channel=template.channel,
            )
        )
    probe = {name: slot.example for name, slot in REGISTRY.items()} | dict.fromkeys(PERSONAL_SLOTS, PROBE)
    filled = fill_in(template.action_url or "", probe, template.title, escape=False)
    if any(mark in filled for mark in ("<", ">", "&lt;", "&gt;")):
        raise Permanent(
            Told.of("{title} has a personal slot in its address without the filter urlencode.", title=template.title)
        )


def message_layouts() -> tuple[Template, ...]:
    """The plain layout around a campaign's message, for e-mail, in each language: the forms of one template."""
    return tuple(
        Template(
            template_id=LAYOUT_ID,
            channel="email",
            subject=SUBJECT_FROM_MESSAGE,
            body_text=(LAYOUT_FOLDER / f"message.{code}.txt").read_text(encoding="utf-8"),
            body_html=(LAYOUT_FOLDER / f"message.{code}.html").read_text(encoding="utf-8"),
            language=code,
        )
        for code in LAYOUT_LANGUAGES
    )
