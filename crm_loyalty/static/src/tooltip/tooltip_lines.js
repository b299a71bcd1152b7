/**
 * Attribute values of a tooltip of several lines: use with
 * `data-tooltip-template="crm_loyalty.TooltipLines"`.
 *
 * @param {string[]} lines empty ones are left out
 * @returns {string}
 */
export function tooltipLines(...lines) {
    return JSON.stringify({ lines: lines.filter(Boolean).map(String) });
}
