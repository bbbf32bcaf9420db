import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { Component, useState, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { ArticlePanel } from "@gb_callcenter/article_panel/article_panel";
import {
    contains,
    makeServerError,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

const makeFound = (values) => ({
    id: 1,
    name: "Returns <b>within</b> 7 days",
    name_ranges: [[0, 7]],
    snippet: "Goods may be sent back.",
    snippet_ranges: [[13, 17]],
    category: "After-sales",
    state: "published",
    audience: "public",
    version_id: 4,
    use_count: 3,
    ...values,
});
const ARTICLE = {
    id: 1,
    name: "Returns within 7 days",
    body: "<p>Goods may be <b>sent</b> back.</p>",
    text: "Goods may be sent back.",
    category: "After-sales",
    state: "published",
    audience: "internal",
    version_id: 4,
    version: 2,
    published_at: "2026-03-01 09:00:00",
    valid_until: false,
    attachments: [{ id: 9, name: "rules.pdf", mimetype: "application/pdf" }],
    products: [],
    vote: false,
};

let found;
beforeEach(() => {
    found = [
        makeFound(),
        makeFound({ id: 2, name: "Refunds", name_ranges: [], snippet_ranges: [] }),
    ];
    onRpc("gb.article", "search_articles", ({ args, kwargs }) => {
        expect.step(["search", args[0], kwargs.product_ids]);
        return found;
    });
    onRpc("gb.article", "suggest", ({ args }) => {
        expect.step(["suggest", args[0]]);
        return [makeFound()];
    });
    onRpc("gb.article", "get_hot", () => {
        expect.step("hot");
        return [];
    });
    onRpc("gb.article", "get_article", ({ args }) => ({ ...ARTICLE, id: args[0][0] }));
    onRpc("gb.article", "log_use", ({ args, kwargs }) => {
        expect.step(["log", args[0], kwargs.kind, kwargs.res_model, kwargs.res_id]);
        return true;
    });
    onRpc("gb.article", "report_no_result", ({ args }) => {
        expect.step(["gap", args[0]]);
        return true;
    });
});

async function type(text) {
    await contains(".o_gb_article_search input").edit(text, { confirm: false });
    await advanceTime(200);
    await animationFrame();
}

test("it searches while typing, once after a pause, and marks what was found", async () => {
    await mountWithCleanup(ArticlePanel, { props: { productIds: [5] } });
    expect.verifySteps([["suggest", ""]]);
    await type("return");
    expect.verifySteps([["search", "return", [5]]]);
    expect(".o_gb_article").toHaveCount(2);
    expect(queryAllTexts(".o_gb_article mark")).toEqual(["Returns", "sent"]);
    expect(".o_gb_article b").toHaveCount(0, { message: "a title is text" });
});

test("arrows and Enter choose, Escape goes back and clears", async () => {
    await mountWithCleanup(ArticlePanel, { props: {} });
    await type("return");
    expect(".o_gb_article.o_gb_active").toHaveAttribute("aria-selected", "true");
    await contains(".o_gb_article_search input").focus();
    await press("ArrowDown");
    await press("ArrowDown");
    await animationFrame();
    expect(".o_gb_article:eq(0)").toHaveClass("o_gb_active");
    await press("Enter");
    await animationFrame();
    expect(".o_gb_article_body b").toHaveText("sent");
    expect(".o_gb_article_open").toHaveText(/Version 2 of/);
    await press("Escape");
    await animationFrame();
    expect(".o_gb_article").toHaveCount(2);
    await press("Escape");
    await animationFrame();
    expect(".o_gb_article_search input").toHaveValue("");
    expect.verifySteps(["hot", ["search", "return", []], "hot"]);
});

test("what is used goes into the reply and is counted for the document", async () => {
    await mountWithCleanup(ArticlePanel, {
        props: {
            subject: "Return",
            resModel: "gb.ticket",
            resId: 7,
            useInReply: ({ id, version_id, text }) => expect.step([id, version_id, text]),
        },
    });
    await contains(".o_gb_article").click();
    await contains(".o_gb_article_use").click();
    expect.verifySteps([
        ["suggest", "Return"],
        [1, 4, "Goods may be sent back."],
        ["log", [1], "used", "gb.ticket", 7],
    ]);
});

test("Enter on a button presses this button", async () => {
    await mountWithCleanup(ArticlePanel, {
        props: { subject: "Return", useInReply: () => expect.step("used") },
    });
    await contains(".o_gb_article").click();
    await contains(".o_gb_article_back").focus();
    await press("Enter");
    await animationFrame();
    expect(".o_gb_article_open").toHaveCount(0);
    expect.verifySteps([["suggest", "Return"]]);
});

test("who says that it did not help is asked why", async () => {
    onRpc("gb.article", "add_comment", ({ kwargs }) => {
        expect.step(kwargs.comment);
        return true;
    });
    mockService("notification", { add: () => {} });
    await mountWithCleanup(ArticlePanel, { props: { subject: "Return" } });
    await contains(".o_gb_article").click();
    await contains(".o_gb_article_unhelpful").click();
    expect(".o_gb_article_unhelpful").toHaveAttribute("aria-pressed", "true");
    await contains(".o_gb_article_comment").edit("Out of date", { confirm: false });
    await contains(".o_gb_article_open form button").click();
    expect(".o_gb_article_comment").toHaveCount(0);
    expect.verifySteps([
        ["suggest", "Return"],
        ["log", [1], "unhelpful", false, false],
        "Out of date",
    ]);
});

test("a question without an answer is reported when it stands still", async () => {
    found = [];
    await mountWithCleanup(ArticlePanel, { props: {} });
    await type("return f");
    expect(".o_gb_article_none").toHaveText(/Nothing found/);
    await type("return form");
    await advanceTime(2100);
    expect.verifySteps([
        "hot",
        ["search", "return f", []],
        ["search", "return form", []],
        ["gap", "return form"],
    ]);
});

test("a search that fails can be tried again", async () => {
    let fails = true;
    onRpc("gb.article", "get_hot", () => {
        if (fails) {
            throw makeServerError();
        }
        return [makeFound()];
    });
    await mountWithCleanup(ArticlePanel, { props: {} });
    expect(".o_gb_article_panel [role=alert]").toHaveCount(1);
    fails = false;
    await contains(".o_gb_article_retry").click();
    expect(".o_gb_article").toHaveCount(1);
});

test("another subject brings other suggestions", async () => {
    let parent;
    class Parent extends Component {
        static components = { ArticlePanel };
        static props = [];
        static template = xml`<ArticlePanel subject="state.subject"/>`;
        setup() {
            parent = this;
            this.state = useState({ subject: "Return" });
        }
    }
    await mountWithCleanup(Parent);
    parent.state.subject = "Nappies";
    await animationFrame();
    expect.verifySteps([
        ["suggest", "Return"],
        ["suggest", "Nappies"],
    ]);
});
