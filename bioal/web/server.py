"""The server: on this computer only, on a port that is free, until somebody ends it."""

from __future__ import annotations

import signal
import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from waitress.server import create_server

from bioal.errors import UsageError
from bioal.web.app import LARGEST, app_of
from bioal.web.gate import Gate
from bioal.web.house import House
from bioal.web.shelf import Shelf
from bioal.web.uploads import Uploads

HOST = "127.0.0.1"
THREADS = 4


def serve(folder: Path, *, port: int, browse: bool, tell: Callable[[str], None]) -> None:
    """Serve the campaigns in a folder until Ctrl-C.

    Parameters
    ----------
    port
        Where, on 127.0.0.1; 0 for any that is free.
    browse
        Whether to open a browser.
    tell
        Told the address.

    Raises
    ------
    UsageError
        When the port is taken.
    """
    with bound(port) as listening, Uploads() as uploads:
        gate = Gate(app_of(House(Shelf(folder), uploads)), port=listening.getsockname()[1], largest=LARGEST)
        server = create_server(
            gate, sockets=[listening], threads=THREADS, max_request_body_size=LARGEST, ident=None
        )
        signal.signal(signal.SIGTERM, _end)
        with suppress(KeyboardInterrupt):  # from the moment on that the address is told
            tell(gate.address)
            if browse:
                threading.Thread(target=webbrowser.open, args=(gate.opening,), daemon=True).start()
            server.run()
        server.close()


def bound(port: int) -> socket.socket:
    """Return a socket on this computer's own address, which no other computer reaches."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        said = f"Port {port} cannot be used ({error.strerror}). Leave --port out: any that is free is taken."
        raise UsageError(said) from error
    return listening


def _end(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
