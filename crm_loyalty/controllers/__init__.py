# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
from . import export, workbook
