import { Component, onWillStart, useState } from "@odoo/owl";
import { download } from "@web/core/network/download";
import { user } from "@web/core/user";

/** Hands on what a picture shows, as a workbook; see crm.loyalty.workbook. */
export class ExportButton extends Component {
    static template = "crm_loyalty.ExportButton";
    static props = { model: String, args: { type: Array, optional: true } };
    static defaultProps = { args: [] };

    setup() {
        this.state = useState({ isAllowed: false, busy: false });
        onWillStart(async () => {
            this.state.isAllowed = await user.hasGroup("base.group_allow_export");
        });
    }

    async onClick() {
        const { model, args } = this.props;
        this.state.busy = true;
        try {
            await download({
                url: "/crm_loyalty/workbook",
                data: {
                    data: JSON.stringify({ model, args, context: user.context }),
                },
            });
        } finally {
            this.state.busy = false;
        }
    }
}
