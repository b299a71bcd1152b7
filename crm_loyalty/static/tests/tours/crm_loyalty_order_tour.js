import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_loyalty_order_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("sale.sale_menu_root"),
        {
            content: "Create a quotation",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Look for the customer",
            trigger: ".o_field_widget[name='partner_id'] input",
            run: "edit Tour Customer 0",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item a:contains('Tour Customer 0')",
            run: "click",
        },
        {
            content: "Its tier shows",
            trigger:
                ".o_field_widget[name='loyalty_current_tier_id'] .o_loyalty_tier:contains('Tier 1')",
        },
        ...stepUtils.discardForm(),
    ],
});
