"""What happened to the work orders of the demo: plain data, told by ``gb.ticket._load_demo`` through the real moves.

A story is (days, time, values, path). ``days`` are working days before today, ``time`` is local; 0 and minutes mean so
long ago. A path is a list of (minutes, login, act, *arguments): so many minutes of working time later, this person does
this. ``act`` is the code of a move or the name of one of the loader's ``_demo_*`` methods. A step in the future has not
happened yet.
"""

AGENTS = ("agent1", "agent2", "agent3", "agent4")


def accept(agent, minutes=4):
    return [(minutes, agent, "accept")]


def work(agent, handler, sign=25, dispatch=12, contact=20):
    """Accepted, dispatched (by the rule, or by the dispatcher), signed, customer called."""
    return [
        *accept(agent),
        (dispatch, "dispatcher", "dispatch"),
        (sign, handler, "sign"),
        (contact, handler, "attempt", True, "We look into it and call back."),
    ]


def finish(handler, solution, submit=150, review=40, **values):
    """Result submitted and approved."""
    return [
        (submit, handler, "submit", {"solution": solution, **values}),
        (review, "callback", "approve", {"is_checked": True}),
    ]


def call_back(score, comment=None, minutes=60, solved="yes"):
    move = "close" if solved == "yes" and int(score) > 2 else "reject"
    return [
        (minutes, "callback", "attempt", True, "Called back."),
        (3, "callback", move, {"solved": solved, "satisfaction": score}, comment),
    ]


def answer_by_link(score, comment=None, minutes=90, solved="yes"):
    return [(3, "callback", "ask"), (minutes, "customer", "rate", solved, score, comment)]


SHOP = {
    "formula": "gb_callcenter.product_1",
    "nappies": "gb_callcenter.product_2",
    "bottle": "gb_callcenter.product_3",
    "nappies_l": "gb_ticket.product_nappies_l",
    "pump": "gb_ticket.product_pump",
    "steriliser": "gb_ticket.product_steriliser",
    "pram": "gb_ticket.product_pram",
}


def bought(product, quantity=1, days=4, delivered=None, is_cancelled=False):
    """The customer's own paid order, so many days old; ``delivered`` so many days before he called, None: still open."""
    return {
        "product": SHOP[product],
        "quantity": quantity,
        "days": days,
        "delivered": delivered,
        "is_cancelled": is_cancelled,
    }


def matter(customer, kind, category, subject, description="", **values):
    return {
        "customer": customer,
        "type": kind,
        "category": category,
        "subject": subject,
        "description": description,
        **values,
    }


STORIES = [
    # --- long done ---------------------------------------------------------------------------------------------
    (
        38, "09:20",
        matter(1, "complaint", "quality_leaking", "Formula tin leaks powder", "The seal was open on arrival.", product=SHOP["formula"], remedy="A new tin"),
        [*work("agent1", "quality"), *finish("quality", "Sealing machine of line 2 adjusted, new tin sent.", cause="material", responsible="quality"), *call_back("5", "Very quick")],
    ),
    (
        37, "10:05",
        matter(2, "complaint", "delivery_late", "Nappies three days late", "Promised for Monday.", bought=bought("nappies", 2, 7, 1), remedy="An apology and a voucher"),
        [*work("agent2", "logistics", sign=200), (20, "logistics", "voucher", 20), *finish("logistics", "Carrier's depot was overloaded; voucher of 20 given.", submit=900, cause="carrier_delay", responsible="logistics", compensation=20), *call_back("3")],
    ),
    (
        36, "14:10",
        matter(3, "consultation", "use_feeding", "From which age stage 2?", "My son is five months old.", channel="phone"),
        [*accept("agent3"), (5, "agent3", "answer", {"answer": "Stage 2 is for children from 6 months on."})],
    ),
    (
        35, "11:15",
        matter(4, "complaint", "service_no_reply", "Nobody called back", "You promised to call on Friday.", remedy="A call"),
        [*work("agent4", "care", contact=10), *finish("care", "Called at once; the note had not been passed on.", submit=60, cause="staff", responsible="care"), *answer_by_link("4", "In the end fine")],
    ),
    (
        34, "15:30",
        matter(5, "suggestion", "order_coupon", "Show the points in the basket", "It would be handy to see them before paying.", channel="web"),
        [*work("agent1", "care"), *finish("care", "Passed on to the shop's team, comes with the next release.", adoption="adopted"), *answer_by_link("5")],
    ),
    (
        33, "09:40",
        matter(6, "complaint", "quality_taste", "Formula smells of fish", "Two tins of the same batch.", product=SHOP["formula"], severity="major", remedy="Refund and a test report"),
        [
            *work("agent2", "quality", sign=15),
            (30, "quality", "task", "logistics", "Block the batch in the warehouse"),
            (90, "logistics", "task_done", "Blocked, 212 tins set aside."),
            (60, "quality", "wait_third", {"follow_up": 2}, "Laboratory tests the batch"),
            (700, "quality", "resume"),
            *finish("quality", "The laboratory found oxidised fat; batch withdrawn, tins refunded.", cause="material", responsible="quality", compensation=596),
            *call_back("2", "I want the report itself, not a summary", solved="partly"),
            (120, "quality_lead", "attempt", True, "Explained the report."),
            *finish("quality_lead", "Full report sent by e-mail, 6 months of formula given.", submit=200, cause="material", responsible="quality", compensation=900),
            *call_back("4", "Thank you for being open"),
        ],
    ),
    (
        32, "10:30",
        matter(7, "complaint", "delivery_courier", "Courier left the parcel in the rain", "", channel="phone", product=SHOP["nappies"], remedy="Dry nappies"),
        [*work("agent3", "logistics", sign=70), *finish("logistics", "New parcel sent, carrier warned.", cause="carrier_damage", responsible="logistics", compensation=129), *call_back("5")],
    ),
    (
        31, "16:20",
        matter(8, "consultation", "membership_points", "Points of my last order missing", "", channel="chat"),
        [*work("agent4", "care", sign=60), *finish("care", "Points booked by hand.", answer="The points are there now: 298."), *call_back("4")],
    ),
    (
        30, "09:10",
        matter(9, "expedite", "delivery_late", "Needed before the weekend", "We travel on Saturday.", bought=bought("formula", 2)),
        [*work("agent1", "logistics", sign=10), *finish("logistics", "Put on tonight's line, arrives tomorrow.", submit=45), (200, "logistics", "goods_out"), *call_back("5", minutes=400)],
    ),
    (
        28, "11:45",
        matter(10, "complaint", "service_hotline", "Waited 20 minutes", "Nobody answers in the morning.", remedy="More staff"),
        [*work("agent2", "care"), *finish("care", "Two more seats between 9 and 11.", cause="staff", responsible="care"), *call_back("3")],
    ),
    (
        27, "13:30",
        matter(1, "return", "after_sales_return_no_reason", "Bottle returned unopened", "", bought=bought("bottle", 1, 6, 3), is_opened=True),
        [*work("agent3", "aftersales"), *finish("aftersales", "Opened packages cannot be taken back; told why.", decision="refused"), *call_back("2", "The box was closed!", solved="no"), (300, "aftersales_lead", "attempt", True, "Asked for a picture."), (60, "aftersales_lead", "voucher", 50), *finish("aftersales_lead", "The box was damaged by the carrier; goodwill voucher of 50.", decision="refused"), *call_back("3", "Acceptable")],
    ),
    (
        26, "10:00",
        matter(2, "complaint", "delivery_damaged", "Glass bottles broken", "Three of four are broken.", product=SHOP["bottle"], remedy="New bottles"),
        [
            *accept("agent4"),
            (60, "logistics", "sign"),
            (30, "logistics", "attempt", True, "Asked for pictures."),
            (30, "quality", "task_done", "The inner carton is too thin, reported to the supplier."),
            *finish("logistics", "Four new bottles sent with an inner carton.", cause="packing", responsible="logistics", compensation=89),
            *call_back("5", "Well packed this time"),
        ],
    ),
    (
        25, "15:05",
        matter(3, "suggestion", "use_size", "Size guide with weights", "", channel="email"),
        [*work("agent1", "care"), *finish("care", "The guide is being redone anyway; this is part of it.", adoption="adopted"), *answer_by_link("4")],
    ),
    (
        24, "09:30",
        matter(4, "message", "order_stock", "Message: is stage 3 in stock?", "Left at 21:40.", channel="voicemail", product=SHOP["formula"]),
        [*work("agent2", "care"), *finish("care", "Called back, sent the link to order.", submit=30), *call_back("5")],
    ),
    (
        23, "14:40",
        matter(5, "complaint", "quality_allergy", "Rash after the new nappies", "On both legs.", product=SHOP["nappies"], severity="major", remedy="Refund"),
        [
            *work("agent3", "quality", sign=300),
            (40, "quality", "wait_customer", {"follow_up": 1}, "Please send us a picture and the number on the pack."),
            (400, "customer", "receive", "email", "Here it is: L2207, the doctor says contact dermatitis."),
            *finish("quality", "Money back; batch checked without finding, doctor's bill taken over.", submit=1500, cause="unfounded", responsible="quality", compensation=329),
            *call_back("4", "Kind people"),
        ],
    ),
    (
        22, "10:20",
        matter(6, "order_change", "delivery_wrong_address", "Please deliver to my office", "", bought=bought("nappies", 3, 1)),
        [(2, "agent4", "new_address", "朱婷（公司）", "徐家汇路 500 号"), *work("agent4", "logistics", sign=15), (10, "logistics", "change_order"), (60, "logistics", "goods_out"), *finish("logistics", "Address changed before it was packed.", submit=40), *call_back("5", minutes=30)],
    ),
    (
        21, "16:10",
        matter(7, "complaint", "order_price", "Promotion price not given", "129 instead of 99.", channel="web", product=SHOP["nappies"], remedy="The difference"),
        [*work("agent1", "care"), *finish("care", "Difference of 30 refunded.", cause="price", responsible="finance", compensation=30), *answer_by_link("2", "It took three calls", solved="partly"), (200, "care", "attempt", True, "Apologised."), *finish("care", "Voucher of 30 on top; the promotion text is corrected.", cause="price", responsible="finance", compensation=60), *answer_by_link("4")],
    ),
    # --- the last three weeks ----------------------------------------------------------------------------------
    (
        18, "09:50",
        matter(8, "complaint", "delivery_lost", "Parcel never came", "Tracking stands still since a week.", bought=bought("formula", 1, 9, 7), remedy="A new parcel"),
        [*work("agent2", "logistics", sign=400), (60, "logistics", "wait_third", {"follow_up": 3}, "Carrier searches"), (1400, "customer", "chase"), (200, "logistics", "resume"), (60, "logistics", "replace"), (40, "logistics", "goods_out"), *finish("logistics", "Declared lost, new parcel sent by express.", submit=400, cause="carrier_delay", responsible="logistics", compensation=298), *call_back("2", "Three weeks for one tin", solved="no"), (60, "logistics_lead", "attempt", True, "Apologised."), *finish("logistics_lead", "A year of free delivery.", submit=120, cause="carrier_delay", responsible="logistics", compensation=398), *call_back("3", "Well then")],
    ),
    (
        17, "11:00",
        matter(9, "consultation", "use_cleaning", "May the bottle go into the dishwasher?", "", channel="chat", product=SHOP["bottle"]),
        [*accept("agent3"), (3, "agent3", "answer", {"answer": "Yes, in the upper basket up to 65 °C."})],
    ),
    (
        16, "14:15",
        matter(10, "complaint", "service_agent", "Agent hung up", "In the middle of a sentence.", remedy="An apology"),
        [*work("agent4", "care"), *finish("care", "The line had failed; called back and apologised.", cause="system", responsible="care"), (120, "callback", "attempt", False, "Nobody answers"), (500, "callback", "attempt", False, "Switched off"), (20, "callback", "ask"), (300, "callback", "attempt", False, "Nobody answers"), (1700, "system", "close_unverified")],
    ),
    (
        15, "10:40",
        matter(1, "refund", "after_sales_refund_late", "Refund not on my account", "Promised two weeks ago.", bought=bought("formula", 1, 25, 22), refund_amount=298),
        [*work("agent1", "finance", sign=350), *finish("finance", "The bank sent it back: account closed. Told to give another one.", submit=600, decision="refused"), *call_back("3")],
    ),
    (
        14, "15:20",
        matter(2, "complaint", "quality_description", "Colour is not as in the picture", "", channel="web", product=SHOP["bottle"], remedy="Exchange"),
        [*work("agent2", "quality"), (45, "lead", "cancel", {"cancel_reason": "settled"}, "She keeps it, it is a present")],
    ),
    (
        13, "09:15",
        matter(3, "complaint", "delivery_incomplete", "One pack of nappies is missing", "", bought=bought("nappies", 3, 4, 1), remedy="Send the missing pack"),
        [*accept("agent3"), (20, "logistics", "sign"), (15, "logistics", "attempt", True, "Checked the weight with him."), (60, "quality", "task_done", "Nothing to do with quality."), (20, "logistics", "replace"), (90, "logistics", "goods_out"), *finish("logistics", "Missing pack sent.", cause="picking", responsible="logistics"), *call_back("5")],
    ),
    (
        12, "13:50",
        matter(4, "complaint", "quality_expired", "Two months before its date", "Ordered for half a year.", product=SHOP["formula"], remedy="Exchange for fresh ones"),
        [*work("agent4", "quality"), (30, "quality", "submit", {"solution": "Told that it is within the rules.", "cause": "expiry", "responsible": "quality"}), (60, "callback", "rework", {}, "This does not answer what she wants."), *finish("quality", "Exchanged for tins of this month.", cause="expiry", responsible="quality"), *call_back("4")],
    ),
    (
        11, "10:10",
        matter(5, "invoice", "invoice_wrong_data", "Tax number wrong on the invoice", "", channel="email", bought=bought("formula", 2, 5, 3), invoice_title="上海小太阳母婴用品有限公司"),
        [*accept("agent1"), (200, "customer", "cancel", {}, "My accountant takes it as it is")],
    ),
    (
        10, "16:30",
        matter(6, "complaint", "membership_privacy", "Calls from strangers", "They knew my order.", severity="major", remedy="Find out who passed it on"),
        [*work("agent2", "care", sign=20), *finish("care", "No leak found; the number was on an old parcel label.", submit=900, cause="unfounded", responsible="care"), *call_back("2", "That is no explanation", solved="no"), *finish("care", "Labels show only the last four digits from now on.", submit=600, cause="design", responsible="logistics"), *call_back("3")],
    ),
    (
        9, "09:25",
        matter(7, "return", "after_sales_return_no_reason", "Bottle too heavy", "", bought=bought("bottle", 2, 4, 2)),
        [*work("agent3", "aftersales"), (190, "aftersales", "make_return"), (10, "aftersales", "wait_customer", {"follow_up": 1}, "Please send it back with the label that we have sent.")],
    ),
    (
        8, "10:00",
        matter(9, "repair", "quality_fault", "Breast pump hums and stops", "After a minute, with a full battery.", bought=bought("pump", 1, 125, 122), ground="fault", fault="no_suction", address="杭州市西湖区文三路 20 号", occurred=3),
        [*work("agent2", "aftersales2"), (60, "aftersales2", "make_repair"), (200, "aftersales2", "start_repair"), (300, "aftersales2", "end_repair"), *finish("aftersales2", "Motor replaced free of charge, sent back by express.", cause="material"), *call_back("5", "Runs again")],
    ),
    (
        5, "10:40",
        matter(4, "exchange", "quality_fault", "Breast pump loses suction", "The membrane is torn.", bought=bought("pump", 1, 5, 3), remedy="A new pump", ground="fault", is_opened=True),
        [
            *work("agent4", "aftersales2"),
            (15, "aftersales2", "make_exchange"),
            (500, "logistics", "goods_in"),
            (40, "aftersales2", "inspect", "faulty", "Membrane torn at the seam."),
            (60, "logistics", "goods_out"),
            *finish("aftersales2", "New pump sent, the torn one is with the supplier.", submit=30, decision="granted", cause="material", responsible="quality"),
            *answer_by_link("5", "New one the next day"),
        ],
    ),
    # --- being worked on ---------------------------------------------------------------------------------------
    (
        8, "11:30",
        matter(8, "complaint", "quality_leaking", "Bottle leaks at the collar", "Only when it is warm.", product=SHOP["bottle"], remedy="A new one"),
        [*work("agent4", "quality"), *finish("quality", "New collar sent.", cause="design", responsible="quality"), *call_back("4"), (1300, "agent1", "reopen", {}, "It leaks again")],
    ),
    (
        7, "14:00",
        matter(9, "complaint", "delivery_late", "Second late delivery this month", "", product=SHOP["nappies"], urgency="2", remedy="Delivery in time"),
        [*accept("agent1"), (900, "logistics", "sign"), (30, "logistics", "wait_third", {"follow_up": 1}, "Carrier asked for the driver's report"), (500, "customer", "chase"), (300, "customer", "chase")],
    ),
    (
        6, "10:15",
        matter(10, "repair", "quality_fault", "Steriliser does not heat", "", channel="phone", bought=bought("steriliser", 1, 95, 92), fault="no_heat", address="天津市和平区南京路 188 号", occurred=2),
        [*work("agent2", "aftersales", sign=40, contact=30), (60, "aftersales", "make_repair"), (400, "aftersales", "start_repair")],
    ),
    (
        6, "15:40",
        matter(1, "complaint", "delivery_late", "Formula not here yet", "Ordered on Sunday.", order=1, remedy="Deliver today"),
        [*accept("agent3"), (30, "logistics", "send_back", {"suggested": "care"}, "The order was never handed to us."), (50, "dispatcher", "dispatch", {"department": "care"}), (40, "care", "sign"), (30, "care", "attempt", True, "Apologised"), *finish("care", "The payment had not been matched; sent by express.", submit=100, cause="system", responsible="finance"), *call_back("4")],
    ),
    (
        5, "09:35",
        matter(2, "exchange", "after_sales_exchange_size", "Nappies too small", "Size L please.", bought=bought("nappies", 3, 4, 2), quantity=3, exchange_for=SHOP["nappies_l"]),
        [*work("agent4", "aftersales2"), (60, "aftersales2", "extension", "The size comes in on Thursday")],
    ),
    (
        5, "13:20",
        matter(3, "complaint", "quality_allergy", "Rash from the new wipes", "", channel="web", severity="major", remedy="Refund and test"),
        [*accept("agent1"), (700, "quality", "sign"), (15, "quality", "attempt", True, "Asked for the batch")],
    ),
    (
        4, "10:50",
        matter(4, "refund", "after_sales_refund_late", "Refund for the cancelled order", "", channel="email", bought=bought("nappies", 3, 6, is_cancelled=True), refund_amount=387),
        [*accept("agent2"), (45, "finance", "send_back", {"suggested": "aftersales"}, "No return was received."), (60, "dispatcher", "dispatch", {"department": "aftersales"}), (30, "aftersales", "send_back", {"suggested": "finance"}, "This was never delivered.")],
    ),
    (
        4, "14:25",
        matter(5, "complaint", "service_shop", "Shop would not take the voucher", "", remedy="Make them take it"),
        [*work("agent3", "care"), (200, "care", "submit", {"solution": "The shop was told; voucher of 50 instead.", "cause": "staff", "responsible": "care", "compensation": 50})],
    ),
    (
        3, "09:45",
        matter(6, "complaint", "quality_counterfeit", "Is this tin genuine?", "The print looks different.", product=SHOP["formula"], severity="major", remedy="Proof"),
        [*work("agent4", "quality", sign=15), (30, "quality", "task", "logistics", "Which supplier did this tin come from?"), (100, "quality", "reply", "email", "Please keep the tin closed until we have looked at the print.")],
    ),
    (
        3, "09:20",
        matter(10, "return", "after_sales_return_no_reason", "Pram too wide for our lift", "Not used, still in its box.", bought=bought("pram", 1, 4, 1), remedy="Money back"),
        [
            *work("agent2", "aftersales"),
            (15, "aftersales", "make_return"),
            (240, "logistics", "goods_in"),
            (40, "aftersales", "inspect", "unused", "Box and belts complete."),
            (15, "aftersales", "ask_refund", 1299, "Returned within 7 days"),
            (60, "lead", "decide"),
            (120, "finance", "pay_back"),
            *finish("aftersales", "Pram is back, price paid back.", submit=20, decision="granted"),
            *call_back("5", "Quick and easy", minutes=30),
        ],
    ),
    (
        3, "15:15",
        matter(7, "consultation", "use_safety", "Was this pram recalled?", "", channel="chat"),
        [*work("agent1", "care", sign=20), *finish("care", "Not concerned by the recall.", submit=60, answer="Only models from 2019 were recalled; yours is from 2024.")],
    ),
    (
        2, "10:05",
        matter(8, "cancellation", "order_wrong", "Ordered twice by mistake", "", bought=bought("bottle", 2, 1)),
        [*accept("agent2"), (60, "finance", "sign"), (30, "finance", "attempt", True, "Agreed to cancel one"), (20, "finance", "cancel_order", "Ordered twice")],
    ),
    (
        2, "14:35",
        matter(9, "complaint", "delivery_courier", "Courier was rude", "", remedy="Another courier"),
        [*accept("agent3"), (30, "logistics", "sign"), (40, "logistics", "attempt", True, "Took down the details"), *finish("logistics", "The carrier changes the route's driver.", submit=120, cause="staff", responsible="logistics")],
    ),
    (
        2, "11:10",
        matter(3, "refund", "order_price", "Pram was 200 cheaper the next day", "Wants the difference, keeps the pram.", channel="chat", bought=bought("pram", 1, 5, 1), remedy="The difference of 200", refund_amount=200),
        [*work("agent4", "finance"), (30, "finance", "ask_refund", 200, "The offer began on the day of the delivery")],
    ),
    (
        1, "09:30",
        matter(10, "complaint", "order_payment", "Charged twice", "298 twice on the statement.", product=SHOP["formula"], urgency="2", remedy="Money back today"),
        [*accept("agent4"), (15, "dispatcher", "dispatch", {"department": "finance"}), (20, "finance", "sign"), (10, "finance", "attempt", True, "Bank statement received")],
    ),
    (
        1, "11:20",
        matter(1, "complaint", "delivery_late", "Formula still not here", "Last week I was told that it comes by express.", order=1, remedy="Deliver today"),
        [(3, "agent1", "new_matter", "It was closed as delivered, but nothing came"), *accept("agent1")],
    ),
    (
        1, "15:45",
        matter(2, "suggestion", "delivery_wrong_address", "Delivery on Sundays", "", channel="portal"),
        [*accept("agent2"), (20, "agent2", "decline", {}, "Not a matter for a work order: on the list of the shop's team already")],
    ),
    (
        1, "16:50",
        matter(3, "message", "membership_account", "Message: new telephone number", "Left at 22:10.", channel="voicemail"),
        accept("agent3"),
    ),
    # --- today -------------------------------------------------------------------------------------------------
    (0, 170, matter(4, "complaint", "quality_fault", "Thermometer shows 30 °C", "", channel="phone", remedy="Exchange"), accept("agent1", 0)),
    (0, 130, matter(5, "expedite", "delivery_late", "Birthday present for tomorrow", "", bought=bought("pram", 1, 2)), accept("agent2", 0)),
    (0, 95, matter(6, "complaint", "delivery_damaged", "Carton wet and torn", "", product=SHOP["nappies"], channel="web", remedy="New nappies"), accept("agent3", 0)),
    (0, 60, matter(6, "complaint", "delivery_damaged", "Carton torn, nappies wet", "The same parcel, by telephone.", product=SHOP["nappies"], remedy="New nappies"), [(0, "agent4", "join")]),
    (0, 40, matter(7, "consultation", "use_feeding", "How much formula at night?", "", channel="phone"), accept("agent4", 0)),
    (0, 15, matter(8, "complaint", "order_coupon", "Coupon not accepted", "", channel="phone"), []),
]  # fmt: skip
