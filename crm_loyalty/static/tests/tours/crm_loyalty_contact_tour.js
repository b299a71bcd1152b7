import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_loyalty_contact_tour", {
    url: "/odoo",
    steps: () => [
        // from there the form stands in an action with a card view of its own
        ...stepUtils.goToAppSteps("contacts.menu_contacts"),
        {
            content: "Open the customer",
            trigger: ".o_data_row .o_data_cell:contains('1st Contact')",
            run: "click",
        },
        {
            content: "Open the page with its figures",
            trigger: ".o_notebook .nav-link[name=loyalty_value]",
            run: "click",
        },
        {
            content: "They are there",
            trigger: ".o_loyalty_value .o_kanban_record:contains('321.00')",
        },
    ],
});
