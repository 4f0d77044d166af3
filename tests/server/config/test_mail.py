"""What comes back about mail, in the settings."""

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
