"""A terminal for tests: what a program does with the cursor, and what is then on the screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

ESCAPE = re.compile(r"\x1b\[(\?)?(\d*)(?:;\d+)*([A-Za-z])|\x1b[=>]")
SECONDS = 60


def screen(output: str) -> list[str]:
    """The lines on an endless screen after all of the output, without colours."""
    lines, row, column = [""], 0, 0
    place = 0
    while place < len(output):
        found = ESCAPE.match(output, place)
        if found:
            private, number, what = found.groups()
            if what == "A" and not private:
                row -= int(number or 1)
                assert row >= 0, "the cursor left the screen"
            elif what == "K":
                lines[row] = lines[row][:column]
            elif what == "J":
                lines[row] = lines[row][:column]
                del lines[row + 1 :]
            place = found.end()
            continue
        char = output[place]
        place += 1
        if char == "\r":
            column = 0
        elif char == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif char == "\b":
            column -= 1
        elif char >= " ":
            lines[row] = lines[row][:column].ljust(column) + char + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


def converse(
    command: Sequence[str], typed: Sequence[str], mark: str, columns: int = 80
) -> tuple[int, str]:
    """The exit code and output of a command in a terminal, each text typed after a mark."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        environment.pop(name, None)
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL, env=environment
    )
    os.close(slave)
    output, left, asked = "", list(typed), 0
    until = time.monotonic() + SECONDS
    try:
        while time.monotonic() < until:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                data = os.read(master, 65536)
            except OSError:  # the other end was closed
                break
            if not data:
                break
            output += data.decode("utf-8", "replace")
            if left and screen(output[asked:])[-1] == mark.rstrip():
                asked = len(output)
                os.write(master, left.pop(0).encode())
        return process.wait(60), output
    finally:
        process.kill()
        os.close(master)
