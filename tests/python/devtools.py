"""A debugger: the DevTools protocol over a WebSocket."""

import base64
import json
import os
import socket
from urllib.parse import urlsplit

PATIENCE = 100.0


class DevTools:
    def __init__(self, websocket_url: str) -> None:
        address = urlsplit(websocket_url)
        self._socket = socket.create_connection((address.hostname, address.port), PATIENCE)
        self._file = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert b" 101 " in self._file.readline()
        while self._file.readline() != b"\r\n":
            pass
        self._last_id = 0
        self._events = []

    def call(self, method: str, **parameters):
        """Calls a method and gives its result."""
        self._last_id += 1
        text = json.dumps({"id": self._last_id, "method": method, "params": parameters}).encode()
        # Final, text; masked, with a mask that changes nothing.
        self._socket.sendall(bytes([0x81, 0xFE]) + len(text).to_bytes(2, "big") + bytes(4) + text)
        while (message := self._receive()).get("id") != self._last_id:
            self._events.append(message)
        assert "error" not in message, message
        return message["result"]

    def has_event(self, method: str) -> bool:
        """Whether such an event has come. Asks the debugged side for that, which answers in order."""
        self.call("Runtime.getHeapUsage")
        return any(event.get("method") == method for event in self._events)

    def event(self, method: str):
        """The parameters of the next event of this name."""
        while True:
            message = self._events.pop(0) if self._events else self._receive()
            if message.get("method") == method:
                return message["params"]

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _receive(self):
        text = b""
        while True:
            first, length = self._file.read(2)
            if length >= 126:
                length = int.from_bytes(self._file.read(2 if length == 126 else 8), "big")
            text += self._file.read(length)
            if first & 0x80:
                return json.loads(text)
