import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { formatCurrencyName, formatDay } from "../pyramid/pyramid_format";
import { ExportButton } from "../workbook/export_button";
import { ClassGrid } from "./class_grid";

/** What the pages of the analysis share; crm.loyalty.analysis computes their values. */
export class AnalysisPage extends Component {
    static components = { ClassGrid, ExportButton, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ values: {}, busy: false });
        onWillStart(() => this.load());
    }

    /** The method on the server and its arguments. */
    getCall() {
        throw new Error("Each page names its method");
    }

    async load() {
        const { method, args } = this.getCall();
        this.state.values = await this.orm.call("crm.loyalty.analysis", method, args);
    }

    get values() {
        return this.state.values;
    }

    /** Which workbook holds these values. */
    get workbookArgs() {
        const { method, args } = this.getCall();
        return [method, ...args];
    }

    get hasFigures() {
        return this.values.state === "figures" && this.values.total.count > 0;
    }

    get period() {
        return _t("%(start)s – %(end)s", {
            start: formatDay(this.values.window_start),
            end: formatDay(this.values.as_of),
        });
    }

    get revenueHelp() {
        return _t(
            "Revenue of posted invoices less credit notes, net of tax, %(period)s, %(currency)s",
            {
                period: this.period,
                currency: formatCurrencyName(this.values.currency_id),
            }
        );
    }

    /** Open the rows behind a number. */
    async open(name, domain) {
        const action = await this.action.loadAction(this.values.action);
        return this.action.doAction({ ...action, name, display_name: name, domain });
    }

    async recompute() {
        this.state.busy = true;
        try {
            const { policy_id } = this.values;
            await this.orm.call("crm.loyalty.policy", "action_run", [[policy_id]]);
            await this.load();
        } finally {
            this.state.busy = false;
        }
    }

    openRules() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.loyalty.policy",
            res_id: this.values.policy_id,
            views: [[false, "form"]],
        });
    }
}
