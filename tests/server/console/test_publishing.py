"""The board says where the public page cannot be written to."""

from datetime import timedelta

from statuspage.hands import TargetState


def test_a_place_that_fails_stands_on_the_board_with_the_age_of_what_is_there(ana, app, clock):
    fine = TargetState(name="/srv/www", published=clock(), failures=0, error="")
    app.state.targets = lambda: [fine]
    calm = ana.get("/console/board").text
    assert "page not written" not in calm
    away = TargetState(
        name="s3://acme/page", published=clock() - timedelta(minutes=7), failures=4, error="There is no <such> bucket."
    )
    app.state.targets = lambda: [fine, away]
    text = ana.get("/console/board").text
    assert "page not written to s3://acme/page" in text
    assert "7 minutes" in text
    assert "There is no &lt;such&gt; bucket." in text
    assert 'data-tone="degraded"' in text
