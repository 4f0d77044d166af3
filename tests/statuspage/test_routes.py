import gzip

import brotli  # type: ignore[import-untyped] # ships no types
import pytest
import zstandard
from starlette.testclient import TestClient

from statuspage.answers import best_encoding, best_language
from statuspage.assets import assets
from statuspage.render import render_site
from statuspage.routes import status_page_app
from statuspage.snapshot import read_snapshot
from tests.statuspage import world

CACHED = "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"


@pytest.fixture
def site(books):
    world.mockup(books)
    return render_site(read_snapshot(books, world.PAGE, world.NOW), assets(world.PAGE))


@pytest.fixture
def client(site):
    return TestClient(status_page_app(lambda: site), headers={"accept-encoding": "identity"})


def raw(client, path, **headers):
    with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def test_a_page_comes_with_its_caching_and_its_safety(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == CACHED
    assert answer.headers["vary"] == "Accept-Encoding, Accept-Language"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("encoding", "decode"),
    [
        ("br", brotli.decompress),
        ("gzip", gzip.decompress),
        ("zstd", lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body)),
    ],
)
def test_each_encoding_has_its_own_strong_etag(client, encoding, decode):
    plain = client.get("/en/")
    answer, body = raw(client, "/en/", **{"accept-encoding": encoding})
    assert answer.headers["content-encoding"] == encoding
    assert decode(body) == plain.content
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["etag"] != plain.headers["etag"]
    assert int(answer.headers["content-length"]) == len(body)


def test_who_has_it_already_gets_no_body(client):
    etag = client.get("/en/").headers["etag"]
    answer = client.get("/en/", headers={"if-none-match": f'"other", W/{etag}'})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == etag
    assert answer.headers["cache-control"] == CACHED
    assert client.get("/en/", headers={"if-none-match": '"other"'}).status_code == 200


def test_who_names_the_time_it_has_it_from_gets_no_body_either(client, site):
    made = client.get("/en/").headers["last-modified"]
    assert made.endswith(" GMT")
    assert client.get("/en/", headers={"if-modified-since": made}).status_code == 304
    later = "Fri, 01 Jan 2100 00:00:00 GMT"
    assert client.get("/history.atom", headers={"if-modified-since": later}).status_code == 304
    earlier = "Thu, 01 Jan 1998 00:00:00 GMT"
    assert client.get("/en/", headers={"if-modified-since": earlier}).status_code == 200
    # An ETag is exact, a time is not: where both are sent, the ETag decides.
    assert client.get("/en/", headers={"if-modified-since": later, "if-none-match": '"other"'}).status_code == 200
    for nonsense in ("yesterday", "", "Fri, 01 Jan 2100"):
        assert client.get("/en/", headers={"if-modified-since": nonsense}).status_code == 200


def test_every_file_has_an_etag_a_time_and_a_304(client, site):
    for path in site.files:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert client.get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304, path
        assert client.get(path, headers={"if-modified-since": answer.headers["last-modified"]}).status_code == 304, path


def test_head_has_the_headers_and_no_body(client):
    answer = client.head("/api/v2/summary.json")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 1_000


def test_the_language_is_that_of_the_path_else_that_of_the_reader(client):
    def language(path, accepted):
        return client.get(path, headers={"accept-language": accepted}).text.split('lang="')[1].split('"')[0]

    assert language("/", "fr-CH, de;q=0.9") == "fr"
    assert language("/", "de") == "en"
    assert language("/", "de;q=0.9, ro;q=0.8, en;q=0.1") == "ro"
    assert language("/fr/", "ro") == "fr"
    assert language("/history", "ar") == "ar"


def test_a_page_is_found_with_and_without_the_last_slash(client):
    assert client.get("/fr").status_code == 200
    assert client.get("/history/").status_code == 200
    assert client.get("/index.html").status_code == 200


def test_scripts_of_any_site_may_read_json_and_feeds_but_pages_are_not_shared(client):
    for path in ("/api/v2/summary.json", "/networks.json", "/contact.json", "/history.atom", "/maintenance.ics"):
        answer = client.get(path, headers={"origin": "https://else.example"})
        assert answer.headers["access-control-allow-origin"] == "*", path
    assert "access-control-allow-origin" not in client.get("/").headers
    asked = client.options("/api/v2/summary.json", headers={"origin": "https://else.example"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"


def test_assets_are_kept_for_good(client, site):
    for path in site.files:
        if path.startswith("/static/"):
            assert client.get(path).headers["cache-control"] == "public, max-age=31536000, immutable"


def test_what_is_not_there_has_a_page_that_helps(client):
    answer = client.get("/nothing/here", headers={"accept-language": "fr"})
    assert answer.status_code == 404
    assert "Cette page n’existe pas." in answer.text
    assert client.get("/ro/nothing").text.count('lang="ro"')
    assert client.get("/../etc/passwd").status_code == 404


def test_nothing_can_be_written(client):
    answer = client.post("/", content=b"x")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("*", "br"),
        ("identity", "identity"),
        ("br;q=nonsense", "identity"),
        ("BR", "br"),
    ],
)
def test_the_encoding_is_the_best_that_the_client_takes(accepted, chosen):
    assert best_encoding(accepted, ("identity", "br", "zstd", "gzip")) == chosen


def test_the_language_matches_whole_tags_first():
    assert best_language("pt-BR, en", ("en", "pt", "pt-BR")) == "pt-BR"
    assert best_language("pt-PT", ("en", "pt")) == "pt"
    assert best_language("*", ("en", "fr")) == "en"
