from . import crm_customer_document_mixin
from . import crm_customer_ledger
from . import crm_customer_receivable
from . import crm_loyalty_analysis
from . import crm_loyalty_pyramid
from . import crm_product_class
from . import account_invoice_report
from . import sale_report
