"""A customer's whole life, played by Stripe's official Python library against the sandbox.

It pays on the hosted pages as a browser would, moves the clock, and checks every webhook's
signature with the library. The first argument is the sandbox's address.
"""

import faulthandler
import http.server
import json
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

import stripe

BASE = sys.argv[1]
SECONDS_MAX = 120
client = stripe.StripeClient("sk_test_judge", base_addresses={"api": BASE}, max_network_retries=0)
received = []
secret = None
passed = 0


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = stripe.Webhook.construct_event(body, self.headers["stripe-signature"], secret)
            received.append(event)
            status = 200
        except Exception as error:  # A wrong signature fails the run below.
            received.append(error)
            status = 400
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


browser = urllib.request.build_opener(NoRedirect)


def browse(url, form=None):
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    try:
        answer = browser.open(url, data)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers.get("location"), answer.read().decode()


def control(path, /, **wish):
    request = urllib.request.Request(f"{BASE}/_sandbox/{path}", json.dumps(wish).encode(), method="POST")
    return json.load(urllib.request.urlopen(request))


def pay(session, number="4242424242424242", **more):
    status, _, html = browse(session.url)
    check(status == 200 and "NOT Stripe" in html, html)
    form = {"number": number, "expiry": "12/40", "cvc": "123", **more}
    return browse(session.url, form)


def refused(call, kind, code=None):
    try:
        call()
    except kind as error:
        check(code is None or error.code == code, error.code)
        return error
    raise AssertionError(f"{kind} did not come")


def check(is_right, found=None):
    global passed
    if not is_right:
        raise AssertionError(found)
    passed += 1


def step(name):
    print(name, flush=True)


def finish(failed):
    print(f"test result: {'FAILED' if failed else 'ok'}. {passed} passed; {failed} failed; 0 ignored", flush=True)


def give_up(kind, error, trace):
    sys.__excepthook__(kind, error, trace)
    finish(1)
    sys.exit(1)


sys.excepthook = give_up
faulthandler.dump_traceback_later(SECONDS_MAX, exit=True)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = client.v1.webhook_endpoints.create(
    {"url": f"http://127.0.0.1:{server.server_port}/", "enabled_events": ["*"]}
)
secret = endpoint.secret

step("what is sold")
product = client.v1.products.create({"name": "Professional"})
price = client.v1.prices.create(
    {
        "product": product.id,
        "currency": "usd",
        "unit_amount": 2_999,
        "recurring": {"interval": "month"},
        "lookup_key": "professional_month",
    }
)
basic = client.v1.prices.create(
    {
        "product_data": {"name": "Basic"},
        "currency": "usd",
        "unit_amount": 999,
        "recurring": {"interval": "month"},
    }
)
check(client.v1.prices.list({"lookup_keys": ["professional_month"]}).data[0].id == price.id)
check(price.unit_amount_decimal == 2_999)

step("sign-up, once in spite of a retry")
options = {"idempotency_key": "sign-up-1"}
params = {"email": "a+b@example.com", "metadata": {"customer": "42"}}
customer = client.v1.customers.create(params, options)
again = client.v1.customers.create(params, options)
check(again.id == customer.id and again.last_response.headers["idempotent-replayed"] == "true")
refused(lambda: client.v1.customers.create({"email": "c@d"}, options), stripe.IdempotencyError)
refused(lambda: client.v1.customers.retrieve("cus_none"), stripe.InvalidRequestError, "resource_missing")
refused(lambda: client.v1.customers.create({"nonsense": 1}), stripe.InvalidRequestError, "parameter_unknown")
live = stripe.StripeClient("sk_live_x", base_addresses={"api": BASE})
refused(lambda: live.v1.customers.list(), stripe.AuthenticationError)

step("checkout")
session = client.v1.checkout.sessions.create(
    {
        "mode": "subscription",
        "customer": customer.id,
        "client_reference_id": "42",
        "line_items": [{"price": price.id, "quantity": 1}],
        "subscription_data": {"metadata": {"plan": "professional"}},
        "success_url": "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/back",
        "allow_promotion_codes": True,
    }
)
check(session.status == "open" and session.payment_status == "unpaid" and session.amount_total == 2_999)
for number, words in [
    ("4000000000000002", "declined"),
    ("4000000000009995", "insufficient"),
    ("4000000000000341", "declined"),
    ("4111111111111111", "not one of the test numbers"),
]:
    status, _, html = pay(session, number)
    check(status == 402 and words in html, (status, html))
check(not client.v1.subscriptions.list({"customer": customer.id}).data)
status, location, _ = pay(session, "4000002500003155")
check(status == 303 and location.endswith("/authenticate"), location)
check("Fail authentication" in browse(BASE + location)[2])
check(browse(BASE + location, {"result": "fail"})[0] == 402)
status, location, _ = pay(session)
check((status, location) == (303, f"https://shop.example/done?session={session.id}"))

step("the subscription is active")
session = client.v1.checkout.sessions.retrieve(
    session.id, {"expand": ["subscription.latest_invoice", "line_items.data.price.product"]}
)
check((session.status, session.payment_status) == ("complete", "paid"))
check(session.line_items.data[0].price.product.name == "Professional")
subscription = session.subscription
check(subscription.status == "active" and subscription.metadata["plan"] == "professional")
check(subscription.latest_invoice.status == "paid" and subscription.latest_invoice.amount_paid == 2_999)
item = subscription["items"].data[0]
began = item.current_period_start
check(subscription.latest_invoice.parent.subscription_details.subscription == subscription.id)

step("the clock moves, and it renews")
control("clock", to=item.current_period_end, settle=True)
subscription = client.v1.subscriptions.retrieve(subscription.id)
item = subscription["items"].data[0]
check(subscription.status == "active" and item.current_period_start > began)
invoices = client.v1.invoices.list({"subscription": subscription.id}).data
check([invoice.billing_reason for invoice in invoices] == ["subscription_cycle", "subscription_create"])
check(all(invoice.status == "paid" for invoice in invoices))

step("a change of plan, seen before it happens")
change = [{"id": item.id, "price": basic.id}]
preview = client.v1.invoices.create_preview(
    {
        "subscription": subscription.id,
        "subscription_details": {"items": change, "proration_behavior": "always_invoice"},
    }
)
check(preview.total == 999 - 2_999, preview.total)
schedule = client.v1.subscription_schedules.create({"from_subscription": subscription.id})
phase = schedule.phases[0]
schedule = client.v1.subscription_schedules.update(
    schedule.id,
    {
        "end_behavior": "release",
        "phases": [
            {
                "start_date": phase.start_date,
                "end_date": phase.end_date,
                "items": [{"price": price.id, "quantity": 1}],
            },
            {"items": [{"price": basic.id, "quantity": 1}], "proration_behavior": "none"},
        ],
    },
)
control("clock", to=phase.end_date, settle=True)
subscription = client.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
check(subscription["items"].data[0].price.id == basic.id)
check(subscription.latest_invoice.amount_paid == 999)
refused(
    lambda: client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True}),
    stripe.InvalidRequestError,
)
check(client.v1.subscription_schedules.release(schedule.id).released_subscription == subscription.id)
check(client.v1.subscriptions.retrieve(subscription.id).schedule is None)

step("a top-up, half refunded")
session = client.v1.checkout.sessions.create(
    {
        "mode": "payment",
        "customer": customer.id,
        "line_items": [
            {
                "price_data": {"currency": "usd", "unit_amount": 10, "product_data": {"name": "Operations"}},
                "quantity": 50,
            }
        ],
        "payment_intent_data": {"metadata": {"topup": "50"}},
        "success_url": "https://shop.example/done",
    }
)
check(pay(session)[0] == 303)
session = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
check(session.payment_intent.status == "succeeded" and session.payment_intent.metadata["topup"] == "50")
refund = client.v1.refunds.create({"payment_intent": session.payment_intent.id, "amount": 250})
check(refund.status == "succeeded")
charge = client.v1.charges.retrieve(session.payment_intent.latest_charge.id)
check((charge.amount_refunded, charge.refunded) == (250, False))
refused(
    lambda: client.v1.refunds.create({"payment_intent": session.payment_intent.id, "amount": 251}),
    stripe.InvalidRequestError,
)
dispute = control("disputes", payment_intent=session.payment_intent.id)
check(client.v1.disputes.retrieve(dispute["id"]).status == "needs_response")
control(f"disputes/{dispute['id']}/close", status="won")
check(client.v1.disputes.retrieve(dispute["id"]).status == "won")

step("payments by request")
once = {
    "amount": 1_500,
    "currency": "usd",
    "customer": customer.id,
    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    "metadata": {"topup": "150"},
}
intent = client.v1.payment_intents.create({**once, "payment_method": "pm_card_visa"})
check(intent.status == "requires_confirmation" and intent.client_secret)
intent = client.v1.payment_intents.confirm(intent.id, {"expand": ["latest_charge"]})
check(intent.status == "succeeded" and intent.latest_charge.paid and intent.amount_received == 1_500)
declined = {**once, "payment_method": "pm_card_chargeDeclined", "confirm": True}
error = refused(lambda: client.v1.payment_intents.create(declined), stripe.CardError, "card_declined")
left = error.error.payment_intent
check(left.status == "requires_payment_method" and left.last_payment_error.decline_code == "generic_decline")
back = "https://shop.example/back"
asking = {"payment_method": "pm_card_authenticationRequiredOnSetup", "return_url": back}
asked = client.v1.payment_intents.confirm(left.id, asking)
check(asked.status == "requires_action" and asked.next_action.redirect_to_url.return_url == back)
check("Fail authentication" in browse(asked.next_action.redirect_to_url.url)[2])
status, location, _ = browse(asked.next_action.redirect_to_url.url, {"result": "complete"})
check(status == 303 and location.startswith(f"{back}?payment_intent={left.id}&"), location)
check(location.endswith("&redirect_status=succeeded"), location)
check(client.v1.payment_intents.retrieve(left.id).status == "succeeded")
away = {**once, **asking, "confirm": True, "off_session": True}
refused(lambda: client.v1.payment_intents.create(away), stripe.CardError, "authentication_required")
intent = client.v1.payment_intents.create(once)
intent = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
check((intent.status, intent.cancellation_reason) == ("canceled", "abandoned"))
refused(
    lambda: client.v1.payment_intents.cancel(intent.id),
    stripe.InvalidRequestError,
    "payment_intent_unexpected_state",
)

step("the portal: a cancellation and its undoing")
portal = client.v1.billing_portal.sessions.create(
    {"customer": customer.id, "return_url": "https://shop.example/account"}
)
check("NOT Stripe" in browse(portal.url)[2])
form = {"action": "cancel", "subscription": subscription.id, "feedback": "unused", "comment": "bye"}
check(browse(portal.url, form)[0] == 303)
canceling = client.v1.subscriptions.retrieve(subscription.id)
check(canceling.cancel_at and not canceling.cancel_at_period_end)
check(canceling.cancellation_details.feedback == "unused")
check(browse(portal.url, {"action": "keep", "subscription": subscription.id})[0] == 303)
check(client.v1.subscriptions.retrieve(subscription.id).cancel_at is None)

step("cancelled at the end of the period")
subscription = client.v1.subscriptions.update(
    subscription.id,
    {
        "cancel_at_period_end": True,
        "cancellation_details": {"feedback": "too_expensive", "comment": "for now"},
    },
)
end = subscription["items"].data[0].current_period_end
check(subscription.cancel_at == end)
control("clock", to=end, settle=True)
subscription = client.v1.subscriptions.retrieve(subscription.id)
check(subscription.status == "canceled" and subscription.ended_at == end)
refused(lambda: client.v1.subscriptions.cancel(subscription.id), stripe.InvalidRequestError, "resource_missing")

step("failures on demand")
control("failures", path="/v1/customers", status=500)
refused(lambda: client.v1.customers.list(), stripe.APIError)
control("failures", path="/v1/customers", status=429)
refused(lambda: client.v1.customers.list(), stripe.RateLimitError)
control("failures", path="/v1/customers", method="post", drop_after_effect=True)
options = {"idempotency_key": "sign-up-2"}
refused(lambda: client.v1.customers.create({"email": "e@f"}, options), stripe.APIConnectionError)
check(client.v1.customers.create({"email": "e@f"}, options).last_response.headers["idempotent-replayed"])
check(len(client.v1.customers.list({"email": "e@f"}).data) == 1)

step("pages of a list")
for number in range(25):
    client.v1.customers.create({"name": str(number)})
names = [known.name for known in client.v1.customers.list({"limit": 7}).auto_paging_iter()]
check(names[:25] == [str(number) for number in reversed(range(25))], names)

step("every event came, with a signature that holds")
check(control("settle")["settled"])
wrong = [event for event in received if isinstance(event, Exception)]
check(not wrong, wrong)
known = {event.id for event in client.v1.events.list({"limit": 100}).auto_paging_iter()}
check({event.id for event in received} == known, len(known))
kinds = {event.type for event in received}
for kind in [
    "customer.created",
    "checkout.session.completed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
    "payment_intent.created",
    "payment_intent.succeeded",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "charge.succeeded",
    "charge.failed",
    "charge.refunded",
    "refund.created",
    "charge.dispute.created",
    "charge.dispute.closed",
    "subscription_schedule.released",
]:
    check(kind in kinds, kind)
renewed = [
    event
    for event in received
    if event.type == "customer.subscription.updated" and "items" in (event.data.previous_attributes or {})
]
check(renewed, "no event says what the period was before")
everything = json.dumps([event.to_dict() for event in received], default=str)
check("4242424242424242" not in everything and "4000000000000002" not in everything)
print(f"{len(received)} events; the life is complete")
finish(0)
