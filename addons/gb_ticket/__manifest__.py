{
    "name": "GB Work Orders",
    "summary": "Work orders of the call centre: their types, and in time the closed loop",
    "version": "19.0.1.0.0",
    "category": "Services/Call Centre",
    "author": "GB Call Centre contributors",
    "license": "LGPL-3",
    "depends": ["gb_callcenter"],
    "data": [
        "security/ir.model.access.csv",
        "data/gb_ticket_type_data.xml",
        "views/gb_ticket_type_views.xml",
        "views/gb_ticket_menus.xml",
    ],
}
