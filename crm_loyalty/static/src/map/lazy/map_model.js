import { markRaw } from "@odoo/owl";
import { Mutex } from "@web/core/utils/concurrency";
import { Reactive } from "@web/core/utils/reactive";
import {
    buildNodes,
    drawChain,
    drawTree,
    FOLD_FROM,
    listChains,
    listDepartments,
    placeNodes,
} from "./map_graph";
import { POINTS } from "./map_labels";

/** A person with values as `set_person` takes them. */
function applyValues(person, values, stages) {
    const changed = { ...person };
    for (const [name, value] of Object.entries(values)) {
        if (POINTS.some(({ code }) => code === name)) {
            const others = person.points.filter((point) => point !== name);
            changed.points = value ? [...others, name] : others;
        } else if (name === "stage_id") {
            changed.stage = stages.find(({ id }) => id === value)?.idx ?? null;
        } else {
            changed[name] = value;
        }
    }
    return changed;
}

/** What is shown of one crm.stakeholder.map, and what may be done to it. */
export class MapModel extends Reactive {
    /**
     * @param {Object} orm
     * @param {number} mapId
     * @param {() => void} [onChanged] called after each change of the map
     */
    constructor(orm, mapId, onChanged = () => {}) {
        super();
        Object.assign(this, {
            orm: markRaw(orm),
            mutex: markRaw(new Mutex()),
            mapId,
            onChanged,
            picture: null,
            graph: null,
            roles: [],
            folded: [],
            view: "tree",
            target: null,
            chainKey: null,
            /** the open card: { kind: "person" | "add" | "link", ... } */
            card: null,
        });
    }

    async load() {
        const [roles, picture] = await Promise.all([
            this.orm
                .cache()
                .searchRead("crm.stakeholder.role", [], ["name", "code"]),
            this.read(),
        ]);
        this.roles = markRaw(roles);
        this.show(picture);
        if (picture.people.length >= FOLD_FROM) {
            this.fold(this.departments.map(({ name }) => name));
        }
    }

    /** People were changed in a form beside the picture. */
    async reload(changesFigures) {
        await this.mutex.exec(async () => this.show(await this.read()));
        if (changesFigures) {
            this.onChanged();
        }
    }

    read() {
        return this.orm.call("crm.stakeholder.map", "get_picture", [[this.mapId]], {
            target_id: this.target,
        });
    }

    show(picture) {
        this.picture = markRaw(picture);
        this.refresh();
    }

    /** Lay the map out again, after anything that moves boxes. */
    refresh() {
        const { picture } = this;
        const chains = listChains(picture);
        const chain = chains.find(({ key }) => key === this.chainKey) || chains[0];
        const graph = buildNodes(
            picture,
            new Set(this.folded),
            chain ? chain.people : []
        );
        const { places, bands, width, height } = placeNodes(graph.nodes);
        this.graph = markRaw({
            ...graph,
            places,
            bands,
            width,
            height,
            chains,
            chain,
            people: new Map(picture.people.map((person) => [person.id, person])),
            tree: drawTree(graph.nodes, places),
            steps: drawChain(chain, graph, places),
        });
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    get canWrite() {
        return this.picture.can_write;
    }

    get departments() {
        return listDepartments(this.picture.people);
    }

    get chain() {
        return this.graph.chain;
    }

    getPerson(id) {
        return this.graph.people.get(id);
    }

    /** Name of a contact at the end of a relation or of a chain. */
    getName(contactId) {
        const byContact = ({ contact_id }) => contact_id === contactId;
        return (
            this.picture.people.find(byContact) || this.picture.others.find(byContact)
        )?.name;
    }

    /** People who hold a point and are still there. */
    getHolders(point) {
        return this.picture.people.filter(
            (person) => person.points.includes(point) && !person.gone
        );
    }

    fold(names) {
        this.folded = names;
        this.refresh();
    }

    toggleDepartment(name) {
        this.fold(
            this.folded.includes(name)
                ? this.folded.filter((other) => other !== name)
                : [...this.folded, name]
        );
    }

    chooseChain(key) {
        this.chainKey = key;
        this.refresh();
    }

    async chooseTarget(contactId) {
        this.target = contactId;
        this.chainKey = null;
        this.show(await this.read());
    }

    // ------------------------------------------------------------------
    // What is done: each returns when the new picture is shown
    // ------------------------------------------------------------------

    /** One change after the other, so that an older picture never comes last. */
    change(method, args, kwargs = {}) {
        return this.mutex.exec(async () => {
            let picture = await this.orm.call(
                "crm.stakeholder.map",
                method,
                [[this.mapId], ...args],
                kwargs
            );
            if (this.target && this.target !== picture.target_id) {
                picture = await this.read();
            }
            this.show(picture);
            this.onChanged();
        });
    }

    /** The tap is seen at once; what follows from it, when the server has answered. */
    async setPerson(id, values) {
        const { picture } = this;
        const people = picture.people.map((person) =>
            person.id === id ? applyValues(person, values, picture.stages) : person
        );
        this.show({ ...picture, people });
        try {
            await this.change("set_person", [id, values]);
        } catch (error) {
            this.show(await this.read());
            throw error;
        }
    }

    link(sourceId, targetId, kind, values = {}) {
        return this.change("link_people", [sourceId, targetId], { kind, ...values });
    }
}
