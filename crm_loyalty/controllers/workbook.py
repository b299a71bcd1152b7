# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
import json

from werkzeug.exceptions import InternalServerError, NotFound

from odoo import http
from odoo.http import content_disposition, request
from odoo.tools.osutil import clean_filename

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WorkbookController(http.Controller):
    """Pictures and statements as workbooks; lists go the way of core's export."""

    @http.route("/crm_loyalty/workbook", type="http", auth="user", readonly=True)
    def download(self, data, token=None):  # pylint: disable=unused-argument
        """The workbook of a model that has one, for its arguments.

        :param data: JSON of ``model``, ``args`` and ``context``
        :param token: the web client sends one with every download
        :return: an XLSX file; errors as the web client's ``download`` expects them
        """
        params = json.loads(data)
        mixin = request.env.registry["crm.loyalty.workbook"]
        model_class = request.env.registry.get(params["model"])
        if model_class is None or not issubclass(model_class, mixin):
            raise NotFound()
        try:
            model = request.env[params["model"]].with_context(**params["context"])
            name, content = model._export_workbook(*params.get("args", []))
        except Exception as error:
            payload = {
                "code": 0,
                "message": "Odoo Server Error",
                "data": http.serialize_exception(error),
            }
            raise InternalServerError(json.dumps(payload)) from error
        return request.make_response(
            content,
            headers=[
                ("Content-Type", XLSX),
                (
                    "Content-Disposition",
                    content_disposition(clean_filename(f"{name}.xlsx")),
                ),
            ],
        )
