import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_loyalty_phone_tour", {
    steps: () => [
        {
            content: "Customers are cards, their total stands above; open the first",
            trigger:
                ".o_kanban_view:has(.o_loyalty_list_summary) .o_kanban_record:contains('Tour Customer 0')",
            run: "click",
        },
        {
            content: "Explain its revenue",
            trigger:
                ".o_form_view .o_field_widget[name='revenue'] button[name='action_explain']",
            run: "click",
        },
        {
            content: "There is room for the amount of each document",
            trigger:
                ".o_list_view:not(:has(th[data-name='partner_id'])) .o_group_header .o_list_number:contains('900.00')",
        },
    ],
});
