import { reactive } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { ConnectionAbortedError, ConnectionLostError, rpc } from "@web/core/network/rpc";
import { user } from "@web/core/user";
import { Mutex } from "@web/core/utils/concurrency";
import { uuid } from "@web/core/utils/strings";

export const STEPS = ["cart", "address", "carrier", "payment", "confirm"];
export const SEARCH_DELAY = 60;
const URL = "/web/dataset/call_kw/gb.order.desk/";

/** Calls a method of the server's order desk. The promise has `abort()`. */
export function callDesk(method, args = [], kwargs = {}) {
    return rpc(
        URL + method,
        {
            model: "gb.order.desk",
            method,
            args,
            kwargs: { ...kwargs, context: { ...user.context, ...kwargs.context } },
        },
        { silent: true }
    );
}

/**
 * What the screen knows: the customer, his cart as the server answered last, the step. Changes of the cart go to the
 * server one after the other, so that two quick presses of Enter are two pieces.
 */
export class OrderDeskModel {
    constructor({ partnerId, callId, orderId }) {
        this.partnerId = partnerId || false;
        this.callId = callId || false;
        this.orderId = orderId || false;
        this.partner = false;
        this.order = false;
        this.drafts = [];
        this.categories = [];
        this.states = [];
        this.windows = [];
        this.today = false;
        this.step = "cart";
        this.confirmation = false;
        this.confirmKey = false;
        this.isConfirming = false;
        this.lastProductId = false;
        this.pending = 0;
        this.error = "";
        this.isOffline = false;
        this.isLoaded = false;
        this.announcement = "";
    }

    static create(params) {
        const model = reactive(new OrderDeskModel(params));
        Object.defineProperty(model, "mutex", { value: new Mutex(), enumerable: false });
        return model;
    }

    // --- reading -------------------------------------------------------------------------------

    get lines() {
        return this.order ? this.order.lines : [];
    }

    get goods() {
        return this.lines.filter((line) => line.kind === "product");
    }

    get stepIndex() {
        return STEPS.indexOf(this.step);
    }

    /** Sentences about what a step lacks. */
    missing(step) {
        if (!this.order) {
            return step === "cart" ? [_t("Add a product.")] : [];
        }
        return this.order.missing.filter((row) => row.step === step).map((row) => row.text);
    }

    isDone(step) {
        return (
            Boolean(this.order) &&
            this.stepIndex >= STEPS.indexOf(step) &&
            step !== "confirm" &&
            !this.missing(step).length
        );
    }

    get canConfirm() {
        return Boolean(this.order) && !this.order.missing.length;
    }

    // --- asking the server ---------------------------------------------------------------------

    /** Runs `action`; what goes wrong is shown in the screen. Returns its answer, undefined after an error. */
    async guard(action) {
        this.pending++;
        try {
            const answer = await action();
            this.isOffline = false;
            this.error = "";
            return answer;
        } catch (error) {
            if (error instanceof ConnectionAbortedError) {
                return undefined;
            }
            if (error instanceof ConnectionLostError) {
                this.isOffline = true;
                this.error = "";
                return undefined;
            }
            this.error = error.data?.message || error.message || _t("Something went wrong.");
            return undefined;
        } finally {
            this.pending--;
        }
    }

    async load() {
        const desk = await this.guard(() =>
            callDesk("get_desk", [this.partnerId, this.callId, this.orderId])
        );
        if (!desk) {
            return false;
        }
        const { partner, order, drafts, categories, states, windows, today } = desk;
        Object.assign(this, { partner, drafts, categories, states, windows, today });
        this.order = order;
        this.partnerId = partner ? partner.id : false;
        this.isLoaded = true;
        return true;
    }

    async choosePartner(partnerId) {
        Object.assign(this, {
            partnerId,
            orderId: false,
            order: false,
            confirmation: false,
            step: "cart",
            lastProductId: false,
        });
        await this.load();
    }

    /** A change of the cart: the server answers with the whole cart. */
    change(method, ...args) {
        return this.mutex.exec(() =>
            this.guard(async () => {
                if (!this.order) {
                    this.order = await callDesk("open_draft", [this.partnerId, this.callId]);
                }
                const order = await callDesk(method, [this.order.id, ...args]);
                this.order = order;
                return order;
            })
        );
    }

    async addProduct(productId, quantity = 1) {
        this.lastProductId = productId;
        const order = await this.change("set_line", productId, quantity, true);
        this.sayLine(order, productId);
        return order;
    }

    async setQuantity(productId, quantity) {
        const order = await this.change("set_line", productId, quantity);
        this.sayLine(order, productId);
        return order;
    }

    /** For screen readers. */
    sayLine(order, productId) {
        const line = order && order.lines.find((row) => row.product_id === productId);
        if (line) {
            this.announcement = _t("%(quantity)s × %(product)s, total %(total)s", {
                quantity: line.quantity,
                product: line.name,
                total: order.total_text,
            });
        }
    }

    async resume(draftId) {
        return this.mutex.exec(() =>
            this.guard(async () => {
                const order = await callDesk("resume_draft", [draftId, this.callId]);
                this.drafts = this.drafts.filter((draft) => draft.id !== draftId);
                this.step = "cart";
                this.order = order;
                this.orderId = order.id;
                return order;
            })
        );
    }

    async discard() {
        await this.mutex.exec(() =>
            this.guard(async () => {
                await callDesk("discard", [this.order.id]);
                this.order = false;
                this.orderId = false;
                this.step = "cart";
            })
        );
    }

    /** One confirmation has one key: what is repeated after a lost answer confirms once. */
    async confirm() {
        if (!this.canConfirm || this.pending || this.isConfirming) {
            return;
        }
        const { id, total } = this.order;
        const key = (this.confirmKey ||= uuid());
        this.isConfirming = true;
        const answer = await this.mutex.exec(() =>
            this.guard(() => callDesk("confirm", [id, key, total]))
        );
        this.isConfirming = false;
        if (!answer) {
            if (!this.isOffline) {
                this.confirmKey = false;
            }
            return;
        }
        this.confirmKey = false;
        if (answer.confirmed) {
            this.confirmation = answer;
            this.announcement = _t("Order %(order)s is confirmed.", { order: answer.order.name });
        } else {
            this.order = answer.order;
            const [first] = answer.order.missing;
            if (first) {
                this.step = first.step;
            }
        }
    }

    startAnew() {
        Object.assign(this, {
            order: false,
            orderId: false,
            confirmation: false,
            step: "cart",
            lastProductId: false,
            error: "",
        });
        return this.load();
    }

    // --- steps ---------------------------------------------------------------------------------

    goTo(step) {
        if (step === "cart" || this.goods.length) {
            this.step = step;
            this.error = "";
        }
    }

    /** The next step, unless this one is not done. */
    next() {
        const [text] = this.missing(this.step);
        if (text) {
            this.error = text;
            return;
        }
        if (this.step === "confirm") {
            return this.confirm();
        }
        this.goTo(STEPS[this.stepIndex + 1]);
    }

    back() {
        if (this.stepIndex > 0) {
            this.goTo(STEPS[this.stepIndex - 1]);
        }
    }
}
