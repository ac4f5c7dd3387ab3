"""Where programs of ours can be called."""

from __future__ import annotations

import socket

from replylint import ConfigError


def bound(host: str, port: int) -> socket.socket:
    """A socket at an address, which does not take calls yet; raises ConfigError when the address cannot be had."""
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        place = f"[{host}]" if ":" in host else host
        raise ConfigError(f"{place}:{port} cannot be listened on: {error.strerror}") from error
    return found
