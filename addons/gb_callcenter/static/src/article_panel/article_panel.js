import { Component, markup, onWillStart, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDateTime, toLocaleDateString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

const SEARCH_DELAY = 120;
const GAP_DELAY = 2000;
const LIMIT = 8;
const CONTROLS = "a, button, input, select, textarea";

/**
 * Find an answer while talking or writing: suggestions from the context, search as you type, preview, judgement.
 *
 *     <ArticlePanel subject="ticket.subject" productIds="[3]" resModel="'gb.ticket'" resId="7"
 *                   useInReply="(article) => …" />
 *
 * `useInReply` gets `{id, version_id, name, text, body}`; without it the text is copied.
 */
export class ArticlePanel extends Component {
    static template = "gb_callcenter.ArticlePanel";
    static props = {
        subject: { type: String, optional: true },
        productIds: { type: Array, element: Number, optional: true },
        partnerId: { type: [Number, { value: false }], optional: true },
        categoryId: { type: [Number, { value: false }], optional: true },
        resModel: { type: String, optional: true },
        resId: { type: [Number, { value: false }], optional: true },
        useInReply: { type: Function, optional: true },
        autofocus: { type: Boolean, optional: true },
        drafts: { type: Boolean, optional: true },
    };
    static nextId = 1;

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.keepLast = new KeepLast();
        this.listId = `o_gb_article_list_${ArticlePanel.nextId++}`;
        this.inputRef = this.props.autofocus ? useAutofocus({ refName: "input" }) : useRef("input");
        this.state = useState({
            query: "",
            found: [],
            active: -1,
            isLoading: false,
            hasFailed: false,
            article: false,
            isAsked: false,
            comment: "",
        });
        this.searchLater = useDebounced(() => this.load(), SEARCH_DELAY);
        this.reportLater = useDebounced((query) => this.reportGap(query), GAP_DELAY);
        onWillStart(() => this.load());
        onWillUpdateProps((next) => {
            if (this.getContextKey(next) !== this.getContextKey(this.props)) {
                return this.load(next);
            }
        });
    }

    getContextKey({ subject, productIds, partnerId, categoryId, drafts }) {
        return JSON.stringify([subject, productIds, partnerId, categoryId, drafts]);
    }

    async load(props = this.props) {
        const query = this.state.query.trim();
        this.state.isLoading = true;
        this.state.hasFailed = false;
        try {
            const found = await this.keepLast.add(this.ask(query, props));
            Object.assign(this.state, { found, active: query && found.length ? 0 : -1 });
            if (query && !found.length && !props.categoryId) {
                this.reportLater(query);
            }
        } catch {
            Object.assign(this.state, { found: [], active: -1, hasFailed: true });
        } finally {
            this.state.isLoading = false;
        }
    }

    ask(query, { subject, productIds, partnerId, categoryId, drafts }) {
        const { silent } = this.orm;
        if (query) {
            return silent.call("gb.article", "search_articles", [query], {
                limit: LIMIT,
                product_ids: productIds || [],
                category_id: categoryId || false,
                drafts: drafts || false,
            });
        }
        if (subject || productIds?.length || partnerId) {
            return silent.call("gb.article", "suggest", [subject || ""], {
                product_ids: productIds || [],
                partner_id: partnerId || false,
            });
        }
        return silent.call("gb.article", "get_hot", [], {
            limit: LIMIT,
            category_id: categoryId || false,
        });
    }

    /** Still nothing for what stands there: somebody should write it. */
    reportGap(query) {
        if (query === this.state.query.trim() && !this.state.found.length) {
            this.orm.silent.call("gb.article", "report_no_result", [query]).catch(() => {});
        }
    }

    get listTitle() {
        if (this.state.query.trim()) {
            return _t("Found");
        }
        const { subject, productIds, partnerId } = this.props;
        return subject || productIds?.length || partnerId ? _t("Suggested") : _t("Used most");
    }

    get activeId() {
        const found = this.state.found[this.state.active];
        return found ? `${this.listId}_${found.id}` : undefined;
    }

    /** Text cut into what was found and what was not; never markup. */
    getParts(text, ranges) {
        const parts = [];
        let at = 0;
        for (const [start, end] of ranges) {
            parts.push(
                { text: text.slice(at, start) },
                { text: text.slice(start, end), hit: true }
            );
            at = end;
        }
        parts.push({ text: text.slice(at) });
        return parts.filter((part) => part.text);
    }

    onInput(ev) {
        this.state.query = ev.target.value;
        this.state.article = false;
        this.searchLater();
    }

    onKeydown(ev) {
        const { found, article } = this.state;
        const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
        if (step && found.length && !article) {
            this.state.active = (this.state.active + step + found.length) % found.length;
        } else if (ev.key === "Enter" && !ev.isComposing && article) {
            if (ev.target !== this.inputRef.el && ev.target.closest(CONTROLS)) {
                return; // Enter presses the button that has the focus
            }
            this.use();
        } else if (ev.key === "Enter" && !ev.isComposing && found[this.state.active]) {
            this.open(found[this.state.active]);
        } else if (ev.key === "Escape" && article) {
            this.back();
        } else if (ev.key === "Escape" && this.state.query) {
            this.clear();
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    clear() {
        this.state.query = "";
        this.inputRef.el?.focus();
        return this.load();
    }

    async open({ id }) {
        const article = await this.orm.call("gb.article", "get_article", [[id]]);
        Object.assign(this.state, {
            article: { ...article, markup: markup(article.body) },
            isAsked: false,
            comment: "",
        });
    }

    back() {
        this.state.article = false;
        this.inputRef.el?.focus();
    }

    get publishedText() {
        const { version, published_at } = this.state.article;
        return published_at
            ? _t("Version %(version)s of %(date)s", {
                  version,
                  date: toLocaleDateString(deserializeDateTime(published_at)),
              })
            : "";
    }

    logUse(kind, comment = false) {
        const { resModel, resId } = this.props;
        return this.orm.silent.call("gb.article", "log_use", [[this.state.article.id]], {
            kind,
            res_model: (resId && resModel) || false,
            res_id: resId || false,
            comment,
        });
    }

    /** Into the reply if there is one, else into the clipboard. */
    async use() {
        const { id, version_id, name, text, body } = this.state.article;
        if (this.props.useInReply) {
            await this.props.useInReply({ id, version_id, name, text, body });
        } else {
            await this.copy(text);
        }
        await this.logUse("used");
    }

    async copyAnswer() {
        await this.copy(this.state.article.text);
        await this.logUse("used");
    }

    async copy(text) {
        try {
            await browser.navigator.clipboard.writeText(text);
            this.notification.add(_t("Copied."), { type: "success" });
        } catch {
            this.notification.add(_t("The browser did not allow copying."), { type: "warning" });
        }
    }

    async vote(kind) {
        const { article } = this.state;
        await this.logUse(kind);
        article.vote = kind;
        this.state.isAsked = kind === "unhelpful";
    }

    async sendComment() {
        // a new judgement with the reason replaces the one without
        await this.orm.silent.call("gb.article", "add_comment", [[this.state.article.id]], {
            comment: this.state.comment,
        });
        this.state.isAsked = false;
        this.notification.add(_t("Thank you. The editors see it."), { type: "success" });
    }

    openForm() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "gb.article",
            res_id: this.state.article.id,
            views: [[false, "form"]],
        });
    }
}
