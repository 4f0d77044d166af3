"""Numbers beside axe: it does not measure shapes, only text."""

import re
from pathlib import Path

import pytest

import templates

CSS = (Path(templates.__file__).parent / "static" / "tokens.css").read_text()
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS)
}
TONES = ("ok", "degraded", "partial", "major", "planned", "unknown")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("tone", TONES)
def test_shapes_stand_out_and_words_can_be_read(tone, scheme):
    card = TOKENS["card"][scheme]
    assert contrast(TOKENS[tone][scheme], card) >= 3
    assert contrast(TOKENS[f"{tone}-ink"][scheme], card) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "ink-soft", "accent"])
@pytest.mark.parametrize("paper", ["ground", "card"])
def test_text_can_be_read_on_every_paper(ink, paper, scheme):
    assert contrast(TOKENS[ink][scheme], TOKENS[paper][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_fields_have_an_edge_that_can_be_seen(scheme):
    assert contrast(TOKENS["edge"][scheme], TOKENS["ground"][scheme]) >= 3
