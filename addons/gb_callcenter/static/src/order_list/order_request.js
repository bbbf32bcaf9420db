import { useComponent, useState } from "@odoo/owl";
import { RPCError } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";

/**
 * For a dialog about one order: sends what it asks for, one request at a time, and closes it when that is done. All tries
 * have one key, so that what is repeated after a lost answer happens once. A refusal is kept as `error`.
 *
 * @param {string} method of gb.order.desk
 * @returns {{error: string, isBusy: boolean, send: function(Array, Object): Promise<void>}}
 */
export function useOrderRequest(method) {
    const { props } = useComponent();
    const orm = useService("orm");
    const key = uuid();
    const request = useState({ error: "", isBusy: false, send });
    async function send(args, { note, ...values }) {
        if (request.isBusy) {
            return;
        }
        Object.assign(request, { isBusy: true, error: "" });
        try {
            const answer = await orm.call("gb.order.desk", method, [props.order.id, ...args], {
                ...values,
                note: note.trim() || false,
                key,
                call_id: props.callId,
            });
            props.close();
            props.onDone(answer);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            request.error = error.data?.message || error.message;
        } finally {
            request.isBusy = false;
        }
    }
    return request;
}
