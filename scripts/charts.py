#!/usr/bin/env python3
"""Draws the pictures of README.md into docs/images: charts.py HIP_RUN.

time.svg is drawn from benchmarks/speed/h200.json, kept.svg by HIP_RUN from the recorded layer of examples/data. Colors
are such as are read on white and on black.
"""

import json
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPEED = ROOT / "benchmarks/speed/h200.json"
RECORDED = ROOT / "examples/data"
# The sinks, window and scale that examples/data/README.md names.
RECORDED_FLAGS = ("--scale", "0.125", "--sink", "128", "--window", "512", "--device", "cpu")
SEARCHED = ("tree", "boxes", "hip")
# Series of the chart: what it calls them, and how it draws them.
SERIES = {
    "cuDNN": ("cuDNN", "#bf8700", "2", ""),
    "FlashAttention 3": ("FlashAttention 3", "#a371f7", "2", ""),
    "dense": ("hip-mlir, dense", "#2f81f7", "2", "5 4"),
    "hip": ("hip-mlir, default policy", "#2f81f7", "3.5", ""),
}
OURS, PEER = "hip", "FlashAttention 3"
TEXT = "#768390"
LEFT, TOP, WIDTH, HEIGHT = 56, 40, 600, 300


class Axis:
    """Places of numbers between powers of a base, on a logarithmic scale."""

    def __init__(self, values, base, start, size):
        self.base, self.start = base, start
        self.low = math.floor(math.log(min(values), base) + 1e-9)
        self.high = math.ceil(math.log(max(values), base) - 1e-9)
        self.unit = size / max(1, self.high - self.low)

    def place(self, value):
        return round(self.start + (math.log(value, self.base) - self.low) * self.unit, 1)

    def ticks(self):
        return [self.base ** power for power in range(self.low, self.high + 1)]


def duration(ms):
    return f"{ms / 1000:g} s" if ms >= 1000 else f"{ms:g} ms"


def tokens(count):
    return f"{count >> 20}M" if count >> 20 else f"{count >> 10}K"


def text(x, y, words, anchor="start"):
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{words}</text>'


def line(points, color, width, dashes=""):
    joined = " ".join(f"{x:g},{y:g}" for x, y in points)
    dashes = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{joined}" fill="none" stroke="{color}" stroke-width="{width}"{dashes}/>'


def dots(points, color):
    return "".join(f'<circle cx="{x:g}" cy="{y:g}" r="3" fill="{color}"/>' for x, y in points)


def captions(measured, series):
    longest = max(series[OURS].keys() & series[PEER].keys())
    ours, peer = series[OURS][longest], series[PEER][longest]
    yield "Time of a layer's attention by the tokens of a prompt"
    yield f"{longest:,} tokens: {PEER} {peer:,.0f} ms, the default policy {ours:,.0f} ms"
    yield f"{measured['chip']}, {measured['shape']}; {measured['date']}, commit {measured['commit']}"


def time_chart(measured):
    """The SVG of attention's time by the length of a prompt."""
    series = {name: {int(length): ms for length, ms in measured["series"][name].items()} for name in SERIES}
    across = Axis([length for each in series.values() for length in each], 2, LEFT, WIDTH)
    down = Axis([ms for each in series.values() for ms in each.values()], 10, TOP + HEIGHT, -HEIGHT)
    parts = [line(((LEFT, down.place(ms)), (LEFT + WIDTH, down.place(ms))), TEXT, "0.4") for ms in down.ticks()]
    parts += [text(LEFT - 8, down.place(ms) + 4, duration(ms), "end") for ms in down.ticks()]
    parts += [text(across.place(length), TOP + HEIGHT + 18, tokens(length), "middle") for length in across.ticks()]
    for column, (name, (label, *style)) in enumerate(SERIES.items()):
        points = [(across.place(length), down.place(ms)) for length, ms in sorted(series[name].items())]
        x = LEFT + WIDTH // len(SERIES) * column
        parts += [line(points, *style), dots(points, style[0])]
        parts += [line(((x, 14), (x + 24, 14)), *style), text(x + 30, 18, label)]
    parts += [text(LEFT, TOP + HEIGHT + 42 + 18 * row, words) for row, words in enumerate(captions(measured, series))]
    return svg(LEFT + WIDTH + 40, TOP + HEIGHT + 88, parts)


def svg(width, height, parts):
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            f'font-size="12" fill="{TEXT}">\n{body}\n</svg>\n')


def side_by_side(pictures):
    """One SVG of several of hip-run's."""
    x, parts = 0, []
    for picture in pictures:
        width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', picture).groups())
        parts.append(picture.replace("<svg ", f'<svg x="{x}" width="{width}" height="{height}" ', 1).rstrip())
        x += width
    return svg(x, height, parts)


def kept(hip_run):
    """The SVG of what lists of the recorded layer keep."""
    arrays = [word for name in "qkv" for word in (f"--{name}", RECORDED / f"passkey_{name}.npy")]
    with tempfile.TemporaryDirectory() as folder:
        pictures = [Path(folder, f"{policy}.svg") for policy in SEARCHED]
        for policy, picture in zip(SEARCHED, pictures):
            subprocess.run([hip_run, "attention", *arrays, *RECORDED_FLAGS, "--policy", policy, "--picture", picture],
                           check=True, stdout=subprocess.DEVNULL)
        return side_by_side([picture.read_text() for picture in pictures])


def images(hip_run):
    """{path: SVG} of the committed pictures."""
    return {ROOT / "docs/images/time.svg": time_chart(json.loads(SPEED.read_text())),
            ROOT / "docs/images/kept.svg": kept(hip_run)}


if __name__ == "__main__":
    for path, drawn in images(sys.argv[1]).items():
        path.write_text(drawn)
