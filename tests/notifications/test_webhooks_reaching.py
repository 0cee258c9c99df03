"""Which addresses are reached, and that nothing inside our walls is."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ValidationError
from pytest_django import Settings

from notifications.webhooks import reaching
from notifications.webhooks.trying import post
from tests.hook_server import HookServer

NO_NAME = "Leave name and password out of the address: every message is signed instead."
PLAIN = "After the name of the machine, write what is not a plain letter as % and its number."

Answers = Callable[..., None]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the look-ups answer, one after the other; the last for ever."""

    def say(*answers: Sequence[str]) -> None:
        left = list(answers)

        def look_up(host: str, port: int, *_more: object, **_options: object) -> list[tuple[object, ...]]:
            if host[0].isdigit():
                found: Sequence[str] = [host]  # as ever, and asking nobody
            else:
                found = left.pop(0) if len(left) > 1 else left[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return say


def looked_up(url: str) -> str:
    """Where it leads, or why it leads nowhere."""
    try:
        return str(reaching.look_up(reaching.take_apart(url))[0])
    except (reaching.ReachError, ValidationError) as refusal:
        return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:7f00:1::",
        "2001:0:808:808:0:0:80ff:fffe",
        "2001:db8::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_address_inside_walls_is_refused(dns: Answers, address: str) -> None:
    dns([address], ["203.0.113.9"])

    assert looked_up("https://hooks.example/") == reaching.OWN_NETWORK


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_address_of_the_open_internet_is_reached(dns: Answers, address: str) -> None:
    dns([address])

    assert looked_up("https://hooks.example/") == str(ipaddress.ip_address(address))


def test_name_with_one_address_inside_walls_is_refused(dns: Answers) -> None:
    dns(["8.8.8.8", "10.0.0.1"])

    assert looked_up("https://hooks.example/") == reaching.OWN_NETWORK


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "localhost"])
def test_address_written_as_such_is_looked_at_too(host: str) -> None:
    assert looked_up(f"https://{host}/") == reaching.OWN_NETWORK


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.0x1"])
def test_address_written_in_odd_numbers_is_refused(host: str) -> None:
    assert looked_up(f"https://{host}/") == "Write the address by the name of the machine."


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example/", "Begin the address with https://, so that nobody reads or changes what is sent."),
        ("ftp://hooks.example/", "Begin the address with https://"),
        ("//hooks.example/", "Begin the address with https://"),
        ("https://", "Begin the address with https://"),
        (
            "https://me:word@hooks.example/",
            "Leave name and password out of the address: every message is signed instead.",
        ),
        ("https://@hooks.example/", "Leave name and password out of the address: every message is signed instead."),
        ("https://hooks.example:22/", "The port must be 443, or 1024 and above."),
        ("https://hooks.example:80/", "The port must be 443, or 1024 and above."),
        ("https://hooks.example:99999/", "That is not an address. It looks like https://example.org/webhooks"),
        ("https://[hooks.example/", "That is not an address. It looks like https://example.org/webhooks"),
        ("https://hooks.example/#top", "Leave out the part after the #."),
        ("https://hooks.example/a b", "An address has no spaces in it, and no backslashes."),
        ("https://hooks.example\\@127.0.0.1/", "An address has no spaces in it, and no backslashes."),
        ("https://hooks.example/\r\nX-Mine: 1", "An address has no spaces in it, and no backslashes."),
        ("https://hooks..example/", "That is not the name of a machine."),
        ("https://hook$.example/", "That is not the name of a machine."),
        (
            "https://hooks.example/é",
            "After the name of the machine, write what is not a plain letter as % and its number.",
        ),
        ("https://hooks.example/" + "a" * 500, "An address can have at most 500 characters."),
    ],
)
def test_address_that_no_webhook_can_have_is_refused_in_words(url: str, why: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        reaching.take_apart(url)

    assert refusal.value.messages == [why]


def test_name_in_other_letters_is_known_by_its_plain_ones() -> None:
    target = reaching.take_apart("https://Bücher.example:8443?a=1")

    assert target == reaching.Target(True, "xn--bcher-kva.example", 8443, "/?a=1")
    assert target.host_header == "xn--bcher-kva.example:8443"


def test_name_that_answers_differently_the_second_time_is_never_reached_inside(
    dns: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[object] = []

    def refuse(_socket: socket.socket, address: object) -> None:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    dns(["8.8.8.8"], ["127.0.0.1"])
    first = post("https://rebinds.example/", {}, b"{}")
    second = post("https://rebinds.example/", {}, b"{}")

    assert reached == [("8.8.8.8", 443)]
    assert [first.words, second.words] == ["It could not be reached.", reaching.OWN_NETWORK]


def test_own_network_is_reached_by_http_too_and_the_rest_of_the_world_is_not(settings: Settings, dns: Answers) -> None:
    settings.HUB_WEBHOOK_NETWORKS = [ipaddress.ip_network("10.20.0.0/16")]
    dns(["10.20.0.5"], ["::ffff:10.20.0.6"], ["8.8.8.8"], ["10.30.0.1"])

    answers = [looked_up("http://sheet.example:8080/") for _ in range(4)]

    outside = "Outside the hub's own networks an address must begin with https://."
    assert answers == ["10.20.0.5", "::ffff:a14:6", outside, outside]


def test_name_that_nobody_knows_and_a_look_up_that_does_not_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_where: object, **_options: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert looked_up("https://nowhere.example/") == "There is no machine of that name."

    monkeypatch.setattr(reaching, "SECONDS_TO_LOOK_UP", 0.05)
    waits = threading.Event()

    def think(*_where: object, **_options: object) -> None:
        waits.wait(5)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", think)
    assert looked_up("https://slow.example/") == "Nobody said in time where that machine is."
    waits.set()


def certificate(name: str, folder: Path) -> ssl.SSLContext:
    """A machine's own, and the file by which whoever reads SSL_CERT_FILE believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize(("name", "status"), [("hooks.example", 204), ("other.example", None)])
def test_machine_that_was_looked_at_shows_the_certificate_of_the_name(
    settings: Settings, dns: Answers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, status: int | None
) -> None:
    settings.HUB_WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.1/32")]
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    dns(["127.0.0.1"])
    context = certificate(name, tmp_path)
    asked: list[str | None] = []
    context.sni_callback = lambda _line, host, _context: asked.append(host)
    with HookServer(context) as server:
        answer = post(f"https://hooks.example:{server.port}/taken", {}, b"{}")

        assert (answer.status, asked) == (status, ["hooks.example"])
        assert [one.headers["host"] for one in server.posts] == ([f"hooks.example:{server.port}"] if status else [])
    assert answer.words == ("" if status else "Its certificate is not that of this address, or has run out.")


def test_machine_is_reached_by_another_of_its_addresses_where_one_takes_nothing(
    settings: Settings, dns: Answers, hook: HookServer
) -> None:
    settings.HUB_WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    dns(["127.0.0.2", "127.0.0.1"])

    answer = post(f"http://hooks.example:{hook.port}/", {}, b"{}")

    assert answer.status == 204


def test_machine_that_speaks_no_https_says_so_in_words(hook: HookServer) -> None:
    answer = post(hook.url.replace("http:", "https:"), {}, b"{}")

    assert (answer.status, answer.words) == (None, "It does not speak https there.")


def test_redirect_is_not_followed(hook: HookServer) -> None:
    with HookServer() as other:
        hook.answers = [f"307 Temporary Redirect\nLocation: {other.url}"]

        answer = post(hook.url, {}, b"{}")

        assert (len(hook.posts), other.connections, answer.status) == (1, 0, 307)
        assert "we do not follow" in answer.words
