"""The demo speaks every language that there are catalogues for, and says the same in each."""

import re

import pytest

from server.demo import tongues
from templates.language import available


def test_the_demo_speaks_every_language_we_write_in():
    assert set(tongues.languages()) == set(available())
    assert tongues.languages()[0] == "en"


@pytest.mark.parametrize("language", available())
def test_every_text_is_there_in_every_language_calm_and_with_the_same_names(language):
    written = tongues.written()
    assert list(written[language]) == list(written["en"])
    for key, text in written[language].items():
        assert text.strip(), key
        assert not re.search("[!！]", text), key
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", written["en"][key])), key


def test_names_are_put_in():
    assert tongues.said("deposits", network="Bitcoin")["fr"] == "Dépôts Bitcoin"
    assert tongues.said("trading")["ja"] == "取引"
