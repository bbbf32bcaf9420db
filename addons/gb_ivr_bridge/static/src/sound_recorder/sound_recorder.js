import { Component, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { url } from "@web/core/utils/urls";
import { FileUploader } from "@web/views/fields/file_handler";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const LONGEST = 300;

export function formatTime(seconds) {
    return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

/** Base64 of a recording. */
function encode(blob) {
    return new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result.split(",", 2)[1]);
        reader.onerror = () => reject(reader.error);
        reader.readAsDataURL(blob);
    });
}

/**
 * A sound that is recorded here, chosen from the disk, and listened to.
 *
 *     <field name="audio" widget="gb_sound_recorder"/>
 */
export class SoundRecorder extends Component {
    static template = "gb_ivr_bridge.SoundRecorder";
    static components = { FileUploader };
    static props = { ...standardFieldProps };

    setup() {
        this.notification = useService("notification");
        this.state = useState({ isRecording: false, seconds: 0, own: "", error: "" });
        onWillUnmount(() => {
            this.isGone = true;
            this.release();
        });
    }

    get hasSound() {
        return Boolean(this.props.record.data[this.props.name]);
    }

    get source() {
        const { record, name } = this.props;
        if (!this.hasSound) {
            return "";
        }
        if (this.state.own) {
            return this.state.own;
        }
        return url("/web/content", {
            model: record.resModel,
            id: record.resId,
            field: name,
            // another sound has another address
            unique: record.data.sha256 || record.data.write_date?.ts || "",
        });
    }

    get time() {
        return formatTime(this.state.seconds);
    }

    async record() {
        this.state.error = "";
        try {
            this.stream = await browser.navigator.mediaDevices.getUserMedia({
                audio: { channelCount: 1, echoCancellation: false },
            });
        } catch {
            this.state.error = _t(
                "The microphone cannot be used. Allow it in the browser, and open Odoo by https."
            );
            return;
        }
        if (this.isGone) {
            this.release();
            return;
        }
        const chunks = [];
        this.recorder = new MediaRecorder(this.stream);
        this.recorder.addEventListener("dataavailable", (ev) => chunks.push(ev.data));
        this.recorder.addEventListener("stop", () => this.keep(chunks));
        this.recorder.start();
        Object.assign(this.state, { isRecording: true, seconds: 0 });
        this.timer = browser.setInterval(() => {
            this.state.seconds++;
            if (this.state.seconds >= LONGEST) {
                this.stop();
            }
        }, 1000);
    }

    stop() {
        if (this.recorder?.state === "recording") {
            this.recorder.stop();
        }
    }

    release() {
        browser.clearInterval(this.timer);
        for (const track of this.stream?.getTracks() || []) {
            track.stop();
        }
        this.stream = null;
        this.state.isRecording = false;
    }

    async keep(chunks) {
        const { mimeType } = this.recorder;
        this.release();
        if (!this.isGone) {
            const data = await encode(new Blob(chunks, { type: mimeType }));
            await this.set(data, mimeType.split(";")[0]);
        }
    }

    async onUploaded({ data, type }) {
        await this.set(data, type);
    }

    /** What is not saved yet is listened to as it was recorded; the server makes telephone sound of it. */
    async set(data, type) {
        this.state.own = data ? `data:${type || "audio/wav"};base64,${data}` : "";
        await this.props.record.update({ [this.props.name]: data });
    }

    remove() {
        return this.set(false);
    }
}

registry.category("fields").add("gb_sound_recorder", {
    component: SoundRecorder,
    displayName: _t("Sound recorder"),
    supportedTypes: ["binary"],
    fieldDependencies: [{ name: "sha256", type: "char" }],
});
