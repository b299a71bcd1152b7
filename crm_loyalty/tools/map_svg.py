# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""A contact map as SVG for paper: black on white, one accent for the best chain.

Attitudes are told by signs and by fill, points by the shapes of the screen. Only SVG
that the PDF printer's old browser engine knows; no text is measured by a browser, so
widths are estimated on the safe side.
"""

from markupsafe import Markup

from . import map_layout as layout

#: one colour besides black and grey, like the accent of the screen
ACCENT = "#714b67"
PADDING = 26
#: space for the title of a band above its boxes
LABEL = 22
FONT = 13
#: shapes in a square of 16, the same as on the screen (map_labels.js)
SHAPES = {
    "receptivity": "M7 2h7v12H7M1 8h8M6 4.5L9.5 8 6 11.5",
    "dissatisfaction": (
        "M8 1.5a6.5 6.5 0 1 0 .01 0M5.6 6v.9M10.4 6v.9M5 11.6c1.6-2.2 4.4-2.2 6 0"
    ),
    "power": "M2 13V4.5l3.4 3.3L8 3l2.6 4.8L14 4.5V13z",
}
STAR = "M5 0L6.5 3.4 10 3.8 7.4 6.2 8.1 9.8 5 8 1.9 9.8 2.6 6.2 0 3.8 3.5 3.4z"
#: attitude -> sign, fill, colour of the sign, width of the border
ATTITUDES = {
    -2: ("−−", "#fff", "#000", 3),
    -1: ("−", "#fff", "#000", 2),
    0: ("0", "#fff", "#000", 1),
    1: ("+", "#d4d4d4", "#000", 1),
    2: ("++", "#333", "#fff", 1),
    None: ("?", "#fff", "#777", 1),
}
#: kind -> attributes of the line
LINES = {
    "influences": (
        'stroke="#444" stroke-width="1.5" stroke-dasharray="7 5"'
        ' marker-end="url(#map_arrow)"'
    ),
    "conflicts": 'stroke="#000" stroke-width="2.5"',
    "introduced": (
        'stroke="#444" stroke-width="1.5" stroke-dasharray="1.5 5"'
        ' marker-end="url(#map_arrow)"'
    ),
    "reports_to": 'stroke="#888" stroke-width="1"',
}
KNOWS = 'stroke="#aaa" stroke-width="1.5" stroke-dasharray="1.5 5"'
#: words of the picture; the report translates them
LABELS = {
    "days": "%s d",
    "never": "never",
    "people": "%s people",
    "no_department": "Without a department",
    "ours": "We",
    "third": "Third parties",
}


def draw(picture, labels=None, width=1000, height=620):
    """The map as an SVG element.

    :param dict picture: see ``crm.stakeholder.map.get_picture``
    :param dict labels: translations of ``LABELS``
    :param width: of the frame that the picture has to fit, in pixels
    :param height: of this frame
    :return: Markup, empty for a map without people
    """
    if not picture["people"]:
        return Markup()
    labels = {**LABELS, **(labels or {})}
    nodes, by_contact = layout.build_nodes(picture)
    block, bands = layout.place_nodes(nodes)
    steps = _get_steps(picture, by_contact, block.places)
    on_chain = {key for step in steps for key in step[:2]}
    parts = [
        *(_draw_band(band, block.width, labels) for band in bands),
        *_draw_tree(nodes, block.places),
        *_draw_relations(picture, nodes, by_contact, block.places),
        *(_draw_step(step[3]) for step in steps),
        *(
            _draw_box(node, block.places[node.key], node.key in on_chain, labels)
            for node in nodes.values()
        ),
        *(_draw_chance(*step[2:]) for step in steps),
    ]
    return _frame(parts, block, width, height)


def _frame(parts, block, width, height):
    full_width = block.width + 2 * PADDING
    full_height = block.height + 2 * PADDING
    scale = min(1, width / full_width, height / full_height)
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}"'
        ' viewBox="{} {} {} {}" font-family="sans-serif" font-size="{}" fill="none">'
        '<defs><marker id="map_arrow" viewBox="0 0 8 8" refX="7" refY="4"'
        ' markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0,0.5L7.5,4L0,7.5z" fill="#444"/></marker></defs>{}</svg>'
    ).format(
        round(full_width * scale),
        round(full_height * scale),
        -PADDING,
        -PADDING,
        round(full_width),
        round(full_height),
        FONT,
        Markup("").join(parts),
    )


# ----------------------------------------------------------------------
# Text
# ----------------------------------------------------------------------


def measure(text, size=FONT):
    """Width of a text, rather too much than too little."""
    width = 0
    for letter in text:
        if letter in "iljtfrI.,:;'|!() -":
            width += 0.36
        elif letter in "mwMWЖШЩЮФЫжшщюфмыъ@%":
            width += 0.92
        else:
            width += 0.74 if letter.isupper() else 0.61
    return width * size


def shorten(text, width, size=FONT):
    """The text with an ellipsis where it does not fit."""
    if measure(text, size) <= width:
        return text
    while text and measure(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text, width, size=FONT, lines=2):
    """The text in at most so many lines, the last with an ellipsis if need be."""
    words = text.split()
    wrapped = []
    while words and len(wrapped) < lines - 1:
        line = words.pop(0)
        while words and measure(f"{line} {words[0]}", size) <= width:
            line = f"{line} {words.pop(0)}"
        wrapped.append(shorten(line, width, size))
    if words:
        wrapped.append(shorten(" ".join(words), width, size))
    return wrapped


def _text(x, y, text, size=FONT, fill="#000", bold=False, anchor="start"):
    return Markup(
        '<text x="{:g}" y="{:g}" font-size="{}" fill="{}" font-weight="{}"'
        ' text-anchor="{}">{}</text>'
    ).format(x, y, size, fill, "bold" if bold else "normal", anchor, text)


# ----------------------------------------------------------------------
# Boxes
# ----------------------------------------------------------------------


def _draw_box(node, place, on_chain, labels):
    draw_inside = {
        "person": _draw_person,
        "department": _draw_department,
        "other": _draw_other,
    }[node.kind]
    values = node.values
    fill, dash = "#fff", ""
    if node.kind == "person":
        fill = "#e6e6e6" if values["stale"] else "#fff"
        dash = "5 3" if values["assumed"] else ""
    sheets = Markup()
    if node.kind == "department":
        sheets = _rect(6, 6, "#fff", "#999", 1) + _rect(3, 3, "#fff", "#999", 1)
    stroke = (ACCENT, 2.5) if on_chain else ("#666", 1.3)
    return Markup('<g transform="translate({:g} {:g})">{}{}{}</g>').format(
        place.x,
        place.y,
        sheets,
        _rect(0, 0, fill, *stroke, dash),
        draw_inside(values, labels),
    )


def _rect(x, y, fill, stroke, width, dash=""):
    return Markup(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="8" fill="{}" stroke="{}"'
        ' stroke-width="{}" stroke-dasharray="{}"/>'
    ).format(x, y, layout.WIDTH, layout.HEIGHT, fill, stroke, width, dash or "none")


def _draw_person(person, labels):
    grey = "#555" if person["stale"] else "#000"
    left, right = 44, layout.WIDTH - 9
    lines = wrap(person["name"], right - left)
    parts = [_draw_attitude(9, 24, 27, person["attitude"])]
    top = 18 if len(lines) == 2 else 25
    for number, line in enumerate(lines):
        parts.append(_text(left, top + 14 * number, line, FONT, grey, bold=True))
    if person["gone"]:
        middle = top - 4
        parts.append(
            Markup('<path d="M{} {}H{}" stroke="#000" stroke-width="1"/>').format(
                left, middle, right
            )
        )
    title = person["title"] or person["department"]
    if title:
        y = top + 14 * len(lines)
        parts.append(_text(left, y, shorten(title, right - left, 11), 11, "#555"))
    parts.append(_draw_signs(person, left, grey))
    days = person["touch_days"]
    touch = labels["never"] if days is None else labels["days"] % days
    parts.append(_text(right, 68, touch, 11, grey, anchor="end"))
    shown = [point for point in SHAPES if point in person["points"]]
    for number, point in enumerate(reversed(shown)):
        parts.append(_draw_point(layout.WIDTH - 20 - 25 * number, 0, point))
    return Markup("").join(parts)


def _draw_attitude(x, y, size, attitude, count=None):
    sign, fill, color, border = ATTITUDES[attitude]
    return Markup(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="4" fill="{}" stroke="#000"'
        ' stroke-width="{}" stroke-dasharray="{}"/>{}'
    ).format(
        x,
        y,
        size,
        size if count is None else 17,
        fill,
        border,
        "3 2" if attitude is None else "none",
        _text(
            x + size / 2,
            y + (size / 2 + 5 if count is None else 13),
            sign if count is None else f"{sign} {count}",
            14 if count is None else 10,
            color,
            bold=True,
            anchor="middle",
        ),
    )


def _draw_signs(person, left, color):
    """Stars of influence and dots of access; a question mark for what is unknown."""
    parts = []
    influence, access = person["influence"], person["access"]
    for number in range(5 if influence else 1):
        fill = color if influence and number < influence else "none"
        parts.append(
            Markup(
                '<path transform="translate({} 59)" d="{}" fill="{}" stroke="{}"'
                ' stroke-width="0.7"/>'
            ).format(left + 12 * number, STAR, fill, color)
        )
    if not influence:
        parts.append(_text(left + 13, 68, "?", 11, color))
    for number in range(3 if access is not None else 1):
        fill = color if access is not None and number < access else "none"
        parts.append(
            Markup(
                '<circle cx="{}" cy="64" r="3.4" fill="{}" stroke="{}"'
                ' stroke-width="0.8"/>'
            ).format(left + 72 + 10 * number, fill, color)
        )
    if access is None:
        parts.append(_text(left + 79, 68, "?", 11, color))
    return Markup("").join(parts)


def _draw_point(x, y, point):
    fill = "#fff" if point == "power" else "none"
    return Markup(
        '<circle cx="{}" cy="{}" r="11" fill="#000"/><path transform="translate({} {})'
        ' scale(0.85)" d="{}" stroke="#fff" stroke-width="1.8" fill="{}"/>'
    ).format(x, y, x - 6.8, y - 6.8, SHAPES[point], fill)


def _draw_department(department, labels):
    people = department["people"]
    name = department["name"] or labels["no_department"]
    parts = [
        _text(12, 20, shorten(name, layout.WIDTH - 24), bold=True),
        _text(12, 36, labels["people"] % len(people), 11, "#555"),
    ]
    counts = [
        (attitude, sum(person["attitude"] == attitude for person in people))
        for attitude in (2, 1, 0, -1, -2, None)
    ]
    shown = [(attitude, count) for attitude, count in counts if count]
    step = (layout.WIDTH - 20) / max(1, len(shown))
    for number, (attitude, count) in enumerate(shown):
        size = round(step - 3)
        parts.append(
            _draw_attitude(round(11 + step * number), 47, size, attitude, count)
        )
    return Markup("").join(parts)


def _draw_other(other, labels):
    lines = wrap(other["name"], layout.WIDTH - 58)
    note = labels["ours"] if other["ours"] else labels["third"]
    top = 34 if len(lines) == 1 else 26
    return Markup(
        '<circle cx="26" cy="31" r="6" stroke="#555" stroke-width="1.5"/>'
        '<path d="M15 52c0-14 22-14 22 0z" stroke="#555" stroke-width="1.5"/>{}{}'
    ).format(
        Markup("").join(
            _text(48, top + 15 * number, line) for number, line in enumerate(lines)
        ),
        _text(48, top + 15 * len(lines), note, 11, "#555"),
    )


# ----------------------------------------------------------------------
# Lines
# ----------------------------------------------------------------------


def _draw_band(band, width, labels):
    kind, top, height = band
    return Markup(
        '<rect x="-10" y="{:g}" width="{:g}" height="{:g}" rx="8" fill="#f4f4f4"/>{}'
    ).format(
        top - LABEL,
        width + 20,
        height + LABEL + 10,
        _text(0, top - 8, labels[kind], 11, "#555"),
    )


def _draw_tree(nodes, places):
    for node in nodes.values():
        if node.parent:
            path = layout.draw_reporting(places[node.parent], places[node.key])
            yield Markup('<path d="{}" stroke="#888" stroke-width="1.5"/>').format(path)


def _draw_relations(picture, nodes, by_contact, places):
    for source, target, kind, _assumed in layout.get_relations(
        picture, nodes, by_contact
    ):
        path, (x, y) = layout.draw_relation(places[source], places[target], places)
        style = Markup(LINES.get(kind, KNOWS))
        yield Markup('<path d="{}" {}/>').format(path, style)
        if kind == "conflicts":
            yield Markup(
                '<circle cx="{0}" cy="{1}" r="8" fill="#fff"/><path d="M{2} {3}l8 8m0-8'
                'l-8 8" stroke="#000" stroke-width="2.5"/>'
            ).format(x, y, x - 4, y - 4)


def _get_steps(picture, by_contact, places):
    """Steps of the best chain: (key, key, chance, (path, middle))."""
    chain = layout.get_chain(picture)
    if not chain:
        return []
    keys = [by_contact.get(contact) for contact in chain["people"]]
    pairs = zip(keys, keys[1:], chain["chances"], strict=False)
    return [
        (
            source,
            target,
            chance,
            layout.draw_relation(places[source], places[target], places, 0.06),
        )
        for source, target, chance in pairs
        if source and target and source != target
    ]


def _draw_step(line):
    return Markup(
        '<path d="{}" stroke="{}" stroke-width="5" stroke-linecap="round"/>'
    ).format(line[0], ACCENT)


def _draw_chance(chance, line):
    x, y = line[1]
    return Markup(
        '<rect x="{}" y="{}" width="46" height="20" rx="10" fill="{}"/>{}'
    ).format(
        x - 23,
        y - 10,
        ACCENT,
        _text(x, y + 5, f"{round(chance * 100)} %", 12, "#fff", True, "middle"),
    )
