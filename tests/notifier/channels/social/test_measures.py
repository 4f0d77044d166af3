"""Texts measure what the services say they measure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.hooks.slack import escaped
from notifier.channels.social.bluesky import facets
from notifier.channels.social.discord import dressed
from notifier.channels.social.measures import bluesky_letters, mastodon_letters, same_words, utf16_units, x_weight
from notifier.fitting import Manner, fit

LINK = "https://status.acme.example/incidents/inc00000000a"
FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇷🇴"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Withdrawals are late.", 21),
        ("é", 1),
        ("e\u0301", 1),
        ("出金", 4),
        ("출금", 4),
        ("ș ț", 3),
        ("— “late” …", 11),
        (FAMILY, 2),
        (FLAG, 2),
        ("☎️", 2),
        (LINK, 23),
        (f"出金 {LINK} · 7Q4KM-W9RTA", 42),
        # A service may take it for a link, and a link counts 23.
        ("see acme.com", 27),
        ("see status.acme-of-the-whole-world.example", 42),
    ],
)
def test_x_counts_weights(text, weight):
    assert x_weight(text) == weight


def test_mastodon_and_bluesky_count_letters_as_readers_do():
    assert mastodon_letters(f"{FAMILY} {LINK}") == 25
    assert bluesky_letters(FAMILY + FLAG + "e\u0301") == 4
    # Ten bytes a letter at most.
    assert bluesky_letters(FAMILY * 100) == len((FAMILY * 100).encode()) // 10
    assert utf16_units(f"a{FLAG}") == 5


@given(st.text(max_size=80))
def test_nothing_measures_less_than_its_letters_where_that_would_be_refused(text):
    assert utf16_units(text) >= len(text)
    assert x_weight(text) >= 0
    assert bluesky_letters(text) >= -(-len(text.encode()) // 10)


@given(st.text(alphabet="aé出 \n👩‍", max_size=30), st.text(alphabet="aé出 \n👩‍", max_size=30))
def test_facets_point_at_links_in_bytes(before, after):
    text = f"{before} {LINK} {after}"
    [facet] = facets(text)
    index = facet["index"]
    assert text.encode()[index["byteStart"] : index["byteEnd"]].decode() == LINK


@given(st.text(alphabet="a*_~`|<>#-\\ \n", max_size=40))
def test_dressed_words_have_no_markup_left(text):
    stripped = dressed(text).replace("\\\\", "")
    for sign in "*_~`|<":
        assert stripped.count(sign) == stripped.count(f"\\{sign}")


def test_links_are_dressed_in_nothing():
    assert dressed("a_b https://a.example/x_y*z c_d") == "a\\_b https://a.example/x_y*z c\\_d"


def test_words_are_the_same_however_links_and_spaces_are_written():
    assert same_words("Late. https://t.co/abc · 7Q4KM", f"Late.\n{LINK} · 7Q4KM")
    assert not same_words("Late. https://t.co/abc · 7Q4KM", f"Late.\n{LINK} · OTHER")


SERVICES = (
    Manner(limit=280, measure=x_weight),
    Manner(limit=300, measure=bluesky_letters),
    Manner(limit=500, measure=mastodon_letters),
    Manner(limit=2_000, measure=utf16_units, dress=dressed),
    Manner(limit=4_000, measure=utf16_units, dress=escaped),
)
SENTENCES = st.lists(
    st.text(alphabet="abc *_<&>é出金👩‍🇷🇴.-", min_size=1, max_size=120).map(lambda words: f"{words.strip()}。 "),
    max_size=40,
)


@given(SENTENCES, st.sampled_from(SERVICES))
def test_no_words_whatever_they_are_make_a_post_that_is_refused(sentences, manner):
    last = f"{LINK} · 7Q4KM-W9RTA"
    fitted = fit("".join(sentences) + f"\n{last}", manner)
    assert manner.measure(manner.dress(fitted)) <= manner.limit
    assert fitted.endswith(last)
