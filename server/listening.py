"""The address our web listens on, taken before anything else is begun."""

import socket

from records.errors import ForewarnError


class AddressTaken(ForewarnError):
    """The address to listen on is not free, or not ours."""


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port` (0: a free one), which takes connections once it is served.

    From here on nobody else gets the port: what is started meanwhile and asks for a free one must not be given ours.
    Raises AddressTaken, so that a taken port is an error in plain words rather than the end of the process.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise AddressTaken(f"Cannot listen on {host} port {port}: {error.strerror}. Use another --port.") from error
    return listening
