"""Counting clicks and opens, where the campaign's policy chose it: links lead by way of this installation.

Only the HTML of e-mail is changed; its text part keeps the links as they are. The unsubscribe link is never counted.
"""

from uuid import UUID

from leo_activation.activation.messages.link_check import read_html, with_attributes
from leo_activation.activation.messages.links import LONGEST_URL, TrackedLinks


def tracked_html(
    what: str,
    html: str,
    links: TrackedLinks,
    tenant_id: str,
    delivery_id: UUID,
    *,
    clicks: bool,
    opens: bool,
    unsubscribe_url: str,
) -> str:
    """The HTML with its links counted (`clicks`) and a picture that counts openings (`opens`) at the body's end.

    Raises:
        Permanent: the HTML is not what messages may be made of (`link_check.read_html`).
    """
    parts = read_html(what, html)
    pieces: list[str] = []
    done = 0
    for index, link in enumerate(parts.links if clicks else ()):
        is_web = link.url.lower().startswith(("https://", "http://"))
        if not is_web or link.url == unsubscribe_url or len(link.url) > LONGEST_URL:
            continue
        counted = links.click_url(tenant_id, delivery_id, index, link.url)
        pieces += [html[done : link.start], with_attributes("a", dict(link.attributes) | {"href": counted})]
        done = link.end
    pieces.append(html[done : parts.body_end])
    if opens:
        picture = {"src": links.open_url(tenant_id, delivery_id), "width": "1", "height": "1", "alt": ""}
        pieces.append(with_attributes("img", picture))
    return "".join([*pieces, html[parts.body_end :]])
