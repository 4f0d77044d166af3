"""Where posts may go: every spelling of an address that somebody could smuggle past a rule."""

from ipaddress import ip_address, ip_network

import pytest

from notifier.channels.hooks.receivers import may_reach, parse_receiver
from records.errors import Invalid


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://hooks.example/a?b=c", "https://hooks.example/a?b=c"),
        ("  HTTPS://Hooks.EXAMPLE  ", "https://hooks.example/"),
        ("https://hooks.example.:443/x#part", "https://hooks.example/x"),
        ("https://hooks.example:8443?a", "https://hooks.example:8443/?a"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://1.1.1.1/", "https://1.1.1.1/"),
        ("https://[2606:4700::1111]:8443/", "https://[2606:4700::1111]:8443/"),
        ("https://a_b.hooks.example/T00/B00/x", "https://a_b.hooks.example/T00/B00/x"),
    ],
)
def test_an_address_is_kept_in_one_spelling(text, url):
    assert parse_receiver(text).url == url
    assert parse_receiver(url).url == url


@pytest.mark.parametrize(
    "text",
    [
        "", "hooks.example", "//hooks.example", "ftp://hooks.example", "file:///etc/passwd", "gopher://hooks.example",
        "javascript:alert(1)", "http://hooks.example/", "https://", "https:///path", "https://:443/", "https://./",
        "https://user@hooks.example/", "https://user:word@hooks.example/", "https://hooks.example@127.0.0.1/",
        "https://hooks.example:99999/", "https://hooks.example:４４３/", "https://hooks.example:x/",
        "https://hooks.example:-1/", "https://hooks..example/", "https://-a.example/", "https://a b.example/",
        "https://hooks.example\\@127.0.0.1/", "https://hooks.example/\r\nHost: evil", "https://hooks.example/a b",
        "https://ho\toks.example/", "https://ho\noks.example/", "https://hooks.example/\x00", "https://hooks.example/é",
        "https://hooks.example%00.evil.example/", "https://[::1", "https://[fe80::1%eth0]/", "https://[v1.x]/",
        "https://" + "a" * 64 + ".example/", "https://" + "a." * 130 + "example/", "https://a.example/" + "x" * 2000,
        "https://exa\u2100mple/", "https://hooks.example/<script>", "https://hooks\u00ad .example/",
    ],
)  # fmt: skip
def test_what_is_not_plainly_an_address_is_refused(text):
    with pytest.raises(Invalid):
        parse_receiver(text)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0X7F.1", "017700000001", "127.1", "127.0.1", "0177.0.0.1", "127.0.0.01",
        "0x7f.0.0.1", "127.0.0.0x1", "1.2.3.4.5", "256.1.1.1", "1.1.1.1..", "example.123", "example.0x7f",
    ],
)  # fmt: skip
def test_a_number_is_an_address_in_its_plain_spelling_only(host):
    with pytest.raises(Invalid):
        parse_receiver(f"https://{host}/")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1.", "127.255.255.254", "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "168.63.129.16", "１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "１２７．０．０．１", "𝟏𝟐𝟕.0.0.1",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:0001]", "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::1]",
        "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[2001::1]", "[2001:db8::1]",
        "[2002:7f00:1::]", "[3fff::1]", "[100::1]", "[::ffff:0:127.0.0.1]", "[5f00::1]",
    ],
)  # fmt: skip
def test_no_spelling_of_an_inner_address_is_reached(host):
    literal = parse_receiver(f"https://{host}/").literal
    assert literal is not None
    assert not may_reach(literal, 443)


@pytest.mark.parametrize("address", ["1.1.1.1", "52.4.5.6", "100.63.255.255", "100.128.0.1", "2606:4700::1111"])
def test_the_internet_at_large_is_reached_on_ports_of_web_servers(address):
    assert [port for port in (22, 25, 80, 443, 3306, 6379, 8080, 8443) if may_reach(ip_address(address), port)] == [
        80, 443, 8080, 8443
    ]  # fmt: skip


def test_a_network_that_is_named_is_reached_on_any_port_and_no_other():
    allowed = [ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")]
    assert may_reach(ip_address("10.1.2.3"), 9000, allowed)
    assert may_reach(ip_address("fd00:1::5"), 9000, allowed)
    assert not may_reach(ip_address("10.2.0.1"), 443, allowed)
    assert not may_reach(ip_address("::ffff:10.1.2.3"), 443, allowed)
    assert not may_reach(ip_address("1.1.1.1"), 9000, allowed)


def test_without_protection_only_where_the_house_says_so():
    assert parse_receiver("http://hooks.example/", allow_http=True).port == 80
    with pytest.raises(Invalid, match="https://"):
        parse_receiver("http://hooks.example/")


def test_an_address_may_be_a_secret_and_is_not_shown():
    assert "B00SECRET" not in repr(parse_receiver("https://hooks.slack.com/services/T00/B00SECRET"))
