import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("crm_loyalty_brief_tour", {
    steps: () => [
        {
            content: "Open the brief of the first customer",
            trigger:
                ".o_kanban_record:contains('Tour Customer 0') .o_loyalty_open_brief",
            run: "click",
        },
        {
            content: "Its tier and what to do stand on top",
            trigger:
                ".o_loyalty_brief:has(.o_loyalty_tier:contains('Tier 1')) .o_loyalty_brief_action:contains('Ask when')",
        },
        {
            content: "The debt is seen at once",
            trigger: ".o_loyalty_brief_tile[data-key='debt'] .o_tone_bad",
            run({ anchor }) {
                const page = document.documentElement;
                if (page.scrollWidth > page.clientWidth) {
                    throw new Error("The brief is wider than the phone");
                }
                const { bottom } = anchor.getBoundingClientRect();
                if (bottom > window.innerHeight) {
                    throw new Error("The debt is below the first screen");
                }
            },
        },
        {
            content: "Open what stands behind the revenue",
            trigger: ".o_loyalty_brief_tile[data-key='revenue']",
            run: "click",
        },
        {
            content: "It is the value page; its brief is one tap away",
            trigger: ".o_form_view:has(.o_field_widget[name='revenue_previous'])",
        },
    ],
});
