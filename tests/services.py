"""Social services on loopback, each as its public documentation says it answers; and every way in which one fails."""

import hashlib
import html
import json
import re
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace, TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from oauthlib.oauth1.rfc5849 import signature as oauth  # type: ignore[import-untyped]  # it ships no types

from templates.letters import length
from tests.receivers import QuietServer

_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that came in whole."""

    method: str
    target: str
    #: Names in small letters.
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Without its query."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        """One value by name."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def json(self) -> Any:
        """What stands in it."""
        return json.loads(self.body)

    @property
    def bearer(self) -> str:
        """The token that it shows."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer: JSON, unless it is bytes."""

    status: int = 200
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """As it goes out."""
        return self.document if isinstance(self.document, bytes) else json.dumps(self.document).encode()


#: What is done with one request instead of answering it: gets the handler and what it would have answered.
Manner = Callable[["_Handler", Callable[[], Reply]], None]


def answers(status: int, document: Any, **headers: str) -> Manner:
    """Says this and does nothing; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _do: handler.give(Reply(status=status, document=document, headers=named))


def does_and_drops(handler: "_Handler", do: Callable[[], Reply]) -> None:
    """Does as asked, and the connection goes before anybody hears of it."""
    do()
    handler.close_connection = True
    handler.connection.close()


def does_and_babbles(handler: "_Handler", do: Callable[[], Reply]) -> None:
    """Does as asked, and says yes in words that are none."""
    do()
    handler.give(Reply(document=b"<html>welcome to the hotel</html>"))


def echoes_everything(handler: "_Handler", do: Callable[[], Reply]) -> None:
    """A no that repeats all it was told, secrets too."""
    told = f"{handler.path} {dict(handler.headers.items())} {handler.asked.body!r}"
    handler.give(Reply(status=400, document={"error": told, "message": told, "description": told, "detail": told}))


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    asked: Asked

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked = Asked(method=self.command, target=self.path, headers=headers, body=body)
        owner = self.server.owner
        with owner.lock:
            owner.asked.append(self.asked)
            is_post = owner.is_post(self.asked)
            manner = owner.manners.popleft() if owner.manners and is_post else None
        if manner is not None:
            manner(self, lambda: owner.answer(self.asked))
        else:
            self.give(owner.answer(self.asked))

    def give(self, reply: Reply) -> None:
        """Write an answer."""
        body = reply.body
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the library's name
        """Quiet."""


class _Server(QuietServer):
    owner: "FakeService"


class FakeService(ABC):
    """Use as a context manager. What stands in public is in `posts`, oldest first."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.posts: list[dict[str, Any]] = []
        #: What is done with the next posts, one each.
        self.manners: deque[Manner] = deque()
        self.lock = threading.Lock()
        #: Set at the end: whoever hangs wakes up.
        self.is_over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    @abstractmethod
    def url(self) -> str:
        """The account's address, as in the settings."""

    #: What nobody else may read.
    secrets: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def hangs(self, handler: _Handler, do: Callable[[], Reply]) -> None:
        """Does as asked, and says nothing until the end."""
        do()
        self.is_over.wait()

    def is_post(self, asked: Asked) -> bool:
        """Whether it would make something public."""
        raise NotImplementedError

    def answer(self, asked: Asked) -> Reply:
        """As the service does."""
        raise NotImplementedError


class FakeMastodon(FakeService):
    """https://docs.joinmastodon.org/methods/statuses/"""

    secrets = ("mastodon-token-of-acme",)
    limit = 500

    @property
    def url(self) -> str:
        return f"mastodon://{self.secrets[0]}@127.0.0.1:{self.port}"

    def is_post(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path == "/api/v1/statuses"

    def answer(self, asked: Asked) -> Reply:
        if asked.bearer != self.secrets[0]:
            return Reply(status=401, document={"error": "The access token is invalid"})
        account = {"id": "7", "username": "acme", "acct": "acme", "url": f"{self.base}/@acme"}
        if asked.path == "/api/v1/accounts/verify_credentials":
            return Reply(document=account)
        if asked.path == "/api/v2/instance":
            statuses = {"max_characters": self.limit, "max_media_attachments": 4, "characters_reserved_per_url": 23}
            return Reply(document={"domain": "social.example", "configuration": {"statuses": statuses}})
        if asked.path == "/api/v1/accounts/7/statuses":
            return Reply(document=self.posts[::-1][: int(asked.query["limit"])])
        return (
            self._make(asked, account)
            if self.is_post(asked)
            else Reply(status=404, document={"error": "Record not found"})
        )

    def _make(self, asked: Asked, account: dict[str, str]) -> Reply:
        told = asked.json
        assert set(told) <= {"status", "visibility", "language", "in_reply_to_id"}
        key = asked.headers.get("idempotency-key")
        for known in self.posts:
            if key and known["_key"] == key:
                return Reply(document=known)
        if length(_LINK.sub("x" * 23, told["status"])) > self.limit:
            return Reply(
                status=422, document={"error": f"Validation failed: Text character limit of {self.limit} exceeded"}
            )
        first = told.get("in_reply_to_id")
        if first is not None and first not in [known["id"] for known in self.posts]:
            return Reply(status=404, document={"error": "Record not found"})
        name = str(109_000_000_000_000_000 + len(self.posts))
        self.posts.append(
            {
                "id": name,
                "in_reply_to_id": first,
                "visibility": told.get("visibility", "public"),
                "language": told.get("language"),
                "uri": f"{self.base}/users/acme/statuses/{name}",
                "url": f"{self.base}/@acme/{name}",
                "content": f"<p>{_marked_up(told['status'])}</p>",
                "account": account,
                "_key": key,
                "_text": told["status"],
            }
        )
        return Reply(document=self.posts[-1])


def _marked_up(text: str) -> str:
    """As Mastodon shows words: escaped, links in three parts."""

    def link(found: re.Match[str]) -> str:
        url = html.escape(found.group())
        scheme, rest = url.split("://", 1)
        return (
            f'<a href="{url}" rel="nofollow noopener"><span class="invisible">{scheme}://</span>'
            f'<span class="ellipsis">{rest[:20]}</span><span class="invisible">{rest[20:]}</span></a>'
        )

    parts = re.split(r"(https?://\S+)", text)
    words = [link(re.match(r".*", part)) if part.startswith("http") else html.escape(part) for part in parts]  # type: ignore[arg-type]  # it always matches
    return "".join(words).replace("\n", "<br />")


class FakeBluesky(FakeService):
    """https://docs.bsky.app/docs/api/com-atproto-repo-create-record"""

    secrets = ("abcd-efgh-ijkl-mnop",)
    did = "did:plc:acme234567"
    handle = "acme.example"

    def __init__(self) -> None:
        super().__init__()
        self.logins = 0
        self.refreshes = 0
        self.live: set[str] = set()

    @property
    def url(self) -> str:
        return f"bluesky://{self.handle}@{self.secrets[0]}?server={self.base}"

    def is_post(self, asked: Asked) -> bool:
        return asked.path.endswith("repo.createRecord")

    def answer(self, asked: Asked) -> Reply:
        method = asked.path.removeprefix("/xrpc/com.atproto.")
        if method == "server.createSession":
            if asked.json != {"identifier": self.handle, "password": self.secrets[0]}:
                return _xrpc(401, "AuthenticationRequired", "Invalid identifier or password")
            self.logins += 1
            return self._session()
        if method == "server.refreshSession":
            if not asked.bearer.startswith("refresh-"):
                return _xrpc(400, "InvalidToken", "Token could not be verified")
            self.refreshes += 1
            return self._session()
        if method == "repo.getRecord":
            for post in self.posts:
                if post["uri"] == f"at://{asked.query['repo']}/{asked.query['collection']}/{asked.query['rkey']}":
                    return Reply(document={"uri": post["uri"], "cid": post["cid"], "value": post["_record"]})
            return _xrpc(400, "RecordNotFound", "Could not locate record")
        return (
            self._create(asked) if self.is_post(asked) else _xrpc(501, "MethodNotImplemented", "Method Not Implemented")
        )

    def _session(self) -> Reply:
        number = self.logins + self.refreshes
        self.live = {f"access-{number}"}
        tokens = {"accessJwt": f"access-{number}", "refreshJwt": f"refresh-{number}"}
        return Reply(document={"did": self.did, "handle": self.handle, "active": True, **tokens})

    def _create(self, asked: Asked) -> Reply:
        if asked.bearer not in self.live:
            return _xrpc(400, "ExpiredToken", "Token has expired")
        told, record = asked.json, asked.json["record"]
        assert told["repo"] == self.did
        assert told["collection"] == record["$type"] == "app.bsky.feed.post"
        assert re.fullmatch(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}", told["rkey"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["createdAt"])
        if length(record["text"]) > 300 or len(record["text"].encode()) > 3_000:
            return _xrpc(400, "InvalidRequest", "Record/text must not be longer than 300 graphemes")
        for facet in record["facets"]:
            part = record["text"].encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
            assert [part] == [one["uri"] for one in facet["features"]]
        for place in record.get("reply", {}).values():
            assert place["uri"].startswith("at://")
            assert place["cid"]
        uri = f"at://{self.did}/{told['collection']}/{told['rkey']}"
        if uri in [post["uri"] for post in self.posts]:
            return _xrpc(500, "InternalServerError", "Internal Server Error")
        cid = "bafyrei" + hashlib.sha256(uri.encode()).hexdigest()[:20]
        self.posts.append(
            {"uri": uri, "cid": cid, "_text": record["text"], "_record": record, "_reply": record.get("reply")}
        )
        return Reply(document={"uri": uri, "cid": cid, "commit": {"cid": cid, "rev": "1"}, "validationStatus": "valid"})


def _xrpc(status: int, error: str, message: str) -> Reply:
    return Reply(status=status, document={"error": error, "message": message})


class FakeTelegram(FakeService):
    """https://core.telegram.org/bots/api#sendmessage"""

    secrets = ("123456789:AAH-telegram-token-of-acme",)

    @property
    def url(self) -> str:
        return f"tgram://{self.secrets[0]}/@acmestatus?server={self.base}"

    def is_post(self, asked: Asked) -> bool:
        return asked.path.endswith("/sendMessage")

    def answer(self, asked: Asked) -> Reply:
        token, _, method = asked.path.removeprefix("/bot").rpartition("/")
        if token != self.secrets[0]:
            return self._no(401, "Unauthorized")
        if method == "getMe":
            return self._yes({"id": 123456789, "is_bot": True, "first_name": "Acme", "username": "acme_bot"})
        chat = {"id": -1001234567890, "title": "Acme status", "username": "acmestatus", "type": "channel"}
        if asked.json["chat_id"] != "@acmestatus":
            return self._no(400, "Bad Request: chat not found")
        if method == "getChat":
            return self._yes(chat)
        told = asked.json
        assert set(told) <= {"chat_id", "text", "link_preview_options", "message_thread_id", "reply_parameters"}
        if len(told["text"].encode("utf-16-le")) > 2 * 4_096:
            return self._no(400, "Bad Request: message is too long")
        first = told.get("reply_parameters", {})
        known = [post["message_id"] for post in self.posts]
        if first and first["message_id"] not in known and not first.get("allow_sending_without_reply"):
            return self._no(400, "Bad Request: message to be replied not found")
        post = {"message_id": 41 + len(self.posts), "chat": chat, "text": told["text"]}
        self.posts.append({**post, "_text": told["text"], "_reply": first.get("message_id")})
        return self._yes(self.posts[-1])

    def _yes(self, result: object) -> Reply:
        return Reply(document={"ok": True, "result": result})

    def _no(self, status: int, words: str) -> Reply:
        return Reply(status=status, document={"ok": False, "error_code": status, "description": words})


class FakeDiscord(FakeService):
    """https://discord.com/developers/docs/resources/webhook#execute-webhook, and messages by a bot"""

    secrets = ("webhook_token_of-acme", "bot.token-of.acme")

    @property
    def url(self) -> str:
        return f"discord://200000000000000001/{self.secrets[0]}?server={self.base}"

    @property
    def bot_url(self) -> str:
        """By a bot."""
        return f"discordbot://{self.secrets[1]}/300000000000000001?server={self.base}"

    def is_post(self, asked: Asked) -> bool:
        return asked.method == "POST"

    def answer(self, asked: Asked) -> Reply:
        hook = f"/webhooks/200000000000000001/{self.secrets[0]}"
        is_bot = asked.headers.get("authorization") == f"Bot {self.secrets[1]}"
        place = {"channel_id": "300000000000000001", "guild_id": "400000000000000001"}
        if asked.path == hook:
            if asked.method == "GET":
                return Reply(document={"id": "200000000000000001", "type": 1, "name": "Status", **place})
            assert asked.query.get("wait") == "true"
            return self._make(asked, {"content", "allowed_mentions", "flags"})
        if not is_bot:
            return Reply(status=401, document={"message": "401: Unauthorized", "code": 0})
        if asked.path == "/users/@me":
            return Reply(document={"id": "5", "username": "acme-bot", "bot": True})
        if asked.path == "/channels/300000000000000001":
            return Reply(
                document={"id": "300000000000000001", "type": 0, "name": "status", "guild_id": place["guild_id"]}
            )
        if asked.path == "/channels/300000000000000001/messages":
            if asked.method == "GET":
                return Reply(document=self.posts[::-1][: int(asked.query["limit"])])
            return self._make(
                asked, {"content", "allowed_mentions", "flags", "nonce", "enforce_nonce", "message_reference"}
            )
        return Reply(status=404, document={"message": "Unknown Channel", "code": 10003})

    def _make(self, asked: Asked, known: set[str]) -> Reply:
        told = asked.json
        assert set(told) <= known
        assert told["allowed_mentions"] == {"parse": []}
        if len(told["content"]) > 2_000:
            errors = {
                "content": {
                    "_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]
                }
            }
            return Reply(status=400, document={"message": "Invalid Form Body", "code": 50035, "errors": errors})
        nonce = told.get("nonce")
        assert nonce is None or len(nonce) <= 25
        for post in self.posts:
            if nonce and told["enforce_nonce"] and post["nonce"] == nonce:
                return Reply(document=post)
        first = told.get("message_reference", {}).get("message_id")
        post = {"id": str(10**18 + len(self.posts)), "channel_id": "300000000000000001", "content": told["content"]}
        self.posts.append({**post, "nonce": nonce, "_text": told["content"], "_reply": first})
        return Reply(document=self.posts[-1])


class FakeSlack(FakeService):
    """https://docs.slack.dev/reference/methods/chat.postMessage, and incoming webhooks"""

    secrets = ("xoxb-1234-5678-acmesecret", "T0001/B0001/hooksecretofacme")

    def __init__(self) -> None:
        super().__init__()
        #: Whether the bot may read.
        self.may_read = True

    @property
    def url(self) -> str:
        return f"slack://{self.secrets[0]}/C024BE91L?server={self.base}/api"

    @property
    def hook_url(self) -> str:
        """By an incoming webhook."""
        return f"slack://{self.secrets[1]}?server={self.base}"

    def is_post(self, asked: Asked) -> bool:
        return asked.path.endswith("/chat.postMessage") or asked.path.startswith("/services/")

    def answer(self, asked: Asked) -> Reply:
        if asked.path == f"/services/{self.secrets[1]}":
            self.posts.append({"_text": asked.json["text"]})
            return Reply(document=b"ok")
        if asked.path.startswith("/services/"):
            return Reply(status=403, document=b"invalid_token")
        if asked.bearer != self.secrets[0]:
            return Reply(document={"ok": False, "error": "invalid_auth"})
        method = asked.path.removeprefix("/api/")
        if method == "auth.test":
            return Reply(
                document={
                    "ok": True,
                    "team": "Acme",
                    "user": "statusbot",
                    "bot_id": "B1",
                    "url": "https://acme.slack.com/",
                }
            )
        if method == "chat.getPermalink":
            name = asked.query["message_ts"].replace(".", "")
            link = f"https://acme.slack.com/archives/{asked.query['channel']}/p{name}"
            return Reply(document={"ok": True, "channel": asked.query["channel"], "permalink": link})
        if method in ("conversations.history", "conversations.replies"):
            if not self.may_read:
                return Reply(
                    document={
                        "ok": False,
                        "error": "missing_scope",
                        "needed": "channels:history",
                        "provided": "chat:write",
                    }
                )
            if not asked.query["channel"].startswith("C"):
                return Reply(document={"ok": False, "error": "channel_not_found"})
            first = asked.query.get("ts")
            return Reply(
                document={
                    "ok": True,
                    "messages": [post for post in self.posts if first in (None, post["ts"], post["_reply"])],
                }
            )
        return self._make(asked.json)

    def _make(self, told: dict[str, Any]) -> Reply:
        assert set(told) <= {
            "channel",
            "text",
            "mrkdwn",
            "unfurl_links",
            "unfurl_media",
            "thread_ts",
            "reply_broadcast",
        }
        if told["channel"] not in ("#status", "C024BE91L"):
            return Reply(document={"ok": False, "error": "channel_not_found"})
        first = told.get("thread_ts")
        if first is not None and first not in [post["ts"] for post in self.posts]:
            return Reply(document={"ok": False, "error": "thread_not_found"})
        post = {"ts": f"1700000000.{len(self.posts):06d}", "text": told["text"], "_text": told["text"], "_reply": first}
        self.posts.append(post)
        return Reply(document={"ok": True, "channel": "C024BE91L", "ts": post["ts"], "message": post})


class FakeX(FakeService):
    """https://docs.x.com/x-api/posts/create-post"""

    secrets = ("consumerkey-acme", "consumersecret-acme", "12345-accesstoken-acme", "accesssecret-acme")

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[str] = set()

    @property
    def url(self) -> str:
        return f"tweet://{'/'.join(self.secrets)}?server={self.base}"

    @property
    def bearer_url(self) -> str:
        """With a user's token of OAuth 2."""
        return f"tweet://{self.secrets[2]}?server={self.base}"

    def is_post(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path == "/2/tweets"

    def answer(self, asked: Asked) -> Reply:
        if not self._is_us(asked):
            return _x_no(401, "Unauthorized", "Unauthorized")
        if asked.path == "/2/users/me":
            return Reply(document={"data": {"id": "99", "name": "Acme", "username": "acmewallet"}})
        if asked.path == "/2/users/99/tweets":
            assert 5 <= int(asked.query["max_results"]) <= 100
            return Reply(document={"data": self.posts[::-1], "meta": {"result_count": len(self.posts)}})
        told = asked.json
        assert set(told) <= {"text", "reply"}
        first = told.get("reply", {}).get("in_reply_to_tweet_id")
        if first in self.gone:
            return _x_no(403, "Forbidden", "You attempted to reply to a Tweet that is deleted or not visible to you.")
        if told["text"] in [post["_text"] for post in self.posts]:
            return _x_no(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        shortened = _LINK.sub(
            lambda found: f"https://t.co/{hashlib.sha256(found.group().encode()).hexdigest()[:10]}", told["text"]
        )
        self.posts.append(
            {"id": str(10**18 + len(self.posts)), "text": shortened, "_text": told["text"], "_reply": first}
        )
        data = {"id": self.posts[-1]["id"], "text": shortened, "edit_history_tweet_ids": [self.posts[-1]["id"]]}
        return Reply(status=201, document={"data": data})

    def _is_us(self, asked: Asked) -> bool:
        if asked.headers.get("authorization", "").startswith("Bearer "):
            return asked.bearer == self.secrets[2]
        pairs = re.findall(r'(\w+)="([^"]*)"', asked.headers.get("authorization", ""))
        said = {name: unquote(value) for name, value in pairs}
        request = SimpleNamespace(
            http_method=asked.method,
            uri=f"{self.base}{asked.path}",
            params=[pair for pair in said.items() if pair[0] != "oauth_signature"] + list(asked.query.items()),
            signature=said.get("oauth_signature", ""),
        )
        is_signed = oauth.verify_hmac_sha1(request, self.secrets[1], self.secrets[3])
        return bool(is_signed) and said.get("oauth_consumer_key") == self.secrets[0]


def _x_no(status: int, title: str, detail: str) -> Reply:
    return Reply(status=status, document={"title": title, "detail": detail, "type": "about:blank", "status": status})
