import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { makeContext } from "@web/core/context";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { ExportButton } from "../workbook/export_button";
import { PyramidCalls } from "./pyramid_calls";
import { PyramidChart } from "./pyramid_chart";
import {
    formatAmount,
    formatCount,
    formatCurrencyName,
    formatDay,
    formatMoment,
} from "./pyramid_format";
import { PyramidTable } from "./pyramid_table";

const POLL_DELAY = 3000;

/** The customer pyramid; crm.loyalty.pyramid on the server computes its values. */
export class CustomerPyramid extends Component {
    static template = "crm_loyalty.CustomerPyramid";
    static components = {
        ExportButton,
        Layout,
        PyramidCalls,
        PyramidChart,
        PyramidTable,
    };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ values: {}, busy: false });
        onWillStart(() => this.load());
        onWillDestroy(() => browser.clearTimeout(this.poll));
    }

    async load() {
        browser.clearTimeout(this.poll);
        this.state.values = await this.orm.call(
            "crm.loyalty.pyramid",
            "get_values",
            []
        );
        if (this.values.progress !== null) {
            this.poll = browser.setTimeout(() => this.load(), POLL_DELAY);
        }
    }

    // ------------------------------------------------------------------
    // What is shown
    // ------------------------------------------------------------------

    get values() {
        return this.state.values;
    }

    get hasFigures() {
        return ["proposal", "decided"].includes(this.values.state);
    }

    get progress() {
        return this.values.progress === null ? null : Math.round(this.values.progress);
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

    get computedOn() {
        return _t("Computed %s", formatMoment(this.values.computed_on));
    }

    get decision() {
        const { decided_on, next_decision } = this.values;
        if (!decided_on) {
            return "";
        }
        const values = { last: formatDay(decided_on), next: formatDay(next_decision) };
        return next_decision
            ? _t("Tiers decided %(last)s, next %(next)s", values)
            : _t("Tiers decided %(last)s", values);
    }

    get sinceRun() {
        return this.values.since_run
            ? _t("Documents since the last run: %s", formatCount(this.values.since_run))
            : _t("No documents since the last run");
    }

    /** Only a night compares with the ledger: say of which figures it speaks. */
    get tieOut() {
        const moment = this.values.tie_out.computed_on;
        return moment === this.values.computed_on
            ? _t("Ties out to the ledger")
            : _t("Tied out to the ledger %s", formatMoment(moment));
    }

    get unexplained() {
        return _t(
            "Unexplained: %s",
            formatAmount(this.values.tie_out.unexplained, this.values.currency_id)
        );
    }

    // ------------------------------------------------------------------
    // What the numbers open
    // ------------------------------------------------------------------

    /** Open an action of ours on other records than it has by itself. */
    async openAction(xmlid, name, domain, context = {}) {
        const action = await this.action.loadAction(xmlid);
        return this.action.doAction({
            ...action,
            name,
            display_name: name,
            domain,
            context: makeContext([action.context, context]),
        });
    }

    openRow(row) {
        return this.openAction("crm_loyalty.action_customer", row.name, row.domain);
    }

    openAll() {
        return this.openAction(
            "crm_loyalty.action_customer",
            _t("All Customers"),
            this.companyDomain
        );
    }

    openMoves(tier) {
        const name = _t("%(tier)s: moves of %(day)s", {
            tier: tier.name,
            day: formatDay(this.values.decided_on),
        });
        return this.openAction("crm_loyalty.action_tier_change", name, [
            ...this.companyDomain,
            ["date", "=", this.values.decided_on],
            ["kind", "=", "decision"],
            ["to_tier_id", "=", tier.id],
        ]);
    }

    openCall({ action, title, domain }) {
        return this.openAction(action, title, domain);
    }

    openSinceRun() {
        return this.openAction(
            "crm_loyalty.action_ledger",
            _t("Documents since the last run"),
            [...this.companyDomain, ["since_run", "=", true]],
            { group_by: ["move_id"] }
        );
    }

    /** Every row's domain begins with the company. */
    get companyDomain() {
        return this.values.tiers[0].domain.slice(0, 1);
    }

    // ------------------------------------------------------------------
    // What the buttons do
    // ------------------------------------------------------------------

    callPolicy(method) {
        return this.orm.call("crm.loyalty.policy", method, [[this.values.policy_id]]);
    }

    /** The action tells the result and then opens this screen anew, with new figures. */
    async recompute() {
        this.state.busy = true;
        try {
            await this.action.doAction(await this.callPolicy("action_run"));
        } finally {
            this.state.busy = false;
        }
    }

    /** What a decision would change; applying it there opens this screen anew. */
    async preview() {
        return this.action.doAction(await this.callPolicy("action_preview"));
    }

    async openTieOut() {
        return this.action.doAction(await this.callPolicy("action_open_tie_out"));
    }

    openRules() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.loyalty.policy",
            res_id: this.values.policy_id,
            views: [[false, "form"]],
        });
    }

    /** Where core offers the chart of accounts, which brings a sales journal. */
    setUpAccounting() {
        return this.action.doAction("account.action_account_config");
    }

    createInvoice() {
        return this.action.doAction("account.action_move_out_invoice_type", {
            viewType: "form",
        });
    }

    importInvoices() {
        return this.action.doAction({
            type: "ir.actions.client",
            tag: "import",
            params: {
                active_model: "account.move",
                context: { default_move_type: "out_invoice" },
            },
        });
    }
}

registry.category("actions").add("crm_loyalty.pyramid", CustomerPyramid);
