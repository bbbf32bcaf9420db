import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { CALL_STATES, DIRECTIONS, SEAT_STATES, formatSeconds } from "../seat/labels";

const BOARD_CHANNEL = "gb_callcenter.board";
/** Messages that come together lead to one reading. */
const GATHER_MS = 400;
/** What no message tells: figures of the day, long pauses. */
const REFRESH_MS = 15000;

const ORDER = ["ringing", "on_call", "wrap_up", "ready", "paused", "signed_out"];

/** Seats and queues at this moment; leads listen, whisper, join, take over, pause and sign out. */
export class LiveBoard extends Component {
    static template = "gb_callcenter.LiveBoard";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.dialog = useService("dialog");
        this.bus = useService("bus_service");
        this.state = useState({
            board: false,
            now: Date.now(),
            offset: 0,
            isOffline: false,
            pending: false,
            state: "",
            text: "",
        });
        this.seatStates = SEAT_STATES;
        this.callStates = CALL_STATES;
        this.directions = DIRECTIONS;
        this.formatSeconds = formatSeconds;
        const onChange = () => {
            browser.clearTimeout(this.gather);
            this.gather = browser.setTimeout(() => this.load(), GATHER_MS);
        };
        this.bus.subscribe(BOARD_CHANNEL, onChange);
        const timers = [
            browser.setInterval(() => (this.state.now = Date.now()), 1000),
            browser.setInterval(() => this.load(), REFRESH_MS),
        ];
        onWillStart(() => this.load());
        onWillUnmount(() => {
            this.bus.unsubscribe(BOARD_CHANNEL, onChange);
            browser.clearTimeout(this.gather);
            timers.forEach((timer) => browser.clearInterval(timer));
        });
    }

    get display() {
        return { controlPanel: {} };
    }

    async load() {
        try {
            this.apply(await this.orm.silent.call("gb.seat", "get_board", []));
        } catch (error) {
            if (error instanceof RPCError) {
                throw error;
            }
            this.state.isOffline = true;
        }
    }

    apply(board) {
        this.state.isOffline = false;
        this.state.board = board;
        this.state.now = Date.now();
        this.state.offset = this.toMs(board.now) - this.state.now;
    }

    toMs(value) {
        return luxon.DateTime.fromSQL(value, { zone: "utc" }).toMillis();
    }

    since(value) {
        return value
            ? formatSeconds((this.state.now + this.state.offset - this.toMs(value)) / 1000)
            : "";
    }

    get counts() {
        const counts = Object.fromEntries(ORDER.map((state) => [state, 0]));
        for (const seat of this.state.board.seats) {
            counts[seat.state]++;
        }
        return ORDER.map((state) => ({ state, count: counts[state], info: SEAT_STATES[state] }));
    }

    get seats() {
        const text = this.state.text.trim().toLowerCase();
        return this.state.board.seats
            .filter((seat) => !this.state.state || seat.state === this.state.state)
            .filter((seat) =>
                `${seat.name} ${seat.extension} ${seat.agent ? seat.agent.name : ""} ${seat.queues}`
                    .toLowerCase()
                    .includes(text)
            )
            .sort(
                (one, other) =>
                    ORDER.indexOf(one.state) - ORDER.indexOf(other.state) ||
                    one.since.localeCompare(other.since)
            );
    }

    filter(state) {
        this.state.state = this.state.state === state ? "" : state;
    }

    /** What this user can do with a seat now: [mode, label, icon]. */
    actions(seat) {
        if (!seat.is_mine) {
            return [];
        }
        const isTalking = seat.state === "on_call" && seat.call;
        const hears = isTalking && seat.can_hear;
        return [
            hears && ["listen", _t("Listen"), "fa-headphones"],
            hears && ["whisper", _t("Whisper to the agent"), "fa-comment-o"],
            hears && ["barge", _t("Join the call"), "fa-users"],
            hears && ["take", _t("Take the call over"), "fa-hand-grab-o"],
            ["ready", "wrap_up"].includes(seat.state) && ["pause", _t("Pause"), "fa-pause"],
            ["ready", "wrap_up", "paused"].includes(seat.state) && [
                "sign_out",
                _t("Sign out"),
                "fa-power-off",
            ],
        ].filter(Boolean);
    }

    supervise(seat, mode, label) {
        if (["listen", "whisper"].includes(mode)) {
            return this.send(seat, mode);
        }
        this.dialog.add(ConfirmationDialog, {
            title: label,
            body: _t("%(agent)s, seat %(seat)s. This is noted in the access log.", {
                agent: seat.agent.name,
                seat: seat.name,
            }),
            confirmLabel: label,
            confirm: () => this.send(seat, mode),
            cancel: () => {},
        });
    }

    async send(seat, mode) {
        if (this.state.pending) {
            return;
        }
        this.state.pending = true;
        try {
            this.apply(await this.orm.silent.call("gb.seat", "supervise", [seat.id, mode]));
            if (["listen", "whisper", "barge"].includes(mode)) {
                this.notification.add(_t("Your own telephone rings: pick it up."), {
                    type: "info",
                });
            }
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.notification.add(error.data?.message || error.message, { type: "danger" });
        } finally {
            this.state.pending = false;
        }
    }
}

registry.category("actions").add("gb_callcenter.live_board", LiveBoard);
