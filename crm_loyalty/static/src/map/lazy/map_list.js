import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatTouch, getAttitude, labelPerson, POINTS } from "./map_labels";

/** The map on a phone: people below each other, those who hold a point first. */
export class MapList extends Component {
    static template = "crm_loyalty.MapList";
    static props = { model: Object, open: Function };

    setup() {
        Object.assign(this, { formatTouch, getAttitude, labelPerson });
        this.getPoints = (person) =>
            POINTS.filter(({ code }) => person.points.includes(code));
    }

    get groups() {
        const { model } = this.props;
        const { people } = model.picture;
        const rank = (person) => [
            person.points.length ? 0 : 1,
            -(person.influence || 0),
            person.name,
        ];
        const byRank = (a, b) => {
            const [first, second] = [rank(a), rank(b)];
            const index = first.findIndex((value, i) => value !== second[i]);
            return index < 0 ? 0 : first[index] < second[index] ? -1 : 1;
        };
        const isOne = model.departments.length === 1;
        return model.departments.map(({ name, count }) => ({
            key: name,
            name: isOne ? "" : name || _t("Without a department"),
            count,
            folded: model.folded.includes(name),
            people: people
                .filter(({ department }) => (department || "") === name)
                .sort(byRank),
        }));
    }
}
