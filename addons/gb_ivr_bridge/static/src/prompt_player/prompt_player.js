import { Component, useState } from "@odoo/owl";
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
        this.state = useState({ error: "" });
    }

    get url() {
        const { resId, data } = this.props.record;
        // another address for another content: browsers keep what they have played
        const content = data.sha256 || String(data.write_date?.ts || "");
        return resId && `/gb/ivr/prompt/${resId}?content=${encodeURIComponent(content)}`;
    }

    /** The audio element does not tell why it failed; the server does. */
    async onError() {
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

export const promptPlayer = {
    component: PromptPlayer,
    fieldDependencies: [
        { name: "sha256", type: "char" },
        { name: "write_date", type: "datetime" },
    ],
};

registry.category("view_widgets").add("gb_prompt_player", promptPlayer);
