import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_loyalty_dossier_tour", {
    url: "/odoo/key-accounts?view_type=list",
    steps: () => [
        {
            content: "As a list",
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            content: "Who could be a key client?",
            trigger: "button[name='action_find']",
            run: "click",
        },
        {
            content: "Candidates stand in a group of their own",
            trigger: ".o_group_header:contains('Proposed')",
            run: "click",
        },
        {
            content: "Look at the largest",
            trigger: ".o_data_row:contains('Tour Customer 0') td[name='display_name']",
            run: "click",
        },
        {
            content: "Why it is proposed",
            trigger: ".o_form_view .o_field_widget[name='origin']:contains('%')",
        },
        {
            content: "Open its dossier",
            trigger: ".o_statusbar_buttons button[name='action_activate']",
            run: "click",
        },
        {
            content: "Its figures are there, its share is flagged",
            trigger:
                ".o_loyalty_card[data-card='money']:contains('We depend on it') button[data-figure='revenue']",
        },
        {
            content: "One of the three questions that bring most",
            trigger: ".o_loyalty_completeness button:contains('who decides')",
            run: "click",
        },
        {
            content: "Answer it",
            trigger: ".modal .o_field_widget[name='answer_text'] textarea",
            run: "edit Mr Tour decides",
        },
        {
            content: "And back to the dossier",
            trigger: ".modal button[name='action_answer_close']",
            run: "click",
        },
        {
            content: "The answer is on a card, reviewed today",
            trigger:
                "body:not(:has(.modal)) .o_loyalty_card:contains('Mr Tour decides'):contains('reviewed today')",
        },
        {
            content: "Open what the revenue counts",
            trigger: ".o_loyalty_card[data-card='money'] button[data-figure='revenue']",
            run: "click",
        },
        {
            content: "The documents",
            trigger: ".o_list_view .o_group_header, .o_list_view .o_data_row",
        },
        {
            content: "Back",
            trigger: ".breadcrumb-item:last a, .o_back_button",
            run: "click",
        },
        {
            content: "The dossier again, ready to be printed",
            trigger: ".o_form_view button[name='action_print']",
        },
    ],
});
