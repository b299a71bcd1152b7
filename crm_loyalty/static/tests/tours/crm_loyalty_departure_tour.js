import { registry } from "@web/core/registry";

const alerts = ".o_field_widget[name='deal_alert_ids']";

/** A supporter has left, and somebody else was met: one tap each. */
registry.category("web_tour.tours").add("crm_loyalty_departure_tour", {
    steps: () => [
        {
            content: "The waterfall tells what the loss cuts off",
            trigger: ".o_deal_waterfall .o_bar_total dt:contains('Health')",
        },
        {
            content: "Accept the plan",
            trigger: `${alerts} button[name='action_plan_departure']`,
            run: "click",
        },
        {
            content: "It is under way",
            trigger: `${alerts}:not(:has(button[name='action_plan_departure']))`,
        },
        {
            content: "The meeting has deepened the contact",
            trigger: ".o_contact_map .o_meeting:contains('Sidorov') .o_deeper",
            run: "click",
        },
        {
            content: "Nothing is left to be answered",
            trigger: ".o_contact_map:has(.o_chains):not(:has(.o_meeting))",
        },
    ],
});
