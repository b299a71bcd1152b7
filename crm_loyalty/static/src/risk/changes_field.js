import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What has changed at a customer: sentences, each of which opens its documents. */
export class LoyaltyChangesField extends Component {
    static template = "crm_loyalty.ChangesField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get changes() {
        return this.props.record.data[this.props.name] || [];
    }

    async explain(cause) {
        const { record } = this.props;
        const action = await this.orm.call(record.resModel, "action_explain_change", [
            [record.resId],
            cause,
        ]);
        return this.action.doAction(action);
    }
}

registry.category("fields").add("loyalty_changes", {
    component: LoyaltyChangesField,
    supportedTypes: ["json"],
});
