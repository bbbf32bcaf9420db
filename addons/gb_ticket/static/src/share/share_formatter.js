import { formatPercentage } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";

/**
 * A share as whole per cent; nothing where there is none, for "0 %" would say that it was bad.
 *
 * @param {Number|false} value 0 to 1
 * @param {Object} options of formatPercentage
 * @returns {String}
 */
export function formatShare(value, options = {}) {
    if (value === false || value === null || value === undefined) {
        return "";
    }
    return formatPercentage(value, { ...options, digits: [16, 0] });
}

registry.category("formatters").add("gb_share", formatShare);
