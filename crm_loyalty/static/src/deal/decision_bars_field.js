import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Two bars: where the customer stands on his way to a decision, and where we stand. */
export class DecisionBarsField extends Component {
    static template = "crm_loyalty.DecisionBarsField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
    }

    /** A click says where the customer is; what people say about themselves goes first. */
    async setStage(index) {
        const { record } = this.props;
        await record.save();
        const reason = await this.orm.call("crm.stakeholder.map", "set_stage_number", [
            [this.bars.map_id],
            index,
        ]);
        if (reason) {
            this.notification.add(reason, { type: "warning" });
        }
        await record.load();
    }

    get bars() {
        return this.props.record.data[this.props.name];
    }

    get customer() {
        const { stages, stage, expected } = this.bars;
        return stages.map((name, index) => ({
            name,
            current: index === stage,
            past: stage !== null && index < stage,
            expected: Boolean(expected) && expected[0] <= index && index <= expected[1],
        }));
    }

    get ours() {
        const { pipeline, current } = this.bars;
        return pipeline.map((name, index) => ({
            name,
            current: index === current,
            past: current !== null && index < current,
        }));
    }

    get stay() {
        const { stage, days, median } = this.bars;
        if (stage === null) {
            return _t("stage unknown");
        }
        if (days === null) {
            return "";
        }
        return median === null
            ? _t("here for %s days", days)
            : _t("here for %(days)s days (won deals: %(median)s)", { days, median });
    }

    /** How far apart the two are; text and sign, never colour alone. */
    get gap() {
        const { stage, lag } = this.bars;
        if (stage === null || !lag) {
            return "";
        }
        return lag > 0
            ? _t("▶ We are ahead of the customer, steps: %s", lag)
            : _t("◀ The customer is ahead of us, steps: %s", -lag);
    }
}

registry.category("fields").add("decision_bars", {
    component: DecisionBarsField,
    supportedTypes: ["json"],
});
