import socket

import pytest

from records.errors import ForewarnError
from server.demo import run


def test_a_taken_port_is_said_in_words_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ForewarnError, match=f"port {port}"):
            run(port)
    assert list(tmp_path.iterdir()) == []
