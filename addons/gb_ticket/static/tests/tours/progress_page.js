import { registry } from "@web/core/registry";

// A customer without an account: writes, accepts the result, reads the thanks.
registry.category("web_tour.tours").add("gb_progress_page", {
    steps: () => [
        {
            content: "The result is there to read",
            trigger: ".gb_progress_result:contains('A new bottle was sent')",
        },
        {
            content: "Write to the department",
            trigger: "#message_text",
            run: "edit Thank you, it has arrived",
        },
        {
            content: "Send",
            trigger: "button[name='message']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It has reached us",
            trigger: ".alert-success:contains('reached us')",
        },
        {
            content: "It is in the conversation",
            trigger: ".gb_bubble_mine:contains('it has arrived')",
        },
        { content: "Solved", trigger: "label[for='solved_yes']", run: "click" },
        { content: "Very satisfied", trigger: "label[for='score_5']", run: "click" },
        {
            content: "Answer",
            trigger: "button[name='answer']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Closed, with thanks",
            trigger: ".alert-success:contains('Thank you for your answer')",
        },
        { content: "The stage is closed", trigger: ".gb_progress_stage_closed" },
    ],
});
