import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";

import { NewsMenu } from "@gb_callcenter/news/news_menu";

defineMailModels();

const recall = {
    id: 7,
    name: "Recall of lot 12",
    body: "<p>Do not sell it.</p>",
    published_at: "2026-11-22 08:00:00",
    must_confirm: true,
    is_read: false,
    article_id: false,
};

test("news that are to be confirmed open by themselves and are marked as read", async () => {
    patchWithCleanup(user, { hasGroup: async () => true });
    mockService("bus_service", { subscribe() {}, unsubscribe() {} });
    onRpc("gb.news", "get_mine", () => ({ unread: 1, news: [recall] }));
    onRpc("gb.news", "confirm_read", ({ args }) => {
        expect.step(`read ${args[0]}`);
        return { unread: 0, news: [{ ...recall, is_read: true }] };
    });
    await mountWithCleanup(NewsMenu);
    await animationFrame();
    await animationFrame();
    expect(".o_gb_news_body").toHaveText("Do not sell it.");
    expect(".o_gb_news_toggler .badge").toHaveText("1");
    await contains(".o_gb_news_confirm").click();
    await animationFrame();
    expect.verifySteps(["read 7"]);
    expect(".o_gb_news_toggler .badge").toHaveCount(0);
});
