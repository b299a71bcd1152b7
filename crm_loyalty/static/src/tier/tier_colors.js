const COLORS = 12;

/**
 * CSS class that sets the accent colour of a tier (see tier_colors.scss).
 *
 * @param {number|false} [index] colour index of Odoo's palette
 * @returns {string}
 */
export function tierColorClass(index) {
    return `o_loyalty_color_${(index || 0) % COLORS}`;
}
