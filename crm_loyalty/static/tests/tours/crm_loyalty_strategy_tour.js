import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_loyalty_strategy_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
        {
            content: "Open the strategies",
            trigger: "a[data-menu-xmlid='crm_loyalty.menu_strategy']",
            run: "click",
        },
        {
            content: "Open that of the first tier",
            trigger: ".o_data_row:contains('Tier 1') td[name='summary']",
            run: "click",
        },
        {
            content: "Take the recommended set",
            trigger: "button[name='action_recommend']",
            run: "click",
        },
        {
            content: "It is filled in, and off; see whom it touches",
            trigger:
                ".o_form_view:has(.o_field_widget[name='cadence_days'] input:value('30')) button[name='action_preview']",
            run: "click",
        },
        {
            content: "Two customers, and what would change for them",
            trigger:
                ".modal:has(.o_field_widget[name='customer_count']:contains('2')) .o_data_row:contains('would have cost -5.0 %')",
        },
        {
            content: "Switch it on",
            trigger: ".modal button[name='action_switch_on']",
            run: "click",
        },
        {
            content: "Prices and terms wait; approve them",
            trigger:
                "body:not(:has(.modal)) .o_form_view:has(.alert:contains('wait for approval')) button[name='action_approve']",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "Approved",
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_field_widget[name='money_state']:contains('Approved')",
        },
    ],
});

/** As the salesperson, on a quotation that exists; the strategy is in force. */
registry.category("web_tour.tours").add("crm_loyalty_strategy_order_tour", {
    steps: () => [
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
            content: "Why these prices",
            trigger:
                ".o_loyalty_advice_sources:contains('Prices: Tier 1 – by Tier 1')",
        },
        {
            content: "Why these terms",
            trigger:
                ".o_loyalty_advice_sources:contains('Payment: 30 Days – by Tier 1')",
        },
        {
            content: "Why urgent",
            trigger:
                ".o_loyalty_advice_sources:contains('Delivery: urgent – by Tier 1')",
        },
        {
            content: "Add a product",
            trigger:
                ".o_field_x2many_list_row_add > a, .o_field_x2many_list_row_add button",
            run: "click",
        },
        {
            content: "Type its name",
            trigger: ".o_selected_row .o_field_widget[name^='product'] input",
            run: "edit Tour Glue",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item a:contains('Tour Glue')",
            run: "click",
        },
        {
            content: "Five percent less",
            trigger: ".o_field_widget[name='tax_totals']:contains('95.00')",
        },
        ...stepUtils.saveForm(),
        {
            content: "Confirm",
            trigger: "button[name='action_confirm']:visible",
            run: "click",
        },
        {
            content: "Confirmed, and it still tells where it came from",
            trigger:
                ".o_form_view:has(.o_arrow_button_current:contains('Sales Order')) .o_loyalty_advice_sources:contains('Delivery: urgent – by Tier 1')",
        },
    ],
});
