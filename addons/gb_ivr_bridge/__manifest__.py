{
    "name": "GB IVR Bridge",
    "summary": "Connects the call centre to Asterisk: calls, recordings and commands, nothing lost",
    "version": "19.0.1.0.0",
    "category": "Services/Call Centre",
    "author": "GB Call Centre contributors",
    "license": "LGPL-3",
    "depends": ["gb_ticket"],
    "data": [
        "views/gb_telephony_provider_views.xml",
        "views/gb_ivr_bridge_menus.xml",
    ],
    "demo": ["demo/gb_telephony_provider_demo.xml"],
}
