"""Whether all ranks are there still: a process that waits for tensors of a dead one never wakes.

So a thread of its own watches a socket to each, on which nothing is said until the end, and ends
the process where it does not end by itself.
"""

from __future__ import annotations

import atexit
import os
import selectors
import sys
import threading

from engram.backends.wire import Gone, Wire
from engram.core.errors import ENVIRONMENT, EngramError

PATIENCE = 5.0  # seconds that a process has to end by itself
GOES_ON = "The same command goes on from the last checkpoint, on as many ranks as you like."
# The last word of a rank, unless it is what went wrong there: all is well, or another one is gone.
WELL, ANOTHER = "well", "another"


class Pulse:
    """Watches the others: rank 0 all of them, and each of these rank 0.

    ``wires``: to those that are watched, by their ranks.
    """

    def __init__(self, rank: int, wires: dict[int, Wire]) -> None:
        self.rank, self.wires = rank, wires
        self.word = ""  # the last one of another rank
        self.error: EngramError | None = None  # what went wrong on another
        self.heard, self.ending = threading.Event(), threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()
        atexit.register(self.leave)

    def leave(self, word: str = WELL, help: str | None = None) -> None:
        """Say goodbye, once: with what went wrong, if something did."""
        if self.ending.is_set():
            return
        self.ending.set()
        for wire in self.wires.values():
            try:
                wire.send([word, help])
            except OSError:  # it is gone too
                continue
        if word not in {WELL, ANOTHER}:
            self.heard.wait(2 * PATIENCE)  # whoever started all ranks ends them with the first

    def verdict(self, error: Exception) -> BaseException:
        """What an error in a conversation means, once the watch has had the time to know."""
        self.heard.wait(PATIENCE)
        if self.rank and self.word in {WELL, ANOTHER}:
            self.leave(self.word)
            return SystemExit(0 if self.word == WELL else ENVIRONMENT)
        if self.error or not isinstance(error, (Gone, OSError)):
            return self.error or error
        return EngramError("The ranks have lost one another.", help=GOES_ON)

    def _watch(self) -> None:
        with selectors.DefaultSelector() as waiting:
            for rank, wire in self.wires.items():
                waiting.register(wire.link, selectors.EVENT_READ, rank)
            while waiting.get_map():
                for key, _ in waiting.select():
                    waiting.unregister(key.fileobj)
                    self._hear(key.data)

    def _hear(self, rank: int) -> None:
        """A rank says goodbye, or is gone without."""
        try:
            (word, advice), _ = self.wires[rank].receive()
        except (Gone, OSError, ValueError):
            word, advice = f"Rank {rank} is gone: it was killed, or its machine is.", GOES_ON
            if not self.ending.is_set():
                # At once: whoever started the ranks ends all when one has ended.
                self._end(EngramError(word, help=advice))
        if word in {WELL, ANOTHER}:
            self.word = word
        else:
            self.error = EngramError(f"On rank {rank}: {word}", help=advice)
        self.heard.set()
        # Where all ranks meet the same error, it is told as any other is.
        if not self.ending.wait(PATIENCE):
            self._end(self.error, wrong=word != WELL)

    def _end(self, error: EngramError | None, *, wrong: bool = True) -> None:
        """End the process from beside it: its main thread may never wake up again."""
        self.leave(ANOTHER)
        if error and self.rank <= 1:  # one of those that are left says it
            sys.stderr.write(f"\nerror: {error.message}\nhelp: {error.help}\n")
        sys.stderr.flush()
        sys.stdout.flush()
        os._exit(ENVIRONMENT if wrong else 0)
