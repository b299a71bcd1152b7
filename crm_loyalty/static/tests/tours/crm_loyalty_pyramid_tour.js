import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_loyalty_pyramid_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
        {
            content: "The pyramid is drawn",
            trigger: ".o_loyalty_pyramid_chart .o_layer[data-tier='1']",
        },
        {
            content: "It ties out to the ledger",
            trigger: ".o_loyalty_pyramid .o_tie_out.o_ok",
        },
        {
            content: "Open the customers of the first tier",
            trigger: ".o_loyalty_pyramid_table tr[data-tier='1'] .o_open",
            run: "click",
        },
        {
            content: "They carry its badge; open the first",
            trigger:
                ".o_list_view .o_data_row:first-child:has(.o_loyalty_tier) td[name='partner_id']",
            run: "click",
        },
        {
            content: "Explain its revenue",
            trigger: ".o_form_view button[name='action_explain']",
            run: "click",
        },
        {
            content: "The figure stands above its documents",
            trigger: ".o_loyalty_explain_banner",
        },
        {
            content: "Open the first document",
            trigger: ".o_list_view .o_group_header:first-child",
            run: "click",
        },
        {
            content: "Its lines are there",
            trigger: ".o_list_view .o_data_row",
        },
    ],
});
