import { Component, onWillUnmount, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * Plays a prompt's line as callers hear it: its sound, or its text spoken with made-up values. Nothing is loaded before
 * the user presses play; what he has not saved is not heard.
 */
export class PromptPlayer extends Component {
    static template = "gb_ivr_bridge.PromptPlayer";
    static props = { ...standardWidgetProps };

    setup() {
        this.state = useState({ isPlaying: false, error: "" });
        this.audio = null;
        onWillUnmount(() => this.stop());
    }

    get url() {
        const { resId } = this.props.record;
        return resId && `/gb/ivr/prompt/${resId}`;
    }

    get label() {
        return this.state.isPlaying ? _t("Stop") : _t("Listen");
    }

    toggle() {
        if (this.state.isPlaying) {
            this.stop();
        } else {
            this.play();
        }
    }

    play() {
        this.state.error = "";
        this.state.isPlaying = true;
        const audio = this.createAudio(this.url);
        this.audio = audio;
        audio.addEventListener("ended", () => this.stop());
        audio.addEventListener("error", () => this.onError(audio));
        // what goes wrong is told by the event
        audio.play().catch(() => {});
    }

    createAudio(url) {
        return new Audio(url);
    }

    stop() {
        this.audio?.pause();
        this.audio = null;
        this.state.isPlaying = false;
    }

    /** The sound does not tell why it failed; the server does. */
    async onError(audio) {
        if (audio !== this.audio) {
            return;
        }
        this.stop();
        let text = "";
        try {
            const response = await fetch(this.url);
            text = response.status === 422 ? await response.text() : "";
        } catch {
            // no answer at all
        }
        this.state.error = text || _t("This cannot be played now. Try again in a moment.");
    }
}

export const promptPlayer = { component: PromptPlayer };

registry.category("view_widgets").add("gb_prompt_player", promptPlayer);
