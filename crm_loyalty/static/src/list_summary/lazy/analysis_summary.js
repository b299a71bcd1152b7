import { ListSummary } from "@crm_loyalty/list_summary/list_summary";
import { registry } from "@web/core/registry";
import { GraphController } from "@web/views/graph/graph_controller";
import { graphView } from "@web/views/graph/graph_view";
import { PivotController } from "@web/views/pivot/pivot_controller";
import { pivotView } from "@web/views/pivot/pivot_view";

/** The same line above pivots and graphs, in the bundle that core loads with them. */

class SummaryPivotController extends PivotController {
    static template = "crm_loyalty.SummaryPivotView";
    static components = { ...PivotController.components, ListSummary };
}

class SummaryGraphController extends GraphController {
    static template = "crm_loyalty.SummaryGraphView";
    static components = { ...GraphController.components, ListSummary };
}

registry
    .category("views")
    .add("crm_loyalty_pivot", { ...pivotView, Controller: SummaryPivotController })
    .add("crm_loyalty_graph", { ...graphView, Controller: SummaryGraphController });
