# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from odoo import fields


class NullableMixin:
    """A number that may be unknown: False on a record, empty on screen and in exports.

    The ordinary numeric fields read NULL as zero, which for a cost is a lie.
    """

    def convert_to_cache(self, value, record, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_cache(value, record, validate)

    def convert_to_column(self, value, record, values=None, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_column(value, record, values, validate)

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_column_insert(value, record, values, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_export(self, value, record):
        # False equals 0.0, which the ordinary fields export
        return "" if value is False else super().convert_to_export(value, record)


class NullableMonetary(NullableMixin, fields.Monetary):
    pass


class NullableFloat(NullableMixin, fields.Float):
    pass


class NullableInteger(NullableMixin, fields.Integer):
    pass
