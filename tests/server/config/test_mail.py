"""How mail is signed and what comes back about it, in the settings."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.wiring import relay_of

PAGE = "page: {name: Acme Wallet, url: https://status.acme.example, official_domains: [acme.example]}\n"


def smtp(bounces):
    return PAGE + f"smtp: {{host: relay.acme.example, from: status@acme.example, bounces: {{{bounces}}}}}\n"


def test_a_hook_a_mailbox_or_both_will_do(load):
    hook = load(smtp("domain: bounce.acme.example, token: 0123456789abcdef")).smtp.bounces
    assert (hook.host, hook.token.get_secret_value()) == (None, "0123456789abcdef")
    box = load(smtp("domain: acme.example, host: imap.acme.example, username: b, password: s")).smtp.bounces
    assert (box.port, box.security, box.folder, box.every.total_seconds()) == (993, "tls", "INBOX", 60)
    assert repr(box.password) == "SecretStr('**********')"


def test_what_leads_nowhere_or_gives_the_password_away_is_refused(faults_of):
    for bounces, said in [
        ("domain: bounce.acme.example", "leads nowhere"),
        ("domain: bounce.acme.example, token: short", ""),
        ("domain: bounce.acme.example, host: imap.acme.example, username: b", "without a login"),
        ("domain: bounce.acme.example, host: i.acme.example, username: b, password: s, security: none", "unprotected"),
        ("domain: bounce.other.example, token: 0123456789abcdef", "not one of ours"),
        ("token: 0123456789abcdef", ""),
    ]:
        (fault,) = faults_of(smtp(bounces))
        assert fault.path.startswith("smtp.bounces")
        assert said in fault.message


def pem_of(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signed(domain, *keys):
    first, *others = keys
    text = f"  dkim:\n    domain: {domain}\n    selector: fw1\n    private_key: |\n{indented(first, 6)}"
    for other in others:
        text += f"    second:\n      selector: fw2\n      private_key: |\n{indented(other, 8)}"
    return PAGE + f"smtp:\n  host: relay.acme.example\n  from: status@mail.acme.example\n{text}"


def indented(text, spaces):
    return "".join(" " * spaces + line + "\n" for line in text.splitlines())


def test_one_key_signs_or_two(load):
    rsa, ed = pem_of(generate_private_key(65537, 2048)), pem_of(Ed25519PrivateKey.generate())
    (key,) = relay_of(load(signed("acme.example", rsa)).smtp).dkim
    assert (key.domain, key.selector, key.key.algorithm) == ("acme.example", "fw1", "rsa-sha256")
    first, second = relay_of(load(signed("mail.acme.example", rsa, ed)).smtp).dkim
    assert (first.selector, second.selector, second.key.algorithm) == ("fw1", "fw2", "ed25519-sha256")


def test_a_key_that_is_none_or_signs_for_others_is_refused_and_not_repeated(faults_of):
    short, good = pem_of(generate_private_key(65537, 1024)), pem_of(Ed25519PrivateKey.generate())
    for text, said in [
        (signed("acme.example", short), "neither RSA of 2048 bits"),
        (signed("acme.example", "no key at all"), "neither RSA of 2048 bits"),
        (signed("other.example", good), "which no receiver counts"),
        (signed("sub.mail.acme.example", good), "which no receiver counts"),
    ]:
        (fault,) = faults_of(text)
        assert fault.path.startswith("smtp")
        assert said in fault.message
        assert "BEGIN" not in str(fault)
