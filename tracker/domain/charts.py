"""Where the bars and lines of a chart stand, in the units of its drawing; the page only writes them down."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import NamedTuple

WIDTH, HEIGHT = 360, 180
LEFT, RIGHT, BOTTOM, TOP = 30, 12, 22, 10


class Bar(NamedTuple):
    """One bar; `series` counts from 0."""

    x: float
    y: float
    width: float
    height: float
    series: int


class Mark(NamedTuple):
    """A word on an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Bars, or lines as lists of points in the form SVG reads, with the words of both axes."""

    bars: list[Bar]
    lines: list[str]
    across: list[Mark]
    up: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT


def columns(labels: Sequence[str], series: Sequence[Sequence[int]], every: int = 1) -> Chart:
    """Return upright bars, those of one label side by side; each `every`-th label is written, the last one always."""
    top, step = _scale(max((value for values in series for value in values), default=0))
    room = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    each = room * 0.8 / max(1, len(series))
    bars = [
        Bar(
            _r(LEFT + room * n + room * 0.1 + each * s),
            _r(_y(value, top)),
            _r(each),
            _r(_y(0, top) - _y(value, top)),
            s,
        )
        for s, values in enumerate(series)
        for n, value in enumerate(values)
        if value
    ]
    return Chart(bars, [], _across(labels, room, every), _up(top, step))


def lines(labels: Sequence[str], series: Sequence[Sequence[float | None]], every: int = 1) -> Chart:
    """Return a line for each series; where nothing is known it is broken."""
    top, step = _scale(max((value for values in series for value in values if value is not None), default=0))
    room = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    drawn, dots = [], []
    for s, values in enumerate(series):
        points = [(LEFT + room * (n + 0.5), _y(v, top)) if v is not None else None for n, v in enumerate(values)]
        drawn.append(" ".join(_path(points)))
        dots += [Bar(_r(point[0] - 2), _r(point[1] - 2), 4, 4, s) for point in points if point]
    return Chart(dots, drawn, _across(labels, room, every), _up(top, step))


def rows(values: Sequence[int]) -> list[float]:
    """Return the length of each lying bar in hundredths of the longest."""
    most = max(values, default=0)
    return [_r(100 * value / most) if most else 0 for value in values]


def _path(points: Sequence[tuple[float, float] | None]) -> list[str]:
    """Return the commands of a path: a move to the first point of each unbroken run, a line to the others."""
    said, is_drawing = [], False
    for point in points:
        if point is not None:
            said.append(f"{'L' if is_drawing else 'M'}{_r(point[0])} {_r(point[1])}")
        is_drawing = point is not None
    return said


def _scale(most: float) -> tuple[float, float]:
    """Return the value at the top and that between two marks: two to five marks at round numbers."""
    if most <= 0:
        return 1, 1
    power = 10 ** (ceil(log10(most)) - 1)
    step = next(power * n for n in (0.5, 1, 2, 5, 10) if most / (power * n) <= 5)
    step = max(step, 1)
    return step * ceil(most / step), step


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top


def _up(top: float, step: float) -> list[Mark]:
    return [Mark(_r(_y(n * step, top)), f"{n * step:g}") for n in range(round(top / step) + 1)]


def _across(labels: Sequence[str], room: float, every: int) -> list[Mark]:
    last = len(labels) - 1
    return [Mark(_r(LEFT + room * (n + 0.5)), text) for n, text in enumerate(labels) if (last - n) % every == 0]


def _r(number: float) -> float:
    return round(number, 1)
