import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatChance } from "./map_labels";

/** Ways to a person in words; the accepted one becomes activities with owner and date. */
export class MapPlanCard extends Component {
    static template = "crm_loyalty.MapPlanCard";
    static props = { model: Object, personId: Number, close: Function };

    setup() {
        this.notification = useService("notification");
        this.formatChance = formatChance;
        this.state = useState({ plans: [], busy: false });
        onWillStart(async () => {
            const { model, personId } = this.props;
            this.state.plans = await model.orm.call(
                "crm.stakeholder.map",
                "find_entry",
                [[model.mapId], personId]
            );
        });
    }

    get title() {
        return _t("Ways to %s", this.props.model.getPerson(this.props.personId)?.name);
    }

    async accept(plan) {
        this.state.busy = true;
        try {
            await this.props.model.change("accept_chain", [plan.id]);
        } finally {
            this.state.busy = false;
        }
        this.notification.add(_t("The way is planned: each step is an activity."), {
            type: "success",
        });
        this.props.close();
    }
}
