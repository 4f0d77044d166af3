from records.store.health import health_of


def test_a_migrated_database_lacks_nothing(store_url, engine):
    health = health_of(store_url)
    assert health.missing == ()
    assert ("SQLite" if engine == "sqlite" else "PostgreSQL") in health.engine
    assert not [concern for concern in health.concerns if "journal" in concern.said]


def test_an_empty_database_lacks_everything_and_is_left_empty(empty_store_url):
    first = health_of(empty_store_url)
    assert "first_schema" in first.missing
    assert health_of(empty_store_url).missing == first.missing


def test_a_database_that_does_not_exist_is_not_made(tmp_path):
    assert "does not exist yet" in health_of(f"sqlite:///{tmp_path}/none.db").engine
    assert list(tmp_path.iterdir()) == []
