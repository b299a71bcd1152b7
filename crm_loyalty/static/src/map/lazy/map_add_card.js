import { Component, useRef, useState } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { MapPersonFields } from "./map_person_fields";

/** A new person in four fields: name, points, attitude, influence. */
export class MapAddCard extends Component {
    static template = "crm_loyalty.MapAddCard";
    static components = { AutoComplete, MapPersonFields };
    static props = {
        model: Object,
        point: { type: String, optional: true },
        role: { type: Number, optional: true },
        close: Function,
    };

    setup() {
        this.notification = useService("notification");
        this.nameRef = useRef("name");
        this.state = useState({ ...this.empty, busy: false, more: false, round: 0 });
    }

    get empty() {
        return {
            contactId: null,
            personId: null,
            name: "",
            // what was chosen from the list; typing must not close it
            chosen: "",
            title: "",
            department: "",
            managerId: "",
            points: this.props.point ? [this.props.point] : [],
            attitude: null,
            influence: null,
            access: null,
        };
    }

    get isNew() {
        return this.state.name.trim() && !this.state.contactId && !this.state.personId;
    }

    get sources() {
        return [{ options: (text) => this.search(text) }];
    }

    /** To fill a point or a role, who stands on the map already comes first. */
    async search(text) {
        const { model, point, role } = this.props;
        const found = await model.orm.call(
            "crm.stakeholder.map",
            "search_contacts",
            [[model.mapId]],
            { text }
        );
        const known = model.picture.people.filter(
            (person) =>
                (point || role) &&
                !person.gone &&
                person.name.toLowerCase().includes(text.toLowerCase())
        );
        const options = [
            ...known.slice(0, 5).map((person) => ({
                label: _t("%s – on the map", person.name),
                onSelect: () => this.choose({ personId: person.id, ...person }),
            })),
            ...found.map((contact) => ({
                label: [contact.name, contact.title].filter(Boolean).join(", "),
                onSelect: () =>
                    this.choose({
                        contactId: contact.contact_id,
                        name: contact.name,
                        title: contact.title,
                    }),
            })),
        ];
        if (text) {
            options.push({
                label: _t('Create "%s"', text),
                cssClass: "o_create",
                onSelect: () => this.choose({ name: text }),
            });
        }
        return options;
    }

    choose({ contactId = null, personId = null, ...values }) {
        const { name, title, attitude, influence, points } = values;
        Object.assign(this.state, {
            contactId,
            personId,
            name,
            chosen: name,
            title: title || "",
        });
        if (personId) {
            Object.assign(this.state, {
                attitude,
                influence,
                points: [...new Set([...points, ...this.state.points])],
            });
        }
    }

    onNameInput({ inputValue }) {
        Object.assign(this.state, { name: inputValue, contactId: null, personId: null });
    }

    onFields(values) {
        for (const [name, value] of Object.entries(values)) {
            if (name in this.state) {
                this.state[name] = value;
            } else {
                const others = this.state.points.filter((point) => point !== name);
                this.state.points = value ? [...others, name] : others;
            }
        }
    }

    get values() {
        const { points, attitude, influence, access, department, managerId } = this.state;
        const values = Object.fromEntries(points.map((point) => [point, true]));
        for (const [name, value] of Object.entries({ attitude, influence, access })) {
            if (value !== null) {
                values[name] = value;
            }
        }
        if (department.trim()) {
            values.department = department.trim();
        }
        if (managerId) {
            values.manager_id = Number(managerId);
        }
        if (this.props.role) {
            values.role_ids = [this.props.role];
        }
        return values;
    }

    async save(next) {
        const { model, close } = this.props;
        const { state, values } = this;
        const name = state.name.trim();
        if (!name || state.busy) {
            this.notification.add(_t("Type or choose a name first."), {
                type: "warning",
            });
            return;
        }
        state.busy = true;
        try {
            if (state.personId) {
                const { role_ids } = model.getPerson(state.personId);
                const roles = [...role_ids, ...(values.role_ids || [])];
                await model.setPerson(state.personId, { ...values, role_ids: roles });
            } else {
                await model.change("add_person", [], {
                    contact_id: state.contactId,
                    name,
                    title: state.title.trim() || null,
                    values,
                });
            }
        } finally {
            state.busy = false;
        }
        if (next) {
            // a fresh name field takes the focus
            Object.assign(state, this.empty, { points: [], round: state.round + 1 });
        } else {
            close();
        }
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && ev.target.tagName === "INPUT") {
            ev.preventDefault();
            this.save(true);
        }
    }
}
