import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const SIGNS = { green: "●", amber: "◐", red: "○" };

/** Health with its parts, never without how much of the map is known. */
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

    get cap() {
        const { capped_by, raw } = this.health;
        return capped_by
            ? _t("Held down by: %(alert)s (without it %(raw)s)", {
                  alert: capped_by,
                  raw: this.format(raw),
              })
            : "";
    }

    /** What each part gives, of what it could give at most. */
    get parts() {
        const total = this.health.parts.reduce((sum, part) => sum + part.weight, 0);
        return this.health.parts.map((part) => ({
            ...part,
            given: this.format((part.value * part.weight) / total),
            most: this.format((100 * part.weight) / total),
        }));
    }

    format(value) {
        return formatFloat(value, { digits: [16, Number.isInteger(value) ? 0 : 1] });
    }
}

registry.category("fields").add("deal_health", {
    component: DealHealthField,
    supportedTypes: ["json"],
});
