import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { onWillStart, useState } from "@odoo/owl";

const RADIUS = 26;
const SHOWN = 3;

/** How much of the dossier is known, and the three questions that bring most. */
export class LoyaltyCompletenessField extends Component {
    static template = "crm_loyalty.CompletenessField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ canWrite: false });
        onWillStart(async () => {
            this.state.canWrite = await user.hasGroup(
                "crm_loyalty.group_key_account_manager"
            );
        });
        useRecordObserver(() => {});
    }

    get percent() {
        return Math.round(this.props.record.data.completeness || 0);
    }

    get circle() {
        const length = 2 * Math.PI * RADIUS;
        return { radius: RADIUS, dash: `${(length * this.percent) / 100} ${length}` };
    }

    get label() {
        return _t("Known and fresh: %s %%", this.percent);
    }

    get gaps() {
        return (this.props.record.data[this.props.name] || []).slice(0, SHOWN);
    }

    format(points) {
        return formatFloat(points, { digits: [16, 1], trailingZeros: false });
    }

    async ask(gap) {
        const { record } = this.props;
        await record.save();
        const action = await this.orm.call(
            record.resModel,
            "action_next_gap",
            [[record.resId]],
            { context: { ...record.context, loyalty_section: gap.section } }
        );
        await this.action.doAction(action, { onClose: () => record.load() });
    }
}

registry.category("fields").add("loyalty_completeness", {
    component: LoyaltyCompletenessField,
    supportedTypes: ["json"],
    isEmpty: () => false,
    fieldDependencies: [{ name: "completeness", type: "float" }],
});
