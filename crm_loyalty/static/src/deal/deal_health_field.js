import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const SIGNS = { green: "●", amber: "◐", red: "○" };

/**
 * Health as a waterfall: what each part adds, and what an open alert cuts off. Never
 * without how much of the map is known.
 */
export class DealHealthField extends Component {
    static template = "crm_loyalty.DealHealthField";
    static props = { ...standardFieldProps };

    get health() {
        return this.props.record.data[this.props.name];
    }

    get sign() {
        return SIGNS[this.health.band];
    }

    get value() {
        return _t("%s of 100", this.format(this.health.health));
    }

    get known() {
        return _t("map known %s %", this.format(this.health.completeness));
    }

    /** One bar below the other: the parts, the cut if there is one, what is left. */
    get bars() {
        const { health, raw, capped_by, parts } = this.health;
        const bars = parts.map(({ part, label, start, end, most }) => ({
            key: part,
            label,
            text: `+${this.format(end - start)}`,
            most: _t("of %s", this.format(most - start)),
            style: this.place(start, end),
            room: this.place(end, most),
        }));
        if (capped_by) {
            bars.push({
                key: "cut",
                label: _t("Cut: %s", capped_by),
                text: `−${this.format(raw - health)}`,
                style: this.place(health, raw),
            });
        }
        bars.push({
            key: "total",
            label: _t("Health"),
            text: `= ${this.format(health)}`,
            style: this.place(0, health),
        });
        return bars;
    }

    place(from, to) {
        return `inset-inline-start:${from}%;width:${Math.max(to - from, 0)}%`;
    }

    format(value) {
        const rounded = Math.round(value * 10) / 10;
        return formatFloat(rounded, { digits: [16, Number.isInteger(rounded) ? 0 : 1] });
    }
}

registry.category("fields").add("deal_health", {
    component: DealHealthField,
    supportedTypes: ["json"],
});
