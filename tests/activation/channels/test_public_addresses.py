"""A connection goes to public addresses only, and to the one that was looked at."""

import ast
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest

from leo_activation.activation.channels.http import HttpConnection, Lost, Phase
from leo_activation.activation.channels.public_addresses import (
    Dns,
    NotPublic,
    PublicTransport,
    Reach,
    Unresolved,
    is_public,
    reach_of,
)
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridSettings
from leo_activation.errors import Configuration
from leo_activation.settings import REPOSITORY, read_settings
from tests.activation.channels.servers import HttpServer, certificate_for, http
from tests.activation.dns_server import running_dns_server

CLIENTS = {f"httpx.{name}" for name in ("AsyncClient", "Client", "HTTPTransport", "get", "post", "request", "stream")}
PUBLIC = "93.184.215.14"
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "0.0.0.0",  # noqa: S104 - refused, not bound
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::808:808",
    "2002:0a00:0001::1",
    "2002:808:808::1",
    "2001:0:808:808::1",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_nobody_s_or_of_one_s_own_network_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


class Remembering(httpx.BaseTransport):
    """Stands for the network: remembers what would have been connected to, and answers from some addresses only."""

    def __init__(self, down: Sequence[str] = ()) -> None:
        self.down = set(down)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.host in self.down:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(200)

    @property
    def hosts(self) -> list[str]:
        return [request.url.host for request in self.asked]


def no_dns(name: str) -> Sequence[str]:
    raise Unresolved(f"{name} was asked of the DNS")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://a.localhost/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]:5432/x",
        "https://169.254.169.254/latest/meta-data/",
        f"http://{PUBLIC}/x",
    ],
)
def test_what_leads_to_another_place_is_refused_before_anything_is_sent(url: str) -> None:
    network = Remembering()

    with httpx.Client(transport=PublicTransport(network, Reach.PUBLIC, no_dns)) as client, pytest.raises(NotPublic):
        client.post(url, content=b"secret")

    assert network.asked == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1"])
def test_no_other_way_to_write_an_address_is_taken_for_one(host: str) -> None:
    network = Remembering()

    with (
        httpx.Client(transport=PublicTransport(network, Reach.LOOPBACK, no_dns)) as client,
        pytest.raises((Unresolved, NotPublic, httpx.InvalidURL)),
    ):
        client.get(f"https://{host}/")

    assert network.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with running_dns_server() as server:
        server.addresses["push.example"] = [[PUBLIC, "10.0.0.1"]]
        server.addresses["six.example"] = [[PUBLIC, "fd00::1"]]
        transport = PublicTransport(Remembering(), Reach.PUBLIC, Dns("127.0.0.1", server.port, 1))
        with httpx.Client(transport=transport) as client:
            for host in ["push.example", "six.example"]:
                with pytest.raises(NotPublic):
                    client.get(f"https://{host}/")


def test_a_name_that_means_another_address_at_the_next_question_gains_nothing() -> None:
    network = Remembering()
    with running_dns_server() as server:
        server.addresses["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
        transport = PublicTransport(network, Reach.PUBLIC, Dns("127.0.0.1", server.port, 1))
        with httpx.Client(transport=transport) as client:
            client.get("https://rebind.example/a")
            client.get("https://rebind.example/b")
            network.down.add(PUBLIC)
            with pytest.raises(httpx.ConnectError):
                client.get("https://rebind.example/c")
            with pytest.raises(NotPublic):
                client.get("https://rebind.example/d")

    assert network.hosts == [PUBLIC] * 3
    assert {request.headers["Host"] for request in network.asked} == {"rebind.example"}
    assert {request.extensions["sni_hostname"] for request in network.asked} == {"rebind.example"}


def test_the_next_address_is_tried_where_nobody_answers_at_the_first_and_stays() -> None:
    network = Remembering(down=["8.8.4.4"])
    transport = PublicTransport(network, Reach.PUBLIC, lambda _: ["8.8.4.4", PUBLIC])
    with httpx.Client(transport=transport) as client:
        client.get("https://push.example/")
        client.get("https://push.example/")

    assert network.hosts == ["8.8.4.4", PUBLIC, PUBLIC]


def test_no_other_address_is_tried_where_the_first_took_its_time() -> None:
    network = Remembering(down=["8.8.4.4"])
    resolved: list[str] = []

    def resolve(name: str) -> Sequence[str]:
        resolved.append(name)
        return ["8.8.4.4", PUBLIC]

    transport = PublicTransport(network, Reach.PUBLIC, resolve, patience_s=0.0)
    with httpx.Client(transport=transport) as client:
        for _ in range(2):
            with pytest.raises(httpx.ConnectError):
                client.get("https://push.example/")

    assert network.hosts == ["8.8.4.4", "8.8.4.4"]
    assert len(resolved) == 2


@pytest.mark.parametrize("name", ["absent.example", "broken.example", "silent.example"])
def test_a_name_that_the_dns_does_not_know_is_lost_before_anything_is_sent(name: str) -> None:
    with running_dns_server() as server:
        server.silent.add("silent.example")
        server.broken.add("broken.example")
        dns = Dns("127.0.0.1", server.port, timeout_s=0.5)
        with (
            HttpConnection(f"https://{name}", {}, 0.5, reach=Reach.PUBLIC, resolve=dns) as connection,
            pytest.raises(Lost) as lost,
        ):
            connection.ask("GET", "/")

    assert (lost.value.phase, lost.value.is_refused_here) == (Phase.CONNECT, False)


def test_tls_asks_for_the_certificate_of_the_name_at_the_pinned_address(tmp_path: Path) -> None:
    certificate = certificate_for(tmp_path, "push.example")
    named: list[str | None] = []
    with HttpServer(lambda _: http("200 OK"), certificate) as server:
        assert server.tls is not None
        server.tls.sni_callback = lambda _socket, name, _context: named.append(name)
        for host in ["push.example", "other.example"]:
            url = f"https://{host}:{server.port}"
            with HttpConnection(
                url, {}, 1, str(certificate), reach=Reach.LOOPBACK, resolve=lambda _: ["127.0.0.1"]
            ) as connection:
                if host == "push.example":
                    assert connection.ask("GET", "/").status == 200
                else:
                    with pytest.raises(Lost) as lost:
                        connection.ask("GET", "/")
                    assert isinstance(lost.value.error("It"), Configuration)

    assert named == ["push.example", "other.example"]
    assert [asked.headers["host"] for asked in server.asked] == [f"push.example:{server.port}"]


def test_a_redirect_to_a_private_address_is_an_answer_and_is_not_followed() -> None:
    with (
        HttpServer(lambda _: http("302 Found", Location="http://169.254.169.254/")) as server,
        HttpConnection(server.url, {}, 1, reach=Reach.LOOPBACK) as connection,
    ):
        assert connection.ask("GET", "/").status == 302


def test_loopback_takes_a_setting_and_its_lack_is_an_error_of_the_set_up() -> None:
    with HttpServer(lambda _: http("200 OK")) as server:
        with HttpConnection(server.url, {}, 1, reach=Reach.LOOPBACK) as connection:
            assert connection.ask("GET", "/").status == 200
        with (
            HttpConnection(server.url, {}, 1, reach=Reach.PUBLIC) as connection,
            pytest.raises(Lost, match="not public") as lost,
        ):
            connection.ask("GET", "/")

    assert len(server.asked) == 1
    assert isinstance(lost.value.error("The provider"), Configuration)
    assert "127.0.0.1" not in str(lost.value)


def test_loopback_means_this_machine_and_nothing_beside_it() -> None:
    network = Remembering()
    transport = PublicTransport(network, Reach.LOOPBACK, lambda _: ["127.0.0.1", "10.0.0.1"])
    with httpx.Client(transport=transport) as client:
        for url in ["http://10.0.0.1/", "https://both.example/", f"http://{PUBLIC}/"]:
            with pytest.raises(NotPublic):
                client.get(url)

    assert network.asked == []


def test_the_setting_is_public_where_nobody_says_otherwise() -> None:
    assert reach_of(read_settings({})) is Reach.PUBLIC
    assert reach_of(read_settings({"LEO_PROVIDER_REACH": "loopback"})) is Reach.LOOPBACK
    with pytest.raises(Configuration, match="LEO_PROVIDER_REACH"):
        reach_of(read_settings({"LEO_PROVIDER_REACH": "yes"}))


def test_a_provider_that_says_nothing_of_its_reach_has_that_of_the_installation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEO_PROVIDER_REACH", "")
    with HttpServer(lambda _: http("200 OK", b'{"scopes": ["mail.send"]}')) as server:
        channel = SendGridChannel(SendGridSettings("SG.key", "retail", server.url, timeout_s=1))
        with channel.open() as session, pytest.raises(Configuration, match="not public"):
            session.ready()

    assert server.asked == []


def test_activation_and_webhooks_have_no_other_way_out_by_http() -> None:
    others = {"aiohttp", "http.client", "requests", "urllib.request", "urllib3"}
    found = set()
    for folder in ("activation", "rights", "webhooks"):
        for file in (REPOSITORY / "plugins" / "leo_activation" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                opens = isinstance(node, ast.Attribute) and ast.unparse(node) in CLIENTS
                if opens or others.intersection(names):
                    found.add(file.name)

    assert found == {"http.py"}
