"""Where a message may lead: nothing that a mail program could follow is overlooked."""

import pytest

from leo_activation.activation.messages.link_check import LinkPolicy, check_address, check_links, read_html
from leo_activation.activation.messages.link_words import holds_link, text_links
from leo_activation.errors import Permanent

SHOP = LinkPolicy(frozenset({"shop.example", "*.shop.example", "shop.vn", "xn--bcher-kva.example"}))
OWN = "http://127.0.0.1:8090/unsubscribe/abc"


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/",
        "https://SHOP.example/x?a=1&b=2#z",
        "https://deals.shop.example/x",
        "https://a.b.shop.example",
        "https://bücher.example/",
        "mailto:help@shop.example",
        "mailto:help@shop.example,sales@deals.shop.example?subject=Socks%20please&body=Red",
    ],
)
def test_a_link_to_a_host_on_the_list_passes(address: str) -> None:
    check_address("It", SHOP, address)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "https://shop.example.evil.com/",
        "https://evilshop.example/",
        "https://shop.example@evil.com/",
        "https://user:secret@shop.example/",
        "https://shop.example:8443/",
        "https://shop.example:x/",
        "https://deals.shop.vn/",
        "http://shop.example/",
        "//evil.com/x",
        "//shop.example/x",
        "/relative",
        "relative",
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://shop.example/",
        "tel:+84123",
        "mailto:x@evil.com",
        "mailto:x@evil.com,help@shop.example",
        "mailto:help@shop.example,x@evil.com",
        "mailto:x%40evil.com%2Chelp@shop.example",
        "mailto:help@shop.example?bcc=x@evil.com",
        "mailto:help@shop.example?subject=Hi&%74o=x@evil.com",
        "mailto:",
        "https:\\\\evil.com",
        "https://shop.example\\@evil.com/",
        "https://shop.example /",
        "https://shop.example\u200b.evil.com/",
        "https://[::1]/",
        "https://[bad/",
        "https://\u0455hop.example/",
        "https:shop.example",
        "cid:part1",
    ],
)
def test_any_other_link_is_refused_in_html_wherever_it_stands(address: str) -> None:
    with pytest.raises(Permanent):
        check_address("It", SHOP, address)
    escaped = address.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    for html in (f'<a href="{escaped}">x</a>', f'<img src="{escaped}">'):
        with pytest.raises(Permanent):
            check_links("It", SHOP, text="", html=html)


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<SCRIPT SRC=//evil.com>",
        "<iframe src=https://shop.example></iframe>",
        "<form action=https://shop.example></form>",
        "<svg/onload=alert(1)>",
        "<math href=javascript:x>",
        "<base href=https://evil.com>",
        "<link rel=stylesheet href=https://shop.example/a.css>",
        "<meta http-equiv=refresh content='0;url=https://evil.com'>",
        "<object data=x></object>",
        "<embed src=x>",
        "<video src=x></video>",
        "<a onclick=x>x</a>",
        "<p onmouseover=x>x</p>",
        "<img srcset='https://evil.com/x 2x'>",
        "<body background=https://evil.com/x>",
        "<a ping=https://evil.com href=https://shop.example>x</a>",
        "<a href=https://shop.example href=https://evil.com>x</a>",
        "<p style='background:url(https://evil.com/x)'>x</p>",
        "<p style='background:u\\72l(https://evil.com/x)'>x</p>",
        "<p style='width:expression(alert(1))'>x</p>",
        "<style>@import 'https://evil.com';</style>",
        "<style>p{background:URL (https://evil.com)}</style>",
        "<style>p{background:image-set('https://evil.com/x.png' 1x)}</style>",
        "<p style='background:-webkit-image-set(&quot;https://evil.com/x.png&quot; 1x)'>x</p>",
        "<style>p{background:SRC ('https://evil.com/x.png')}</style>",
        "<style>p{}",
        "<style/><p title='</style><a href=https://evil.com>x</a>'>x</p>",
        "<title/><p title='</title><a href=https://evil.com>x</a>'>x</p>",
        "<title><p title='</title><a href=https://evil.com>x</a>'>x</p></title>",
        "<title>x</b></title>",
        "<title>x",
        "<!-- x -->",
        "<!--[if mso]><a href=https://evil.com>x</a><![endif]-->",
        "<![if mso]>",
        "<![CDATA[x]]>",
        "<?php x ?>",
        "<!doctype html public 'x'>",
        "a < b",
        "<a href='https://evil.com'",
        "<a href='https://evil.com",
        "<",
        "<p>x\x00</p>",
        "<unknown>x</unknown>",
        "</script>",
        "<a href='java&#10;script:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<p>visit evil.com</p>",
        "<p>visit ev<b>il</b>.com www.evil.com</p>",
        "<p>https://evil.com</p>",
        "<p>https&#58;//evil.com</p>",
    ],
)
def test_html_that_a_message_does_not_need_is_refused(html: str) -> None:
    with pytest.raises(Permanent):
        check_links("It", SHOP, text="", html=html)


def test_html_of_a_message_passes_with_its_links() -> None:
    html = (
        "<!doctype html>\n<html><head><style>p{color:red}</style><title>x & y</title></head><body>\n"
        f'<p>Hi &lt;you&gt;</p><a class="b" href="https://shop.example/?a=1&amp;b=2">go</a><a href="{OWN}">out</a>'
        '<a href="#top">up</a><img src="https://deals.shop.example/x.png" alt=""></body></html>'
    )
    check_links("It", SHOP, text=f"see https://shop.example/x. {OWN}", html=html, own=OWN)
    parts = read_html("It", html)
    assert [link.url for link in parts.links] == ["https://shop.example/?a=1&b=2", OWN, "#top"]
    assert [html[link.start : link.start + 2] for link in parts.links] == ["<a"] * 3
    assert html[parts.body_end :] == "</body></html>"


@pytest.mark.parametrize(
    "text",
    [
        "see evil.com now",
        "see www.evil.xyz",
        "https://evil.com/x",
        "HTTPS://EVIL.COM",
        "//evil.com/x",
        "ftp://shop.example/x",
        "zalo://x",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://shop.example/",
        "write to me@evil.com",
        "(https://shop.example@evil.com)",
        "a" * 5_000 + " evil.com",
    ],
)
def test_a_link_in_text_that_is_not_allowed_is_refused(text: str) -> None:
    with pytest.raises(Permanent):
        check_links("It", SHOP, text=text, html=None)
    assert holds_link(text)


@pytest.mark.parametrize(
    "text", ["3.5 kg at 12:30, St.Louis, Node.js, e.g. this.", "Data: none", "shop.example and me@shop.example", "1//2"]
)
def test_text_without_a_foreign_link_passes(text: str) -> None:
    check_links("It", SHOP, text=text, html=None)


def test_http_passes_only_where_it_is_allowed() -> None:
    check_address("It", LinkPolicy(SHOP.hosts, allow_http=True), "http://shop.example/")


def test_without_a_list_no_host_is_allowed_but_ones_own_link() -> None:
    check_links("It", LinkPolicy(), text=f"leave: {OWN}", html=f'<a href="{OWN}">leave</a>', own=OWN)
    with pytest.raises(Permanent, match=r"'shop\.example', which is not among the hosts"):
        check_links("It", LinkPolicy(), text="", html='<a href="https://shop.example/secret">x</a>')


def test_a_link_in_text_is_found_where_it_stands() -> None:
    text = "go to (https://shop.vn/x), or not"
    [link] = text_links(text)
    assert text[link.start : link.end] == "https://shop.vn/x"


@pytest.mark.parametrize("text", ["a" * 100_000, "a." * 50_000, "@" * 100_000, "http://" * 14_000, "(" * 100_000 + "x"])
def test_a_text_as_long_as_a_message_may_be_is_searched_in_one_go(text: str) -> None:
    """A search that begins again at every character would not end within the life of the test."""
    assert not list(text_links(text)) or "http" in text
