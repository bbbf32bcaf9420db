{
    "name": "GB IVR Warranty (sample)",
    "summary": "Sample of a node type of one's own: callers hear how long a product is under warranty",
    "version": "19.0.1.0.0",
    "category": "Services/Call Centre",
    "author": "GB Call Centre contributors",
    "license": "LGPL-3",
    "depends": ["gb_ivr_bridge"],
    "data": ["views/gb_ivr_node_views.xml"],
}
