import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const choose = (field, name) => [
    {
        content: `Whose field: ${field}`,
        trigger: `.o_field_widget[name='${field}'] input`,
        run: `edit ${name}`,
    },
    {
        content: `Choose ${name}`,
        trigger: `.o-autocomplete--dropdown-item > a:contains('${name}')`,
        run: "click",
    },
];

registry.category("web_tour.tours").add("crm_loyalty_handover_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
        {
            content: "The pyramid is there",
            trigger: ".o_loyalty_pyramid_table",
        },
        {
            content: "Open the menu",
            trigger: "[data-menu-xmlid='crm_loyalty.menu_key_account_root']",
            run: "click",
        },
        {
            content: "Handovers",
            trigger: "[data-menu-xmlid='crm_loyalty.menu_handover']",
            run: "click",
        },
        {
            content: "A new one",
            trigger: ".o_list_button_add",
            run: "click",
        },
        ...choose("from_user_id", "tour_anna"),
        ...choose("to_user_id", "tour_boris"),
        {
            content: "What would move?",
            trigger: "button[name='action_preview']",
            run: "click",
        },
        {
            content: "Six customers are listed",
            trigger:
                ".o_field_widget[name='line_ids'] .o_data_row:contains('Tour Customer 5')",
        },
        {
            content: "Hand over",
            trigger: "button[name='action_hand_over']",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Handed Over')",
        },
        {
            content: "It was a mistake",
            trigger: "button[name='action_undo']",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            content: "It is undone",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Undone')",
        },
    ],
});
