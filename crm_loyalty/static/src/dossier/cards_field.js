import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The facts of a dossier as cards; a figure opens what it counts. */
export class LoyaltyCardsField extends Component {
    static template = "crm_loyalty.CardsField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get cards() {
        return this.props.record.data[this.props.name] || [];
    }

    get period() {
        return this.props.record.data.period_label;
    }

    freshness(card) {
        const { state } = card;
        if (!state || state.automatic) {
            return "";
        }
        if (state.age === null) {
            return _t("never reviewed");
        }
        return state.age ? _t("reviewed %s days ago", state.age) : _t("reviewed today");
    }

    async explain(figure) {
        const { record } = this.props;
        const action = await this.orm.call(
            record.resModel,
            "action_explain",
            [[record.resId]],
            { context: { ...record.context, figure: figure.explain } }
        );
        return this.action.doAction(action);
    }

    toneClass(figure) {
        return figure.tone ? `text-${figure.tone}` : "";
    }
}

registry.category("fields").add("loyalty_cards", {
    component: LoyaltyCardsField,
    supportedTypes: ["json"],
    isEmpty: () => false,
    fieldDependencies: [{ name: "period_label", type: "char" }],
});
