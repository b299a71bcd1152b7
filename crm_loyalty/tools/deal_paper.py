# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Blocks on paper whose height is known beforehand: two pages stay two pages.

Texts are broken and shortened by an estimate of their width that is rather too wide
(``map_svg.wrap``); the printer breaks no line by itself, so that every height holds.
All measures are pixels of the paper.
"""

from dataclasses import dataclass, field

from .deal_report import share
from .map_svg import wrap

#: what fits between the margins of the paper format, see report/crm_deal_report.xml
WIDTH, HEIGHT = 656, 985
FONT, LINE, PADDING = 10, 13, 3
TITLE, HEADER, SPACE = 19, 15, 7
#: bold letters are as wide as those of this size
BOLD = 11.5
#: lines that a cell, and the text that is typed, may take
CELL_LINES, NOTE_LINES = 2, 4
GUTTER = 8
#: a table of facts has so many of them side by side
FACT_COLUMNS = 3


@dataclass
class Part:
    """A block as it stands on the paper; texts are lists of lines."""

    name: str
    title: str
    width: int
    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    facts: list = field(default_factory=list)
    note: list = field(default_factory=list)
    empty: list = field(default_factory=list)
    more: int = 0
    height: int = 0


def lay(block, width=WIDTH, room=None):
    """The block in the width given, in at most ``room``; what does not fit is counted.

    :param block: a ``block.Block``
    :return: Part
    """
    part = Part(block.name, wrap(block.title, width, FONT + 1, 1)[0], width)
    part.height = SPACE + TITLE
    part.note = _wrap_lines(block.note, width - 14)
    part.height += LINE * len(part.note)
    if block.is_silent and block.empty:
        part.empty = wrap(block.empty, width, FONT, CELL_LINES)
        part.height += LINE * len(part.empty)
    part.facts = [
        (label, wrap(text, width - 90, FONT, 1)) for label, text in block.facts
    ]
    part.height += LINE * len(part.facts)
    if block.rows:
        _lay_rows(part, block, width, room)
    return part


def _lay_rows(part, block, width, room):
    widths = _get_widths(block.columns, width)
    part.columns = [
        (wrap(column.title, size - GUTTER, FONT, 1), column.right, size)
        for column, size in zip(block.columns, widths, strict=True)
    ]
    if any(column.title for column in block.columns):
        part.height += HEADER
    rows = [_lay_row(row, widths) for row in block.rows]
    heights = [get_row_height(row) for row in rows]
    part.more = block.more
    last = LINE if block.more else 0
    if room is None or part.height + sum(heights) + last <= room:
        part.rows = rows
        part.height += sum(heights) + last
        return
    # the line that tells how many were left out
    part.height += LINE
    for row, height in zip(rows, heights, strict=True):
        if part.height + height > room:
            break
        part.rows.append(row)
        part.height += height
    part.more += len(rows) - len(part.rows)


def _lay_row(row, widths):
    return [
        wrap(str(cell), size - GUTTER, FONT, CELL_LINES)
        for cell, size in zip(row, widths, strict=True)
    ]


def get_row_height(row):
    return LINE * max((len(lines) for lines in row), default=1) + PADDING


def _get_widths(columns, width):
    total = sum(column.width for column in columns)
    return [width * column.width // total for column in columns]


def _wrap_lines(text, width):
    """A text of several lines, at most ``NOTE_LINES``."""
    lines = [
        line
        for paragraph in (text or "").splitlines()
        if paragraph.strip()
        for line in wrap(paragraph, width, BOLD, NOTE_LINES)
    ]
    if len(lines) > NOTE_LINES:
        lines = lines[:NOTE_LINES]
        lines[-1] += " …"
    return lines


def lay_page(rows, room):
    """Rows of blocks, one or two side by side, in the room of a page.

    :param rows: list of lists of blocks
    :return: list of lists of parts
    """
    widths = [
        (WIDTH - GUTTER * 2 * (len(blocks) - 1)) // len(blocks) for blocks in rows
    ]
    wanted = [
        max(lay(block, width).height for block in blocks)
        for blocks, width in zip(rows, widths, strict=True)
    ]
    given = share(wanted, room)
    laid = [
        [lay(block, width, height) for block in blocks]
        for blocks, width, height in zip(rows, widths, given, strict=True)
    ]
    # a share is rarely a whole number of rows: the rests make some more of them
    rest = room - get_height(laid)
    for number, (blocks, width) in enumerate(zip(rows, widths, strict=True)):
        before = max(part.height for part in laid[number])
        if before < wanted[number]:
            laid[number] = [lay(block, width, before + rest) for block in blocks]
            rest -= max(part.height for part in laid[number]) - before
    return laid


def get_height(rows):
    """Height of what ``lay_page`` returned."""
    return sum(max(part.height for part in parts) for parts in rows)


def get_facts_height(block):
    """Height of a block of facts drawn in columns side by side."""
    if block.is_empty:
        return SPACE + TITLE + LINE
    lines = -(-len(block.facts) // FACT_COLUMNS)
    return SPACE + TITLE + lines * (LINE + PADDING)
