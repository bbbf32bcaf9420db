import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { formatSeconds } from "../seat/labels";

/**
 * Plays a recording; the server checks who may hear it and logs that he did, so nothing is loaded before the
 * user presses play.
 *
 *     <field name="recording_id" widget="gb_recording_player" options="{'duration_field': 'duration'}"/>
 *
 * Many2one, integer: the value is the id in the address; any other type: the id of the record itself, when the
 * field is set. `duration_field`: a field of the record with the length in seconds, to be shown before playing.
 */
export class RecordingPlayer extends Component {
    static template = "gb_callcenter.RecordingPlayer";
    static props = {
        ...standardFieldProps,
        durationField: { type: String, optional: true },
    };

    setup() {
        this.state = useState({ error: "" });
    }

    get recordingId() {
        const value = this.props.record.data[this.props.name];
        switch (this.props.record.fields[this.props.name].type) {
            case "many2one":
                return value && value.id;
            case "integer":
                return value;
        }
        return value && this.props.record.resId;
    }

    get url() {
        return `/gb/recording/${this.recordingId}`;
    }

    get duration() {
        const seconds =
            this.props.durationField && this.props.record.data[this.props.durationField];
        return seconds ? formatSeconds(seconds) : "";
    }

    /** The audio element does not tell why it failed; the server does. */
    async onError() {
        let status = 0;
        try {
            status = (await fetch(this.url, { method: "HEAD" })).status;
        } catch {
            // no answer at all: status stays 0
        }
        switch (status) {
            case 401:
            case 403:
                this.state.error = _t(
                    "You may not listen to this recording. Ask your team lead or the quality inspection."
                );
                break;
            case 404:
            case 410:
                this.state.error = _t(
                    "The recording is not there: it has not arrived from the telephone system yet."
                );
                break;
            case 0:
                this.state.error = _t("The server did not answer. Try again in a moment.");
                break;
            default:
                this.state.error = _t("The recording cannot be played in this browser.");
        }
    }
}

export const recordingPlayer = {
    component: RecordingPlayer,
    displayName: _t("Recording player"),
    supportedTypes: ["many2one", "integer", "char", "boolean", "binary"],
    supportedOptions: [
        {
            label: _t("Duration field"),
            name: "duration_field",
            type: "field",
            availableTypes: ["integer", "float"],
        },
    ],
    extractProps: ({ options }) => ({ durationField: options.duration_field }),
};

registry.category("fields").add("gb_recording_player", recordingPlayer);
