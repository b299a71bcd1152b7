import {
    BOX,
    drawRelation,
    drawReporting,
    GAP,
    layoutForest,
    layoutGrid,
} from "./tree_layout";

// from so many people on, departments are folded until one is opened
export const FOLD_FROM = 40;
// more acquaintances than this are drawn for the chosen person only
export const QUIET_FROM = 40;
// kinds that tell about power; the others tell who can introduce us
const LOUD = new Set(["influences", "conflicts"]);
// kinds that lead from the first person to the second, whoever else they bind
const ARROWS = new Set(["influences", "introduced"]);
const OUTSIDE_COLUMNS = 5;

/** Departments of a map with the number of their people, the largest first. */
export function listDepartments(people) {
    const counts = new Map();
    for (const { department } of people) {
        counts.set(department || "", (counts.get(department || "") || 0) + 1);
    }
    return [...counts]
        .map(([name, count]) => ({ name, count }))
        .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

/** Chains of a picture, each once, the chosen mode's first. */
export function listChains(picture) {
    const chains = [];
    const keys = new Map();
    for (const mode of ["fastest", "strategic"]) {
        for (const chain of picture.chains[mode]) {
            const key = chain.people.join();
            if (keys.has(key)) {
                keys.get(key).modes.push(mode);
            } else {
                const item = { ...chain, key, modes: [mode] };
                keys.set(key, item);
                chains.push(item);
            }
        }
    }
    return chains.sort((a, b) => b.chance - a.chance);
}

/** Who stays in sight when his department is folded. */
function isProminent(person, chain) {
    return person.points.length > 0 || chain.has(person.contact_id);
}

/**
 * Nodes of the picture: people, folded departments, and who stands outside of the
 * customer (our own people and third parties).
 *
 * @param {Object} picture see `get_picture` of crm.stakeholder.map
 * @param {Set<string>} folded departments
 * @param {number[]} chainPeople contacts of the chain to be drawn
 */
export function buildNodes(picture, folded, chainPeople = []) {
    const chain = new Set(chainPeople);
    const nodes = new Map();
    const byContact = new Map();
    const departments = new Map();
    for (const person of picture.people) {
        const department = person.department || "";
        if (folded.has(department) && !isProminent(person, chain)) {
            departments.set(department, [
                ...(departments.get(department) || []),
                person,
            ]);
            continue;
        }
        const id = `p${person.id}`;
        nodes.set(id, { id, kind: "person", person });
        byContact.set(person.contact_id, id);
    }
    for (const [name, people] of departments) {
        const id = `d${name}`;
        nodes.set(id, { id, kind: "department", name, people });
        people.forEach((person) => byContact.set(person.contact_id, id));
    }
    for (const other of picture.others) {
        const id = `o${other.contact_id}`;
        nodes.set(id, { id, kind: "other", other });
        byContact.set(other.contact_id, id);
    }
    setParents(picture, nodes, byContact);
    return { nodes, byContact };
}

/** Who reports to whom: the manager named on the person, else a relation of this kind. */
function setParents(picture, nodes, byContact) {
    const byId = new Map(picture.people.map((person) => [person.id, person]));
    const byPerson = new Map(picture.people.map((p) => [p.contact_id, p]));
    const heads = new Map();
    for (const { kind, source_id, target_id } of picture.relations) {
        const source = byPerson.get(source_id);
        const target = byPerson.get(target_id);
        if (kind === "reports_to" && source && target && !heads.has(source.id)) {
            heads.set(source.id, target);
        }
    }
    const headOf = (person) => byId.get(person.manager_id) || heads.get(person.id);
    const isAbove = (id, node) => {
        for (let at = node; at; at = nodes.get(at.parent)) {
            if (at.id === id) {
                return true;
            }
        }
        return false;
    };
    for (const node of nodes.values()) {
        const people = node.kind === "department" ? node.people : [node.person];
        if (node.kind === "other") {
            continue;
        }
        // a folded department hangs where most of its people do
        const votes = new Map();
        for (const person of people) {
            const head = headOf(person);
            const id = head && byContact.get(head.contact_id);
            if (id && id !== node.id) {
                votes.set(id, (votes.get(id) || 0) + 1);
            }
        }
        const [best] = [...votes].sort((a, b) => b[1] - a[1]);
        // relations typed by people may run in a circle
        if (best && !isAbove(node.id, nodes.get(best[0]))) {
            node.parent = best[0];
        }
    }
}

/** Place the customer's tree above, and who stands outside below it. */
export function placeNodes(nodes) {
    const inside = [];
    const ours = [];
    const third = [];
    for (const node of nodes.values()) {
        if (node.kind !== "other") {
            inside.push({ id: node.id, parent: node.parent });
        } else {
            (node.other.ours ? ours : third).push(node.id);
        }
    }
    const { places, width, height } = layoutForest(inside);
    const bands = [];
    let bottom = height;
    let wide = width;
    for (const [kind, ids] of [
        ["third", third],
        ["ours", ours],
    ]) {
        if (!ids.length) {
            continue;
        }
        const columns = Math.max(
            OUTSIDE_COLUMNS,
            Math.floor((width + GAP.x) / (BOX.width + GAP.x))
        );
        const top = bottom + (bottom ? GAP.tree : 0);
        const grid = layoutGrid(ids, columns, top);
        // our people stand in the middle, below everybody: that is where we come from
        const left = Math.max(0, (width - grid.width) / 2);
        for (const [id, place] of grid.places) {
            places.set(id, { x: place.x + left, y: place.y });
        }
        bands.push({ kind, top, height: grid.height });
        bottom = top + grid.height;
        wide = Math.max(wide, grid.width);
    }
    return { places, bands, width: wide, height: bottom };
}

/** Lines of the tree. */
export function drawTree(nodes, places) {
    const lines = [];
    for (const node of nodes.values()) {
        if (node.parent) {
            lines.push({
                key: node.id,
                path: drawReporting(places.get(node.parent), places.get(node.id)),
            });
        }
    }
    return lines;
}

/**
 * Lines between people besides the tree; those between the same two boxes once.
 *
 * @param {string} [focus] node whose acquaintances are drawn even on a crowded map
 */
export function drawRelations(picture, { nodes, byContact, steps }, places, focus) {
    const lines = new Map();
    const onChain = new Set(steps.flatMap(({ from, to }) => [from + to, to + from]));
    const quiet = picture.relations.length > QUIET_FROM;
    for (const relation of picture.relations) {
        const source = byContact.get(relation.source_id);
        const target = byContact.get(relation.target_id);
        if (!source || !target || source === target) {
            continue;
        }
        const { kind } = relation;
        const isTree =
            kind === "reports_to" && nodes.get(source).parent === target;
        // between folded departments there would be lines everywhere
        const isFolded = [source, target].some((id) => nodes.get(id).people);
        const isShown =
            source === focus ||
            target === focus ||
            (LOUD.has(kind) ? !isFolded : !quiet && !onChain.has(source + target));
        const [from, to] =
            relation.directed || ARROWS.has(kind) || source < target
                ? [source, target]
                : [target, source];
        const key = `${from} ${to} ${kind}`;
        if (isTree || !isShown || lines.has(key)) {
            continue;
        }
        lines.set(key, {
            key,
            kind,
            assumed: relation.assumed,
            arrow: ARROWS.has(kind),
            ...drawRelation(places.get(from), places.get(to), places),
        });
    }
    return [...lines.values()];
}

/** Steps of a chain with their chances. */
export function drawChain(chain, { byContact }, places) {
    return (chain?.chances || [])
        .map((chance, index) => ({
            key: index,
            chance,
            from: byContact.get(chain.people[index]),
            to: byContact.get(chain.people[index + 1]),
        }))
        .filter(({ from, to }) => from && to && from !== to)
        .map((step) => ({
            ...step,
            ...drawRelation(places.get(step.from), places.get(step.to), places, 0.06),
        }));
}
