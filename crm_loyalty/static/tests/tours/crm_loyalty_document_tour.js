import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_loyalty_document_tour", {
    steps: () => [
        {
            content: "Open a customer",
            trigger: ".o_data_row td[name='partner_id']:contains('Tour Customer 0')",
            run: "click",
        },
        {
            content: "Explain its revenue",
            trigger: ".o_form_view button[name='action_explain']",
            run: "click",
        },
        {
            content: "Unfold the first document",
            trigger: ".o_list_view .o_group_header:first-child",
            run: "click",
        },
        {
            content: "Open it by one of its lines",
            trigger: ".o_list_view .o_data_row td[name='amount']",
            run: "click",
        },
        {
            content: "The document is shown with its lines",
            trigger: ".o_form_view [name='document_line_ids'] .o_data_row td[name='amount']",
        },
        {
            content: "Back to the customer",
            trigger: ".o_form_view [name='move_type']:contains('Invoice')",
        },
        {
            content: "By the breadcrumb",
            trigger: ".breadcrumb-item a:contains('Tour Customer 0'):not(:contains('makes up'))",
            run: "click",
        },
        {
            content: "Explain the overdue debt",
            trigger: ".o_form_view [name='overdue'] button[name='action_explain']",
            run: "click",
        },
        {
            content: "Open the first item",
            trigger: ".o_list_view .o_data_row td[name='amount_residual']",
            run: "click",
        },
        {
            content: "Its document is shown with what is still open",
            trigger: ".o_form_view:has([name='days_late']) [name='document_line_ids'] .o_data_row",
        },
    ],
});
