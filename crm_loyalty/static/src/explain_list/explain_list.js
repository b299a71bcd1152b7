import { Component, onWillStart, onWillUpdateProps } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { LoyaltyListRenderer } from "../list_summary/list_renderer";

const PROFILE_FIELDS = [
    "partner_id",
    "revenue",
    "currency_id",
    "period_label",
    "since_run_count",
    "since_run_amount",
];

/** The figure that the list below explains, and what came after it. */
export class ExplainBanner extends Component {
    static template = "crm_loyalty.ExplainBanner";
    static props = { profileId: Number };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        onWillStart(() => this.loadProfile(this.props.profileId));
        onWillUpdateProps((props) => this.loadProfile(props.profileId));
    }

    async loadProfile(profileId) {
        [this.profile] = await this.orm.read(
            "crm.customer.profile",
            [profileId],
            PROFILE_FIELDS
        );
    }

    get figure() {
        return this.formatAmount(this.profile.revenue);
    }

    get news() {
        return _t(
            "Documents since the last run: %(count)s, %(amount)s, not yet in the figure.",
            {
                count: this.profile.since_run_count,
                amount: this.formatAmount(this.profile.since_run_amount),
            }
        );
    }

    formatAmount(amount) {
        return formatCurrency(
            amount,
            this.profile.currency_id && this.profile.currency_id[0]
        );
    }

    /** The figure, its period and with them the list change: explain it anew. */
    async recompute() {
        const ids = [this.props.profileId];
        const done = await this.orm.call("crm.customer.profile", "action_recompute", [
            ids,
        ]);
        if (done?.params) {
            const { next, ...params } = done.params;
            await this.action.doAction({ ...done, params });
        }
        const explain = await this.orm.call("crm.customer.profile", "action_explain", [
            ids,
        ]);
        await this.action.doAction(explain, { stackPosition: "replaceCurrentAction" });
    }
}

export class ExplainListController extends ListController {
    static template = "crm_loyalty.ExplainListView";
    static components = { ...ListController.components, ExplainBanner };

    get explainedProfileId() {
        return this.props.context.loyalty_profile_id;
    }
}

export const explainListView = {
    ...listView,
    Controller: ExplainListController,
    Renderer: LoyaltyListRenderer,
};

registry.category("views").add("crm_loyalty_explain", explainListView);
