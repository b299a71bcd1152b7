from . import base_partner_merge
from . import crm_customer_risk_answer
from . import crm_loyalty_migration
from . import crm_loyalty_pilot
from . import crm_loyalty_preview
from . import crm_loyalty_preview_line
from . import crm_key_account_gap
from . import crm_key_account_plan
