# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import models

from ..tools import map_layout, map_svg


class CrmStakeholderMap(models.Model):
    """The contact map on paper."""

    _inherit = "crm.stakeholder.map"

    def _get_svg(self, picture=None, width=980, height=490):
        """The map as an SVG element for reports, in black and one accent.

        :param dict picture: of ``get_picture``, read if missing; a frozen one shows
            the map as it was
        :param width: of the frame to fit, in pixels
        :param height: of this frame
        :return: Markup, empty for a map without people
        :raise AccessError: if the user may not see the map
        """
        labels = {
            "days": self.env._("%s d"),
            "never": self.env._("never"),
            "people": self.env._("%s people"),
            "no_department": self.env._("Without a department"),
            "ours": self.env._("We"),
            "third": self.env._("Third parties"),
        }
        return map_svg.draw(picture or self.get_picture(), labels, width, height)

    def _get_print_values(self):
        """What the report "Contact map" prints of a map.

        :return: dict: ``svg``; ``points``: list of (code, names), in the order to be
            filled; ``chain``: (names, chance 0..100) or None; ``health`` in words
        """
        picture = self.get_picture()
        figures = picture["figures"]
        people = [person for person in picture["people"] if not person["gone"]]
        names = {
            row["contact_id"]: row["name"]
            for row in [*picture["people"], *picture["others"]]
        }
        chain = map_layout.get_chain(picture)
        return {
            "svg": self._get_svg(picture),
            "points": [
                (
                    code,
                    [person["name"] for person in people if code in person["points"]],
                )
                for code in map_svg.SHAPES
            ],
            "chain": chain
            and (
                " → ".join(names.get(contact, "?") for contact in chain["people"]),
                round(100 * chain["chance"]),
            ),
            "health": self.env._(
                "Health %(health)s of 100, map known %(known)s %%",
                health=round(figures["health"]),
                known=round(figures["completeness"]),
            ),
        }
