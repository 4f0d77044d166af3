"""What the settings file manages is shown, and changed nowhere but there."""

import re

from records.store import components


def test_everybody_reads_what_stands_in_the_file_and_finds_no_form(vi):
    page = vi.get("/console/configuration")
    assert page.status_code == 200
    for word in (
        "Bitcoin withdrawals",
        "chain:bitcoin",
        "Cards &lt;&amp; payments&gt;",
        "The store is as the file says",
    ):
        assert word in page.text
    # Signing out is the only thing that can be done on this page.
    assert re.findall(r'<form[^>]*action="([^"]+)"', page.text) == ["/console/sign-out"]
    # Where nodes stand is nobody's business here.
    assert "8332" not in page.text
    assert "/console/configuration" in vi.get("/console/monitors").text


def test_where_the_store_differs_it_says_so(vi, context):
    context.desk.store.run("UPDATE components SET audience = 'everyone' WHERE id = 'website'")
    assert components.component(context.desk.store, "website").audience == "everyone"
    page = vi.get("/console/configuration").text
    assert "The store is not as this process&#39;s file says" in page or "not as this process's file says" in page
    assert "component website: audience differs" in page
