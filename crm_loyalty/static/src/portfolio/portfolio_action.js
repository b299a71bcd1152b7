import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { tierColorClass } from "../tier/tier_colors";
import { ExportButton } from "../workbook/export_button";

const SIGNS = { green: "●", amber: "◐", red: "○", unknown: "?" };

/** Open deals side by side; crm.deal.portfolio on the server computes the values. */
export class DealPortfolio extends Component {
    static template = "crm_loyalty.DealPortfolio";
    static components = { ExportButton, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        // a user who comes back from a deal finds the filter he left
        this.state = useState({
            filters: this.props.state?.filters || {},
            values: null,
            busy: false,
        });
        useSetupAction({ getLocalState: () => ({ filters: this.state.filters }) });
        onWillStart(async () => {
            if (!this.props.state?.filters) {
                this.state.filters = await this.getFirstFilters();
            }
            await this.load();
        });
    }

    /** Whoever sees own documents only begins with his own deals. */
    async getFirstFilters() {
        const seesAll = await Promise.all(
            ["sales_team.group_sale_salesman_all_leads", "crm_loyalty.group_manager"].map(
                (group) => user.hasGroup(group)
            )
        );
        return seesAll.some(Boolean) ? {} : { user_id: user.userId };
    }

    async load() {
        const filters = { ...this.state.filters };
        const values = await this.orm.call("crm.deal.portfolio", "get_values", [
            filters,
        ]);
        // who chooses quickly sees what he chose last
        if (JSON.stringify(filters) === JSON.stringify(this.state.filters)) {
            this.state.values = values;
        }
    }

    get values() {
        return this.state.values;
    }

    /** The three filters, with what may be chosen. */
    get choices() {
        const { users, teams, tiers } = this.values.choices;
        return [
            { name: "user_id", all: _t("All salespeople"), options: users },
            { name: "team_id", all: _t("All teams"), options: teams },
            { name: "tier_id", all: _t("All tiers"), options: tiers },
        ];
    }

    get isFiltered() {
        return Object.keys(this.state.filters).length > 0;
    }

    getSign(band) {
        return SIGNS[band];
    }

    getColorClass(row) {
        return tierColorClass(row.tier_color);
    }

    /** Booleans, one per step: those up to the current one are true. */
    getSteps(count, current) {
        return Array.from({ length: count }, (_, i) => current !== null && i <= current);
    }

    async onFilter(name, ev) {
        const id = parseInt(ev.target.value);
        const { [name]: _removed, ...filters } = this.state.filters;
        this.state.filters = id ? { ...filters, [name]: id } : filters;
        await this.load();
    }

    async clear() {
        this.state.filters = {};
        await this.load();
    }

    openDeal(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.lead",
            res_id: row.id,
            views: [[false, "form"]],
        });
    }

    async print() {
        this.state.busy = true;
        try {
            const report = await this.action.loadAction(
                "crm_loyalty.action_report_portfolio"
            );
            await this.action.doAction({
                ...report,
                data: { filters: { ...this.state.filters } },
            });
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("actions").add("crm_loyalty.portfolio", DealPortfolio);
