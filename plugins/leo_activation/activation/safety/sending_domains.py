"""Whether the DNS lets a domain's mail be believed: SPF, DKIM and DMARC, and whether they fit the domain it comes from.

SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) are asked of one DNS server within bounds. An answer that does not
come is told as such and is never taken for a record that is missing. The libraries are loaded where they are used:
every send imports this module, and few check a domain.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import Settings

DNS_PORT = 53
MOST_SPF_LOOKUPS = 10
"""RFC 7208, 4.6.4: beyond it receivers give up with a permanent error."""
SHORTEST_RSA_BITS = 1024
"""RFC 8301: shorter keys must not be believed; 2048 bits are what it asks for."""
DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.I)
LOOKING_UP = re.compile(r"[+~?-]?(?:include:|a(?:[:/]|\Z)|mx(?:[:/]|\Z)|ptr(?::|\Z)|exists:)|redirect=", re.I)


class CheckState(StrEnum):
    """What was found; `unknown` where the DNS did not answer."""

    PASSED = "passed"
    WEAK = "weak"
    FAILED = "failed"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One thing that was asked, and what it came to in a sentence."""

    name: str
    state: CheckState
    sentence: str


@dataclass(frozen=True)
class Preflight:
    """Everything that was asked about one domain."""

    domain: str
    selector: str | None
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """True where nothing failed, is missing or could not be asked; weak is weak but works."""
        return all(check.state in {CheckState.PASSED, CheckState.WEAK} for check in self.checks)

    def warnings(self) -> tuple[str, ...]:
        """A sentence for each thing that is not as it should be."""
        return tuple(check.sentence for check in self.checks if check.state is not CheckState.PASSED)


@dataclass(frozen=True)
class DnsSettings:
    """Which server is asked (None: the system's), and how long one question may take with its repetitions."""

    server: str | None = None
    port: int = DNS_PORT
    timeout_s: float = 5.0


class NoAnswer(Exception):
    """The DNS did not answer a question in time, or answered that it cannot."""


def dns_settings(settings: Settings) -> DnsSettings:
    """The server of LEO_DNS_SERVER, an IP address with a port or without, else the system's.

    Raises:
        Configuration: the variable is neither.
    """
    text = settings.optional("LEO_DNS_SERVER")
    if text is None:
        return DnsSettings()
    address, _, port = text.rpartition(":") if re.search(r"\]:\d+\Z|\A[^:]+:\d+\Z", text) else (text, "", str(DNS_PORT))
    try:
        return DnsSettings(address.strip("[]"), int(port))
    except ValueError:
        raise Configuration("LEO_DNS_SERVER must be an IP address, or one with a port.") from None


def domain_of(sender: str) -> str:
    """The domain of 'Brand <news@shop.example>', in ASCII.

    Raises:
        Permanent: there is none.
    """
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return _ascii_domain(domain)


def check_domain(
    domain: str, dns_at: DnsSettings, *, selector: str | None = None, envelope_domain: str | None = None
) -> Preflight:
    """Ask the DNS about a domain that mail comes from.

    Args:
        selector: of the DKIM key (`s=` of the signature); without it DKIM is told as not checked.
        envelope_domain: where bounces go to (MAIL FROM), if that is another domain.

    Raises:
        Permanent: a name is no domain.
        Configuration: the server's address is none.
    """
    domain = _ascii_domain(domain)
    envelope = _ascii_domain(envelope_domain) if envelope_domain else domain
    if selector is not None and not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", selector):
        raise Permanent("The selector is none of DKIM: letters, digits, dots and hyphens.")
    questions = _Questions(dns_at)
    dmarc, organisation, strict_spf = _dmarc(questions, domain)
    aligned = envelope == domain if strict_spf else _same_organisation(envelope, domain, organisation)
    return Preflight(
        domain,
        selector,
        (_spf(questions, envelope), _alignment(envelope, domain, aligned), _dkim(questions, domain, selector), dmarc),
    )


class _Questions:
    """Asks for TXT records; each question is bounded by the time-out of the settings."""

    def __init__(self, dns_at: DnsSettings) -> None:
        import dns.resolver

        try:
            self._resolver = dns.resolver.Resolver(configure=dns_at.server is None)
            if dns_at.server is not None:
                self._resolver.nameservers = [dns_at.server]
        except (ValueError, dns.resolver.NoResolverConfiguration) as error:
            raise Configuration("The DNS server must be given as an IP address.") from error
        self._resolver.port = dns_at.port
        self._resolver.timeout = dns_at.timeout_s / 2
        self._resolver.lifetime = dns_at.timeout_s

    def txt(self, name: str) -> list[str]:
        """The TXT records of a name; none where it does not exist.

        Raises:
            NoAnswer: the DNS did not say.
        """
        import dns.exception
        import dns.name
        import dns.resolver

        try:
            answer = self._resolver.resolve(dns.name.from_text(name), "TXT", raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return []
        except dns.exception.DNSException as error:
            raise NoAnswer from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer.rrset or ()]


def _spf(questions: _Questions, domain: str) -> Check:
    try:
        records = _spf_records(questions, domain)
        if not records:
            return Check("spf", CheckState.MISSING, f"{domain} has no SPF record, so anybody can send in its name.")
        if len(records) > 1:
            return Check(
                "spf", CheckState.FAILED, f"{domain} has {len(records)} SPF records; receivers read none of them."
            )
        if lookups := _too_many_lookups(questions, records[0], domain):
            return Check(
                "spf",
                CheckState.FAILED,
                f"The SPF record of {domain} needs {lookups} look-ups or more; receivers stop at {MOST_SPF_LOOKUPS}.",
            )
    except NoAnswer:
        return _not_answered("spf", f"the SPF record of {domain}")
    end = records[0].lower().split()[-1]
    if end in {"all", "+all"}:
        return Check("spf", CheckState.FAILED, f"The SPF record of {domain} ends in +all: it lets everybody send.")
    if end not in {"-all", "~all"} and not end.startswith("redirect="):
        return Check("spf", CheckState.WEAK, f"The SPF record of {domain} does not end in -all or ~all.")
    return Check("spf", CheckState.PASSED, f"{domain} has an SPF record.")


def _spf_records(questions: _Questions, domain: str) -> list[str]:
    return [text for text in questions.txt(domain) if re.match(r"v=spf1(?: |\Z)", text, re.I)]


def _too_many_lookups(questions: _Questions, record: str, domain: str) -> int:
    """How many look-ups the record needs, counted until they are too many; 0 where they are not."""
    asked, waiting, seen = 0, [record], {domain}
    while waiting:
        for term in waiting.pop().split()[1:]:
            if not LOOKING_UP.match(term):
                continue
            asked += 1
            if asked > MOST_SPF_LOOKUPS:
                return asked
            target = re.match(r"[+~?-]?(?:include:|redirect=)([^%\s]+)\Z", term, re.I)
            if target and DOMAIN.fullmatch(target[1].rstrip(".")) and target[1].lower() not in seen:
                seen.add(target[1].lower())
                waiting += _spf_records(questions, target[1])
    return 0


def _alignment(envelope: str, domain: str, aligned: bool) -> Check:
    if aligned:
        return Check("alignment", CheckState.PASSED, f"Bounces go to {envelope}, which fits {domain}.")
    sentence = f"Bounces go to {envelope}, which does not fit {domain}: SPF counts for nothing there, DKIM has to pass."
    return Check("alignment", CheckState.WEAK, sentence)


def _dkim(questions: _Questions, domain: str, selector: str | None) -> Check:
    if selector is None:
        sentence = f"The DKIM key of {domain} was not checked: name its selector."
        return Check("dkim", CheckState.UNKNOWN, sentence)
    name = f"{selector}._domainkey.{domain}"
    try:
        records = [_tags(text) for text in questions.txt(name)]
    except NoAnswer:
        return _not_answered("dkim", f"the DKIM key {name}")
    keys = [tags for tags in records if "p" in tags and tags.get("v", "DKIM1") == "DKIM1"]
    if not keys:
        return Check("dkim", CheckState.MISSING, f"There is no DKIM key at {name}.")
    if len(keys) > 1:
        return Check("dkim", CheckState.FAILED, f"There are {len(keys)} DKIM keys at {name}; receivers may take any.")
    return _key(name, keys[0])


def _key(name: str, tags: dict[str, str]) -> Check:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if not tags["p"]:
        return Check("dkim", CheckState.FAILED, f"The DKIM key at {name} was revoked.")
    try:
        der = base64.b64decode("".join(tags["p"].split()), validate=True)
        if tags.get("k", "rsa") == "ed25519":
            bits = SHORTEST_RSA_BITS * 2 if len(der) == 32 else 0
        else:
            key = load_der_public_key(der)
            bits = key.key_size if isinstance(key, RSAPublicKey) else 0
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        bits = 0
    if not bits:
        return Check("dkim", CheckState.FAILED, f"The DKIM key at {name} cannot be read.")
    if bits < SHORTEST_RSA_BITS:
        return Check("dkim", CheckState.FAILED, f"The DKIM key at {name} has {bits} bits; receivers want 1024 or more.")
    if bits < SHORTEST_RSA_BITS * 2:
        return Check("dkim", CheckState.WEAK, f"The DKIM key at {name} has {bits} bits; 2048 are recommended.")
    return Check("dkim", CheckState.PASSED, f"There is a DKIM key at {name}.")


def _dmarc(questions: _Questions, domain: str) -> tuple[Check, str, bool]:
    """The check; the domain whose record holds (an organisation's own for its subdomains); whether SPF must match it
    exactly.
    """
    labels = domain.split(".")
    try:
        for start in range(len(labels) - 1):
            holder = ".".join(labels[start:])
            records = [text for text in questions.txt(f"_dmarc.{holder}") if re.match(r"v=DMARC1\s*(?:;|\Z)", text)]
            if records:
                break
        else:
            sentence = f"{domain} has no DMARC record; Gmail and Yahoo want one of whoever sends many messages."
            return Check("dmarc", CheckState.MISSING, sentence), domain, False
    except NoAnswer:
        return _not_answered("dmarc", f"the DMARC record of {domain}"), domain, False
    if len(records) > 1:
        sentence = f"{holder} has {len(records)} DMARC records; receivers read none of them."
        return Check("dmarc", CheckState.FAILED, sentence), holder, False
    tags = _tags(records[0])
    strict = tags.get("aspf", "r").lower() == "s"
    wanted = tags.get("p", "").lower() if holder == domain else (tags.get("sp") or tags.get("p", "")).lower()
    if wanted not in {"none", "quarantine", "reject"}:
        return Check("dmarc", CheckState.FAILED, f"The DMARC record of {holder} names no policy."), holder, strict
    if wanted == "none":
        sentence = f"The DMARC record of {holder} asks for nothing (p=none): forged mail in its name is let through."
        return Check("dmarc", CheckState.WEAK, sentence), holder, strict
    return Check("dmarc", CheckState.PASSED, f"The DMARC record of {holder} asks for {wanted}."), holder, strict


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def _same_organisation(envelope: str, domain: str, organisation: str) -> bool:
    """Relaxed alignment without the list of public suffixes: one below the other, or below the holder of the record."""
    pairs = ((envelope, domain), (domain, envelope), (envelope, organisation))
    return any(inner == outer or inner.endswith(f".{outer}") for inner, outer in pairs)


def _not_answered(name: str, what: str) -> Check:
    return Check(name, CheckState.UNKNOWN, f"The DNS did not answer about {what}: check again.")


def _ascii_domain(domain: str) -> str:
    try:
        text = domain.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        text = ""
    if not DOMAIN.fullmatch(text):
        raise Permanent("The domain is none: give a name such as shop.example.")
    return text
