"""A template made of copy: greeting and text as they were written, signature and unsubscribe link added by code."""

import re
from dataclasses import dataclass
from html import escape

from leo_activation.activation.messages.languages import base_language
from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.link_words import text_links
from leo_activation.activation.messages.slots import PERSONAL_SLOTS
from leo_activation.activation.messages.template_rules import names_in, pieces_of
from leo_activation.activation.messages.templates import LAYOUT_FOLDER, LAYOUT_LANGUAGES, Template, check_template
from leo_activation.errors import Permanent

COPY_SLOTS = PERSONAL_SLOTS | {"brand"}
"""What copy may use; everything else is added around it."""
HIDDEN = "display:none;max-height:0;overflow:hidden"


@dataclass(frozen=True)
class Words:
    """The words of an e-mail: plain text with slots, paragraphs with an empty line between them."""

    subject: str
    preheader: str
    body: str


def template_of(words: Words, template_id: str, language: str) -> Template:
    """The words within the layout of their language; English where there is no layout in it."""
    code = base_language(language)
    code = code if code in LAYOUT_LANGUAGES else "en"
    text = (LAYOUT_FOLDER / f"copy.{code}.txt").read_text(encoding="utf-8")
    html = (LAYOUT_FOLDER / f"copy.{code}.html").read_text(encoding="utf-8")
    body = words.body.strip()
    paragraphs = [
        f'<p style="white-space:pre-line">{as_html(part)}</p>' for part in re.split(r"\n\s*\n", body) if part.strip()
    ]
    preheader = f'<div style="{HIDDEN}">{as_html(words.preheader)}</div>\n'
    html = html.replace("%%PREHEADER%%", preheader, 1)
    return Template(
        template_id=template_id,
        channel="email",
        subject=words.subject,
        body_text=text.replace("%%BODY%%", body, 1),
        body_html=html.replace("%%BODY%%", "\n".join(paragraphs), 1),
        language=language,
    )


def check_words(words: Words, template_id: str, language: str, links: LinkPolicy) -> None:
    """Refuse words that are no copy, or that make a template which is refused.

    Raises:
        Permanent: a statement, a slot that copy may not use, or whatever `check_template` refuses.
    """
    for part in (words.subject, words.preheader, words.body):
        if "{%" in part or "{#" in part:
            raise Permanent("Copy is text with slots: it has no statements and no comments.")
        if unknown := names_in(part, "The copy") - COPY_SLOTS:
            raise Permanent(f"The copy uses the slot '{min(unknown)}'; there are {', '.join(sorted(COPY_SLOTS))}.")
    check_template(template_of(words, template_id, language), links)


def as_html(source: str) -> str:
    """Plain text with slots as HTML with the same slots; links become clickable."""
    return "".join(_linked(text) if is_text else text for is_text, text in pieces_of(source))


def _linked(text: str) -> str:
    done, pieces = 0, []
    for link in text_links(text):
        if not link.is_address and link.url.startswith("https://"):
            shown = text[link.start : link.end]
            pieces += [escape(text[done : link.start]), f'<a href="{escape(link.url)}">{escape(shown)}</a>']
            done = link.end
    return "".join([*pieces, escape(text[done:])])
