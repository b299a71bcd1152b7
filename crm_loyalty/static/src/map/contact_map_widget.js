import { Component } from "@odoo/owl";
import { LazyComponent } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const RELOAD_DELAY = 600;

/**
 * `<widget name="contact_map"/>` on the form of a map, or of a record with a field to
 * its map: `<widget name="contact_map" options="{'field': 'stakeholder_map_id'}"/>`.
 * Option `account` is a field to the customer whose map is begun there.
 */
export class ContactMapWidget extends Component {
    static template = "crm_loyalty.ContactMapWidget";
    static components = { LazyComponent };
    static props = {
        ...standardWidgetProps,
        field: { type: String, optional: true },
        account: { type: String, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        // figures beside the picture follow it, unless they would undo what is typed
        this.reload = useDebounced(async () => {
            const { record } = this.props;
            if (!(await record.isDirty())) {
                await record.load();
            }
        }, RELOAD_DELAY);
    }

    get mapId() {
        const { field, record } = this.props;
        return field ? record.data[field]?.id : record.resId;
    }

    /** A deal, or a customer, has no map until somebody wants one. */
    async start() {
        const { account, record } = this.props;
        await record.save();
        await this.orm.call(
            "crm.stakeholder.map",
            "get_or_create",
            [],
            account
                ? { partner_id: record.data[account].id }
                : { lead_id: record.resId }
        );
        await record.load();
    }

    get componentProps() {
        return { mapId: this.mapId, onChanged: this.reload, isEmbedded: true };
    }
}

registry.category("view_widgets").add("contact_map", {
    component: ContactMapWidget,
    extractProps: ({ options }) => ({ field: options.field, account: options.account }),
    fieldDependencies: ({ options }) =>
        [options.field, options.account]
            .filter(Boolean)
            .map((name) => ({ name, type: "many2one" })),
});
