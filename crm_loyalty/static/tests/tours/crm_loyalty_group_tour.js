import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("crm_loyalty_group_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
        {
            content: "The pyramid is there",
            trigger: ".o_loyalty_pyramid_table",
        },
        {
            content: "Open the menu of customers",
            trigger: "button[data-menu-xmlid='crm_loyalty.menu_customers']",
            run: "click",
        },
        {
            content: "Open the groups",
            trigger: ".o-dropdown-item[data-menu-xmlid='crm_loyalty.menu_customer_group']",
            run: "click",
        },
        {
            content: "Nobody seems to belong together",
            trigger: ".o_list_view button[name='action_find']",
            run: "click",
        },
        {
            content: "That is told",
            trigger: ".o_notification:contains('No further customers')",
        },
        {
            content: "A new one",
            trigger: ".o_list_view .o_list_button_add",
            run: "click",
        },
        {
            content: "Its head",
            trigger: ".o_form_view .o_field_widget[name='partner_id'] input",
            run: "edit Tour Customer 0",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item > a:contains('Tour Customer 0')",
            run: "click",
        },
        {
            content: "The head gives its name and is the first member",
            trigger:
                ".o_field_widget[name='member_ids'] .o_data_row:contains('Tour Customer 0')",
        },
        {
            content: "Add another member",
            trigger: ".o_field_widget[name='member_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Its name",
            trigger: ".o_selected_row .o_field_widget[name='partner_id'] input",
            run: "edit Tour Customer 1",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item > a:contains('Tour Customer 1')",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It is a proposal of two entities",
            trigger: ".o_field_widget[name='entity_count']:contains('2')",
        },
        {
            content: "Confirm",
            trigger: "button[name='action_confirm']",
            run: "click",
        },
        {
            content: "The figures do not count it yet: recompute",
            trigger: ".alert:contains('next run') button[name='action_recompute']",
            run: "click",
        },
        {
            content: "Now they do: open its value",
            trigger: "button[name='action_open_profile']",
            run: "click",
        },
        {
            content: "Figures and number of entities are those of the group",
            trigger:
                "button[name='action_open_places']:contains('2'):contains('Where It Buys')",
            run: "click",
        },
        {
            content: "Down to the entity",
            trigger: ".o_pivot_view th:contains('Tour Customer 1')",
        },
        {
            content: "Open the menu of customers",
            trigger: "button[data-menu-xmlid='crm_loyalty.menu_customers']",
            run: "click",
        },
        {
            content: "Back to the list of groups",
            trigger: ".o-dropdown-item[data-menu-xmlid='crm_loyalty.menu_customer_group']",
            run: "click",
        },
        {
            content: "The group is there",
            trigger:
                ".o_list_view .o_data_row:contains('Tour Customer 0'):contains('Confirmed')",
        },
    ],
});
