from templates.letters import cut, length, letters

FAMILY = "👨‍👩‍👧"
FLAGS = "🇷🇴🇹🇷"


def test_what_a_reader_sees_as_one_letter_is_one():
    assert list(letters(f"e\u0301{FAMILY}{FLAGS}👍🏽")) == ["e\u0301", FAMILY, "🇷🇴", "🇹🇷", "👍🏽"]
    assert length("Bitcoin") == 7
    assert length("سُحوبات") == 6


def test_text_is_cut_between_words():
    assert cut("one two three", 10) == "one two…"
    assert cut("one two", 10) == "one two"
    assert cut("unbrokenword", 5) == "unbr…"


def test_text_without_spaces_is_cut_where_the_room_ends():
    assert cut("Bitcoin の出金が遅れています", 14) == "Bitcoin の出金が遅…"
    assert cut("比特币提现延迟，我们正在查找原因。", 8) == "比特币提现延迟…"


def test_no_letter_is_cut_in_two():
    assert cut(FAMILY * 4, 3) == FAMILY * 2 + "…"
    assert cut("n\u0303" * 5, 4) == "n\u0303" * 3 + "…"
