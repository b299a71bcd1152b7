import { Component, onWillStart } from "@odoo/owl";
import { LazyComponent } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/**
 * A contact map on a page of its own: `params.map_id` or the active record says which.
 * The picture itself is loaded when somebody looks at one.
 */
export class ContactMapAction extends Component {
    static template = "crm_loyalty.ContactMapAction";
    static components = { Layout, LazyComponent };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        const { params, context } = this.props.action;
        this.mapId = params?.map_id || context.active_id;
        onWillStart(async () => {
            const [map] = await this.orm.read(
                "crm.stakeholder.map",
                [this.mapId],
                ["display_name"]
            );
            this.env.config.setDisplayName(map.display_name);
        });
    }
}

registry.category("actions").add("crm_loyalty.contact_map", ContactMapAction);
