import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { tierColorClass } from "../tier/tier_colors";

/** What the strategy of the tier does on an order, and where each of it came from. */
export class LoyaltyAdviceField extends Component {
    static template = "crm_loyalty.AdviceField";
    static props = { ...standardFieldProps };

    get advice() {
        return this.props.record.data[this.props.name];
    }

    get colorClass() {
        return tierColorClass(this.advice.color);
    }
}

registry.category("fields").add("loyalty_advice", {
    component: LoyaltyAdviceField,
    supportedTypes: ["json"],
    isEmpty: () => false,
});
