import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_loyalty_override_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
        {
            content: "Open the customers of the last tier",
            trigger: ".o_loyalty_pyramid_table tr[data-tier='4'] .o_open",
            run: "click",
        },
        {
            content: "Open one",
            trigger: ".o_list_view .o_data_row:first-child td[name='partner_id']",
            run: "click",
        },
        {
            content: "Set its tier by hand",
            trigger: ".o_form_view button[name='action_override']",
            run: "click",
        },
        {
            content: "Choose another tier",
            trigger: ".modal .o_field_widget[name='tier_id'] input",
            run: "edit Tier 1",
        },
        {
            content: "The first",
            trigger: ".o-autocomplete--dropdown-item > a:contains('Tier 1')",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Strategic customer",
        },
        {
            content: "Say until when",
            trigger: ".modal .o_field_widget[name='date_to'] input",
            run: "edit 12/31/2199 && press Tab",
        },
        {
            content: "Save",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "The customer carries the tier",
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_field_widget[name='tier_id']:contains('Tier 1')",
        },
    ],
});
