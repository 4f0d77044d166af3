"""Questions and answers written in the console, each version of them."""

from records.answers import Sheet
from records.store.engine import Row, Store
from records.times import from_ms, to_ms


def sheets(store: Store) -> dict[str, Sheet]:
    """The newest sheet of each language that has one; an empty text says that the files are used."""
    found = store.rows(
        """
        SELECT * FROM answer_sheets AS sheet WHERE version =
            (SELECT max(version) FROM answer_sheets AS other WHERE other.language = sheet.language)
        """
    )
    return {row["language"]: _sheet(row) for row in found}


def sheet(store: Store, language: str) -> Sheet | None:
    """The newest of one language; None when nobody ever wrote one."""
    found = store.row(
        "SELECT * FROM answer_sheets WHERE language = :language ORDER BY version DESC LIMIT 1", language=language
    )
    return None if found is None else _sheet(found)


def put(store: Store, written: Sheet) -> None:
    """Keep one more version."""
    store.run(
        """
        INSERT INTO answer_sheets (language, version, markdown, written_at, written_by)
        VALUES (:language, :version, :markdown, :at, :by)
        """,
        language=written.language,
        version=written.version,
        markdown=written.text,
        at=to_ms(written.written_at),
        by=written.written_by,
    )


def _sheet(row: Row) -> Sheet:
    return Sheet(
        language=row["language"],
        version=row["version"],
        text=row["markdown"],
        written_at=from_ms(row["written_at"]),
        written_by=row["written_by"],
    )
