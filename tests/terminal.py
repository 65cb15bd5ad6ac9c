"""A command on a pseudo-terminal, spoken to as a person would. POSIX only."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata
from collections.abc import Callable


ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>()][A-Z0-9]?)|\r")
ENTER, DOWN, CLEAR_LINE, CONTROL_C = "\r", "\x1b[B", "\x15", "\x03"


class Screen:
    """What a terminal of a size shows: text, the moves of the cursor and the erasures that programs send with TERM=xterm.

    Nothing wraps by itself (prompt_toolkit turns that off), and what stands behind the last column is lost.
    """

    _PART = re.compile(
        r"\x1b\[(?P<numbers>[0-9;?]*)(?P<letter>[A-Za-z])|\x1b\][^\x07]*\x07|\x1b[=>()][A-Z0-9]?|(?P<sign>.)",
        re.DOTALL,
    )
    _BEGUN = re.compile(r"\x1b(\[[0-9;?]*|\][^\x07]*|[()]?)$")

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self._rest = ""

    @property
    def lines(self) -> list[str]:
        return ["".join(cells).rstrip() for cells in self.cells]

    def feed(self, text: str) -> None:
        text = self._rest + text
        begun = self._BEGUN.search(text)
        self._rest = begun[0] if begun else ""
        for part in self._PART.finditer(text[: len(text) - len(self._rest)]):
            if part["letter"]:
                self._control(part["letter"], [int(number or 0) for number in part["numbers"].strip("?").split(";")])
            elif part["sign"]:
                self._write(part["sign"])

    def _control(self, letter: str, numbers: list[int]) -> None:
        by = max(1, numbers[0])
        if letter in "AB":
            self.row = min(self.rows - 1, max(0, self.row + (by if letter == "B" else -by)))
        elif letter in "CD":
            self.column = min(self.columns - 1, max(0, self.column + (by if letter == "C" else -by)))
        elif letter == "H":
            self.row, self.column = by - 1, max(1, (numbers + [1])[1]) - 1
        elif letter in "JK":
            start = 0 if numbers[0] else self.column
            self.cells[self.row][start:] = [" "] * (self.columns - start)
            if letter == "J":
                for row in range(0 if numbers[0] else self.row + 1, self.rows):
                    self.cells[row] = [" "] * self.columns

    def _write(self, sign: str) -> None:
        if sign == "\r":
            self.column = 0
        elif sign == "\b":
            self.column = max(0, self.column - 1)
        elif sign == "\n":
            if self.row == self.rows - 1:
                self.cells = [*self.cells[1:], [" "] * self.columns]
            self.row = min(self.rows - 1, self.row + 1)
        elif sign >= " " and not unicodedata.combining(sign):
            wide = unicodedata.east_asian_width(sign) in "WF"
            if self.column + wide < self.columns:
                self.cells[self.row][self.column : self.column + 1 + wide] = [sign, ""][: 1 + wide]
            self.column += 1 + wide


class Terminal:
    """`send` types, `expect` waits for text; `shown` is what came since the last `send`, without colours.

    `screen` is what stands on the terminal, and `see` waits until it has a text as lines of their own.
    """

    def __init__(self, *command: object, columns: int = 250, rows: int = 50) -> None:
        self._end, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen = Screen(rows, columns)
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
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
        self._wait(lambda: text in self.shown, text, timeout)

    def see(self, text: str, timeout: float = 60) -> None:
        """Wait until each line of `text` ends a line of the screen: whole, and followed by nothing."""

        def seen() -> bool:
            return all(any(on.endswith(line.rstrip()) for on in self.screen.lines) for line in text.splitlines())

        self._wait(seen, text, timeout)

    def _wait(self, there: Callable[[], bool], text: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not there():
            on_screen = "\n".join(self.screen.lines).rstrip()
            if not select.select([self._end], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"{text!r} did not appear in {self.shown!r}; on the screen:\n{on_screen}")
            try:
                data = os.read(self._end, 65536)
            except OSError:  # Linux says so when the other end is closed
                data = b""
            if not data:
                raise AssertionError(f"{text!r} did not appear before the end of {self.shown!r}")
            self._bytes += data
            self.screen.feed(self._decode(data))
