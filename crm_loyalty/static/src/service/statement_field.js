import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { formatAmount, formatShare } from "../pyramid/pyramid_format";
import { ExportButton } from "../workbook/export_button";

/** Profit and loss of a customer; each amount opens what it counts. */
export class StatementField extends Component {
    static template = "crm_loyalty.StatementField";
    static components = { ExportButton };
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.formatShare = formatShare;
    }

    get statement() {
        return this.props.record.data[this.props.name] || { lines: [] };
    }

    get resId() {
        return this.props.record.resId;
    }

    amount(line) {
        return formatAmount(line.amount, this.statement.currency_id);
    }

    async open(line) {
        const { record } = this.props;
        const action = await this.orm.call(
            record.resModel,
            "action_explain",
            [[record.resId]],
            { context: { ...record.context, figure: line.figure } }
        );
        return this.action.doAction(action);
    }
}

registry.category("fields").add("loyalty_statement", {
    component: StatementField,
    supportedTypes: ["json"],
    isEmpty: () => false,
});
