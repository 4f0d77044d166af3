from records.blanks import blanks, fill, unfilled


def test_blanks_are_small_words_in_braces_and_other_braces_are_text():
    assert blanks("Deposits of {asset} and {asset} wait since {what time}.") == ["asset", "what time"]
    assert blanks("{} {A} {1} { x } {a-b} {{}} ${HOME}") == []


def test_what_is_known_is_filled_in_and_the_rest_stays():
    assert fill("{services} since {since}", {"services": "Cards", "since": ""}) == "Cards since {since}"


def test_each_blank_is_said_at_its_field_and_language():
    words = {"name": {"en": "Fine"}, "body": {"en": "{asset} {since}", "fr": "{asset}"}}
    assert [(each.path, each.message) for each in unfilled(words)] == [
        ("/body", "{asset}, {since} is still to be filled in (en)"),
        ("/body", "{asset} is still to be filled in (fr)"),
    ]
