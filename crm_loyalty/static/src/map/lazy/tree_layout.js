// Where the boxes of a reporting tree stand; tools/map_layout.py does the same on paper.

export const BOX = { width: 204, height: 76 };
export const GAP = { x: 24, y: 44, stack: 14, rail: 18, tree: 48 };
// more leaves than this hang in columns below their head instead of side by side
export const ROW = 3;
// on a crowded map all leaves hang: it stays narrower
export const CROWD = 40;
const ASPECT = 1.7;
// where on a line its mark may stand, the best first, and half of the mark's height
const MARKS = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9];
const MARK = 8;

/** How many boxes stand above each other, so that a crowd is about as wide as high. */
function countStackRows(count) {
    return count <= 7 ? count : Math.max(5, Math.ceil(Math.sqrt(1.5 * count)));
}

/**
 * Boxes in rows, the last of which may be shorter.
 *
 * @param {any[]} ids
 * @param {number} columns
 * @param {number} [top]
 * @returns {{ places: Map, width: number, height: number }}
 */
export function layoutGrid(ids, columns, top = 0) {
    const places = new Map();
    ids.forEach((id, index) => {
        places.set(id, {
            x: (index % columns) * (BOX.width + GAP.x),
            y: top + Math.floor(index / columns) * (BOX.height + GAP.stack),
        });
    });
    const rows = Math.ceil(ids.length / columns);
    const used = Math.min(columns, ids.length);
    return {
        places,
        width: Math.max(0, used * (BOX.width + GAP.x) - GAP.x),
        height: Math.max(0, rows * (BOX.height + GAP.stack) - GAP.stack),
    };
}

/** Put the places of a part into those of the whole, moved by so much. */
function shift(places, part, x, y) {
    for (const [id, place] of part) {
        const rail = place.rail === undefined ? {} : { rail: place.rail + x };
        places.set(id, { x: place.x + x, y: place.y + y, ...rail });
    }
}

/** Leaves below each other, in as many columns as needed, with a rail left of each. */
function layoutStack(leaves) {
    const rows = countStackRows(leaves.length);
    const columns = Math.ceil(leaves.length / rows);
    const step = GAP.rail + BOX.width;
    const places = new Map();
    leaves.forEach((id, index) => {
        const column = Math.floor(index / rows);
        places.set(id, {
            x: column * (step + GAP.x) + GAP.rail,
            y: (index % rows) * (BOX.height + GAP.stack),
            rail: column * (step + GAP.x),
        });
    });
    return {
        places,
        width: columns * (step + GAP.x) - GAP.x,
        height: rows * (BOX.height + GAP.stack) - GAP.stack,
    };
}

/** A head above what reports to it: as wide as those need, the head in the middle. */
function layoutTree(id, children, row) {
    const below = children.get(id) || [];
    const leaves = below.filter((child) => !children.has(child));
    const parts = below
        .filter((child) => children.has(child))
        .map((child) => layoutTree(child, children, row));
    if (leaves.length > row) {
        parts.unshift(layoutStack(leaves));
    } else {
        const singles = leaves.map((leaf) => ({
            places: new Map([[leaf, { x: 0, y: 0 }]]),
            ...BOX,
        }));
        parts.unshift(...singles);
    }
    const places = new Map();
    let width = 0;
    let height = 0;
    for (const part of parts) {
        shift(places, part.places, width, BOX.height + GAP.y);
        width += part.width + GAP.x;
        height = Math.max(height, part.height);
    }
    width = Math.max(BOX.width, width - GAP.x);
    places.set(id, { x: (width - BOX.width) / 2, y: 0 });
    return {
        places,
        width,
        height: parts.length ? BOX.height + GAP.y + height : BOX.height,
    };
}

/**
 * Lay out people who report to each other; whoever stands alone comes last, in rows.
 *
 * @param {{ id: any, parent: any }[]} nodes in the order to be drawn; a parent that is
 *  not among them counts as none, and there must be no circle
 * @returns {{ places: Map<any, { x: number, y: number, rail?: number }>, width: number,
 *  height: number }} upper left corners; `rail` is where the line of a stacked box runs
 */
export function layoutForest(nodes) {
    const known = new Set(nodes.map((node) => node.id));
    const children = new Map();
    const roots = [];
    for (const { id, parent } of nodes) {
        if (known.has(parent)) {
            children.set(parent, [...(children.get(parent) || []), id]);
        } else {
            roots.push(id);
        }
    }
    const trees = roots
        .filter((id) => children.has(id))
        .map((id) => layoutTree(id, children, nodes.length > CROWD ? 0 : ROW));
    const singles = roots.filter((id) => !children.has(id));
    const area =
        trees.reduce((sum, tree) => sum + tree.width * tree.height, 0) +
        singles.length * (BOX.width + GAP.x) * (BOX.height + GAP.stack);
    const wanted = Math.max(
        Math.sqrt(area * ASPECT),
        ...trees.map((tree) => tree.width)
    );

    const places = new Map();
    let x = 0;
    let y = 0;
    let shelf = 0;
    let width = 0;
    for (const tree of trees) {
        if (x && x + tree.width > wanted) {
            x = 0;
            y += shelf + GAP.tree;
            shelf = 0;
        }
        shift(places, tree.places, x, y);
        width = Math.max(width, x + tree.width);
        shelf = Math.max(shelf, tree.height);
        x += tree.width + GAP.tree;
    }
    let height = y + shelf;
    if (singles.length) {
        const columns = Math.max(1, Math.round((wanted + GAP.x) / (BOX.width + GAP.x)));
        const grid = layoutGrid(singles, columns);
        const top = trees.length ? height + GAP.tree : 0;
        shift(places, grid.places, 0, top);
        width = Math.max(width, grid.width);
        height = top + grid.height;
    }
    return { places, width, height };
}

/** Line from a head to somebody who reports to him, as path data. */
export function drawReporting(parent, child) {
    const x = parent.x + BOX.width / 2;
    const bottom = parent.y + BOX.height;
    const bus = bottom + GAP.y / 2;
    if (child.rail === undefined) {
        return `M${x},${bottom}V${bus}H${child.x + BOX.width / 2}V${child.y}`;
    }
    return `M${x},${bottom}V${bus}H${child.rail}V${child.y + BOX.height / 2}H${child.x}`;
}

/** Where the line between the middles of two boxes leaves the first. */
function leave(from, to) {
    const dx = to.x - from.x;
    const dy = to.y - from.y;
    const scale = Math.min(
        dx ? BOX.width / 2 / Math.abs(dx) : Infinity,
        dy ? BOX.height / 2 / Math.abs(dy) : Infinity
    );
    return { x: from.x + dx * scale, y: from.y + dy * scale };
}

/**
 * A bent line between two boxes, beside the straight ones of the tree.
 *
 * @returns {{ path: string, middle: { x: number, y: number } }} where a mark on the
 *  line covers no box, if there is such a place
 */
export function drawRelation(source, target, places, bend = 0.12) {
    const center = ({ x, y }) => ({ x: x + BOX.width / 2, y: y + BOX.height / 2 });
    const start = leave(center(source), center(target));
    const end = leave(center(target), center(source));
    const dx = end.x - start.x;
    const dy = end.y - start.y;
    const length = Math.hypot(dx, dy) || 1;
    const size = Math.min(60, length * bend);
    const control = {
        x: (start.x + end.x) / 2 - (dy / length) * size * 2,
        y: (start.y + end.y) / 2 + (dx / length) * size * 2,
    };
    const round = (value) => Math.round(value * 10) / 10;
    const at = (t) => {
        const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
        return {
            x: round(a * start.x + b * control.x + c * end.x),
            y: round(a * start.y + b * control.y + c * end.y),
        };
    };
    const spots = MARKS.map(at);
    return {
        path:
            `M${round(start.x)},${round(start.y)}` +
            `Q${round(control.x)},${round(control.y)} ${round(end.x)},${round(end.y)}`,
        middle: spots.find((spot) => !isCovered(spot, places)) || spots[0],
    };
}

function isCovered({ x, y }, places) {
    for (const box of places.values()) {
        const right = box.x + BOX.width;
        const bottom = box.y + BOX.height;
        if (x > box.x && x < right && y > box.y - MARK && y < bottom + MARK) {
            return true;
        }
    }
    return false;
}

/**
 * The nearest box in a direction, for the arrow keys.
 *
 * @param {Map} places
 * @param {any} id to start from
 * @param {"ArrowLeft"|"ArrowRight"|"ArrowUp"|"ArrowDown"} key
 */
export function findNeighbour(places, id, key) {
    const from = places.get(id);
    const vertical = key === "ArrowUp" || key === "ArrowDown";
    const sign = key === "ArrowUp" || key === "ArrowLeft" ? -1 : 1;
    let best = null;
    let least = Infinity;
    for (const [other, place] of places) {
        const along = sign * (vertical ? place.y - from.y : place.x - from.x);
        const aside = Math.abs(vertical ? place.x - from.x : place.y - from.y);
        if (along > 1 && along + 2 * aside < least) {
            least = along + 2 * aside;
            best = other;
        }
    }
    return best;
}
