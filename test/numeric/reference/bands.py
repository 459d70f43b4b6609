"""Positions and the three sets of S3: sinks, candidates, band."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Band:
    """The geometry of S3. `position0` is the position of row 0 (S1), by default Tk - Tq, which is
    negative when Tq > Tk: those rows see no key (S20) and their blocks have no candidates."""

    block_q: int
    chunk: int
    sink: int
    window: int
    causal: bool = True
    position0: int | None = None

    def first_position(self, rows, keys):
        return keys - rows if self.position0 is None else self.position0

    def positions(self, rows, keys):
        """S1: p(i) of every row."""
        return self.first_position(rows, keys) + np.arange(rows)

    def last_keys(self, rows, keys):
        """S2: the last key each row sees (may be negative: none)."""
        if not self.causal:
            return np.full(rows, keys - 1)
        return np.minimum(self.positions(rows, keys), keys - 1)

    def ends(self, rows, keys):
        """S3: E(m) of every query block. Candidates are [sink, E(m)); E = sink when there are
        none, even if sink > Tk."""
        blocks = -(-rows // self.block_q)
        if self.causal:
            p_min = self.first_position(rows, keys) + np.arange(blocks) * self.block_q
            p_min = np.minimum(p_min, keys - 1)
        else:
            p_min = np.full(blocks, keys - 1)
        room = np.maximum(0, p_min + 1 - self.window - self.sink)
        return self.sink + room // self.chunk * self.chunk


def at_run(chunk, sink, window):
    """S3: the sinks and the window of a call that gives these two numbers."""
    most = (2**31 - 1) // chunk * chunk
    return -(-min(max(sink, 0), most) // chunk) * chunk, max(window, 0)
