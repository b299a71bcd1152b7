import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Tell that an outcome is noted, and take it back if it was given by mistake. */
function riskAnswered(env, { params }) {
    const { action, notification, orm } = env.services;
    const close = notification.add(params.message, {
        type: "success",
        buttons: [
            {
                name: _t("Undo"),
                onClick: async () => {
                    close();
                    await orm.call("crm.customer.risk", "action_reopen", [
                        params.risk_ids,
                    ]);
                    await action.doAction("soft_reload");
                },
            },
        ],
    });
    return { type: "ir.actions.act_window_close" };
}

registry.category("actions").add("crm_loyalty.risk_answered", riskAnswered);
