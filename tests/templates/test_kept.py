from templates.kept import Kept


def test_a_piece_is_drawn_once_for_each_key():
    drawn: list[str] = []

    def draw(name: str) -> str:
        drawn.append(name)
        return f"<b>{name}</b>"

    kept = Kept()
    assert [kept("a", draw, "one"), kept("a", draw, "one"), kept("b", draw, "two")] == [
        "<b>one</b>",
        "<b>one</b>",
        "<b>two</b>",
    ]
    assert drawn == ["one", "two"]


def test_what_is_asked_for_again_and_again_stays_and_the_rest_goes():
    drawn: list[int] = []

    def draw(number: int) -> str:
        drawn.append(number)
        return str(number)

    kept = Kept(most=3)
    for number in range(1, 20):
        kept(0, draw, 0)
        kept(number, draw, number)
    kept(1, draw, 1)
    assert drawn.count(0) == 1
    assert drawn.count(1) == 2
