import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const formatters = registry.category("formatters");

/** A figure of the value page; the button beside it opens what the figure counts. */
export class LoyaltyFigureField extends Component {
    static template = "crm_loyalty.FigureField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get formatted() {
        const { record, name } = this.props;
        const field = record.fields[name];
        if (this.value === false || this.value === null) {
            return "–";
        }
        return formatters.get(field.type)(this.value, { field, data: record.data });
    }

    async explain() {
        const { record, name } = this.props;
        const action = await this.orm.call(
            record.resModel,
            "action_explain",
            [[record.resId]],
            { context: { ...record.context, figure: name } }
        );
        return this.action.doAction(action);
    }
}

registry.category("fields").add("loyalty_figure", {
    component: LoyaltyFigureField,
    supportedTypes: ["monetary", "float", "integer"],
    isEmpty: () => false,
});
