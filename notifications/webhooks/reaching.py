"""Which addresses a webhook may have, and the way there: to a machine that was looked at, and none within our walls.

Whoever may name an address must not thereby reach what only this machine can (server-side request forgery): so every
answer of the name's look-up must be an address of the open internet, and what was looked at is what is connected to,
under the certificate of the name. A second look-up, which might answer differently, is never made.
"""

import ipaddress
import re
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from urllib3.connection import HTTPConnection, HTTPSConnection

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST = 500
SECONDS_TO_LOOK_UP = SECONDS_TO_CONNECT = 5.0
# IPv4 addresses in IPv6 ones, where a network translates (RFC 6052), and where it does so for itself alone (RFC 8215).
NAT64 = ipaddress.ip_network("64:ff9b::/96")
NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
NUMBERS_ALONE = re.compile(r"(0x[0-9a-f]*|[0-9]+)$", re.IGNORECASE)

OWN_NETWORK = "That address lies inside a network of its own, which the hub does not reach into."


class ReachError(Exception):
    """Nobody is reached, in words."""


@dataclass(frozen=True)
class Target:
    """An address taken apart: the machine by name, its port, and what is asked of it."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.is_secure else 80) else f"{name}:{self.port}"


def take_apart(url: str) -> Target:
    """Read an address. Raises ValidationError, in words, for one that no webhook can have."""
    if len(url) > LONGEST:
        raise ValidationError(f"An address can have at most {LONGEST} characters.")
    if re.search(r"[\s\\\x00-\x20\x7f]", url):
        raise ValidationError("An address has no spaces in it, and no backslashes.")
    parts, port = _split(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValidationError("Begin the address with https://")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise ValidationError("Leave name and password out of the address: every message is signed instead.")
    if parts.fragment:
        raise ValidationError("Leave out the part after the #.")
    is_secure = parts.scheme == "https"
    port = port or (443 if is_secure else 80)
    if port != 443 and port < 1024 and not (port == 80 and not is_secure):
        raise ValidationError("The port must be 443, or 1024 and above.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise ValidationError("After the name of the machine, write what is not a plain letter as % and its number.")
    target = Target(is_secure, _plain(parts.hostname), port, path)
    if not is_secure and not settings.HUB_WEBHOOK_NETWORKS:
        raise ValidationError("Begin the address with https://, so that nobody reads or changes what is sent.")
    return target


def look_up(target: Target) -> list[Address]:
    """Every address of the machine, each of which may be reached. Raises ReachError."""
    found = [ipaddress.ip_address(one.partition("%")[0]) for one in _answers(target)]
    if not found:
        raise ReachError("There is no machine of that name.")
    if target.is_secure:
        if not all(is_own(one) or is_open(one) for one in found):
            raise ReachError(OWN_NETWORK)
    elif not all(is_own(one) for one in found):
        raise ReachError("Outside the hub's own networks an address must begin with https://.")
    return found


def connect(target: Target, address: Address) -> HTTPConnection:
    """A line to the very address that was looked at, with the name's certificate; no name is looked up again."""
    if not target.is_secure:
        plain = HTTPConnection(str(address), target.port, timeout=SECONDS_TO_CONNECT)
        plain.connect()
        return plain
    line = HTTPSConnection(
        str(address),
        target.port,
        timeout=SECONDS_TO_CONNECT,
        server_hostname=target.host,
        ssl_context=ssl.create_default_context(),
    )
    line.connect()
    return line


def is_own(address: Address) -> bool:
    """Whether it lies in a network that the operator has named as the hub's own."""
    real = address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
    return any(real in network for network in settings.HUB_WEBHOOK_NETWORKS)


def is_open(address: Address) -> bool:
    """Whether it is of the open internet, whatever it may be wrapped in."""
    return all(_is_plainly_open(one) for one in _unwrapped(address))


def _is_plainly_open(address: Address) -> bool:
    if address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback:
        return False
    if isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or address in NAT64_LOCAL):
        return False
    return address.is_global and not address.is_private and not address.is_link_local


def _unwrapped(address: Address) -> list[Address]:
    """The address and those that it stands for: by mapping, 6to4, Teredo, or NAT64."""
    if not isinstance(address, ipaddress.IPv6Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    if address.sixtofour:
        return [address, address.sixtofour]
    return [address, *(address.teredo or ())]


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise ValidationError("That is not an address. It looks like https://example.org/webhooks") from error


def _plain(host: str) -> str:
    """The name in plain letters (IDNA). Numbers that only look like an address are none."""
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise ValidationError("That is not the address of a machine.") from error
    try:
        plain = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError as error:
        raise ValidationError("That is not the name of a machine.") from error
    if not re.fullmatch(r"[a-z0-9_.-]+", plain):
        raise ValidationError("That is not the name of a machine.")
    if NUMBERS_ALONE.fullmatch(plain.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(plain))  # 2130706433 and 0177.0.0.1 are other ways to write 127.0.0.1
        except ValueError as error:
            raise ValidationError("Write the address by the name of the machine.") from error
    return plain


def _answers(target: Target) -> list[str]:
    """What the name's look-up says, which may take for ever: after five seconds nobody waits for it any more."""
    found: list[str] = []
    failed: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(one[4][0]) for one in answers))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    asking = threading.Thread(target=ask, name="look-up", daemon=True)
    asking.start()
    asking.join(SECONDS_TO_LOOK_UP)
    if asking.is_alive():
        raise ReachError("Nobody said in time where that machine is.")
    if failed:
        raise ReachError("There is no machine of that name.")
    return found
