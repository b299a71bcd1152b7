import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatCurrency } from "@web/core/currency";
import { deserializeDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const LIST_HEIGHT = 24;
const RECENT_MONTHS = 12;
// pixels per month, of which the bar takes all but the gap
const STEP = { small: 4, large: 9 };
const GAP = { small: 1, large: 2 };

/** Monthly amounts as small bars; the last twelve months stand out. */
export class LoyaltySparklineField extends Component {
    static template = "crm_loyalty.SparklineField";
    static props = {
        ...standardFieldProps,
        height: { type: Number, optional: true },
    };
    static defaultProps = { height: LIST_HEIGHT };

    get values() {
        return this.props.record.data[this.props.name]?.values || [];
    }

    get size() {
        return this.props.height > LIST_HEIGHT ? "large" : "small";
    }

    get width() {
        return this.values.length * STEP[this.size];
    }

    get emptyLabel() {
        return _t("No sales in 24 months");
    }

    get hasSales() {
        return this.values.some(Boolean);
    }

    formatAmount(amount) {
        const currencyId = this.props.record.data.currency_id?.id;
        return formatCurrency(amount, currencyId);
    }

    get label() {
        const sum = (values) => this.formatAmount(values.reduce((a, b) => a + b, 0));
        return _t(
            "Revenue per month: %(recent)s in the last 12 months, %(before)s before",
            {
                recent: sum(this.values.slice(-RECENT_MONTHS)),
                before: sum(this.values.slice(0, -RECENT_MONTHS)),
            }
        );
    }

    /** Height of the axis over the lower edge makes room for negative months. */
    get scale() {
        const top = Math.max(0, ...this.values);
        const bottom = Math.min(0, ...this.values);
        const unit = (this.props.height - 2) / (top - bottom || 1);
        return { unit, axis: 1 + top * unit };
    }

    get bars() {
        const { unit, axis } = this.scale;
        const step = STEP[this.size];
        const end = deserializeDate(this.props.record.data[this.props.name].end);
        return this.values.map((value, index) => {
            const month = end.minus({ months: this.values.length - 1 - index });
            // a month with sales is never invisible
            const height = value && Math.max(1, Math.abs(value) * unit);
            return {
                index,
                x: index * step,
                width: step - GAP[this.size],
                y: value < 0 ? axis : axis - height,
                height,
                step,
                negative: value < 0,
                recent: index >= this.values.length - RECENT_MONTHS,
                tooltip: _t("%(month)s: %(amount)s", {
                    month: month.toFormat("LLL yyyy"),
                    amount: this.formatAmount(value),
                }),
            };
        });
    }
}

export const loyaltySparklineField = {
    component: LoyaltySparklineField,
    displayName: _t("Sparkline of Months"),
    supportedTypes: ["json"],
    supportedOptions: [
        {
            label: _t("Height"),
            name: "height",
            type: "number",
            help: _t("Height in pixels."),
        },
    ],
    isEmpty: () => false,
    extractProps: ({ options }) => ({ height: options.height }),
};

registry.category("fields").add("loyalty_sparkline", loyaltySparklineField);
