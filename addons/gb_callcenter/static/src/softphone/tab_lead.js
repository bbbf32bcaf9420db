import { browser } from "@web/core/browser/browser";

const NAME = "gb_callcenter.softphone";

/**
 * One tab of the browser leads: it is the telephone. When it closes, the next one takes over. The others see its state
 * and hand their clicks on to it.
 *
 * `on.lead()`: this tab leads from now on; `on.message(message)`: from another tab.
 */
export class TabLead {
    constructor(on) {
        this.on = on;
        this.isLeader = false;
        this._abort = new AbortController();
        this._release = () => {};
        this.channel = new BroadcastChannel(NAME);
        this.channel.onmessage = ({ data }) => this.on.message(data);
        browser.navigator.locks
            .request(NAME, { signal: this._abort.signal }, () => this._lead())
            .catch(() => {}); // left before it was its turn
    }

    _lead() {
        if (this._abort.signal.aborted) {
            return;
        }
        this.isLeader = true;
        const left = new Promise((resolve) => (this._release = resolve));
        this.on.lead();
        return left;
    }

    tell(message) {
        if (!this._abort.signal.aborted) {
            this.channel.postMessage(message);
        }
    }

    leave() {
        this.isLeader = false;
        this._abort.abort();
        this._release();
        this.channel.close();
    }
}

/** What the service works with: replaced in tests. */
export const tabs = {
    /** Whether the browser lets this page use microphones: on https, or on this very computer. */
    isSecure: () => window.isSecureContext && Boolean(browser.navigator.mediaDevices),
    join: (on) => new TabLead(on),
};
