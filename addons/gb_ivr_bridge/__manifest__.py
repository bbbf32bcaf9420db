{
    "name": "GB IVR Bridge",
    "summary": "Telephone menus and Asterisk: flows, calls, recordings and commands, nothing lost",
    "version": "19.0.2.0.0",
    "category": "Services/Call Centre",
    "author": "GB Call Centre contributors",
    "license": "LGPL-3",
    "depends": ["gb_ticket"],
    "external_dependencies": {"python": ["av", "pypdfium2"]},
    "data": [
        "security/ir.model.access.csv",
        "security/gb_ivr_rules.xml",
        "data/gb_ivr_prompt_data.xml",
        "views/gb_telephony_provider_views.xml",
        "views/gb_ivr_bridge_menus.xml",
    ],
    "demo": ["demo/gb_telephony_provider_demo.xml"],
}
