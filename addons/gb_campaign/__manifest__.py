{
    "name": "GB Campaigns",
    "summary": "Outbound care and media of the call centre: calls counted by the medium that brought them",
    "version": "19.0.1.0.0",
    "category": "Marketing/Call Centre",
    "author": "GB Call Centre contributors",
    "license": "LGPL-3",
    "depends": ["gb_ticket"],
    "data": [
        "security/ir.model.access.csv",
        "security/gb_campaign_rules.xml",
        "views/gb_media_views.xml",
        "views/gb_campaign_menus.xml",
    ],
    "demo": ["demo/gb_media_demo.xml"],
}
