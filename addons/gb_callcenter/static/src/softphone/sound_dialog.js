import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import {
    Player,
    Ringer,
    TEST_TONE,
    getSoundSettings,
    makeTones,
    microphoneConstraints,
    setSoundSettings,
} from "./sound";

const ECHO_SECONDS = 4;

/** The agent chooses microphone, speaker and ring device in this browser and tries them out. */
export class SoundDialog extends Component {
    static template = "gb_callcenter.SoundDialog";
    static components = { Dialog };
    static props = { close: Function };

    setup() {
        this.phone = useState(useService("gb_callcenter.softphone"));
        this.title = _t("Headset and ring tone");
        this.settings = useState(getSoundSettings());
        this.state = useState({
            devices: [],
            level: 0,
            error: "",
            echo: "",
            isRinging: false,
            notifications: browser.Notification?.permission || "denied",
        });
        // where the browser cannot choose, the system's own device is used
        this.canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;
        this.player = new Player();
        this.ringer = new Ringer();
        onWillStart(() => {
            this.listen(); // not waited for: the browser may ask first
        });
        onWillDestroy(() => {
            this.isGone = true;
            this.player.stop();
            this.ringer.stop();
            this.stopListening();
        });
    }

    devices(kind) {
        return this.state.devices.filter((device) => device.kind === kind && device.deviceId);
    }

    async listen() {
        this.stopListening();
        const { mediaDevices } = browser.navigator;
        try {
            const stream = await mediaDevices.getUserMedia({
                audio: microphoneConstraints(this.settings),
            });
            if (this.isGone) {
                stream.getTracks().forEach((track) => track.stop());
                return;
            }
            this.stream = stream;
            this.state.error = "";
            // names are only told once the microphone is allowed
            this.state.devices = await mediaDevices.enumerateDevices();
            this.measure();
        } catch (error) {
            this.state.error =
                error.name === "NotAllowedError"
                    ? _t(
                          "The browser may not use the microphone. Click on the sign before the page's address and allow it."
                      )
                    : _t("No microphone was found. Plug in your headset.");
        }
    }

    measure() {
        this.audio = new browser.AudioContext();
        const analyser = this.audio.createAnalyser();
        this.audio.createMediaStreamSource(this.stream).connect(analyser);
        const samples = new Float32Array(analyser.fftSize);
        const look = () => {
            analyser.getFloatTimeDomainData(samples);
            const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
            // -60 dB is silence, 0 dB as loud as can be
            const level = power ? 100 + (10 * Math.log10(power) * 100) / 60 : 0;
            this.state.level = Math.round(Math.min(100, Math.max(0, level)));
        };
        this.meter = browser.setInterval(look, 100);
    }

    stopListening() {
        browser.clearInterval(this.meter);
        this.stream?.getTracks().forEach((track) => track.stop());
        this.audio?.close();
        this.stream = this.audio = null;
    }

    choose(name, value) {
        this.settings[name] = value;
        setSoundSettings({ ...this.settings });
        this.phone.refreshDevices();
        if (name === "microphone") {
            this.listen();
        }
        this.player.setDevice(this.settings.speaker);
    }

    playTone() {
        this.player.play(makeTones(TEST_TONE), { device: this.settings.speaker });
    }

    async toggleRing() {
        this.state.isRinging = !this.state.isRinging;
        if (this.state.isRinging) {
            await this.ringer.ring();
        } else {
            this.ringer.stop();
        }
    }

    /** What he says, heard again: as the customer hears him. */
    async echo() {
        const chunks = [];
        const recorder = new MediaRecorder(this.stream);
        recorder.ondataavailable = ({ data }) => chunks.push(data);
        recorder.onstop = async () => {
            if (!this.isGone) {
                this.state.echo = "playing";
                await this.player.play(new Blob(chunks, { type: recorder.mimeType }), {
                    device: this.settings.speaker,
                });
                this.player.element.onended = () => (this.state.echo = "");
            }
        };
        recorder.start();
        this.state.echo = "recording";
        browser.setTimeout(
            () => recorder.state === "recording" && recorder.stop(),
            ECHO_SECONDS * 1000
        );
    }

    async allowNotifications() {
        this.state.notifications = await browser.Notification.requestPermission();
    }
}
