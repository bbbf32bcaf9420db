const STAGES = {
    draft: "secondary",
    open: "info",
    picked: "info",
    partly: "primary",
    shipped: "primary",
    delivered: "success",
    refused: "danger",
    returned: "warning",
    cancelled: "danger",
};
const PAYMENTS = {
    paid: "success",
    partial: "warning",
    refunded: "secondary",
    cash_on_delivery: "info",
    open: "warning",
};

/** Colour of the chip that tells how far the delivery is. */
export function stageClass(stage) {
    return `text-bg-${STAGES[stage] || "secondary"}`;
}

/** Colour of the chip that tells what was paid. */
export function paymentClass(state) {
    return `text-bg-${PAYMENTS[state] || "secondary"}`;
}
