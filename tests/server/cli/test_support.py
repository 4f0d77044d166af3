from records.store import surges
from records.times import now_utc


def test_a_surge_is_declared_and_ended(program, kept):
    said = program.says("support", "surge", "--until", "2h", "--words", "Chat is quickest.", "--words", "fr=Le chat.")
    assert "answers take longer than usual" in said
    surge = surges.surge(kept, now_utc())
    assert surge is not None
    assert surge.words == {"en": "Chat is quickest.", "fr": "Le chat."}
    assert "does not say any more" in program.says("support", "calm")
    assert surges.surge(kept, now_utc()) is None
    assert "It was not said." in program.says("support", "calm")


def test_a_surge_needs_an_end_and_a_language_of_the_page(program):
    assert "--until" in program.refusal("support", "surge", status=2)
    assert "no language de" in program.refusal("support", "surge", "--until", "2h", "--words", "de=Viele")
    assert "more than 7 days ahead" in program.refusal("support", "surge", "--until", "8d")
