"""Counting clicks and opens, where the campaign's policy chose it: links lead by way of this installation.

Only the HTML of e-mail and the address of a tap are changed; text keeps its links as they are. The unsubscribe link is
never counted.
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
        if not _is_counted(link.url, unsubscribe_url):
            continue
        counted = links.click_url(tenant_id, delivery_id, index, link.url)
        pieces += [html[done : link.start], with_attributes("a", dict(link.attributes) | {"href": counted})]
        done = link.end
    pieces.append(html[done : parts.body_end])
    if opens:
        picture = {"src": links.open_url(tenant_id, delivery_id), "width": "1", "height": "1", "alt": ""}
        pieces.append(with_attributes("img", picture))
    return "".join([*pieces, html[parts.body_end :]])


def tracked_address(url: str, links: TrackedLinks, tenant_id: str, delivery_id: UUID, *, unsubscribe_url: str) -> str:
    """Where a tap leads, by way of this installation; the same where it is not to be counted."""
    return links.click_url(tenant_id, delivery_id, 0, url) if _is_counted(url, unsubscribe_url) else url


def _is_counted(url: str, unsubscribe_url: str) -> bool:
    is_web = url.lower().startswith(("https://", "http://"))
    return is_web and url != unsubscribe_url and len(url) <= LONGEST_URL
