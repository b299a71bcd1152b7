import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_loyalty_delivery_tour", {
    steps: () => [
        {
            content: "Open a customer",
            trigger: ".o_data_row td[name='partner_id']:contains('Tour Customer 0')",
            run: "click",
        },
        {
            content: "Four of five lines came on time; open them",
            trigger:
                ".o_form_view .o_inner_group:has([name='delivery_on_time']:contains('80')) " +
                "[name='delivery_on_time'] button[name='action_explain']",
            run: "click",
        },
        {
            content: "The lines stand under how they were served",
            trigger: ".o_list_view .o_group_header:contains('On time (4)')",
        },
        {
            content: "Unfold the late one",
            trigger: ".o_list_view .o_group_header:contains('Late (1)')",
            run: "click",
        },
        {
            content: "It was three days late",
            trigger: ".o_list_view .o_data_row td[name='late_days']:contains('3')",
            run: "click",
        },
        {
            content: "Its order opens",
            trigger: ".o_form_view [name='order_line'] .o_data_row:contains('Tour Glue')",
        },
        {
            content: "Back to the customer",
            trigger: ".breadcrumb-item a:contains('Tour Customer 0'):not(:contains('80'))",
            run: "click",
        },
        {
            content: "Look at its usual basket",
            trigger: ".o_form_view button[name='action_open_basket']",
            run: "click",
        },
        {
            content: "The product that is short",
            trigger: ".o_list_view .o_data_row td[name='short_qty']:contains('4.00')",
        },
    ],
});
