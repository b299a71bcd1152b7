import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** The rate in the line of a driver. */
function typeRate(driver, rate) {
    const row = `.o_field_widget[name=rate_ids] .o_data_row:has(td[name=driver]:contains(${driver}))`;
    return [
        {
            content: `Go to the rate of ${driver}`,
            trigger: `${row} td[name=rate]`,
            run: "click",
        },
        {
            content: `Type what one of ${driver} costs`,
            trigger: `${row}.o_selected_row td[name=rate] input`,
            run: `edit ${rate}`,
        },
    ];
}

registry.category("web_tour.tours").add("crm_loyalty_service_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
        {
            content: "Open the configuration",
            trigger: "button[data-menu-xmlid='crm_loyalty.menu_configuration']",
            run: "click",
        },
        {
            content: "Open the standard rates",
            trigger: ".o-dropdown-item[data-menu-xmlid='crm_loyalty.menu_rate_card']",
            run: "click",
        },
        {
            content: "There are none; begin",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Nobody has confirmed them",
            trigger: ".o_form_view .alert:contains(Nobody has confirmed)",
        },
        ...typeRate("Orders", "12.5"),
        ...typeRate("Visits", "100"),
        {
            content: "A rate that nobody typed is a dash",
            trigger:
                ".o_field_widget[name=rate_ids] .o_data_row:has(td[name=driver]:contains(Calls)) td[name=rate]:contains(–)",
        },
        {
            content: "Stand for the rates",
            trigger: "button[name=action_confirm]",
            run: "click",
        },
        {
            content: "They are confirmed, and the figures computed",
            trigger: ".o_form_view .o_field_widget[name=confirmed_by_id]",
        },
        {
            content: "Open the analysis",
            trigger: "button[data-menu-xmlid='crm_loyalty.menu_analysis']",
            run: "click",
        },
        {
            content: "Open the whale curve",
            trigger: ".o-dropdown-item[data-menu-xmlid='crm_loyalty.menu_whale']",
            run: "click",
        },
        {
            content: "It says by whom the rates are confirmed",
            trigger: ".o_loyalty_whale .o_notice:contains(confirmed by)",
        },
        {
            content: "Open the customers that bring profit",
            trigger: ".o_loyalty_whale_segments [data-segment=bring]",
            run: "click",
        },
        {
            content: "Open the statement of the one with orders",
            trigger:
                ".o_list_view .o_data_row:contains(Tour Customer 1) button[name=action_open_statement]",
            run: "click",
        },
        {
            content: "Two orders at 12.50",
            trigger:
                ".o_loyalty_statement tr[data-line=service_order] .o_open:contains(25.00)",
            run: "click",
        },
        {
            content: "The orders are listed; open the first",
            trigger: ".o_list_view .o_data_row:first-child td[name=name]",
            run: "click",
        },
        {
            content: "It is the order",
            trigger: ".o_form_view .o_field_widget[name=order_line]",
        },
    ],
});

registry.category("web_tour.tours").add("crm_loyalty_service_ledger_tour", {
    steps: () => [
        {
            content: "A cell of the ledger",
            trigger: ".o_pivot tbody tr:contains(Tour Customer 1) td.o_pivot_cell_value:contains(25.00):first",
            run: "click",
        },
        {
            content: "Opens its documents",
            trigger: ".o_list_view .o_data_row td[name=name]",
        },
        {
            content: "Two of them",
            trigger: ".o_list_view:has(.o_data_row:nth-child(2)):not(:has(.o_data_row:nth-child(3)))",
        },
    ],
});
