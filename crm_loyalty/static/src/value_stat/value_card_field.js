import { Component, useSubEnv } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { getDefaultConfig, View } from "@web/views/view";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * The figures of a contact's customer. They take several queries, so they are fetched
 * when somebody opens the page they stand on, not whenever the contact is opened.
 */
export class LoyaltyValueCardField extends Component {
    static template = "crm_loyalty.ValueCardField";
    static components = { View };
    static props = { ...standardFieldProps };

    setup() {
        // the views of the action around the contact are those of contacts
        useSubEnv({ config: getDefaultConfig() });
    }

    get ids() {
        return this.props.record.data[this.props.name].resIds;
    }

    get viewProps() {
        return {
            type: "kanban",
            resModel: "crm.customer.profile",
            domain: [["id", "in", this.ids]],
            context: {
                kanban_view_ref: "crm_loyalty.crm_customer_profile_view_kanban_contact",
            },
            display: { controlPanel: false },
            selectRecord: () => {},
        };
    }
}

export const loyaltyValueCardField = {
    component: LoyaltyValueCardField,
    supportedTypes: ["one2many"],
};

registry.category("fields").add("loyalty_value_card", loyaltyValueCardField);
