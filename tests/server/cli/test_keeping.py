import sqlite_utils

from tests.server.cli.conftest import CUSTOMERS


def test_a_copy_made_while_others_write_brings_everything_back(embedded):
    embedded.write("customers.csv", CUSTOMERS)
    embedded.says("customers", "import", "customers.csv")
    assert "holds a sound copy" in embedded.says("backup", "copy.db")
    assert (embedded.folder / "copy.db").stat().st_mode & 0o777 == 0o600
    embedded.says("incident", "open", "--name", "After the copy", "--body", "b")
    assert "is in place" in embedded.says("restore", "copy.db")
    assert embedded.json("incident", "list") == []
    assert embedded.json("customers", "show", "ana")["external_id"] == "ana"


def test_a_copy_never_overwrites_a_file(embedded):
    embedded.says("incident", "list")
    embedded.write("precious", "mine")
    assert "exists already" in embedded.refusal("backup", "precious")
    assert (embedded.folder / "precious").read_text() == "mine"


def test_what_is_no_sound_copy_is_not_put_in_place(embedded):
    embedded.says("incident", "open", "--name", "Still here", "--body", "b")
    embedded.write("text.db", "not a database at all, but long enough to look at" * 100)
    assert "not a sound database" in embedded.refusal("restore", "text.db")
    other = sqlite_utils.Database(embedded.folder / "other.db")
    other.execute("CREATE TABLE cats (name TEXT)")
    other.close()
    assert "not one of Forewarn's" in embedded.refusal("restore", "other.db")
    assert "is not a file" in embedded.refusal("restore", "missing.db")
    embedded.says("backup", "copy.db")
    content = bytearray((embedded.folder / "copy.db").read_bytes())
    content[8192:12288] = b"\xff" * 4096
    (embedded.folder / "torn.db").write_bytes(content)
    assert "torn.db" in embedded.refusal("restore", "torn.db")
    assert [one["name"] for one in embedded.json("incident", "list")] == [{"en": "Still here"}]


def test_a_database_in_use_is_not_replaced(embedded):
    embedded.says("incident", "list")
    embedded.says("backup", "copy.db")
    user = sqlite_utils.Database(embedded.folder / "forewarn.db")
    list(user.query("SELECT name FROM counters"))
    assert "is in use" in embedded.refusal("restore", "copy.db")
    user.close()
    embedded.says("restore", "copy.db")


def test_postgres_is_left_to_its_own_tools(bare, postgres_databases):
    with postgres_databases.migrated() as url:
        bare.write_settings(store={"url": url})
        assert "pg_dump" in bare.refusal("backup", "copy.db")
        bare.write("copy.db", "")
        assert "pg_restore" in bare.refusal("restore", "copy.db")
