import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { today } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { tierColorClass } from "../tier/tier_colors";
import { tooltipLines } from "../tooltip/tooltip_lines";

const MONTHS = 24;
// a name needs this share of the band, in %
const LABEL_WIDTH = 7;

/**
 * Periods between changes, oldest first.
 *
 * @param {Object[]} changes data of crm.customer.tier.change records
 * @param {luxon.DateTime} start
 * @param {luxon.DateTime} end
 * @returns {{from: luxon.DateTime, to: luxon.DateTime, tier: Object|false, color: number, reason: string}[]}
 */
export function computePeriods(changes, start, end) {
    const sorted = [...changes].sort((a, b) => a.date - b.date || a.id - b.id);
    const first = sorted[0];
    let period = {
        from: start,
        tier: first?.from_tier_id || false,
        color: first?.from_tier_color,
        reason: "",
    };
    const periods = [period];
    for (const change of sorted) {
        const next = {
            from: change.date < start ? start : change.date,
            since: change.date,
            tier: change.to_tier_id,
            color: change.to_tier_color,
            reason: change.reason,
        };
        if (+next.from === +period.from) {
            periods.pop();
        }
        periods.push(next);
        period = next;
    }
    return periods.map((item, index) => ({
        ...item,
        to: periods[index + 1]?.from || end,
    }));
}

/** Tiers of the last 24 months as a thin band; hatched where there was none. */
export class LoyaltyTierBandField extends Component {
    static template = "crm_loyalty.TierBandField";
    static props = { ...standardFieldProps };

    setup() {
        this.end = today();
        this.start = this.end.minus({ months: MONTHS });
    }

    get label() {
        return _t("Tiers of the last 24 months");
    }

    /** Place of a day on the band, in %. */
    place(day) {
        return (100 * (day - this.start)) / (this.end - this.start);
    }

    get segments() {
        const changes = this.props.record.data[this.props.name].records.map(
            (record) => ({
                id: record.resId,
                ...record.data,
            })
        );
        return computePeriods(changes, this.start, this.end).map((period, index) => {
            const width = this.place(period.to) - this.place(period.from);
            const name = period.tier
                ? period.tier.display_name
                : _t("Outside the pyramid");
            const when = this.formatWhen(period, period.to < this.end);
            return {
                index,
                width,
                name,
                showName: period.tier && width > LABEL_WIDTH,
                colorClass: period.tier ? tierColorClass(period.color) : "o_outside",
                label: [name, when].filter(Boolean).join(", "),
                tooltip: tooltipLines(name, when, period.reason),
            };
        });
    }

    formatWhen(period, ended) {
        const format = (day) => day.toLocaleString(luxon.DateTime.DATE_MED);
        const values = {
            from: format(period.since || period.from),
            to: format(period.to),
        };
        if (period.since) {
            return ended
                ? _t("%(from)s – %(to)s", values)
                : _t("since %(from)s", values);
        }
        return ended ? _t("up to %(to)s", values) : "";
    }

    /** The first of each month; years and quarters carry a label. */
    get ticks() {
        const ticks = [];
        let day = this.start.startOf("month").plus({ months: 1 });
        for (; day <= this.end; day = day.plus({ months: 1 })) {
            let label = "";
            if (day.month === 1) {
                label = String(day.year);
            } else if (day.month % 3 === 1) {
                label = day.toFormat("LLL");
            }
            ticks.push({
                key: day.toISODate(),
                left: this.place(day),
                year: day.month === 1,
                // a label at the very end would stick out
                label: this.place(day) < 96 ? label : "",
            });
        }
        return ticks;
    }
}

export const loyaltyTierBandField = {
    component: LoyaltyTierBandField,
    displayName: _t("Band of Tiers"),
    supportedTypes: ["one2many", "many2many"],
    isEmpty: () => false,
    relatedFields: [
        { name: "date", type: "date" },
        { name: "from_tier_id", type: "many2one", relation: "crm.loyalty.tier" },
        { name: "to_tier_id", type: "many2one", relation: "crm.loyalty.tier" },
        { name: "from_tier_color", type: "integer" },
        { name: "to_tier_color", type: "integer" },
        { name: "reason", type: "char" },
    ],
};

registry.category("fields").add("loyalty_tier_band", loyaltyTierBandField);
