"""Whole sentences, the link and the code; counted as each service counts."""

from notifier.fitting import Manner, fit

POST = "It is slow. Many wait. All is safe. More by 14:30 UTC.\nhttps://a.example · 7Q4K"


def fitted(text, limit, **manner):
    return fit(text, Manner(limit=limit, **manner))


def test_a_post_is_fitted_by_whole_sentences_and_keeps_its_link():
    assert fitted(POST, 280) == POST
    assert fitted(POST, 70) == "It is slow. Many wait. More by 14:30 UTC.\nhttps://a.example · 7Q4K"
    assert fitted(POST, 60) == "It is slow. More by 14:30 UTC.\nhttps://a.example · 7Q4K"
    assert fitted(POST, 45) == "It is slow.\nhttps://a.example · 7Q4K"
    assert fitted(POST, 32) == "It is…\nhttps://a.example · 7Q4K"


def test_a_post_without_spaces_between_sentences_is_fitted_by_whole_sentences_too():
    post = "出金が遅れています。順番に処理します。次の報告は14:30 UTCです。\nhttps://a.example · 7Q4K"
    assert fitted(post, 280) == post
    assert fitted(post, 55) == "出金が遅れています。次の報告は14:30 UTCです。\nhttps://a.example · 7Q4K"
    assert fitted(post, 33) == "出金が遅れてい…\nhttps://a.example · 7Q4K"


def test_the_service_counts():
    assert fitted(POST, 120, measure=lambda text: 2 * len(text)) == fitted(POST, 60)


def test_what_dressing_adds_is_counted():
    stars = "A* is slow. B* waits. More soon.\nhttps://a.example"
    dressed = fitted(stars, 51, dress=lambda text: text.replace("*", "\\*"))
    assert dressed == "A* is slow. More soon.\nhttps://a.example"
    assert fitted(stars, 51) == stars


def test_the_link_is_kept_even_where_nothing_fits():
    assert fitted(POST, 5).endswith("\nhttps://a.example · 7Q4K")
