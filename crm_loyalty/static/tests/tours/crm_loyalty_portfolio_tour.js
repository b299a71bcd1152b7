import { registry } from "@web/core/registry";

const PORTFOLIO = ".o_loyalty_portfolio";

registry.category("web_tour.tours").add("crm_loyalty_portfolio_tour", {
    url: "/odoo/customer-pyramid",
    steps: () => [
        {
            content: "From the first screen of the app",
            trigger: "button[data-menu-xmlid='crm_loyalty.menu_people']",
            run: "click",
        },
        {
            trigger: "a[data-menu-xmlid='crm_loyalty.menu_portfolio']",
            run: "click",
        },
        {
            content: "All deals, and what needs the head stands first",
            trigger: `${PORTFOLIO}:has(.o_count:contains(2)) .o_deal:first-child[data-band='amber']:contains(Annual contract)`,
        },
        {
            content: "Only those of one salesperson",
            trigger: `${PORTFOLIO} select[name='user_id']`,
            run: "selectByLabel Boris",
        },
        {
            trigger: `${PORTFOLIO}:has(.o_count:contains(1)) .o_deal:only-child:contains(Spare parts)`,
        },
        {
            content: "The paper gets the filter of the screen",
            trigger: `${PORTFOLIO} .o_print`,
            run: "click",
        },
        {
            content: "Printed",
            trigger: `${PORTFOLIO} .o_print:not(:disabled)`,
        },
        {
            trigger: `${PORTFOLIO} .o_clear`,
            run: "click",
        },
        {
            trigger: `${PORTFOLIO} .o_deal:contains(Spare parts) a`,
            run: "click",
        },
        {
            content: "The deal itself",
            trigger: ".o_form_view .o_field_widget[name='name'] :value(Spare parts)",
        },
        {
            content: "Back to the same list",
            trigger: ".breadcrumb-item a, .o_back_button a",
            run: "click",
        },
        {
            trigger: `${PORTFOLIO} .o_count:contains(2)`,
        },
    ],
});
