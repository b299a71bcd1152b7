import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { tierColorClass } from "./tier_colors";

// the standing of customers that have a tier, or get one with the first decision
const RANKED = "ranked";

/** Badge of a tier: a mark in its accent colour and its name. */
export class LoyaltyTierField extends Component {
    static template = "crm_loyalty.TierField";
    static props = {
        ...standardFieldProps,
        colorField: { type: String, optional: true },
        standingField: { type: String, optional: true },
    };
    static defaultProps = { colorField: "tier_color" };

    get tier() {
        return this.props.record.data[this.props.name];
    }

    get colorClass() {
        return tierColorClass(this.props.record.data[this.props.colorField]);
    }

    /** Why there is no tier, where the view says so. */
    get standing() {
        const name = this.props.standingField;
        const value = name && this.props.record.data[name];
        const selection = (name && this.props.record.fields[name].selection) || [];
        if (value === RANKED) {
            return _t("Not decided yet");
        }
        return Object.fromEntries(selection)[value] || "–";
    }
}

export const loyaltyTierField = {
    component: LoyaltyTierField,
    displayName: _t("Customer Tier"),
    supportedTypes: ["many2one"],
    // the number at the end of the name is what tells tiers apart
    listViewWidth: [115, 180],
    supportedOptions: [
        {
            label: _t("Color field"),
            name: "color_field",
            type: "field",
            availableTypes: ["integer"],
            help: _t("The field that holds the colour of the tier."),
        },
        {
            label: _t("Standing field"),
            name: "standing_field",
            type: "field",
            availableTypes: ["selection"],
            help: _t("Shown where there is no tier."),
        },
    ],
    // a dash and the standing are content, too: never hide the field as empty
    isEmpty: () => false,
    fieldDependencies: ({ options }) =>
        [
            { name: options.color_field, type: "integer" },
            { name: options.standing_field, type: "selection" },
        ].filter((field) => field.name),
    extractProps: ({ options }) => ({
        colorField: options.color_field,
        standingField: options.standing_field,
    }),
};

registry.category("fields").add("loyalty_tier", loyaltyTierField);
