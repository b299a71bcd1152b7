# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Load a sales history as posted invoices and credit notes (see load_history.py).

`columns`, `reading`, `values`, `cleaning` and `progress` know nothing of Odoo;
`books` is the only module that talks to it, `workers` runs several of them.
"""
