# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import api, fields, models
from odoo.exceptions import AccessError


class CrmStakeholderNoteReader(models.TransientModel):
    """The only door to a private note: opens for the group, logs, keeps no copy."""

    _name = "crm.stakeholder.note.reader"
    _description = "Private Note, Opened"

    stakeholder_id = fields.Many2one(
        "crm.stakeholder", "About", required=True, readonly=True, ondelete="cascade"
    )
    note_private = fields.Html(
        "Private Note",
        compute="_compute_note_private",
        inverse="_inverse_note_private",
        groups="crm_loyalty.group_confidential",
    )

    @api.model_create_multi
    def create(self, vals_list):
        readers = super().create(vals_list)
        readers.stakeholder_id.check_access("read")
        # sudo: nobody writes the log by hand
        self.env["crm.stakeholder.note.log"].sudo().create(
            [
                {
                    "stakeholder_id": reader.stakeholder_id.id,
                    "user_id": self.env.user.id,
                    "date": fields.Datetime.now(),
                }
                for reader in readers
            ]
        )
        return readers

    @api.depends("stakeholder_id")
    def _compute_note_private(self):
        self._check_reader()
        notes = self._get_notes().grouped("stakeholder_id")
        for reader in self:
            note = notes.get(reader.stakeholder_id.sudo())
            reader.note_private = note and note[:1].note

    def _inverse_note_private(self):
        self._check_reader()
        for reader in self:
            notes = reader._get_notes()
            if notes:
                notes.note = reader.note_private
            else:
                notes.create(
                    {
                        "stakeholder_id": reader.stakeholder_id.id,
                        "note": reader.note_private,
                    }
                )

    def _check_reader(self):
        """Whoever opened it, and is logged for it, reads it; nobody else."""
        allowed = self.env.user.has_group("crm_loyalty.group_confidential")
        if not allowed or any(reader.create_uid != self.env.user for reader in self):
            raise AccessError(
                self.env._("Private notes are opened with the button on the person.")
            )

    def _get_notes(self):
        # sudo: the group was checked and the opening logged
        notes = self.env["crm.stakeholder.note"].sudo()
        return notes.search([("stakeholder_id", "in", self.stakeholder_id.ids)])
