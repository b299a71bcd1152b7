import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import {
    ATTITUDES,
    formatMore,
    getAttitude,
    INFLUENCES,
    labelPerson,
    POINTS,
} from "./map_labels";

// more people than this in a cell are opened by a click
const MOST_PEOPLE = 6;

/** Who has influence, and what he thinks of us; drag a person to change it. */
export class MapMatrix extends Component {
    static template = "crm_loyalty.MapMatrix";
    static props = { model: Object, open: Function };

    setup() {
        this.state = useState({ opened: null });
        this.labelPerson = labelPerson;
        this.getPoints = (person) =>
            POINTS.filter(({ code }) => person.points.includes(code));
    }

    get columns() {
        return [...ATTITUDES, getAttitude({})];
    }

    get rows() {
        const people = this.props.model.picture.people.filter(({ gone }) => !gone);
        const influences = [...INFLUENCES].reverse();
        return [...influences, { value: null, label: _t("Unknown") }].map(
            ({ value, label }) => ({
                value,
                label,
                cells: this.columns.map((attitude) =>
                    this.prepareCell(
                        people.filter(
                            (person) =>
                                person.influence === value &&
                                getAttitude(person).name === attitude.name
                        ),
                        attitude,
                        value
                    )
                ),
            })
        );
    }

    prepareCell(people, attitude, influence) {
        const key = `${attitude.value ?? ""}:${influence ?? ""}`;
        const shown = this.state.opened === key ? people.length : MOST_PEOPLE;
        return {
            key,
            attitude,
            drop: `cell:${key}`,
            people: people.slice(0, shown),
            more: formatMore(people.length - shown),
            // who can stop us, and who carries us
            tone:
                (influence || 0) >= 3 && attitude.value
                    ? attitude.value < 0
                        ? "o_danger"
                        : "o_good"
                    : "",
        };
    }
}
