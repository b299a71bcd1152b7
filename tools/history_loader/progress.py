# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""A progress bar: redrawn on a terminal, elsewhere a line now and then."""

import sys
import time

BAR = 30


def clock(seconds):
    """3725 -> '1:02:05', 65 -> '1:05'"""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}"
    return f"{minutes}:{seconds:02d}"


class Progress:
    """Counts documents and lines; lines make the better estimate of what is left."""

    def __init__(self, documents, lines, stream=None, now=time.monotonic):
        self.documents, self.lines = documents, lines
        self.done = self.done_lines = 0
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._now = now
        self._start = self._shown = now()
        self._interval = 0.5 if self._terminal else 30

    def advance(self, documents, lines):
        self.done += documents
        self.done_lines += lines
        if self._now() - self._shown >= self._interval:
            self.show()

    def show(self, end=""):
        self._shown = self._now()
        before, after = ("\r", end) if self._terminal else ("", "\n")
        self._stream.write(f"{before}{self}{after}")
        self._stream.flush()

    def close(self):
        self.show("\n")

    def __str__(self):
        share = self.done_lines / self.lines if self.lines else 1.0
        seconds = max(self._now() - self._start, 0.001)
        rate = self.done_lines / seconds
        left = clock((self.lines - self.done_lines) / rate) if rate else "?"
        bar = ("#" * int(share * BAR)).ljust(BAR, ".")
        return (
            f"[{bar}] {share:6.1%}  {self.done}/{self.documents} documents  "
            f"{self.done_lines}/{self.lines} lines  {rate:.0f} lines/s  "
            f"{clock(seconds)} gone, {left} left "
        )
