import { registry } from "@web/core/registry";

const NAME = "GB tour: cleaning the bottle warmer";

registry.category("web_tour.tours").add("gb_article_write_tour", {
    steps: () => [
        {
            content: "A new article",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Its title",
            trigger: ".o_field_widget[name=name] textarea, .o_field_widget[name=name] input",
            run: `edit ${NAME}`,
        },
        {
            content: "Its category",
            trigger: ".o_field_widget[name=category_id] input",
            run: "edit GB tour category",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains(GB tour category)",
            run: "click",
        },
        {
            content: "The answer",
            trigger: ".o_field_widget[name=body] .odoo-editor-editable",
            run: "editor Descale it with citric acid once a month.",
        },
        {
            content: "Hand it over",
            trigger: "button[name=action_submit]",
            run: "click",
        },
        {
            content: "The author cannot publish it",
            trigger:
                ".o_form_view:not(:has(button[name=action_publish])) .alert:contains(reviewer)",
        },
    ],
});

registry.category("web_tour.tours").add("gb_article_publish_tour", {
    steps: () => [
        {
            content: "What waits for a review",
            trigger: `.o_data_cell:contains(${NAME})`,
            run: "click",
        },
        {
            content: "Publish it",
            trigger: "button[name=action_publish]",
            run: "click",
        },
        {
            content: "It is published",
            trigger: ".o_arrow_button_current[data-value=published]",
        },
    ],
});

registry.category("web_tour.tours").add("gb_article_find_tour", {
    steps: () => [
        {
            content: "Ask in other words",
            trigger: ".o_gb_knowledge .o_gb_article_search input",
            run: "edit descaling warmers",
        },
        {
            content: "The article is found",
            trigger: `.o_gb_article:contains(${NAME})`,
            run: "click",
        },
        {
            content: "Its answer",
            trigger: ".o_gb_article_body:contains(citric acid)",
        },
        {
            content: "It helped",
            trigger: ".o_gb_article_helpful",
            run: "click",
        },
        {
            content: "The judgement is kept",
            trigger: ".o_gb_article_helpful[aria-pressed=true]",
        },
    ],
});
