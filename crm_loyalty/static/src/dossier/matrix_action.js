import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/views/fields/formatters";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { tierColorClass } from "../tier/tier_colors";

const SIDE = 500;
const LEFT = 40;
const TOP = 10;
const SMALLEST = 7;
const LARGEST = 30;
const ONE_DIGIT = { digits: [16, 1] };

/** Key accounts by attractiveness and our strength; a bubble opens its dossier. */
export class AccountMatrix extends Component {
    static template = "crm_loyalty.AccountMatrix";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ values: null });
        onWillStart(async () => {
            this.state.values = await this.orm.call(
                "crm.key.account",
                "get_matrix",
                []
            );
        });
    }

    get size() {
        return { side: SIDE, left: LEFT, top: TOP };
    }

    get cells() {
        const half = SIDE / 2;
        return [
            { name: _t("Develop"), x: 0, y: 0, line: 18 },
            { name: _t("Strategic"), x: half, y: 0, line: 18 },
            // at the edge: bubbles gather in the middle
            { name: _t("Streamline"), x: 0, y: half, line: half - 8 },
            { name: _t("Maintain"), x: half, y: half, line: half - 8 },
        ].map((cell) => ({ ...cell, x: LEFT + cell.x, y: TOP + cell.y, side: half }));
    }

    get placed() {
        return this.state.values.accounts
            .filter((account) => account.quadrant)
            .sort((a, b) => b.size - a.size)
            .map((account) => ({
                ...account,
                x: LEFT + (account.strength / 10) * SIDE,
                y: TOP + SIDE - (account.attractiveness / 10) * SIDE,
                // the area tells the revenue
                radius: SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(account.size),
                colorClass: tierColorClass(account.color),
                title: _t(
                    "%(name)s: attractiveness %(attractiveness)s, our strength %(strength)s, revenue %(revenue)s",
                    {
                        name: account.name,
                        attractiveness: formatFloat(account.attractiveness, ONE_DIGIT),
                        strength: formatFloat(account.strength, ONE_DIGIT),
                        revenue: account.revenue,
                    }
                ),
            }));
    }

    get unplaced() {
        return this.state.values.accounts.filter((account) => !account.quadrant);
    }

    open(account) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.key.account",
            res_id: account.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("crm_loyalty.account_matrix", AccountMatrix);
