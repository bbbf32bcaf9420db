import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { ArticlePanel } from "../article_panel/article_panel";

/** The whole knowledge base on one screen: categories on the left, search and answers on the right. */
export class Knowledge extends Component {
    static template = "gb_callcenter.Knowledge";
    static components = { ArticlePanel, Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Knowledge");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ categories: [], categoryId: false, canWrite: false });
        onWillStart(async () => {
            const [categories, canWrite] = await Promise.all([
                this.orm.searchRead(
                    "gb.article.category",
                    [],
                    ["name", "parent_path", "article_count"]
                ),
                user.checkAccessRight("gb.article", "create"),
            ]);
            Object.assign(this.state, {
                canWrite,
                categories: categories
                    .filter((category) => category.article_count)
                    .map((category) => ({
                        ...category,
                        depth: category.parent_path.split("/").length - 2,
                    })),
            });
        });
    }

    create() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "gb.article",
            views: [[false, "form"]],
            context: { default_category_id: this.state.categoryId },
        });
    }
}

registry.category("actions").add("gb_callcenter.knowledge", Knowledge);
