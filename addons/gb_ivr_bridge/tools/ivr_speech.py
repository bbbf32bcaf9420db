"""What callers are told, in the words of speech. No ORM.

``{name|format}`` is filled in by whoever speaks (docs/architecture.md, "Document"); a ``$`` in a name stands for the prefix
that a row's values have.
"""

LANGUAGES = ("zh_CN", "en_US")

TEXTS = {
    # identity
    "identify.verified": ("验证通过。", "Thank you, your PIN is correct."),
    "identify.locked": (
        "密码输错次数过多，已暂时锁定，请联系人工客服。",
        "There were too many wrong PINs. It is locked for now, please talk to one of our agents.",
    ),
    "identify.unidentified": (
        "我们没有通过来电号码找到您的资料。",
        "We could not find you by the number you are calling from.",
    ),
    "identify.unverified": (
        "办理这项业务需要先验证您的会员密码。",
        "For this we need your member PIN first.",
    ),
    # promotions, shopping guide, delivery, payment
    "promotions.programs": ("正在进行的活动有：", "These promotions are running now."),
    "promotions.program": ("{$name}。", "{$name}."),
    "promotions.products": ("新品推荐：", "New in our shop:"),
    "promotions.product": ("{$name}，售价{$price|amount}。", "{$name}, {$price|amount}."),
    "promotions.none": ("目前没有进行中的活动。", "There is no promotion at the moment."),
    "articles.article": ("{$title}。{$body}", "{$title}. {$body}"),
    "articles.none": ("暂时没有相关内容。", "There is nothing to tell about this at the moment."),
    "delivery.intro": ("我们提供以下配送方式：", "We deliver in these ways."),
    "delivery.fixed": ("{$name}，运费{$price|amount}", "{$name}, for {$price|amount}"),
    "delivery.free": ("{$name}，免运费", "{$name}, free of charge"),
    "delivery.rated": (
        "{$name}，运费按重量和地区计算",
        "{$name}, priced by weight and destination",
    ),
    "delivery.free_over": ("，满{$over|amount}免运费", ", free from {$over|amount}"),
    "delivery.days": ("，一般{$days|number}天送达", ", usually within {$days|number} days"),
    "delivery.collects": ("，支持货到付款", ", cash on delivery possible"),
    "delivery.stop": ("。", "."),
    "delivery.none": ("请咨询人工客服了解配送方式。", "Please ask our agents about delivery."),
    "payment.intro": ("您可以这样付款：", "You can pay in these ways:"),
    "payment.cash_on_delivery": ("货到付款", "cash on delivery"),
    "payment.payment_link": ("通过短信中的链接在线支付", "online, by a link that we send you"),
    "payment.bank_transfer": ("银行转账", "bank transfer"),
    "payment.balance": ("账户余额", "the balance of your account"),
    "payment.row": ("{$label}。", "{$label}."),
    # orders
    "orders.row": (
        "您{$date|date}下的订单，{$digits|tail}，{$state}。",
        "Your order of {$date|date}, number {$digits|tail}, {$state}.",
    ),
    "orders.amount": ("金额{$total|amount}。", "The amount is {$total|amount}."),
    "orders.goods": ("商品有{$goods}。", "It has {$goods}."),
    "orders.parcel": (
        "由{$carrier}承运，运单号{$tracking|tail}。",
        "It travels with {$carrier}, tracking number {$tracking|tail}.",
    ),
    "orders.parcel_carrier": ("由{$carrier}承运。", "It travels with {$carrier}."),
    "orders.count": (
        "您最近的{orders_spoken|number}笔订单如下。",
        "These are your last {orders_spoken|number} orders.",
    ),
    "orders.none": ("没有找到您的订单。", "We found no order of yours."),
    "orders.not_found": (
        "没有找到这个号码的订单，请核对后重试。",
        "We found no order of yours with this number. Please check it and try again.",
    ),
    "stage.draft": ("还没有确认", "is not confirmed yet"),
    "stage.open": ("正在备货", "is being prepared"),
    "stage.picked": ("已经拣货，等待发出", "is packed and about to leave"),
    "stage.partly": ("已经部分发货", "has been sent in part"),
    "stage.shipped": ("已经发货，正在配送", "is on its way"),
    "stage.delivered": ("已经送达", "has been delivered"),
    "stage.refused": ("已被拒收", "was refused at the door"),
    "stage.returned": ("已经退回", "has come back to us"),
    "stage.cancelled": ("已经取消", "was cancelled"),
    # products
    "product.found": (
        "{product_name}，售价{product_price|amount}，",
        "{product_name}, {product_price|amount}, ",
    ),
    "product.in": ("有货。", "in stock."),
    "product.low": ("库存不多。", "only a few are left."),
    "product.out": ("目前缺货。", "out of stock at the moment."),
    "product.none": (
        "没有找到这个编号的商品，或者商品已经停售。",
        "There is no product with this code, or it is not sold any more.",
    ),
    # cart
    "cart.added": (
        "已加入{added_count|number}件{product_name}，目前商品合计{goods_total|amount}。",
        "Added: {added_count|number} of {product_name}. The goods come to {goods_total|amount} now.",
    ),
    "cart.limited": (
        "{product_name}库存不足，只加入了{added_count|number}件，目前商品合计{goods_total|amount}。",
        "Only {added_count|number} of {product_name} could be added, there are no more. The goods come to {goods_total|amount}.",
    ),
    "cart.out_of_stock": (
        "{product_name}目前缺货，没有加入订单。",
        "{product_name} is out of stock and was not added.",
    ),
    "cart.refused": (
        "这件商品无法通过自助电话订购，请联系人工客服。",
        "This cannot be ordered in the menu. Please talk to one of our agents.",
    ),
    "cart.too_many": (
        "这个数量需要由人工客服为您办理。",
        "Such a quantity has to be ordered with one of our agents.",
    ),
    "cart.address": ("收货地址：{$text}，收件人{$name}。", "Delivery to {$name}, {$text}."),
    "cart.address_choice": (
        "送到{$text}，收件人{$name}，请按{$key|digits}。",
        "For {$name}, {$text}, press {$key|digits}.",
    ),
    "cart.address_none": (
        "您的资料里没有完整的收货地址，请联系人工客服登记。",
        "We have no complete address of yours. Please give it to one of our agents.",
    ),
    "cart.carrier": (
        "配送方式：{$name}，运费{$price|amount}。",
        "Delivery by {$name} for {$price|amount}.",
    ),
    "cart.carrier_free": ("配送方式：{$name}，免运费。", "Delivery by {$name}, free of charge."),
    "cart.carrier_free_choice": (
        "{$name}，免运费，请按{$key|digits}。",
        "For {$name}, free of charge, press {$key|digits}.",
    ),
    "cart.carrier_choice": (
        "{$name}，运费{$price|amount}，请按{$key|digits}。",
        "For {$name}, {$price|amount}, press {$key|digits}.",
    ),
    "cart.carrier_none": (
        "这个地址暂时无法自助选择配送方式，请联系人工客服。",
        "No delivery to this address can be chosen here. Please talk to one of our agents.",
    ),
    "cart.payment": ("付款方式：{$name}。", "Payment: {$name}."),
    "cart.payment_choice": ("{$name}，请按{$key|digits}。", "For {$name}, press {$key|digits}."),
    "cart.payment_none": (
        "这张订单暂时无法自助选择付款方式，请联系人工客服。",
        "No payment can be chosen for this order here. Please talk to one of our agents.",
    ),
    "cart.nothing_to_pay": ("这张订单无需付款。", "There is nothing to pay for this order."),
    "cart.read": ("您的订单有：", "Your order:"),
    "cart.line": (
        "{$quantity|number}件{$name}，{$total|amount}。",
        "{$quantity|number} of {$name}, {$total|amount}.",
    ),
    "cart.discount": ("{$name}，优惠{$total|amount}。", "{$name}, {$total|amount} off."),
    "cart.total": ("合计{cart_total|amount}。", "The total is {cart_total|amount}."),
    "cart.incomplete": ("订单还没有填写完整。", "The order is not complete yet."),
    "cart.confirmed": (
        "订单已确认，订单号{order_digits|digits}，合计{order_total|amount}。",
        "Your order is confirmed. Its number is {order_digits|digits}, the total is {order_total|amount}.",
    ),
    "cart.next.payment_link": (
        "付款链接会发送给您，付款后我们就发货。",
        "You will get a link for the payment, and we send the parcel as soon as it is paid.",
    ),
    "cart.next.bank_transfer": (
        "请在转账时注明订单号，到账后我们就发货。",
        "Please quote the order number in your transfer. We send the parcel when the money is there.",
    ),
    "cart.next.cash_on_delivery": (
        "请在收货时付款给快递员。",
        "Please pay the courier on delivery.",
    ),
    "cart.next.balance": ("款项已从您的余额中扣除。", "It was paid from your balance."),
    "cart.changed": (
        "价格有变动，订单还没有确认。新的合计是{cart_total|amount}。",
        "The amount has changed, and the order is not confirmed yet. The new total is {cart_total|amount}.",
    ),
    "cart.not_confirmed": (
        "订单暂时无法确认，请联系人工客服。",
        "The order cannot be confirmed here. Please talk to one of our agents.",
    ),
    # work orders
    "ticket.found": (
        "您的工单，{ticket_digits|tail}，目前状态是{ticket_state}。",
        "Your request, number {ticket_digits|tail}: {ticket_state}.",
    ),
    "ticket.due": (
        "预计{ticket_due|date}前答复您。",
        "You will hear from us by {ticket_due|date}.",
    ),
    "ticket.result": ("处理结果：{ticket_result}。", "The result: {ticket_result}."),
    "ticket.none": ("没有找到您的工单。", "We found no request of yours."),
}


def say(key, prefix=""):
    """A part of speech in all languages.

    :param str prefix: of the names of a row's values
    """
    texts = zip(LANGUAGES, TEXTS[key], strict=True)
    return {"text": {language: text.replace("$", prefix) for language, text in texts}}


def join(*parts):
    """One part out of several, so that they are spoken in one breath."""
    return {
        "text": {
            language: "".join(part["text"][language] for part in parts) for language in LANGUAGES
        }
    }


def word(key, language):
    """A text without placeholders, in one language: to be a value itself."""
    return TEXTS[key][LANGUAGES.index(language)]
