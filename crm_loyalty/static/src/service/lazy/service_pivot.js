import { ListSummary } from "@crm_loyalty/list_summary/list_summary";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { PivotController } from "@web/views/pivot/pivot_controller";
import { PivotRenderer } from "@web/views/pivot/pivot_renderer";
import { pivotView } from "@web/views/pivot/pivot_view";

/** Cells of the ledger of the cost to serve open their documents. */
class ServicePivotRenderer extends PivotRenderer {
    setup() {
        super.setup();
        this.orm = useService("orm");
    }

    async openView(domain, views, context) {
        const { resModel } = this.model.metaData;
        const action = await this.orm.call(resModel, "action_open_cell", [domain], {
            context,
        });
        return this.actionService.doAction(action);
    }
}

class ServicePivotController extends PivotController {
    static template = "crm_loyalty.SummaryPivotView";
    static components = { ...PivotController.components, ListSummary };
}

registry.category("views").add("crm_loyalty_service_pivot", {
    ...pivotView,
    Controller: ServicePivotController,
    Renderer: ServicePivotRenderer,
});
