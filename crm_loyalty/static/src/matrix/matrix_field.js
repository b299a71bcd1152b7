import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Customers from tier to tier; the diagonal stays. A clickable cell opens its customers. */
export class LoyaltyMatrixField extends Component {
    static template = "crm_loyalty.MatrixField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get matrix() {
        return this.props.record.data[this.props.name] || { columns: [], rows: [] };
    }

    cellClass(row, column) {
        if (row === column) {
            return "o_stay";
        }
        return column < row ? "o_up" : "o_down";
    }

    sign(row, column) {
        if (row === column) {
            return "";
        }
        return column < row ? "▲ " : "▼ ";
    }

    async open(row, column) {
        const record = this.props.record;
        await record.save();
        const action = await this.orm.call(record.resModel, "action_open_cell", [
            [record.resId],
            row,
            column,
        ]);
        return this.action.doAction(action);
    }
}

registry.category("fields").add("loyalty_matrix", {
    component: LoyaltyMatrixField,
    supportedTypes: ["json"],
    isEmpty: () => false,
});
