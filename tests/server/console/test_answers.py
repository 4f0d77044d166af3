"""Writing the page's questions and answers in the console."""

from records.store import answers
from server.wiring import page_of
from statuspage.publisher import Publisher

MONEY = "## Money\n### Is my money safe? {#safe}\nYes, **all** of it, see [here](history). <script>alert(1)</script>"


def page_in(context, language):
    publisher = Publisher(context.desk.store, page_of(context.settings), clock=context.now)
    return publisher.rebuild().files[f"/{language}/faq"].body.decode()


def test_the_list_says_where_each_language_comes_from(ana, vi, sam):
    text = ana.get("/console/answers").text
    assert text.count("<td>files</td>") == 2
    assert vi.get("/console/answers").status_code == 403
    assert sam.post("/console/answers/en", data={"text": "x", "version": "0", "do": "publish"}).status_code == 403
    assert 'href="/console/answers"' in ana.get("/console/support").text
    assert 'href="/console/answers"' not in sam.get("/console/support").text


def test_the_form_begins_with_what_the_page_says_now(ana):
    assert "Is my money safe?" in ana.get("/console/answers/en").text
    assert ana.get("/console/answers/xx").status_code == 404


def test_what_is_written_is_seen_first_and_then_on_the_page(ana, context):
    seen = ana.post("/console/answers/en", data={"text": MONEY, "version": "0", "do": "look"})
    assert 'Yes, <strong>all</strong> of it, see <a href="/en/history"' in seen.text
    assert "<script>alert" not in seen.text
    assert answers.sheets(context.desk.store) == {}, "a look keeps nothing"
    before = page_in(context, "fr")

    done = ana.post("/console/answers/en", data={"text": MONEY, "version": "0", "do": "publish"})
    assert "Published." in done.text
    assert "here, version 1" in done.text
    written = page_in(context, "en")
    assert '<article class="card" id="safe"><h3>Is my money safe?</h3>' in written
    assert "<script>alert" not in written
    assert page_in(context, "fr") == before, "other languages keep theirs"


def test_the_files_come_back(ana, context):
    files = page_in(context, "en")
    ana.post("/console/answers/en", data={"text": MONEY, "version": "0", "do": "publish"})
    assert page_in(context, "en") != files
    assert "files</td>" in ana.post("/console/answers/en", data={"text": "", "version": "1", "do": "files"}).text
    assert page_in(context, "en") == files


def test_of_two_who_write_at_once_the_second_sees_both_and_loses_nothing(ana, context):
    ana.post("/console/answers/en", data={"text": "### Mine?\nYes.", "version": "0", "do": "publish"})
    second = ana.post("/console/answers/en", data={"text": "### Theirs?\nNo.", "version": "0", "do": "publish"})
    assert second.status_code == 409
    assert "### Theirs?\nNo.</textarea>" in second.text
    assert "### Mine?\nYes.</pre>" in second.text
    assert 'name="version" value="1"' in second.text
    assert answers.sheets(context.desk.store)["en"].text == "### Mine?\nYes."


def test_a_text_that_is_too_long_is_refused_at_its_field_whole(ana):
    long = "word " * 21_000
    refused = ana.post("/console/answers/en", data={"text": long, "version": "0", "do": "publish"})
    assert refused.status_code == 422
    assert "is longer than 100,000 characters" in refused.text
    assert long.strip() in refused.text
