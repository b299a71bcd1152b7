import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { tierColorClass } from "../tier/tier_colors";

/** The customer brief; crm.customer.brief on the server computes its values. */
export class CustomerBrief extends Component {
    static template = "crm_loyalty.CustomerBrief";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ brief: null });
        this.partnerId = this.props.action.context.active_id;
        onWillStart(() => this.load());
    }

    async load() {
        this.state.brief = this.partnerId
            ? await this.orm.call("crm.customer.brief", "get_values", [this.partnerId])
            : null;
        if (this.brief) {
            this.env.config.setDisplayName(_t("Brief: %s", this.brief.name));
        }
    }

    get brief() {
        return this.state.brief;
    }

    get colorClass() {
        return tierColorClass(this.brief.color);
    }

    /** Only the digits are dialled. */
    dial(phone) {
        return `tel:${phone.replace(/[^\d+]/g, "")}`;
    }

    openRecord(resModel, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    openTile(tile) {
        if (!this.brief.profile_id) {
            return this.openRecord("res.partner", this.brief.partner_id);
        }
        return this.openRecord("crm.customer.profile", this.brief.profile_id);
    }

    async openPriceList() {
        const action = await this.orm.call("res.partner", "action_loyalty_price_list", [
            [this.brief.partner_id],
        ]);
        return this.action.doAction(action);
    }

    print() {
        return this.action.doAction("crm_loyalty.action_report_brief", {
            additionalContext: { active_ids: [this.brief.partner_id] },
        });
    }

    /** An activity on the customer, with what is recommended filled in. */
    plan() {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("Plan It"),
                res_model: "mail.activity",
                views: [[false, "form"]],
                target: "new",
                context: {
                    default_res_model: "res.partner",
                    default_res_id: this.brief.partner_id,
                    default_summary: this.brief.action.title,
                },
            },
            { onClose: () => this.load() }
        );
    }
}

registry.category("actions").add("crm_loyalty.brief", CustomerBrief);
