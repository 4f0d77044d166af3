"""What hashes look like, and what people paste instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.transactions import FAMILIES
from monitors.transactions.forms import FORMS, fits, is_address, normal, recognised, tidied

HEX = "aB" * 32
SOLANA = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW"
KINDS = {
    "ethereum": "evm", "polygon": "evm", "bitcoin": "bitcoin", "cosmos-hub": "cosmos", "solana": "solana",
    "polkadot": "substrate",
}  # fmt: skip


def test_every_family_that_can_be_asked_knows_its_form():
    assert FORMS.keys() == FAMILIES.keys()


@pytest.mark.parametrize(
    ("kind", "text", "written"),
    [
        ("evm", "0X" + HEX, "0x" + HEX.lower()),
        ("evm", HEX, "0x" + HEX.lower()),
        ("bitcoin", HEX, HEX.lower()),
        ("cosmos", HEX, HEX.upper()),
        ("xrpl", HEX, HEX.upper()),
        ("solana", SOLANA, SOLANA),
        ("bitcoin", "0x" + HEX, None),
        ("substrate", HEX, None),
        ("bitcoin", HEX[:-1], None),
        ("solana", SOLANA[:-6], None),
        ("solana", "1" * 88, None),
        ("evm", "0x" + "g" * 64, None),
        ("evm", "", None),
        ("no-such-kind", HEX, None),
    ],
)
def test_a_hash_is_read_as_its_network_writes_it(kind, text, written):
    assert normal(kind, text) == written


def test_the_network_is_recognised_by_the_form():
    assert recognised(KINDS, "0x" + HEX) == ("ethereum", "polygon", "polkadot")
    # Without its prefix it could be one of Ethereum too, but is not taken for it.
    assert recognised(KINDS, HEX) == ("bitcoin", "cosmos-hub")
    assert recognised(KINDS, SOLANA) == ("solana",)
    assert recognised(KINDS, "hello") == ()


@pytest.mark.parametrize(
    ("pasted", "hash_"),
    [
        (f"  0x{HEX}\n", f"0x{HEX}"),
        (f"https://explorer.example/tx/0x{HEX}?lang=en#logs", f"0x{HEX}"),
        (f"https://explorer.example/btc/transaction/{HEX}", HEX),
        (f"https://explorer.example/tx/{SOLANA}?cluster=mainnet", SOLANA),
        ("https://explorer.example/", "https://explorer.example/"),
        (" 0x" + " ".join(HEX), f"0x{HEX}"),
    ],
)
def test_what_people_paste_is_tidied(pasted, hash_):
    assert tidied(pasted) == hash_


@pytest.mark.parametrize(
    "text",
    [
        "0x" + "ab" * 20,
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8",
        "rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH",
        "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7",
        "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh",
    ],
)
def test_addresses_are_told_from_hashes(text):
    assert is_address(text)
    assert not any(fits(kind, text) for kind in FORMS)


@given(st.text(max_size=400))
def test_no_text_breaks_it(text):
    tidy = tidied(text)
    for kind in FORMS:
        written = normal(kind, tidy)
        assert written is None or normal(kind, written) == written
