"""Bar charts as inline SVG: no script, no style, no reference, nothing random, the same bytes.

pygal scales and places the bars. What else it draws is left behind: a script, a style with fonts,
today's date, labels that neither wrap nor stand above a bar. The words are set here, the colours
by the page's style sheet, so that they follow dark mode. Each chart comes twice, wide and narrow,
and the page shows the one that fits: a drawing that shrinks would shrink its words as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final, NamedTuple, final
from xml.etree import ElementTree as ET

import pygal
from markupsafe import Markup

_LINE: Final = 17  # pixels from one line of a label to the next
_CHARACTER: Final = 7.2  # pixels: a wide guess, since the reader's font is not known
_GAP: Final = 8


@final
class Bar(NamedTuple):
    """One row: ``value`` drawn full, then ``rest`` drawn light; ``words`` says both numbers.

    ``tone`` is the name of a colour in the style sheet.
    """

    label: str
    tone: str
    value: int
    rest: int
    words: str


@final
class _Layout(NamedTuple):
    name: str
    width: int  # all lengths in pixels
    pitch: int  # from one row to the next
    thickness: int
    labels: int  # at most how wide the column left of the bars is; 0: labels stand above the bars
    characters: int  # in a line of a label
    lift: int  # how far the labels of the first row reach above it


_LAYOUTS: Final = (
    _Layout("wide", width=800, pitch=42, thickness=16, labels=270, characters=36, lift=0),
    _Layout("narrow", width=328, pitch=64, thickness=12, labels=0, characters=42, lift=12),
)


def bar_chart(title: str, bars: Sequence[Bar]) -> Markup:
    """The chart as ``svg`` elements, one a layout; a screen reader hears the title and all numbers."""
    spoken = f"{title}. {'; '.join(f'{bar.label}: {bar.words}' for bar in bars)}."
    drawings = [ET.tostring(_drawing(layout, spoken, bars), encoding="unicode") for layout in _LAYOUTS]
    return Markup("\n".join(drawings))  # noqa: S704 - ElementTree escapes every text and attribute


def _drawing(layout: _Layout, spoken: str, bars: Sequence[Bar]) -> ET.Element:
    labels = [_lines(bar.label, layout.characters) for bar in bars]
    longest = max((len(line) for lines in labels for line in lines), default=0)
    left = min(layout.labels, _GAP + _CHARACTER * longest)
    size = {"width": str(layout.width), "height": str(layout.pitch * len(bars))}
    view = f"0 {-layout.lift} {size['width']} {size['height']}"
    said = {"role": "img", "aria-label": spoken}
    svg = ET.Element("svg", {"class": f"chart {layout.name}", "viewBox": view, **size, **said})
    rows = _rows(layout, left, bars)
    for bar, lines, (split, right, middle) in zip(bars, labels, rows, strict=True):
        _draw(svg, bar.tone, left, split, middle, layout.thickness)
        _draw(svg, f"{bar.tone} rest", split, right, middle, layout.thickness)
        _write_label(svg, lines, middle, layout)
        _write(svg, bar.words, right + _GAP, middle + 5, "words")
    return svg


def _lines(label: str, longest: int) -> list[str]:
    """A label in at most two lines, the two as even as its words allow."""
    lines = wrap(label, longest, max_lines=2, placeholder="…")
    even = wrap(label, min(len(label) // 2 + 4, longest)) if len(lines) > 1 else lines
    return even if len(even) == len(lines) else lines


def _rows(layout: _Layout, left: float, bars: Sequence[Bar]) -> Iterator[tuple[float, float, float]]:
    """Where pygal draws each row: the end of the full box, of the light one, and the middle."""
    room = _GAP + _CHARACTER * max(len(bar.words) for bar in bars)
    chart = pygal.HorizontalStackedBar(
        width=layout.width, height=layout.pitch * len(bars), margin=0, margin_left=left,
        margin_right=room, range=(0, max(1, *(bar.value + bar.rest for bar in bars))), spacing=0,
        show_legend=False, show_x_labels=False, show_y_labels=False, js=(), css=(), no_prefix=True,
    )  # fmt: skip
    upwards = bars[::-1]  # pygal counts from below
    chart.add("full", [bar.value for bar in upwards])
    chart.add("light", [bar.rest for bar in upwards])
    drawn = [group for group in chart.render_tree().iter("g") if group.get("class") == "bars"]
    full, light = ([bar.find("rect").attrib for bar in reversed(series)] for series in drawn)
    for first, second in zip(full, light, strict=True):
        split = left + float(first.get("width", 0))
        middle = float(first["y"]) + float(first["height"]) / 2
        yield split, split + float(second.get("width", 0)), middle


def _draw(svg: ET.Element, tone: str, left: float, right: float, middle: float, thick: int) -> None:
    if right > left:
        numbers = {"x": left, "y": middle - thick / 2, "width": max(1.5, right - left), "height": thick}
        ET.SubElement(svg, "rect", {"class": tone, **{key: f"{n:.1f}" for key, n in numbers.items()}})


def _write_label(svg: ET.Element, lines: Sequence[str], middle: float, layout: _Layout) -> None:
    beside = middle + 5 + _LINE * (len(lines) - 1) / 2
    last = beside if layout.labels else middle - layout.thickness / 2 - 6
    for place, line in enumerate(lines, 1 - len(lines)):
        _write(svg, line, 0, last + _LINE * place, "label")


def _write(svg: ET.Element, text: str, x: float, y: float, kind: str) -> None:
    ET.SubElement(svg, "text", {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}"}).text = text
