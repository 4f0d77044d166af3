"""`forewarn alarms …`"""

import json
from datetime import timedelta

from records.alarms import AlarmKind, Concern
from records.store import alarms
from records.times import now_utc
from tests.mail import MailServer
from tests.receivers import HookReceiver, says

SECRET = "a-secret-of-the-pager"


def told(program, mail, receiver):
    program.write_settings(
        store={"url": f"sqlite:///{program.folder}/forewarn.db"},
        smtp={"host": "127.0.0.1", "port": mail.port, "security": "none", "from": "status@acme.example"},
        alarms={
            "mail": ["ops@acme.example"],
            "webhooks": [{"name": "pager", "url": receiver.url, "secret": SECRET}],
        },
    )


def test_a_test_reaches_everybody_and_says_who_did_not_take_it(embedded):
    with MailServer() as mail, HookReceiver() as receiver:
        receiver.next_manners.append(says(200))
        told(embedded, mail, receiver)
        assert embedded.says("alarms", "test").splitlines() == ["mail:ops@acme.example: told", "webhook:pager: told"]
        assert "This is a test by cli:" in mail.mails[0].raw.decode()
        assert receiver.posts[0].json["kind"] == "test"
        receiver.manner = says(500)
        done = embedded.run("alarms", "test", "--json")
        assert done.returncode == 1
        assert [(one["receiver"], one["told"]) for one in json.loads(done.stdout)] == [
            ("mail:ops@acme.example", True),
            ("webhook:pager", False),
        ]


def test_where_nobody_is_named_it_says_so(embedded):
    assert "nobody is told of alarms" in embedded.refusal("alarms", "test")


def test_what_stands_is_listed_and_what_is_over_where_asked(program, kept):
    assert program.says("alarms", "list") == "Nothing calls for anybody.\n"
    now = now_utc()
    concern = Concern(kind=AlarmKind.PART_SILENT, subject="clock", said="clock is silent.", hint="", since=now)
    alarms.keep(kept, [concern], [], now)
    assert "clock is silent." in program.says("alarms", "list")
    alarms.keep(kept, [], [], now + timedelta(seconds=1))
    assert program.json("alarms", "list") == []
    assert [one["phase"] for one in program.json("alarms", "list", "--all")] == ["over"]
