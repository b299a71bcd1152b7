import { registry } from "@web/core/registry";

/** Make and issue a report of the deal that is open. */
function issue() {
    return [
        {
            content: "A status report of this deal",
            trigger: ".o_statusbar_buttons button[name='action_deal_report']",
            run: "click",
        },
        {
            content: "It is there already, nothing had to be typed",
            trigger: ".o_form_view .o_loyalty_deal_report_screen:contains('of 100')",
        },
    ];
}

registry.category("web_tour.tours").add("crm_loyalty_deal_report_tour", {
    steps: () => [
        ...issue(),
        {
            content: "The one thing to be typed",
            trigger: ".o_field_widget[name='note'] textarea",
            run: "edit Approve a pilot",
        },
        {
            content: "Issue it",
            trigger: ".o_statusbar_buttons button[name='action_issue']",
            run: "click",
        },
        {
            content: "It has a number and can be printed",
            trigger: ".o_statusbar_buttons button[name='action_print']",
        },
        {
            content: "Nothing to compare with yet",
            trigger: ".o_block_changes:contains('first report')",
        },
        {
            content: "Back to the deal",
            trigger: ".o_back_button, .breadcrumb-item:last a",
            run: "click",
        },
        {
            content: "The people",
            trigger: ".o_notebook a[name='people']",
            run: "click",
        },
        {
            content: "Sidorov",
            trigger: ".o_contact_map .o_box:contains('Sidorov')",
            run: "click",
        },
        {
            content: "He supports us now",
            trigger:
                ".o_contact_map_card [data-choice='attitude'] button[data-value='1']",
            run: "click",
        },
        {
            content: "That is kept",
            trigger:
                ".o_contact_map_card [data-choice='attitude'] button[data-value='1'].active",
        },
        ...issue(),
        {
            content: "What changed",
            trigger:
                ".o_block_changes:contains('Sidorov'):contains('+1 Supporter')",
        },
        {
            content: "Issue the second one",
            trigger: ".o_statusbar_buttons button[name='action_issue']",
            run: "click",
        },
        {
            content: "Prepare what the customer may read",
            trigger: ".o_statusbar_buttons button[name='action_client_version']",
            run: "click",
        },
        {
            content: "It is shown at once: needs, and nothing about people",
            trigger:
                ".modal .o_field_widget[name='client_html']:contains('Downtime'):not(:contains('Sidorov'))",
        },
        {
            content: "Keep it",
            trigger: ".modal button:contains('Save')",
            run: "click",
        },
        {
            content: "It stands on the report",
            trigger: "body:not(:has(.modal)) .o_notebook a[name='client']",
        },
    ],
});
