import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/** The value page above another screen: nothing to save, it can only be closed. */
class ValuePageDialog extends FormViewDialog {
    setup() {
        super.setup();
        this.viewProps.buttonTemplate = "web.FormView.Buttons";
    }
}

/**
 * Lines about customers: a line opens the value page of its customer (field profile_id)
 * above the screen it stands on; a line itself has no form.
 */
export class LoyaltyCustomerLinesField extends X2ManyField {
    setup() {
        super.setup();
        this.dialog = useService("dialog");
    }

    async openRecord(record) {
        const profile = record.data.profile_id;
        if (profile) {
            this.dialog.add(ValuePageDialog, {
                resModel: "crm.customer.profile",
                resId: profile.id,
                title: record.data.partner_id.display_name,
                readonly: true,
                preventCreate: true,
                preventEdit: true,
            });
        }
    }
}

registry.category("fields").add("loyalty_customer_lines", {
    ...x2ManyField,
    component: LoyaltyCustomerLinesField,
});
