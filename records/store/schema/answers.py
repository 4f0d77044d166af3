"""Questions and answers written in the console; every version stays."""

SHEETS = """
CREATE TABLE answer_sheets (
    language TEXT NOT NULL,
    version INTEGER NOT NULL,
    markdown TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    written_by TEXT NOT NULL,
    PRIMARY KEY (language, version)
) STRICT, WITHOUT ROWID;
"""
APPEND_ONLY = ("answer_sheets",)
