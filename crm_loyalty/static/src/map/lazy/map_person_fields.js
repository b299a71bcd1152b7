import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { ACCESSES, ATTITUDES, INFLUENCES, POINTS } from "./map_labels";
import { MapChoice } from "./map_choice";

/** The facts that matter first, as rows of buttons: used to add and to change people. */
export class MapPersonFields extends Component {
    static template = "crm_loyalty.MapPersonFields";
    static components = { MapChoice };
    static props = {
        /** points, attitude, influence, access */
        values: Object,
        onChange: Function,
        withAccess: { type: Boolean, optional: true },
        readonly: { type: Boolean, optional: true },
    };

    setup() {
        this.points = POINTS;
        this.attitudes = ATTITUDES.map((attitude) => ({
            ...attitude,
            className: `o_attitude o_${attitude.name}`,
        }));
        this.influences = INFLUENCES.map((influence) => ({
            ...influence,
            sign: `${influence.value} ★`,
        }));
        this.accesses = ACCESSES.map((access) => ({
            ...access,
            sign: access.value ? "●".repeat(access.value) : "○",
        }));
    }

    get accessWarning() {
        return this.props.values.access_assumed ? _t("assumed after a meeting") : "";
    }

    togglePoint(code) {
        this.props.onChange({ [code]: !this.props.values.points.includes(code) });
    }
}
