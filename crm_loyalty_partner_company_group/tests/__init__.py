from . import test_company_group
