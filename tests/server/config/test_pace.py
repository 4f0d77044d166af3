"""How fast operators of mailboxes and public accounts are sent what we say, in the settings."""

import pytest

from records.throttles import Limit
from server.pacing import limits_of

PAGE = "page: {name: Acme Wallet, url: https://status.acme.example, official_domains: [acme.example]}\n"


def smtp(operators):
    return PAGE + (
        "smtp: {host: relay.acme.example, from: status@acme.example, rate_per_second: 50, "
        f"operators: [{operators}]}}\n"
    )


def test_each_operator_has_a_pace_of_its_own_and_all_share_the_relays(load):
    limits = limits_of(
        load(
            smtp(
                "{name: google, rate_per_second: 20, concurrency: 4, domains: [corp.example]}, "
                "{name: small.example, concurrency: 1}"
            )
        )
    )
    mail = limits["email"]
    assert limits["subscriber:email"] is mail
    assert mail.channel == Limit(rate_per_second=50)
    assert mail.of("google") == Limit(rate_per_second=20, concurrency=4)
    assert mail.of("small.example") == Limit(concurrency=1)
    assert [mail.operator_of(f"a@{each}") for each in ("corp.example", "gmail.com", "small.example")] == [
        "google",
        "google",
        "small.example",
    ]


def test_all_languages_of_an_account_share_its_pace(load):
    text = PAGE.replace("page: {", "page: {languages: [en, fr], ") + (
        "social: [{name: main, url: mastodons://token@social.example, languages: [en, fr], posts_per_minute: 30}]\n"
    )
    limits = limits_of(load(text))
    assert {name: each.bucket for name, each in limits.items()} == {
        "social:main": "social:main",
        "social:main:fr": "social:main",
    }
    assert limits["social:main:fr"].channel.rate_per_second == 0.5


@pytest.mark.parametrize(
    ("operators", "said"),
    [
        ("{name: google}", "limits nothing"),
        ("{name: gogle, concurrency: 1}", "is no operator"),
        ("{name: gmail.com, concurrency: 1}", "is no operator"),
        ("{name: google, concurrency: 1}, {name: google, concurrency: 2}", "names google twice"),
        ("{name: google, domains: [a.example]}, {name: yahoo, domains: [a.example]}", "names a.example twice"),
        ("{name: google, rate_per_second: 0}", ""),
    ],
)
def test_what_makes_no_sense_is_refused(faults_of, operators, said):
    (fault,) = faults_of(smtp(operators))
    assert fault.path.startswith("smtp.operators")
    assert said in fault.message
