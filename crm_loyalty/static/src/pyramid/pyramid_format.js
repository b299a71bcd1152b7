import { formatCurrency, getCurrency } from "@web/core/currency";
import {
    deserializeDate,
    deserializeDateTime,
    formatDate,
    formatDateTime,
} from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";
import {
    formatFloat,
    formatInteger as formatWhole,
} from "@web/views/fields/formatters";
import { nbsp } from "@web/core/utils/strings";

/** Numbers and dates of the pyramid, in the reader's language. */

export function sum(values) {
    return values.reduce((total, value) => total + value, 0);
}

export function formatCount(value) {
    return formatWhole(value);
}

export function formatShare(value) {
    return `${formatFloat(value, { digits: [16, 1] })}${nbsp}%`;
}

export function formatAmount(amount, currencyId) {
    return formatCurrency(amount, currencyId);
}

/** 1.42M, 58.3k, 940: as short as three digits allow. */
export function formatShortAmount(amount, currencyId) {
    const size = Math.abs(amount);
    if (size < 10000) {
        return formatCurrency(amount, currencyId, { digits: [16, 0] });
    }
    const scaled = size / 1000 ** Math.floor(Math.log10(size) / 3);
    const decimals = scaled < 10 ? 2 : scaled < 100 ? 1 : 0;
    return formatCurrency(amount, currencyId, {
        humanReadable: true,
        digits: [16, decimals],
    });
}

export function formatCurrencyName(currencyId) {
    const currency = getCurrency(currencyId);
    return currency?.name || currency?.symbol || "";
}

/** Written as the server writes days in its sentences: in the language's own format. */
export function formatDay(value) {
    return value ? formatDate(deserializeDate(value)) : "";
}

export function formatMoment(value) {
    const format = localization.dateTimeFormat.replace(":ss", "");
    return value ? formatDateTime(deserializeDateTime(value), { format }) : "";
}
