"""A message that somebody writes once, as the forms of a template on every channel that it goes by.

Around the words comes what each channel needs: the layout and the link to unsubscribe in e-mail, the way out in an SMS.
The other way round the words are read back out of a template, but only where they make exactly that template.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leo_activation.activation.messages.copy_layout import Words, template_of
from leo_activation.activation.messages.languages import ANY, base_language
from leo_activation.activation.messages.templates import Template, TemplateForms
from leo_activation.errors import Permanent

TITLED = frozenset({"email", "mobile_push", "web_push"})
"""Where a message has a subject: e-mail's, or the title of a push message."""
SHORT = frozenset({"sms", "mobile_push", "web_push"})
"""Where the shorter text stands, if there is one."""
TAPPED = frozenset({"mobile_push", "web_push"})
WAY_OUT = {"en": "\nStop: {{ unsubscribe_url }}", "vi": "\nTừ chối: {{ unsubscribe_url }}"}


@dataclass(frozen=True)
class Written:
    """What was written. `short` is said instead of `text` by SMS and push; `action_url` is where a tap on push leads.

    `way_out`: an SMS has the link to unsubscribe, as marketing must. `zalo_parameters` fill the template that Zalo
    approved, by its names for them.
    """

    text: str
    subject: str | None = None
    short: str | None = None
    action_url: str | None = None
    language: str = ANY
    way_out: bool = True
    zalo_template: str | None = None
    zalo_parameters: Mapping[str, str] = field(default_factory=dict)


def written_forms(template_id: str, written: Written, channels: Sequence[str]) -> tuple[Template, ...]:
    """The forms of the template, one a channel; they are not checked yet (`template_store.check_forms`)."""
    return tuple(_form(template_id, written, channel) for channel in channels)


def read_written(forms: Mapping[str, TemplateForms], channels: Sequence[str]) -> Written | None:
    """What was written to make these forms, None where they were made otherwise.

    Args:
        forms: those of one template version, by channel.
        channels: the campaign's, each of which has to have exactly one form.
    """
    found = {channel: forms[channel].all() for channel in channels if channel in forms}
    if len(found) < len(channels) or any(len(each) != 1 for each in found.values()):
        return None
    by_channel = {channel: each[0] for channel, each in found.items()}
    written = _guess(by_channel)
    try:
        made = written_forms(next(iter(by_channel.values())).template_id, written, channels)
    except Permanent:
        return None
    return written if all(form == by_channel[form.channel] for form in made) else None


def _form(template_id: str, written: Written, channel: str) -> Template:
    if channel == "email":
        return template_of(Words(written.subject or "", "", written.text), template_id, written.language)
    text = (written.short or written.text) if channel in SHORT else written.text
    if channel == "sms" and written.way_out:
        text += _way_out(written.language)
    is_kept_by_zalo = channel == "zalo" and written.zalo_template is not None
    return Template(
        template_id=template_id,
        channel=channel,
        body_text=text,
        subject=written.subject if channel in TITLED else None,
        provider_template_id=written.zalo_template if is_kept_by_zalo else None,
        provider_parameters=written.zalo_parameters if is_kept_by_zalo else {},
        language=written.language,
        action_url=written.action_url if channel in TAPPED else None,
    )


def _guess(forms: Mapping[str, Template]) -> Written:
    """The words that these forms look as if they were made of; whoever asked compares."""
    language = next(iter(forms.values())).language
    mail, sms, zalo = forms.get("email"), forms.get("sms"), forms.get("zalo")
    push = forms.get("mobile_push") or forms.get("web_push")
    way_out = sms is None or sms.body_text.endswith(_way_out(language))
    short = None
    if sms is not None:
        short = sms.body_text.removesuffix(_way_out(language)) if way_out else sms.body_text
    elif push is not None:
        short = push.body_text
    long = next((form.body_text for form in (zalo, forms.get("messenger")) if form is not None), None)
    if mail is not None:
        long = mail.body_text.removesuffix(_signature(language))
    titled = mail or push
    return Written(
        text=long if long is not None else short or "",
        subject=None if titled is None else titled.subject,
        short=short if long is not None and short != long else None,
        action_url=None if push is None else push.action_url,
        language=language,
        way_out=way_out,
        zalo_template=None if zalo is None else zalo.provider_template_id,
        zalo_parameters={} if zalo is None else zalo.provider_parameters,
    )


def _signature(language: str) -> str:
    """What the layout adds after the text of an e-mail."""
    return template_of(Words("", "", "-"), "any", language).body_text.removeprefix("-")


def _way_out(language: str) -> str:
    return WAY_OUT.get(base_language(language), WAY_OUT["en"])
