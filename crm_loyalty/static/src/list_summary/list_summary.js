import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KeepLast } from "@web/core/utils/concurrency";
import { formatInteger } from "@web/views/fields/formatters";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { LoyaltyListRenderer } from "./list_renderer";

/**
 * The line above a list: whose rows these are, and their true total over all pages.
 * get_list_summary on the server computes it, for the domain with all filters.
 */
export class ListSummary extends Component {
    static template = "crm_loyalty.ListSummary";
    static props = { resModel: String, domain: Array };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ rows: [] });
        this.keepLast = new KeepLast();
        // not awaited: the list need not wait for its summary
        onWillStart(() => void this.load(this.props));
        onWillUpdateProps((props) => void this.load(props));
    }

    async load({ resModel, domain }) {
        this.state.rows = await this.keepLast.add(
            this.orm.call(resModel, "get_list_summary", [domain])
        );
    }

    /** Rows of most models only tell their company, where several are active. */
    get rows() {
        return this.state.rows.filter((row) => row.company || row.period || row.notice);
    }

    formatCount(row) {
        return formatInteger(row.customers);
    }

    formatRevenue(row) {
        return formatCurrency(row.revenue, row.currency_id);
    }
}

class SummaryListController extends ListController {
    static template = "crm_loyalty.SummaryListView";
    static components = { ...ListController.components, ListSummary };
}

class SummaryKanbanController extends KanbanController {
    static template = "crm_loyalty.SummaryKanbanView";
    static components = { ...KanbanController.components, ListSummary };
}

registry
    .category("views")
    .add("crm_loyalty_list", {
        ...listView,
        Controller: SummaryListController,
        Renderer: LoyaltyListRenderer,
    })
    .add("crm_loyalty_kanban", { ...kanbanView, Controller: SummaryKanbanController });
