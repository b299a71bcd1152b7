import { describe, expect, test } from "@odoo/hoot";
import { buildNodes } from "@crm_loyalty/map/lazy/map_graph";
import {
    BOX,
    drawReporting,
    findNeighbour,
    layoutForest,
} from "@crm_loyalty/map/lazy/tree_layout";

describe.current.tags("headless");

function layoutTeam(count, span) {
    const nodes = [...Array(count).keys()].map((id) => ({
        id,
        parent: id ? Math.floor((id - 1) / span) : null,
    }));
    return layoutForest(nodes);
}

test("a head stands above the middle of two who report to him", () => {
    const { places, width, height } = layoutForest([
        { id: "head", parent: null },
        { id: "left", parent: "head" },
        { id: "right", parent: "head" },
    ]);
    expect(places.get("head")).toEqual({ x: 114, y: 0 });
    expect(places.get("left")).toEqual({ x: 0, y: 120 });
    expect(places.get("right")).toEqual({ x: 228, y: 120 });
    expect([width, height]).toEqual([432, 196]);
    expect(drawReporting(places.get("head"), places.get("left"))).toBe(
        "M216,76V98H102V120"
    );
});

test("four leaves hang below each other on a rail", () => {
    const nodes = [1, 2, 3, 4].map((id) => ({ id, parent: 0 }));
    const { places } = layoutForest([{ id: 0, parent: null }, ...nodes]);
    expect(places.get(1)).toEqual({ x: 18, y: 120, rail: 0 });
    expect(places.get(4)).toEqual({ x: 18, y: 390, rail: 0 });
    expect(drawReporting(places.get(0), places.get(4))).toBe("M111,76V98H0V428H18");
});

test("no two boxes touch with 3, 30 and 300 people", () => {
    for (const [count, span] of [
        [3, 2],
        [30, 5],
        [300, 6],
        [300, 24],
    ]) {
        const places = [...layoutTeam(count, span).places.values()];
        const touching = places.flatMap((one, index) =>
            places
                .slice(0, index)
                .filter(
                    (other) =>
                        Math.abs(one.x - other.x) < BOX.width &&
                        Math.abs(one.y - other.y) < BOX.height
                )
        );
        expect(places.length).toBe(count);
        expect(touching.length).toBe(0);
    }
});

test("arrow keys go to the nearest box", () => {
    const { places } = layoutTeam(3, 2);
    expect(findNeighbour(places, 0, "ArrowDown")).toBe(1);
    expect(findNeighbour(places, 1, "ArrowRight")).toBe(2);
    expect(findNeighbour(places, 2, "ArrowUp")).toBe(0);
    expect(findNeighbour(places, 0, "ArrowUp")).toBe(null);
});

test("a folded department keeps in sight who holds a point; a circle is no tree", () => {
    const person = (id, values) => ({
        id,
        contact_id: 10 + id,
        department: "Works",
        manager_id: null,
        points: [],
        ...values,
    });
    const picture = {
        people: [
            person(1, { points: ["power"], manager_id: 2 }),
            person(2, { manager_id: 1 }),
            person(3, { manager_id: 1 }),
        ],
        others: [],
        relations: [],
    };
    const { nodes } = buildNodes(picture, new Set(["Works"]));
    expect([...nodes.keys()]).toEqual(["p1", "dWorks"]);
    const parents = [...nodes.values()].map(({ parent }) => parent).filter(Boolean);
    expect(parents.length).toBe(1);
});
