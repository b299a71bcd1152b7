# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Where the boxes of a contact map stand on paper.

The same picture as on the screen (static/src/map/lazy: tree_layout.js, map_graph.js),
so that nobody has to learn it twice: the reporting tree above, people who stand alone
in rows below it, third parties and ourselves at the foot. No ORM: it takes the dict of
``crm.stakeholder.map.get_picture``.
"""

from collections import Counter
from dataclasses import dataclass, field
from math import ceil, hypot, inf, sqrt

WIDTH, HEIGHT = 204, 76
GAP_X, GAP_Y, GAP_STACK, GAP_RAIL, GAP_TREE = 24, 44, 14, 18, 48
#: more leaves than this hang in columns below their head instead of side by side
ROW = 3
#: on a crowded map all leaves hang: it stays narrower
CROWD = 40
ASPECT = 1.7
#: from so many people on, departments are folded
FOLD_FROM = 40
#: with more relations than this, only influence and conflicts are drawn
QUIET_FROM = 40
OUTSIDE_COLUMNS = 5
#: kinds that tell about power; the others tell who can introduce us
LOUD = {"influences", "conflicts"}
#: kinds that lead from the first person to the second, whoever else they bind
ARROWS = {"influences", "introduced"}
#: where on a line its mark may stand, the best first; half of the mark's height
MARKS = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9)
MARK = 8


@dataclass(frozen=True)
class Place:
    """Upper left corner of a box; ``rail`` is where the line of a stacked one runs."""

    x: float
    y: float
    rail: float | None = None

    def move(self, x, y):
        rail = None if self.rail is None else self.rail + x
        return Place(self.x + x, self.y + y, rail)


@dataclass
class Block:
    """Boxes that are placed together."""

    places: dict = field(default_factory=dict)
    width: float = 0
    height: float = 0

    def add(self, block, x, y):
        for key, place in block.places.items():
            self.places[key] = place.move(x, y)
        self.width = max(self.width, x + block.width)
        self.height = max(self.height, y + block.height)


@dataclass
class Node:
    """A box: ``kind`` is person, department (folded) or other (not the customer's)."""

    key: str
    kind: str
    values: object
    parent: str | None = None


# ----------------------------------------------------------------------
# Places
# ----------------------------------------------------------------------


def layout_grid(keys, columns):
    """Boxes in rows, the last of which may be shorter."""
    block = Block()
    for index, key in enumerate(keys):
        row, column = divmod(index, columns)
        box = Block({key: Place(0, 0)}, WIDTH, HEIGHT)
        block.add(box, column * (WIDTH + GAP_X), row * (HEIGHT + GAP_STACK))
    return block


def _layout_stack(leaves):
    """Leaves below each other, in columns, with a rail left of each."""
    count = len(leaves)
    rows = count if count <= 7 else max(5, ceil(sqrt(1.5 * count)))
    block = Block()
    for index, key in enumerate(leaves):
        column, row = divmod(index, rows)
        box = Block({key: Place(GAP_RAIL, 0, 0)}, GAP_RAIL + WIDTH, HEIGHT)
        x = column * (GAP_RAIL + WIDTH + GAP_X)
        block.add(box, x, row * (HEIGHT + GAP_STACK))
    return block


def _layout_tree(key, children, row):
    """A head above what reports to it, in the middle of it."""
    below = children.get(key, [])
    leaves = [child for child in below if child not in children]
    if len(leaves) > row:
        parts = [_layout_stack(leaves)]
    else:
        parts = [Block({leaf: Place(0, 0)}, WIDTH, HEIGHT) for leaf in leaves]
    parts += [_layout_tree(c, children, row) for c in below if c in children]
    block = Block(width=WIDTH, height=HEIGHT)
    x = 0
    for part in parts:
        block.add(part, x, HEIGHT + GAP_Y)
        x += part.width + GAP_X
    block.places[key] = Place((block.width - WIDTH) / 2, 0)
    return block


def layout_forest(nodes):
    """Lay out people who report to each other; whoever stands alone comes last.

    :param nodes: pairs (key, key of the parent or None) in the order to be drawn, no
        circle among them
    :return: Block
    """
    nodes = list(nodes)
    known = {key for key, _parent in nodes}
    children = {}
    roots = []
    for key, parent in nodes:
        if parent in known:
            children.setdefault(parent, []).append(key)
        else:
            roots.append(key)
    row = 0 if len(nodes) > CROWD else ROW
    trees = [_layout_tree(key, children, row) for key in roots if key in children]
    singles = [key for key in roots if key not in children]
    area = sum(tree.width * tree.height for tree in trees)
    area += len(singles) * (WIDTH + GAP_X) * (HEIGHT + GAP_STACK)
    wanted = max([sqrt(area * ASPECT), *(tree.width for tree in trees)])
    whole = Block()
    x = y = 0
    for tree in trees:
        if x and x + tree.width > wanted:
            x, y = 0, whole.height + GAP_TREE
        whole.add(tree, x, y)
        x += tree.width + GAP_TREE
    if singles:
        columns = max(1, int((wanted + GAP_X) / (WIDTH + GAP_X) + 0.5))
        top = whole.height + GAP_TREE if trees else 0
        whole.add(layout_grid(singles, columns), 0, top)
    return whole


# ----------------------------------------------------------------------
# Lines
# ----------------------------------------------------------------------


def draw_reporting(parent, child):
    """Path data of the line from a head to somebody who reports to him."""
    x = parent.x + WIDTH / 2
    bottom = parent.y + HEIGHT
    start = f"M{x:g},{bottom:g}V{bottom + GAP_Y / 2:g}"
    if child.rail is None:
        return f"{start}H{child.x + WIDTH / 2:g}V{child.y:g}"
    return f"{start}H{child.rail:g}V{child.y + HEIGHT / 2:g}H{child.x:g}"


def draw_relation(source, target, places, bend=0.12):
    """A bent line between two boxes.

    :return: path data, and (x, y) where a mark on the line covers no box if possible
    """
    start, end = _leave(source, target), _leave(target, source)
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy) or 1
    size = 2 * min(60, length * bend)
    control = (
        (start[0] + end[0]) / 2 - dy / length * size,
        (start[1] + end[1]) / 2 + dx / length * size,
    )
    spots = [_get_spot(t, start, control, end) for t in MARKS]
    middle = next((s for s in spots if not _is_covered(s, places)), spots[0])
    (x1, y1), (x2, y2), (x3, y3) = start, control, end
    return f"M{x1:.1f},{y1:.1f}Q{x2:.1f},{y2:.1f} {x3:.1f},{y3:.1f}", middle


def _leave(source, target):
    """Where the line between the middles of two boxes leaves the first."""
    dx, dy = target.x - source.x, target.y - source.y
    scale = min(
        WIDTH / 2 / abs(dx) if dx else inf,
        HEIGHT / 2 / abs(dy) if dy else inf,
    )
    scale = 0 if scale == inf else scale
    return source.x + WIDTH / 2 + dx * scale, source.y + HEIGHT / 2 + dy * scale


def _get_spot(t, start, control, end):
    a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
    pairs = zip(start, control, end, strict=True)
    x, y = (a * s + b * q + c * e for s, q, e in pairs)
    return round(x, 1), round(y, 1)


def _is_covered(spot, places):
    x, y = spot
    return any(
        box.x < x < box.x + WIDTH and box.y - MARK < y < box.y + HEIGHT + MARK
        for box in places.values()
    )


# ----------------------------------------------------------------------
# From the picture of a map to boxes
# ----------------------------------------------------------------------


def get_chain(picture):
    """The best chain of a picture, None without any."""
    chains = [*picture["chains"]["fastest"], *picture["chains"]["strategic"]]
    return max(chains, key=lambda chain: chain["chance"], default=None)


def build_nodes(picture):
    """Boxes of a map: people, folded departments, and who stands outside.

    :return: ({key: Node}, {contact: key})
    """
    chain = get_chain(picture)
    prominent = set(chain["people"] if chain else ())
    folds = len(picture["people"]) >= FOLD_FROM
    nodes, by_contact, departments = {}, {}, {}
    for person in picture["people"]:
        if folds and not person["points"] and person["contact_id"] not in prominent:
            departments.setdefault(person["department"] or "", []).append(person)
            continue
        key = f"p{person['id']}"
        nodes[key] = Node(key, "person", person)
        by_contact[person["contact_id"]] = key
    for name, people in departments.items():
        key = f"d{name}"
        nodes[key] = Node(key, "department", {"name": name, "people": people})
        by_contact.update((person["contact_id"], key) for person in people)
    for other in picture["others"]:
        key = f"o{other['contact_id']}"
        nodes[key] = Node(key, "other", other)
        by_contact[other["contact_id"]] = key
    _set_parents(picture, nodes, by_contact)
    return nodes, by_contact


def _set_parents(picture, nodes, by_contact):
    """Who reports to whom: the manager of the person, else a relation of this kind."""
    contacts = {person["id"]: person["contact_id"] for person in picture["people"]}
    heads = {}
    for relation in picture["relations"]:
        if relation["kind"] == "reports_to":
            heads.setdefault(relation["source_id"], relation["target_id"])
    for person in picture["people"]:
        if contacts.get(person["manager_id"]):
            heads[person["contact_id"]] = contacts[person["manager_id"]]
    inside = set(contacts.values())
    for node in nodes.values():
        if node.kind == "other":
            continue
        people = [node.values] if node.kind == "person" else node.values["people"]
        above = (heads.get(person["contact_id"]) for person in people)
        votes = Counter(by_contact[head] for head in above if head in inside)
        del votes[node.key]
        # a folded department hangs where most of its people do; relations typed by
        # people may run in a circle
        if votes and not _is_above(node.key, votes.most_common(1)[0][0], nodes):
            node.parent = votes.most_common(1)[0][0]


def _is_above(key, other, nodes):
    while other:
        if other == key:
            return True
        other = nodes[other].parent
    return False


def place_nodes(nodes):
    """Place the customer's people, and who stands outside below them.

    :return: Block, and a list of bands: (kind, top, height) of third and ours
    """
    whole = layout_forest(
        (node.key, node.parent) for node in nodes.values() if node.kind != "other"
    )
    width = whole.width
    columns = max(OUTSIDE_COLUMNS, int((width + GAP_X) / (WIDTH + GAP_X)))
    bands = []
    for kind in ("third", "ours"):
        keys = [
            node.key
            for node in nodes.values()
            if node.kind == "other" and node.values["ours"] == (kind == "ours")
        ]
        if keys:
            grid = layout_grid(keys, columns)
            top = whole.height + GAP_TREE if whole.height else 0
            bands.append((kind, top, grid.height))
            whole.add(grid, max(0, (width - grid.width) / 2), top)
    return whole, bands


def get_relations(picture, nodes, by_contact):
    """Relations to be drawn besides the tree and the chain, those of two boxes once.

    :return: list of (key, key, kind, assumed)
    """
    chain = get_chain(picture)
    steps = [by_contact.get(contact) for contact in (chain["people"] if chain else ())]
    steps = {frozenset(step) for step in zip(steps, steps[1:], strict=False)}
    quiet = len(picture["relations"]) > QUIET_FROM
    drawn = {}
    for relation in picture["relations"]:
        kind = relation["kind"]
        source = by_contact.get(relation["source_id"])
        target = by_contact.get(relation["target_id"])
        if not source or not target or source == target:
            continue
        if kind == "reports_to" and nodes[source].parent == target:
            continue
        if kind in LOUD:
            if "department" in (nodes[source].kind, nodes[target].kind):
                continue
        elif quiet or frozenset((source, target)) in steps:
            continue
        if not relation["directed"] and kind not in ARROWS:
            source, target = sorted((source, target))
        key = (source, target, kind)
        drawn.setdefault(key, (*key, relation["assumed"]))
    return list(drawn.values())
