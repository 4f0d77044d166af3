import pytest

from records.operators import OPERATORS, operator_of
from records.throttles import Limits


@pytest.mark.parametrize(
    ("domain", "operator"),
    [
        ("gmail.com", "google"),
        ("GoogleMail.com", "google"),
        ("hotmail.co.uk", "microsoft"),
        ("outlook.com", "microsoft"),
        ("live.com.au", "microsoft"),
        ("yahoo.fr", "yahoo"),
        ("aol.com", "yahoo"),
        ("me.com", "apple"),
        ("gmx.de", "gmx"),
        ("web.de", "gmx"),
        ("acme.example", "acme.example"),
        # Not a country of theirs, only a name that begins as theirs.
        ("live.acme.example", "live.acme.example"),
        ("yahoo.evil.example.com", "yahoo.evil.example.com"),
        ("notgmail.com", "notgmail.com"),
        ("", ""),
    ],
)
def test_a_large_providers_domains_are_one_operators_and_every_other_domain_is_its_own(domain, operator):
    assert operator_of(domain) == operator


def test_an_addresss_operator_is_that_of_what_follows_the_last_at():
    assert Limits(bucket="email").operator_of('"a@gmail.com"@acme.example') == "acme.example"
    assert Limits(bucket="email").operator_of(None) == ""


def test_the_settings_may_say_who_runs_a_domain():
    assert Limits(bucket="email", hosted={"acme.example": "google"}).operator_of("ada@ACME.example") == "google"


def test_no_name_is_two_operators():
    names = [name for names in OPERATORS.values() for name in names]
    assert len(names) == len(set(names))
