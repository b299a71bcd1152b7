"""What people wait for: lists and forms as the web client reads them."""

from lxml import etree

from .rounds import Measure, transaction

LOGIN = "bench1"  # a salesperson who sees all customers
X2MANY = ("one2many", "many2many")


def measures(ours):
    with transaction(ours) as env:
        user = env["res.users"].search([("login", "=", LOGIN)])
        options = {"uid": user.id, "companies": tuple(env.company.ids)}
        manager = {"companies": tuple(env.company.ids)}
    return [
        Measure("list", ours, read_customers, prepare_customers, **options),
        Measure("page", ours, read_page, prepare_page, **options),
        Measure("pyramid", ours, read_pyramid, **options),
        Measure("explain", ours, explain, best_customer, **options),
        Measure("recompute", ours, recompute, best_customer, **manager),
        Measure("preview", ours, preview, current_policy, **manager),
        Measure("tie_out", ours, tie_out, current_policy, **manager),
    ]


# ----------------------------------------------------------------------
# Seconds
# ----------------------------------------------------------------------


def current_policy(env):
    return env["crm.loyalty.policy"]._get()


def prepare_customers(env):
    return specification(env, "crm.customer.profile", "list")


def read_customers(env, fields):
    profiles = env["crm.customer.profile"]
    domain = [("company_id", "=", env.company.id)]
    profiles.web_search_read(domain, fields, limit=80)


def best_customer(env):
    return env["crm.customer.profile"].search(
        [("company_id", "=", env.company.id)], limit=1
    )


def prepare_page(env):
    return specification(env, "crm.customer.profile", "form")


def read_page(env, fields):
    best_customer(env).web_read(fields)


def read_pyramid(env, _subject):
    env["crm.loyalty.pyramid"].get_values()


def explain(env, profile):
    """From the revenue of the largest customer to its documents."""
    action = profile.action_explain()
    env[action["res_model"]].web_read_group(
        action["domain"], ["move_id"], ["amount:sum", "__count"], limit=80
    )


def recompute(_env, profile):
    profile.action_recompute()


def preview(env, policy):
    env["crm.loyalty.preview"]._open(policy)


def tie_out(env, policy):
    env["crm.loyalty.tie.out"]._refresh(policy)


# ----------------------------------------------------------------------
# Queries
# ----------------------------------------------------------------------


def count_queries(ours, plain):
    """Queries that our fields add to contacts; {screen: {database: {contacts: n}}}."""
    found = {}
    for screen, sizes in (("list", (80, 8)), ("form", (1,))):
        found[screen] = {
            name: {size: _count(registry, screen, size) for size in sizes}
            for name, registry in (("ours", ours), ("plain", plain))
        }
    return found


def _count(registry, view_type, size):
    with transaction(registry) as env:
        user = env["res.users"].search([("login", "=", LOGIN)])
        companies = tuple(env.company.ids)
    with transaction(registry, user.id, companies) as env:
        fields = specification(env, "res.partner", view_type)
        partners = env["res.partner"].search(
            [("name", "=like", "Customer 0_____")], limit=size, order="name"
        )
        counts = []
        for _time in ("caches are cold", "caches are warm"):
            env.invalidate_all()
            before = env.cr.sql_log_count
            partners.web_read(fields)
            counts.append(env.cr.sql_log_count - before)
        return counts[-1]


def specification(env, model, view_type):
    """What the web client asks for to show the default view of a model."""
    views = env[model].get_views([(False, view_type)])
    arch = etree.fromstring(views["views"][view_type]["arch"])
    return _specification(env[model], arch)


def _specification(records, arch):
    fields = {}
    for node in _own_fields(arch):
        field = records._fields[node.get("name")]
        fields[field.name] = {}
        if field.type in X2MANY:
            inner = records.env[field.comodel_name]
            subviews = [view for view in node if view.tag in ("list", "kanban")]
            nested = _specification(inner, subviews[0]) if subviews else {}
            fields[field.name] = {"fields": nested or {"display_name": {}}}
        elif field.type in ("many2one", "reference"):
            fields[field.name] = {"fields": {"display_name": {}}}
    return fields


def _own_fields(arch):
    """Fields of a view, without those of the views inside it."""
    for node in arch.iter("field"):
        if not any(parent.tag == "field" for parent in node.iterancestors()):
            yield node
