from . import base_partner_merge
from . import crm_loyalty_migration
from . import crm_loyalty_pilot
from . import crm_loyalty_preview
from . import crm_loyalty_preview_line
from . import crm_loyalty_strategy_preview
from . import crm_loyalty_strategy_preview_line
