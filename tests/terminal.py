"""A command on a pseudo-terminal, spoken to as a person would. POSIX only."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time


ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>()][A-Z0-9]?)|\r")
ENTER, DOWN, CLEAR_LINE, CONTROL_C = "\r", "\x1b[B", "\x15", "\x03"


class Terminal:
    """`send` types, `expect` waits for text; `shown` is what came since the last `send`, without colours."""

    def __init__(self, *command: object, columns: int = 250) -> None:
        self._end, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C is a signal
            env=os.environ | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
        )
        os.close(child)
        self._bytes = b""

    @property
    def shown(self) -> str:
        return ESCAPES.sub("", self._bytes.decode(errors="replace"))

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._end)

    def send(self, keys: str) -> None:
        self._bytes = b""
        os.write(self._end, keys.encode())

    def expect(self, text: str, timeout: float = 60) -> None:
        """Wait until `text` stands in what was shown since the last `send`."""
        deadline = time.monotonic() + timeout
        while text not in self.shown:
            if not select.select([self._end], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"{text!r} did not appear in {self.shown!r}")
            try:
                data = os.read(self._end, 65536)
            except OSError:  # Linux says so when the other end is closed
                data = b""
            if not data:
                raise AssertionError(f"{text!r} did not appear before the end of {self.shown!r}")
            self._bytes += data
