import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const ROW = ".o_list_view .o_data_row";
const LARGE = `${ROW}:contains('Tour Silent Large')`;
const SMALL = `${ROW}:contains('Tour Silent Small')`;
const WITHOUT_LARGE = ".o_list_view:not(:has(.o_data_row:contains('Large')))";

registry.category("web_tour.tours").add("crm_loyalty_risk_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
        {
            content: "Open the menu of customers",
            trigger: "button[data-menu-xmlid='crm_loyalty.menu_customers']",
            run: "click",
        },
        {
            content: "Open the money at risk",
            trigger: ".o-dropdown-item[data-menu-xmlid='crm_loyalty.menu_my_risk']",
            run: "click",
        },
        {
            content: "The larger one stands first, in words",
            trigger: `${ROW}:first-child:contains('Tour Silent Large'):contains('nothing ordered for 300 days')`,
        },
        {
            content: "A false alarm, in one tap",
            trigger: `${LARGE} button[name='action_false_alarm']`,
            run: "click",
        },
        {
            content: "The line has left the list; it was a mistake",
            trigger: `body:has(${WITHOUT_LARGE}) .o_notification:contains('Off the list') button:contains('Undo')`,
            run: "click",
        },
        {
            content: "The line is back; a false alarm after all",
            trigger: `${LARGE} button[name='action_false_alarm']`,
            run: "click",
        },
        {
            content: "The line has left the list; the other one refuses",
            trigger: `${WITHOUT_LARGE} .o_data_row:contains('Small') button[name='action_refused']`,
            run: "click",
        },
        {
            content: "Because of the price",
            trigger: ".modal .o_field_widget[name='reason'] input[data-value='price']",
            run: "click",
        },
        {
            content: "Keep it",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "Nobody is left to ask, and the screen says why",
            trigger: ".o_list_view .o_view_nocontent:contains('Nobody to ask here')",
        },
    ],
});

registry.category("web_tour.tours").add("crm_loyalty_risk_pyramid_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
        {
            content: "The line below the pyramid opens the money at risk",
            trigger: ".o_loyalty_pyramid_calls .o_call_risk:contains('customers: 2')",
            run: "click",
        },
        {
            content: "Open the documents behind a line",
            trigger: `${LARGE} button[name='action_explain']`,
            run: "click",
        },
        {
            content: "They add up to the money at risk",
            trigger: ".o_breadcrumb:contains('2,000.00: Tour Silent Large')",
        },
        {
            content: "Back to the list",
            trigger: ".o_back_button a, .breadcrumb-item a:contains('Money at Risk')",
            run: "click",
        },
        {
            content: "The customer's value page",
            trigger: `${SMALL} td[name='sentence']`,
            run: "click",
        },
        {
            content: "There it is",
            trigger: ".o_form_view .oe_title:contains('Tour Silent Small')",
        },
    ],
});

registry.category("web_tour.tours").add("crm_loyalty_risk_phone_tour", {
    url: "/odoo/my-money-at-risk",
    steps: () => [
        {
            content: "A card says what happens",
            trigger:
                ".o_kanban_record:contains('Tour Silent Large'):contains('nothing ordered for 300 days')",
        },
        {
            content: "It has ordered, in one tap",
            trigger:
                ".o_kanban_record:contains('Tour Silent Large') button[name='action_ordered']",
            run: "click",
        },
        {
            content: "The card has left the list",
            trigger:
                ".o_kanban_view:not(:has(.o_kanban_record:contains('Large'))) .o_kanban_record:contains('Small')",
        },
    ],
});
