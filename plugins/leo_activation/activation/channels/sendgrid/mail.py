"""The body of SendGrid's `POST /v3/mail/send`, made with the provider's own helpers.

SendGrid's tracking is switched off: links and opens are ours where a campaign wants them, and its subscription tracking
would put another List-Unsubscribe in the place of ours. Categories are not used, as they cannot be erased.
"""

import json

from sendgrid.helpers.mail import (
    ClickTracking,
    CustomArg,
    From,
    Ganalytics,
    Header,
    Mail,
    MailSettings,
    MimeType,
    OpenTracking,
    Personalization,
    SandBoxMode,
    Subject,
    SubscriptionTracking,
    To,
    TrackingSettings,
)
from sendgrid.helpers.mail.exceptions import ApiKeyIncludedException

from leo_activation.activation.channels import Message
from leo_activation.activation.channels.mime import (
    message_id,
    read_sender,
    single_line,
    unsubscribe_headers,
    wire_address,
)
from leo_activation.errors import Permanent

DELIVERY_ARGUMENT = "delivery_id"
TENANT_ARGUMENT = "tenant_id"


def mail_body(message: Message, tenant_id: str, *, only_check: bool) -> bytes:
    """The request's body, JSON.

    tenant_id: comes back with every event, as the delivery's id does, and finds the ledger.
    only_check: SendGrid validates the request and sends nothing.

    Raises:
        Permanent: the message asks for a provider's template, lacks subject or text, has a header of more than one line
            or a malformed address, or holds one of SendGrid's own keys.
    """
    if message.provider_template_id is not None:
        raise Permanent("This channel fills in its own templates and cannot honour one that SendGrid keeps.")
    if not message.subject or not message.text or message.html == "":
        raise Permanent("An e-mail by SendGrid needs a subject and a text that are not empty.")
    sender = read_sender(message.sender)
    mail = Mail()
    mail.from_email = From()
    mail.from_email.email, mail.from_email.name = sender.address, sender.name or None
    mail.subject = Subject(single_line(message.subject))
    recipient = To()
    recipient.email = wire_address(message.recipient, "recipient")
    person = Personalization()
    person.add_to(recipient)
    headers = {"Message-ID": message_id(message.delivery_id, sender), **unsubscribe_headers(message)}
    for name, value in headers.items():
        person.add_header(Header(name, value))
    for name, value in {DELIVERY_ARGUMENT: str(message.delivery_id), TENANT_ARGUMENT: tenant_id}.items():
        person.add_custom_arg(CustomArg(name, value))
    mail.add_personalization(person)
    try:
        mail.add_content(message.text, MimeType.text)
        if message.html is not None:
            mail.add_content(message.html, MimeType.html)
    except ApiKeyIncludedException as error:
        raise Permanent("The e-mail's text holds what looks like a key of SendGrid's.") from error
    mail.tracking_settings = _no_tracking()
    if only_check:
        mail.mail_settings = MailSettings(sandbox_mode=SandBoxMode(enable=True))
    return json.dumps(mail.get()).encode("ascii")


def _no_tracking() -> TrackingSettings:
    return TrackingSettings(
        click_tracking=ClickTracking(enable=False, enable_text=False),
        open_tracking=OpenTracking(enable=False),
        subscription_tracking=SubscriptionTracking(enable=False),
        ganalytics=Ganalytics(enable=False),
    )
