import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const TOTAL = ".o_loyalty_pyramid_table tfoot";

registry.category("web_tour.tours").add("crm_loyalty_summary_tour", {
    url: "/odoo",
    steps: () => {
        let amount;
        return [
            ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
            {
                content: "Remember the total to the cent",
                trigger: `${TOTAL} .o_revenue`,
                run({ anchor }) {
                    [amount] = JSON.parse(anchor.dataset.tooltipInfo).lines;
                },
            },
            {
                content: "Open all customers",
                trigger: `${TOTAL} .o_open`,
                run: "click",
            },
            {
                content: "More than the list shows on a page",
                trigger: ".o_list_view .o_pager_limit:contains('91')",
            },
            {
                content: "The line above the list tells the same total",
                trigger: ".o_loyalty_list_summary:contains('91') .o_revenue",
                run({ anchor }) {
                    if (!amount || anchor.textContent !== amount) {
                        throw new Error(`${anchor.textContent} instead of ${amount}`);
                    }
                },
            },
            {
                content: "The list itself does not sum its first page",
                trigger: ".o_list_view tfoot:not(:contains('.'))",
            },
            {
                content: "Choose one customer",
                trigger: ".o_list_view .o_data_row:first-child input[type='checkbox']",
                run: "click",
            },
            {
                content: "What is chosen is summed",
                trigger: ".o_list_view tfoot:contains('1,800.00')",
            },
            {
                content: "Switch to the pivot",
                trigger: ".o_switch_view.o_pivot",
                run: "click",
            },
            {
                content: "The line stands there, too",
                trigger: ".o_pivot_view .o_loyalty_list_summary:contains('91')",
            },
        ];
    },
});
