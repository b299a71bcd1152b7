import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const FIRST_TIER = ".o_loyalty_pyramid_table tr[data-tier='1'] .o_customers";

registry.category("web_tour.tours").add("crm_loyalty_cut_tour", {
    url: "/odoo",
    steps: () => {
        let before;
        return [
            ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
            {
                content: "Remember how many customers the first tier has",
                trigger: FIRST_TIER,
                run({ anchor }) {
                    before = anchor.textContent;
                },
            },
            {
                content: "Open the configuration",
                trigger: "button[data-menu-xmlid='crm_loyalty.menu_configuration']",
                run: "click",
            },
            {
                content: "Open the rules",
                trigger: "a[data-menu-xmlid='crm_loyalty.menu_policy']",
                run: "click",
            },
            {
                content: "Open those of the company",
                trigger: ".o_list_view .o_data_row .o_data_cell",
                run: "click",
            },
            {
                content: "Cut by the share of customers",
                trigger:
                    ".o_field_widget[name='cut_method'] input[data-value='customer_share']",
                run: "click",
            },
            {
                content: "The cuts are those of the method",
                trigger:
                    ".o_field_widget[name='tier_ids'] th[data-name='customers_to']",
            },
            ...stepUtils.saveForm(),
            {
                content: "Compute with the new cuts",
                trigger: "button[name='action_run']",
                run: "click",
            },
            {
                content: "The figures are up to date",
                trigger: ".o_notification .o_notification_content",
            },
            {
                content: "See what a decision would change",
                trigger: "button[name='action_preview']",
                run: "click",
            },
            {
                content: "The matrix tells it",
                trigger: ".modal .o_loyalty_matrix td.o_down",
            },
            {
                content: "Two would move",
                trigger: ".modal .o_field_widget[name='mover_count']:contains('2')",
            },
            {
                content: "Let customers within the margin move, too",
                trigger: ".modal .o_field_widget[name='margin'] input",
                run: "click",
            },
            {
                content: "The preview follows at once: the second customer moves, too",
                trigger: ".modal .o_field_widget[name='mover_count']:contains('3')",
            },
            {
                content: "Open one of them",
                trigger: ".modal .o_data_row:first-child td[name='partner_id']",
                run: "click",
            },
            {
                content: "Its value page stands above the preview; close it",
                trigger:
                    ".modal:has(.o_field_widget[name='revenue_previous']) .modal-footer button:contains('Close')",
                run: "click",
            },
            {
                content: "Apply",
                trigger: ".modal button[name='action_apply']",
                run: "click",
            },
            {
                content: "Wait until it is done",
                trigger:
                    "body:not(:has(.modal)) .o_form_view button[name='action_run']",
            },
            {
                content: "Back to the pyramid",
                trigger: "a[data-menu-xmlid='crm_loyalty.menu_pyramid']",
                run: "click",
            },
            {
                content: "The first tier has other customers now",
                trigger: FIRST_TIER,
                run({ anchor }) {
                    if (anchor.textContent === before) {
                        throw new Error(`The first tier still has ${before} customers`);
                    }
                },
            },
        ];
    },
});
