"""Each kind of slip has plain words and a hint."""

import pytest

PAGE = "page: {name: Acme Wallet, url: https://status.acme.example}\n"


@pytest.mark.parametrize(
    ("text", "path", "message", "hint"),
    [
        ("pages: {}", "pages", "there is no key `pages` here", "did you mean `page`?"),
        ("page: {url: 'https://a.example'}", "page.name", "is missing", "Company or product"),
        ("page: {name: 5, url: 'https://a.example'}", "page.name", "must be text, not a number", "Company"),
        ("page: Acme", "page", "must be keys with values, not text", "Who we are"),
        (PAGE + "components: {a: b}", "components", "must be a list, not keys with values", "rows of the status page"),
        (PAGE + "components: [a]", "components[0]", "must be keys with values, not text", "rows of the status page"),
        (
            PAGE + "components: [{id: a, name: A, direction: up}]",
            "components[0].direction",
            "must be one of 'deposits', 'withdrawals' or 'trading'",
            "Which way money moves",
        ),
        (
            PAGE + "access: {approvals: {second_person_above: many}}",
            "access.approvals.second_person_above",
            "must be a whole number",
            "Customers above which",
        ),
        (
            PAGE + "access: {approvals: {second_person_above: -1}}",
            "access.approvals.second_person_above",
            "should be greater than or equal to 0",
            "Customers above which",
        ),
        (
            PAGE + "smtp: {host: r, from: a@status.acme.example, port: true}",
            "smtp.port",
            "must be a number, not true or false",
            "write the number",
        ),
        (PAGE + "access: {roles: {oncall: boss}}", "access.roles.oncall", "must be one of 'viewer'", "Role for each"),
        (
            PAGE + "monitors: [{id: a, kind: http, target: 'http://x', expect: {sttus: 200}}]",
            "monitors[0].expect.sttus",
            "there is no key `sttus` here",
            "did you mean `status`?",
        ),
        (PAGE + "monitors: [{id: a}]", "monitors[0]", "has no kind", "known kinds: http, tcp, tls, dns"),
        (
            PAGE + "monitors: [{id: a, kind: ping}]",
            "monitors[0]",
            "is of a kind that is not known",
            "known kinds: http, tcp, tls, dns",
        ),
        (
            PAGE + "monitors: [{id: a, kind: tcp, target: db}]",
            "monitors[0].target",
            "is not host:port",
            "db.internal:5432",
        ),
        (
            PAGE + "monitors: [{id: a, kind: tcp, target: 'db:1', every: 2d}]",
            "monitors[0].every",
            "is outside the possible range",
            "give 1s to 1d",
        ),
        (
            PAGE + "policies: [{on: incident.open}]",
            "policies[0].on[0]",
            "is no event",
            "incident.opened, incident.updated",
        ),
        (
            PAGE + "policies: [{on: incident.opened, audience: 'holds:'}]",
            "policies[0].audience",
            "is not an audience rule",
            "holds:ETH",
        ),
        (PAGE + "store: {url: 'mysql://x'}", "store.url", "is not a database address", "sqlite:///forewarn.db"),
        (PAGE + "store: {url: 'sqlite://forewarn.db'}", "store.url", "is not a database address", "sqlite:///"),
        (PAGE + "social: [{name: x, url: token}]", "social[0].url", "is not an Apprise address", "mastodons://"),
        (
            PAGE + "social: [{name: x, url: 'tweet://a/b/c/d', secret: s}]",
            "social[0]",
            "has a secret, but its address is none of the web",
            "drop secret",
        ),
        (PAGE + "retention: {preset: custom}", "retention", "does not say how long", "records: 2557d"),
        (
            PAGE + "smtp: {host: r, from: a@status.acme.example, dkim: {domain: d, selector: s, private_key: k}}",
            "smtp.dkim",
            "has a key that is neither",
            "openssl genrsa 2048",
        ),
        (
            PAGE + "smtp: {host: r, from: a@status.acme.example, username: u}",
            "smtp",
            "has a username or a password, but not both",
            "give both",
        ),
        (
            PAGE + "smtp: {host: r, from: a@status.acme.example, username: u, password: p, security: none}",
            "smtp",
            "would send the password unprotected",
            "starttls or tls",
        ),
        (
            PAGE + "helpdesk: {kind: zendesk, url: 'https://a.zendesk.com', key: k, webhook_secret: s}",
            "helpdesk",
            "has no user",
            "agent's mail address",
        ),
        (PAGE + "publish: [{to: /srv/www, region: eu}]", "publish[0]", "has keys of a bucket", "s3://bucket/prefix"),
        (PAGE + "access: {inapp: {key: short}}", "access.inapp", "has a key that can be guessed", "32 random"),
    ],
)
def test_a_slip_is_told_in_plain_words_with_a_hint(faults_of, text, path, message, hint):
    found = {fault.path: fault for fault in faults_of(text)}
    assert message in found[path].message
    assert hint in found[path].hint


def test_a_list_whose_only_member_is_wrong_is_not_also_called_empty(faults_of):
    faults = faults_of(PAGE + "chains: [{chain: bitcoin, nodes: [{name: a, url: x}]}]")
    assert [fault.path for fault in faults] == ["chains[0].nodes[0].url"]


def test_an_empty_list_where_one_is_needed_is_a_fault(faults_of):
    (fault,) = faults_of(PAGE + "chains: [{chain: bitcoin, nodes: []}]")
    assert (fault.path, fault.hint) == ("chains[0].nodes", "give at least one")


def test_a_wrong_value_does_not_also_fail_what_follows_from_it(faults_of):
    (fault,) = faults_of("page: {name: Acme, url: nowhere}\nsmtp: {host: r, from: a@acme.example}\n")
    assert fault.path == "page.url"
