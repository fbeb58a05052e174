"""Where the links of a message may lead: to hosts on the tenant's list, by https.

HTML is read by the standard library's parser and held to a list of elements and attributes, so that nothing is left
that a mail program could read in another way than this program does: no scripts, forms, frames, comments or style that
loads. Links in plain text count too, because mail programs make them clickable.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from urllib.parse import SplitResult, parse_qsl, urlsplit

import idna

from leo_activation.activation.messages.link_words import odd_scheme, text_links
from leo_activation.activation.safety.tenant_policy import TenantPolicy
from leo_activation.errors import Permanent
from leo_activation.told import Told

_ELEMENTS = """
    html head meta title style body div span p br hr a img h1 h2 h3 h4 h5 h6 ul ol li dl dt dd strong b em i u s small
    sub sup table thead tbody tfoot tr td th caption colgroup col blockquote pre code center font
    """
_ATTRIBUTES = """
    href src alt title style class id width height align valign bgcolor color border cellpadding cellspacing lang dir
    role name content charset colspan rowspan span target rel start type face size aria-label aria-hidden
    """
ELEMENTS = frozenset(_ELEMENTS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
LINKING_ATTRIBUTES = frozenset({"href", "src"})
TEXT_ELEMENTS = frozenset({"style", "title"})
"""Elements that hold text only: what looks like a tag within them is none to a mail program, but is to the parser."""
_LOADING_STYLE = re.compile(r"(?:url|src|image|image-set)\s*\(|@|\\|expression|/\*|<", re.I)
"""What loads something from within a style, or hides that it does; @media and @font-face are the price."""


@dataclass(frozen=True)
class LinkPolicy:
    """The hosts that links may lead to: `shop.example` itself, `*.shop.example` also what is below it."""

    hosts: frozenset[str] = frozenset()
    allow_http: bool = False


def link_policy(policy: TenantPolicy) -> LinkPolicy:
    """Where the links of a tenant's messages may lead: nowhere but here until its rules name hosts."""
    return LinkPolicy(frozenset() if policy.link_hosts is None else frozenset(policy.link_hosts.hosts))


@dataclass(frozen=True)
class HtmlLink:
    """A link of an `a` element: where its whole start tag stands in the source, and the tag's attributes."""

    start: int
    end: int
    url: str
    attributes: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class HtmlParts:
    """What was found in HTML: the links of `a`, every address that is followed or loaded, texts, the body's end."""

    links: tuple[HtmlLink, ...]
    addresses: tuple[str, ...]
    words: str
    body_end: int


def check_links(what: str, policy: LinkPolicy, *, text: str, html: str | None, own: str | None = None) -> None:
    """Refuse a message whose links lead elsewhere; `own` is a link of this installation, always allowed.

    Raises:
        Permanent: a link that is not allowed, or HTML that is not; the error names the host, not the whole link.
    """
    _check_text(what, policy, text, own)
    if html is not None:
        parts = read_html(what, html)
        for address in parts.addresses:
            if address != own and not address.startswith("#"):
                check_address(what, policy, address)
        _check_text(what, policy, parts.words, own)


def check_address(what: str, policy: LinkPolicy, address: str) -> None:
    """Refuse one address.

    Raises:
        Permanent: another scheme than https (or http where that is allowed), an odd form, or a host off the list.
    """
    if fault := _fault(policy, address):
        raise Permanent(Told.of("{what} has a link {fault}.", what=what, fault=fault))


def read_html(what: str, html: str) -> HtmlParts:
    """Read HTML and hold it to what messages may be made of.

    Raises:
        Permanent: an element, attribute, comment or style that is not allowed.
    """
    reader = _Reader(what, html)
    reader.feed(html)
    if "<" in reader.rawdata or reader.cdata_elem is not None or reader.in_title:
        raise Permanent(Told.of("{what} has HTML whose last element is not ended.", what=what))
    reader.close()
    return reader.parts()


class _Reader(HTMLParser):
    def __init__(self, what: str, html: str) -> None:
        super().__init__(convert_charrefs=False)
        if "\x00" in html:
            raise Permanent(Told.of("{what} has a NUL in its HTML.", what=what))
        self._what = what
        self._html = html
        self._lines = [0, *(found.end() for found in re.finditer("\n", html))]
        self._links: list[HtmlLink] = []
        self._addresses: list[str] = []
        self._words: list[str] = []
        self._in_style = False
        self.in_title = False
        self._body_end: int | None = None

    def parts(self) -> HtmlParts:
        end = len(self._html) if self._body_end is None else self._body_end
        return HtmlParts(tuple(self._links), tuple(self._addresses), "".join(self._words), end)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS or self.in_title:
            self._refuse(Told.of("the element <{tag}>", tag=tag[:20]))
        names = [name for name, _ in attrs]
        for name, value in attrs:
            if name not in ATTRIBUTES or names.count(name) > 1:
                if name in ATTRIBUTES:
                    self._refuse(Told.of("'{name}' twice", name=name))
                self._refuse(Told.of("the attribute '{name}'", name=name[:20]))
            if name == "style" and _LOADING_STYLE.search(value or ""):
                self._refuse(Told.of("a style that loads something"))
            if name in LINKING_ATTRIBUTES:
                self._addresses.append((value or "").strip())
        if tag == "a" and (url := dict(attrs).get("href")):
            start = self._offset()
            end = start + len(self.get_starttag_text() or "")
            self._links.append(HtmlLink(start, end, url.strip(), tuple(attrs)))
        self._in_style = tag == "style"
        self.in_title = tag == "title"
        self._words.append(" " if tag in {"br", "p", "div", "td", "li", "tr", "img"} else "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in TEXT_ELEMENTS:
            self._refuse(Told.of("<{tag}/>, which ends nothing", tag=tag))
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ELEMENTS or (self.in_title and tag != "title"):
            self._refuse(Told.of("the element </{tag}>", tag=tag[:20]))
        if tag == "body":
            self._body_end = self._offset()
        self._in_style = self.in_title = False
        self._words.append(" " if tag in {"p", "div", "td", "li", "tr", "a"} else "")

    def handle_data(self, data: str) -> None:
        if self._in_style:
            if _LOADING_STYLE.search(data):
                self._refuse(Told.of("a style that loads something"))
        elif "<" in data:
            self._refuse(Told.of("a '<' that begins no element"))
        else:
            self._words.append(data)

    def handle_entityref(self, name: str) -> None:
        self._words.append(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._words.append(unescape(f"&#{name};"))

    def handle_decl(self, decl: str) -> None:
        if decl.strip().lower() != "doctype html":
            self._refuse(Told.of("a declaration other than <!doctype html>"))

    def handle_comment(self, data: str) -> None:
        self._refuse(Told.of("a comment, in which mail programs look for instructions"))

    def handle_pi(self, data: str) -> None:
        self._refuse(Told.of("a processing instruction"))

    def unknown_decl(self, data: str) -> None:
        self._refuse(Told.of("a declaration"))

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _refuse(self, found: str) -> None:
        raise Permanent(
            Told.of(
                "{what} has {found} in its HTML, line {line}; messages go without.",
                what=self._what,
                found=found,
                line=self.getpos()[0],
            )
        )


def _check_text(what: str, policy: LinkPolicy, text: str, own: str | None) -> None:
    if own:
        text = text.replace(own, " ")
    if scheme := odd_scheme(text):
        raise Permanent(
            Told.of("{what} has a link with the scheme '{scheme}'; links go by https.", what=what, scheme=scheme[:20])
        )
    for link in text_links(text):
        url = link.url
        if url.startswith("//"):
            url = "https:" + url
        # A bare name of a host has no scheme of its own: the reader's program chooses one.
        bare = not text[link.start : link.end].lower().startswith(("http:", "https:"))
        check_address(what, LinkPolicy(policy.hosts, allow_http=True) if bare else policy, url)


@lru_cache(maxsize=1024)
def _fault(policy: LinkPolicy, address: str) -> str | None:
    """Why an address is refused; remembered, because the messages of a campaign hold the same links."""
    if any(mark.isspace() or not mark.isprintable() or mark == "\\" for mark in address):
        return Told.of("with blanks or hidden characters in it")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Told.of("that cannot be read")
    if parts.scheme == "mailto":
        return _fault_of_mail(policy, parts)
    if parts.scheme == "http" and not policy.allow_http:
        return Told.of("by http to '{host}'; links go by https", host=host[:80])
    if parts.scheme not in {"https", "http"}:
        return Told.of("with the scheme '{scheme}'; links go by https", scheme=parts.scheme[:20])
    if "@" in parts.netloc or port is not None:
        return Told.of("with a user or a port in it")
    return _fault_of_host(policy, host)


def _fault_of_mail(policy: LinkPolicy, parts: SplitResult) -> str | None:
    """Every recipient counts (RFC 6068): several in the path, and those that a field of the query would add."""
    fields = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if "%" in parts.path or fields - {"subject", "body"}:
        return Told.of("to recipients that are not seen")
    faults = (_fault_of_host(policy, one.rpartition("@")[2].lower()) for one in parts.path.split(","))
    return next((fault for fault in faults if fault is not None), None)


def _fault_of_host(policy: LinkPolicy, host: str) -> str | None:
    name = _ascii(host)
    listed = {entry.lower() for entry in policy.hosts}
    if name in listed or any(f"*.{parent}" in listed for parent in _parents(name)):
        return None
    return Told.of("to '{host}', which is not among the hosts that the tenant allows", host=host[:80])


def _ascii(host: str) -> str:
    try:
        return idna.encode(host.lower().rstrip("."), uts46=True).decode() if not host.isascii() else host.lower()
    except idna.IDNAError:
        return ""


def _parents(host: str) -> Iterator[str]:
    labels = host.split(".")
    return (".".join(labels[at:]) for at in range(1, len(labels)))


def with_attributes(tag: str, attributes: Mapping[str, str | None]) -> str:
    """A start tag with these attributes, escaped."""
    written = "".join(
        f" {name}" if value is None else f' {name}="{_escaped(value)}"' for name, value in attributes.items()
    )
    return f"<{tag}{written}>"


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
