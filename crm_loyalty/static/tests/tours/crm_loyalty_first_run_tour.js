import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/** A new company: no figures, no sales, no accounting. Errors on the way end the tour. */
registry.category("web_tour.tours").add("crm_loyalty_first_run_tour", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("crm_loyalty.menu_root"),
        {
            content: "There are no figures; compute them",
            trigger: ".o_loyalty_pyramid_empty .o_compute",
            run: "click",
        },
        {
            content: "It is done; somebody must set up accounting before the first sale",
            trigger:
                ".o_loyalty_pyramid_empty:contains('No sales yet'):contains('Ask an administrator'):not(:has(.o_create_invoice))",
        },
        {
            content: "Compute them once more from here",
            trigger: ".o_loyalty_pyramid_empty .o_recompute:enabled",
            run: "click",
        },
        {
            content: "Both runs have told their result",
            trigger: ".o_notification_manager:has(.o_notification:nth-child(2))",
        },
        {
            content: "The button can be used again",
            trigger: ".o_loyalty_pyramid_empty .o_recompute:enabled",
        },
    ],
});
