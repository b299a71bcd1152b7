# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Pictures for paper: SVG that the PDF printer draws. Plain Python, no library.

Texts are escaped; positions are in pixels of the paper.
"""

from markupsafe import Markup

ACCENT, PALE, GREY = "#71639e", "#c9c3dd", "#6c757d"
AXIS = 14


def _text(x, y, text, anchor="middle", size=9, color=GREY):
    return Markup(
        '<text x="{}" y="{}" font-size="{}" text-anchor="{}" fill="{}">{}</text>'
    ).format(round(x, 1), round(y, 1), size, anchor, color, text)


def _svg(width, height, parts):
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}"'
        ' viewBox="0 0 {0} {1}" font-family="sans-serif">{2}</svg>'
    ).format(width, height, Markup("").join(parts))


def bars(values, labels, top_label="", width=640, height=110):
    """Bars of months, negative ones below the axis; the last twelve stand out.

    :param labels: one per value, empty ones are left out
    :param top_label: what the highest bar amounts to
    :return: Markup of an SVG, empty without values
    """
    if not values or not any(values):
        return Markup("")
    highest, lowest = max(0, *values), min(0, *values)
    unit = (height - 2 * AXIS) / (highest - lowest)
    zero = AXIS + highest * unit
    step = width / len(values)
    parts = [_text(2, AXIS - 4, top_label, "start")] if top_label else []
    for index, (value, label) in enumerate(zip(values, labels, strict=True)):
        size = abs(value) * unit
        parts.append(
            Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
                round(index * step, 1),
                round(zero - size if value > 0 else zero, 1),
                round(step * 0.75, 1),
                round(size, 1),
                ACCENT if index >= len(values) - 12 else PALE,
            )
        )
        if label:
            parts.append(_text(index * step, height - 2, label, "start"))
    parts.append(
        Markup('<line x1="0" y1="{0}" x2="{1}" y2="{0}" stroke="{2}"/>').format(
            round(zero, 1), width, GREY
        )
    )
    return _svg(width, height, parts)


def matrix(points, cells, axes, side=260):
    """Four cells and a point per customer.

    :param points: list of (x, y, name, whether it stands out), x and y from 0 to 10
    :param cells: names of the cells: left and right on top, left and right below
    :param axes: name of the horizontal and of the vertical axis
    :return: Markup of an SVG
    """
    half = side / 2
    parts = [
        Markup(
            '<rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="#adb5bd"/>'
        ).format(AXIS + column * half, row * half, half, half)
        for row in range(2)
        for column in range(2)
    ]
    for index, name in enumerate(cells):
        x, y = AXIS + (index % 2) * half + 4, (index // 2) * half + 11
        for line, word in enumerate(name.split()):
            parts.append(_text(x, y + 10 * line, word, "start", size=9))
    for x, y, name, stands_out in points:
        left, top = AXIS + x / 10 * side, side - y / 10 * side
        parts.append(
            Markup('<circle cx="{}" cy="{}" r="{}" fill="{}"/>').format(
                round(left, 1),
                round(top, 1),
                6 if stands_out else 4,
                ACCENT if stands_out else PALE,
            )
        )
        if stands_out:
            parts.append(_text(left, top - 9, name, size=10, color="#212529"))
    parts.append(_text(AXIS + half, side + 12, axes[0]))
    parts.append(
        Markup('<g transform="translate(9 {}) rotate(-90)">{}</g>').format(
            half, _text(0, 0, axes[1])
        )
    )
    return _svg(side + AXIS + 2, side + AXIS + 2, parts)


def steps(above, below, width=120, height=19):
    """Two small bars of steps, one above the other: where each of two sides stands.

    :param above: (number of steps, the current one counted from 0 or None)
    :param below: the same of the other side
    :return: Markup of an SVG
    """
    parts = []
    for row, (count, current) in enumerate((above, below)):
        step = width / max(count, 1)
        for index in range(count):
            is_past = current is not None and index <= current
            color = ACCENT if row == 0 else GREY
            parts.append(
                Markup(
                    '<rect x="{}" y="{}" width="{}" height="7" fill="{}"'
                    ' stroke="{}" stroke-width="0.7"/>'
                ).format(
                    round(index * step + 0.5, 1),
                    row * 10 + 1,
                    round(step - 2, 1),
                    color if is_past else "none",
                    color,
                )
            )
    return _svg(width, height, parts)


#: colour of a band, and how much of its sign is filled: it reads on a fax, too
SIGNS = {
    "green": ("#1e7e34", 1),
    "amber": ("#b26a00", 0.5),
    "red": ("#c0392b", 0),
    "unknown": (GREY, None),
}


def band_sign(band, side=11):
    """The sign of a band of health: full, half or empty circle, dashed if unknown."""
    color, share = SIGNS[band]
    middle, radius = side / 2, side / 2 - 1
    ring = Markup(
        '<circle cx="{0}" cy="{0}" r="{1}" fill="none" stroke="{2}"'
        ' stroke-width="1.6"{3}/>'
    ).format(
        middle,
        radius,
        color,
        Markup(' stroke-dasharray="2 2"') if share is None else "",
    )
    parts = [ring]
    if share == 1:
        parts.append(
            Markup('<circle cx="{0}" cy="{0}" r="{1}" fill="{2}"/>').format(
                middle, radius, color
            )
        )
    elif share:
        parts.append(
            Markup('<path d="M {0} {1} A {2} {2} 0 0 0 {0} {3} Z" fill="{4}"/>').format(
                middle, middle - radius, radius, middle + radius, color
            )
        )
    return _svg(side, side, parts)
