import { Component } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Revenue of the customer's profile, inside the button of a contact. */
export class LoyaltyValueStatField extends Component {
    static template = "crm_loyalty.ValueStatField";
    static props = { ...standardFieldProps };

    get profile() {
        return this.props.record.data[this.props.name].records[0];
    }

    get revenue() {
        const { revenue, currency_id } = this.profile.data;
        return formatCurrency(revenue, currency_id.id, { humanReadable: true });
    }
}

export const loyaltyValueStatField = {
    component: LoyaltyValueStatField,
    supportedTypes: ["one2many"],
    relatedFields: [
        { name: "revenue", type: "monetary" },
        { name: "currency_id", type: "many2one", relation: "res.currency" },
    ],
};

registry.category("fields").add("loyalty_value_stat", loyaltyValueStatField);
