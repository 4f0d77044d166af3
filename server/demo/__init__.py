"""A complete world in one process: networks that can be broken, a mailbox, a social account, a thousand customers."""

from pathlib import Path


def run(port: int = 8000, data: Path | None = None) -> int:
    """Run the demo on http://127.0.0.1:`port` (0: a free one) until Ctrl-C or SIGTERM; the exit status.

    Everything is forgotten afterwards, unless `data` names a folder to keep it in.
    """
    # Late, so that a simulated node can be had (by tests, for one) without the whole server around it.
    from server.demo.start import run_demo

    return run_demo(port, data)
