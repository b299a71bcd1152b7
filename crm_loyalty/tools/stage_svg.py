# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""The customer's decision above our pipeline, as SVG for paper and screen."""

from markupsafe import Markup

from .map_svg import ACCENT, measure, shorten

ROW, GAP, LABEL, TIP = 24, 6, 74, 8
FONT = 10


def draw(rows, width):
    """One bar per row, its steps as arrows; the current one is filled.

    :param rows: list of (label, names of the steps, number of the current one or None,
        numbers (lowest, highest) that are supposed, or None)
    :param width: in pixels
    :return: Markup of an SVG
    """
    height = len(rows) * (ROW + GAP) - GAP
    parts = [
        _draw_row(index * (ROW + GAP), width, *row) for index, row in enumerate(rows)
    ]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}"'
        ' viewBox="0 0 {0} {1}" font-family="sans-serif" font-size="{2}">{3}</svg>'
    ).format(width, height, FONT, Markup("").join(parts))


def _draw_row(top, width, label, names, current, supposed):
    step = (width - LABEL) / max(len(names), 1)
    parts = [
        Markup('<text x="0" y="{}" fill="#6c757d">{}</text>').format(
            top + ROW / 2 + 4, shorten(label, LABEL - 4, FONT)
        )
    ]
    for number, name in enumerate(names):
        is_current = number == current
        is_supposed = supposed and supposed[0] <= number <= supposed[1]
        left, right = LABEL + number * step, LABEL + (number + 1) * step - 3
        parts.append(
            Markup(
                '<path d="M{0:.1f} {2}H{1:.1f}L{3:.1f} {4}L{1:.1f} {5}H{0:.1f}'
                'L{6:.1f} {4}z" fill="{7}" stroke="{8}" stroke-dasharray="{9}"/>'
            ).format(
                left,
                right - TIP,
                top,
                right,
                top + ROW / 2,
                top + ROW,
                left + (TIP if number else 0),
                ACCENT if is_current else "#f1eef4" if is_supposed else "#fff",
                ACCENT if is_current or is_supposed else "#adb5bd",
                "4 3" if is_supposed and not is_current else "none",
            )
        )
        room = step - 2 * TIP
        font = FONT if measure(name, FONT) <= room else FONT - 1
        parts.append(
            Markup(
                '<text x="{:.1f}" y="{}" text-anchor="middle" fill="{}"'
                ' font-weight="{}" font-size="{}">{}</text>'
            ).format(
                (left + right) / 2,
                top + ROW / 2 + 4,
                "#fff" if is_current else "#212529",
                "bold" if is_current else "normal",
                font,
                shorten(name, room, font),
            )
        )
    return Markup("").join(parts)
