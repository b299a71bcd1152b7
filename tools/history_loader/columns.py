# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""Which column of the file is what."""

import re

from .errors import LoadError

# Names are compared without case, spaces and punctuation: "Invoice No." = invoiceno.
ALIASES = {
    "invoice": (
        "invoice invoiceno invoicenumber invoiceid documentno documentnumber document "
        "docno docnumber number billno billingdocument orderno ordernumber orderid "
        "накладная номернакладной номерсчета счет номердокумента документ номер заказ"
    ),
    "date": (
        "invoicedate date documentdate docdate postingdate orderdate billingdate "
        "дата датадокумента датасчета датаотгрузки датапродажи период"
    ),
    "product": (
        "stockcode product productcode productid item itemcode itemno itemid sku "
        "article articleno material materialno defaultcode "
        "артикул кодтовара товар номенклатура кодноменклатуры код"
    ),
    "description": (
        "description productname itemname itemdescription label productdescription "
        "описание наименование названиетовара наименованиетовара"
    ),
    "quantity": "quantity qty units pieces количество колво кол",
    "price": (
        "unitprice price priceunit netprice salesprice цена ценабезндс ценазаединицу"
    ),
    "amount": (
        "amount linetotal linevalue netamount totalprice subtotal revenue sales "
        "сумма суммабезндс стоимость выручка"
    ),
    "customer": (
        "customerid customer customerno customernumber customercode client clientid "
        "partner partnerid account accountno buyer "
        "покупатель клиент контрагент кодклиента кодпокупателя кодконтрагента"
    ),
    "customer_name": (
        "customername clientname partnername companyname "
        "имяклиента названиеклиента наименованиеклиента наименованиеконтрагента"
    ),
    "country": "country countryname countrycode страна",
    "type": "documenttype doctype invoicetype типдокумента виддокумента",
}
ALIASES = {field: names.split() for field, names in ALIASES.items()}
ALTERNATIVES = (("invoice",), ("date",), ("quantity",), ("customer",))
ALTERNATIVES += (("product", "description"), ("price", "amount"))


def simplify(name):
    """'Кол-во, шт.' -> 'колвошт': what two spellings of a column name share."""
    return re.sub(r"[\W_]+", "", str(name or "").lower()).replace("ё", "е")


def parse_mapping(text):
    """'invoice=InvoiceNo,price=Unit price' -> {'invoice': 'InvoiceNo', ...}"""
    mapping = {}
    for part in filter(None, (part.strip() for part in (text or "").split(","))):
        field, sign, column = (piece.strip() for piece in part.partition("="))
        if not sign or field not in ALIASES:
            raise LoadError(
                f"--map: '{part}' is not FIELD=COLUMN with one of the fields "
                f"{', '.join(ALIASES)}"
            )
        mapping[field] = column
    return mapping


def map_columns(header, given=None):
    """Return {field: position in the file}, by the given names, then by the aliases."""
    simple = [simplify(name) for name in header]
    result = {}
    for field, column in (given or {}).items():
        if simplify(column) not in simple:
            raise LoadError(f"--map: there is no column '{column}'. {_found(header)}")
        result[field] = simple.index(simplify(column))
    for field, names in ALIASES.items():
        if field in result:
            continue
        for name in names:
            if name in simple and simple.index(name) not in result.values():
                result[field] = simple.index(name)
                break
    missing = [
        " or ".join(fields)
        for fields in ALTERNATIVES
        if not any(field in result for field in fields)
    ]
    if missing:
        raise LoadError(
            f"no column found for: {', '.join(missing)}. {_found(header)} "
            f"Name it, for example --map {missing[0].split(' ')[0]}=COLUMN"
        )
    return result


def _found(header):
    return f"The file has the columns: {', '.join(str(name) for name in header)}."
