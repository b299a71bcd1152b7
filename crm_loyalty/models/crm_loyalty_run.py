# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from contextlib import ExitStack, contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: first key of the advisory locks; the second one is the root company
LOCK_CLASS = 20191907
#: documents that one committed batch of a full run reads, more or less; each batch
#: goes through all journal items
BATCH_DOCUMENTS = 2_000_000
#: changed customers that one committed batch of an incremental run reads
BATCH_ENTITIES = 2_000
MAX_ID = 2**31 - 1


class CrmLoyaltyRun(models.Model):
    """One computation of the figures of a company, in two phases.

    First facts are refreshed in batches, each of which may be committed; nobody reads
    them. Then classification, profiles and history change in one transaction. A killed
    run is found again by the next one and goes on where it was. The scheduled job then
    compares the facts with the ledger; nobody waits for that.
    """

    _name = "crm.loyalty.run"
    _inherit = ["crm.loyalty.company.mixin"]
    _description = "Tier Run"
    _order = "id desc"
    _rec_name = "started_on"
    _technical_fields = ("is_current_company", "last_partner_id", "rules")

    policy_id = fields.Many2one(
        "crm.loyalty.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    as_of = fields.Date(required=True)
    window_days = fields.Integer(help="Length of the window that the run used")
    rules = fields.Json(help="The rules that the run used, see the policy")
    kind = fields.Selection(
        [("full", "All customers"), ("changed", "Changed customers")], required=True
    )
    state = fields.Selection(
        [
            ("facts", "Reading documents"),
            ("classify", "Classifying"),
            ("done", "Done"),
        ],
        "Progress State",
        default="facts",
        required=True,
    )
    started_on = fields.Datetime(default=lambda self: fields.Datetime.now())
    finished_on = fields.Datetime()
    last_partner_id = fields.Integer(help="A full run has read the entities up to here")
    todo = fields.Integer("Customers to Read")
    done = fields.Integer(
        "Customers Read", help="Customers whose documents the run has read"
    )
    progress = fields.Float(compute="_compute_progress")
    facts_written = fields.Integer(help="Days of customers whose sums changed")
    profiles_written = fields.Integer(help="Customers whose figures changed")
    tiers_changed = fields.Integer(help="Customers that have another tier since then")

    @api.depends("state", "todo", "done")
    def _compute_progress(self):
        for run in self:
            if run.state == "done":
                run.progress = 100
            else:
                run.progress = min(99, 100 * run.done / run.todo if run.todo else 0)

    # ------------------------------------------------------------------
    # Opening
    # ------------------------------------------------------------------

    @api.model
    def _open(self, policy, as_of=None, full=False):
        """The unfinished run of the policy, or a new one.

        The first run of a policy, and one after which the window would be another, or
        that goes back in time, are full.
        """
        as_of = as_of or policy._get_today()
        run = self.search(
            [("policy_id", "=", policy.id), ("state", "!=", "done")], limit=1
        )
        if run:
            run.write({"as_of": as_of, "window_days": policy.window_days})
            if full and run.kind != "full":
                run.write({"kind": "full", "state": "facts", "todo": 0, "done": 0})
            return run
        return self.create(
            {
                "policy_id": policy.id,
                "as_of": as_of,
                "window_days": policy.window_days,
                "kind": "full" if full or not policy.last_run_id else "changed",
            }
        )

    @api.model
    @contextmanager
    def _lock(self, company, commit=False):
        """One run per root company at a time; a second one is told so, and stops.

        A run that commits between its batches holds the lock of the session, any
        other that of its transaction.
        """
        key = (LOCK_CLASS, company.id)
        function = SQL(
            "pg_try_advisory_lock" if commit else "pg_try_advisory_xact_lock"
        )
        [[locked]] = self.env.execute_query(SQL("SELECT %s(%s, %s)", function, *key))
        if not locked:
            raise UserError(
                self.env._(
                    "The figures of %s are being computed right now. Try again when"
                    " that run is done.",
                    company.name,
                )
            )
        try:
            yield
        except BaseException:
            if commit:
                self.env.cr.rollback()
            raise
        finally:
            if commit:
                self.env.cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", *key))

    # ------------------------------------------------------------------
    # Execution
    # ------------------------------------------------------------------

    @api.model
    def _start(self, policy, as_of=None, full=False, commit=False):
        """Open and execute a run under the lock; see ``crm.loyalty.policy._run``."""
        self.env.flush_all()
        with self._lock(policy.company_id, commit):
            if commit:
                self.env[
                    "ir.cron"
                ]._commit_progress()  # a snapshot that no other run is changing
            run = self._open(policy, as_of, full)
            if commit:
                self.env.flush_all()
                self.env[
                    "ir.cron"
                ]._commit_progress()  # a killed run must be found again
            run._execute(commit)
        return run

    def _execute(self, commit):
        """Run both phases, or what is left of them and of the time."""
        self.ensure_one()
        if self.state == "facts" and not self._refresh_facts(commit):
            return
        self._classify()
        if commit:
            self.env["ir.cron"]._commit_progress()

    def _refresh_facts(self, commit):
        """Phase 1. Return whether all batches are done."""
        batches = self._get_full_batches if self.kind == "full" else self._get_batches
        for scope, count in batches():
            self.facts_written += self._refresh_scope(scope)
            self.done += count
            if commit:
                self.env.flush_all()
                if not self.env["ir.cron"]._commit_progress():
                    return False
        if self.kind == "full":
            self._analyze("crm_customer_fact", "partner_id", "company_id", "date")
        self.state = "classify"
        self.env.flush_all()
        if commit:
            self.env["ir.cron"]._commit_progress()
        return True

    @api.model
    def _read_first(self, policies, as_of=None, commit=False):
        """Phase 1 of the first runs of several companies at once.

        The journal items are gone through once for all of them, if that is one batch.
        Their runs go on from there, one by one, when they are started.
        """
        with ExitStack() as locks:
            waiting = policies.browse()
            for policy in policies.filtered(lambda policy: not policy.last_run_id):
                try:
                    locks.enter_context(self._lock(policy.company_id, commit))
                except UserError:
                    continue  # somebody computes its figures by hand
                waiting += policy
            if commit:
                # a snapshot that no other run is changing
                self.env["ir.cron"]._commit_progress()
            runs = self.browse()
            for policy in waiting.filtered(lambda policy: not policy.last_run_id):
                runs += self._open(policy, as_of)
            runs = runs.filtered(lambda r: r.state == "facts" and not r.last_partner_id)
            if len(runs) > 1 and runs._count_documents() <= BATCH_DOCUMENTS:
                runs._refresh_together()
                if commit:
                    self.env["ir.cron"]._commit_progress()

    def _refresh_together(self):
        """The facts of all companies of these runs, in one pass."""
        self._tune()
        for run in self:
            run._take(SQL("IS NOT NULL"))
        facts = self.env["crm.customer.fact"]
        facts._refresh(self.company_id)
        of_companies = [("company_id", "in", self.company_id.ids)]
        counts = dict(facts._read_group(of_companies, ["company_id"], ["__count"]))
        for run in self:
            run.facts_written = counts.get(run.company_id, 0)
        self.write({"last_partner_id": MAX_ID, "state": "classify"})
        self._analyze("crm_customer_fact", "partner_id", "company_id", "date")
        self.env.flush_all()

    def _analyze(self, table, *columns):
        """Tell the planner about a table just filled, or it joins row by row.

        :param columns: those that statements of a run join it by; all the others are
            left to the database's own housekeeping
        """
        names = SQL(", ").join(map(SQL.identifier, columns))
        self.env.cr.execute(SQL("ANALYZE %s (%s)", SQL.identifier(table), names))

    def _tune(self):
        """Settings of this transaction that suit a few large statements.

        Compiling them takes longer than running them, and sorts should stay in memory.
        """
        self.env.cr.execute("SET LOCAL jit = off; SET LOCAL work_mem = '256MB'")

    def _refresh_scope(self, scope):
        """Refresh the facts of the entities in ``scope`` and mark what is taken in.

        Both happen in one snapshot: what is marked is what the facts have seen.

        :param scope: ids of entities; in a full run their range as SQL, None for all
        """
        self._tune()
        facts = self.env["crm.customer.fact"]
        if scope is None or isinstance(scope, SQL):
            self._take(scope or SQL("IS NOT NULL"))
            return facts._refresh(self.company_id, scope)
        rows = self._take(SQL("= ANY(%s)", scope))
        # whoever is not known to have changed on certain days only is read in full
        partly = {row[0] for row in rows} - {row[0] for row in rows if not row[2]}
        whole = set(scope) - partly
        changes = [
            (entity, move_id, day)
            for entity, move_id, *days in rows
            for day in set(days)
            if entity in partly
        ]
        count = facts._refresh_days(self.company_id, changes) if changes else 0
        if whole:
            count += facts._refresh(self.company_id, SQL("= ANY(%s)", sorted(whole)))
        return count

    def _take(self, scope):
        """Mark what is queued for the entities in ``scope``.

        :return: list of (id of the entity, id of the document or None, its two days)
        """
        return self.env.execute_query(
            SQL(
                """
                WITH entity AS (
                    SELECT queue.id, COALESCE(
                        partner.commercial_partner_id, queue.partner_id
                    ) AS partner_id
                    FROM crm_customer_queue queue
                    LEFT JOIN res_partner partner ON partner.id = queue.partner_id
                    WHERE queue.company_id = %(company)s AND queue.run_id IS NULL
                )
                UPDATE crm_customer_queue queue
                SET run_id = %(run)s
                FROM entity
                WHERE queue.id = entity.id AND entity.partner_id %(scope)s
                RETURNING entity.partner_id, move_id, date, invoice_date
                """,
                run=self.id,
                company=self.company_id.id,
                scope=scope,
            )
        )

    def _get_full_batches(self):
        """Ranges of entity ids with about the same number of documents each."""
        lower = self.last_partner_id + 1
        if lower > MAX_ID:
            return  # killed just before the next phase
        facts = self.env["crm.customer.fact"]
        if lower == 1 and self._count_documents() <= BATCH_DOCUMENTS:
            # nobody sees the progress of a single batch
            self.last_partner_id = MAX_ID
            yield None, 0
            return
        batches = self.env.execute_query(
            facts._query_batches(self.company_id, lower, BATCH_DOCUMENTS)
        )
        self.todo = self.done + sum(count for _last, count in batches)
        # the last range is open: facts of entities without any document go, too
        *batches, (_last, rest) = batches or [(0, 0)]
        for last, count in batches:
            self.last_partner_id = last
            yield SQL("BETWEEN %s AND %s", lower, last), count
            lower = last + 1
        self.last_partner_id = MAX_ID
        yield SQL("BETWEEN %s AND %s", lower, MAX_ID) if lower > 1 else None, rest

    def _count_documents(self):
        """Journal entries of all kinds: told by an index, without reading them."""
        branches = [
            branch.id
            for company in self.company_id
            for branch in company._loyalty_branches()
        ]
        [[count]] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM account_move WHERE company_id IN %s",
                tuple(branches),
            )
        )
        return count

    def _get_batches(self):
        """Queued entities, some thousands at a time."""
        entities = self._get_queued_entities()
        self.todo = self.done + len(entities)
        for start in range(0, len(entities), BATCH_ENTITIES):
            batch = entities[start : start + BATCH_ENTITIES]
            yield batch, len(batch)

    def _get_queued_entities(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT queue.partner_id
                FROM crm_customer_queue queue
                WHERE queue.company_id = %(company)s AND queue.run_id IS NULL
                UNION
                SELECT DISTINCT partner.commercial_partner_id
                FROM crm_customer_queue queue
                JOIN res_partner partner ON partner.id = queue.partner_id
                WHERE queue.company_id = %(company)s AND queue.run_id IS NULL
                """,
                company=self.company_id.id,
            )
        )
        return sorted(row[0] for row in rows)

    def _classify(self):
        """Phase 2: what readers see changes in this transaction, all at once."""
        self._tune()
        # what was posted meanwhile, so that figures and ledger share one snapshot
        if late := self._get_queued_entities():
            self.facts_written += self._refresh_scope(late)
        policy = self.policy_id
        # those of this moment: they may have changed while documents were read
        self.write({"window_days": policy.window_days, "rules": policy._get_rules()})
        policy._propose_risk_minimum(self.as_of)
        profiles = self.env["crm.customer.profile"]
        self.profiles_written = profiles._refresh(self)
        policy.write({"as_of": self.as_of, "last_run_id": self.id})
        if policy.decided_on:
            due = policy.next_decision and policy.next_decision <= self.as_of
            self.tiers_changed = profiles._set_tiers(policy, self.as_of, decide=due)
            self.env["crm.customer.tier.override"]._close_ended(policy, self.as_of)
            if due:
                policy.decided_on = self.as_of
        self.env.cr.execute(
            SQL(
                "DELETE FROM crm_customer_queue WHERE company_id = %s AND run_id IS"
                " NOT NULL",
                self.company_id.id,
            )
        )
        self.write({"state": "done", "finished_on": fields.Datetime.now()})
        self.env.flush_all()

    def _tie_out(self):
        """Compare the facts with the ledger, as of this run, the last one.

        What was posted since is taken into the facts first, so that both are of one
        snapshot; profiles follow with the next run.
        """
        self.ensure_one()
        self.env.flush_all()
        with self._lock(self.company_id):
            if late := self._get_queued_entities():
                self._refresh_scope(late)
            self._tune()
            self.env["crm.loyalty.tie.out"]._refresh(self.policy_id)
            self.policy_id.tie_out_run_id = self

    # ------------------------------------------------------------------
    # Actions and housekeeping
    # ------------------------------------------------------------------

    def _get_done_notification(self):
        """Client action that tells the result and reloads the screen."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Figures are up to date. Customers read: %(read)s, changed:"
                    " %(changed)s",
                    read=self.done,
                    changed=self.profiles_written,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.autovacuum
    def _gc_runs(self):
        """Keep a year of the log."""
        limit = 1000
        runs = self.search([("finished_on", "<", "now -1y")], order="id", limit=limit)
        runs.unlink()
        return len(runs), len(runs) == limit
