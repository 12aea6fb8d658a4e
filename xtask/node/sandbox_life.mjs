// A short life, played by Stripe's official Node library against the sandbox. Arguments: the
// sandbox's address, and a file into which all answers are written that the library was given.
// NODE_PATH says where the library is.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";

const SECONDS_MAX = 120;
const Stripe = createRequire(import.meta.url)("stripe");

let passed = 0;
const check = Object.fromEntries(
  ["ok", "equal", "deepEqual", "rejects"].map((name) => [
    name,
    (...found) => {
      const judged = assert[name](...found);
      passed += 1;
      return judged;
    },
  ]),
);

function finish(failed) {
  console.log(`test result: ${failed ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed; 0 ignored`);
  process.exit(failed);
}

process.on("uncaughtException", (error) => {
  console.error(error);
  finish(1);
});
setTimeout(() => assert.fail(`not complete after ${SECONDS_MAX} s`), SECONDS_MAX * 1_000).unref();

const base = new URL(process.argv[2]);
const answers = [];
const transport = Stripe.createNodeHttpClient();
const send = transport.makeRequest.bind(transport);
transport.makeRequest = async (...request) => {
  const response = await send(...request);
  const read = response.toJSON.bind(response);
  response.toJSON = async () => {
    const body = await read();
    // The library changes what it was given.
    answers.push(structuredClone(body));
    return body;
  };
  return response;
};
const stripe = new Stripe("sk_test_judge", {
  httpClient: transport,
  host: base.hostname,
  port: Number(base.port),
  protocol: "http",
  maxNetworkRetries: 0,
});
let secret;
const received = [];
const receiver = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    try {
      received.push(stripe.webhooks.constructEvent(body, request.headers["stripe-signature"], secret));
      response.writeHead(200).end();
    } catch (error) {
      received.push(error);
      response.writeHead(400).end();
    }
  });
});
await new Promise((ready) => receiver.listen(0, "127.0.0.1", ready));

async function control(path, wish) {
  const answer = await fetch(new URL(`/_sandbox/${path}`, base), { method: "POST", body: JSON.stringify(wish) });
  check.equal(answer.status, 200);
  return answer.json();
}

async function pay(session) {
  const form = new URLSearchParams({ number: "4242424242424242", expiry: "12/40", cvc: "123" });
  return fetch(session.url, { method: "POST", body: form, redirect: "manual" });
}

function step(name) {
  console.log(name);
}

async function subscriber(plan, more) {
  const { id } = await stripe.customers.create({ email: "b@b.example" });
  await use(id, "pm_card_visa");
  return stripe.subscriptions.create({ customer: id, items: [{ price: plan.id }], ...more });
}

// Makes a card the customer's own.
async function use(customer, card) {
  const method = await stripe.paymentMethods.attach(card, { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
  return method;
}

async function topUp(more) {
  return stripe.checkout.sessions.create({
    mode: "payment",
    line_items: [{ price_data: { currency: "usd", unit_amount: 10, product_data: { name: "Units" } }, quantity: 50 }],
    success_url: "https://shop.example/",
    ...more,
  });
}

async function topUpPaid() {
  const session = await topUp({ customer: customer.id });
  check.equal((await pay(session)).status, 303);
  return (await stripe.checkout.sessions.retrieve(session.id)).payment_intent;
}

const endpoint = await stripe.webhookEndpoints.create({
  url: `http://127.0.0.1:${receiver.address().port}/`,
  enabled_events: ["*"],
});
secret = endpoint.secret;

step("sign-up, a trial, what it costs");
const price = await stripe.prices.create({
  product_data: { name: "Basic" },
  currency: "usd",
  unit_amount: 999,
  recurring: { interval: "month" },
});
const coupon = await stripe.coupons.create({ percent_off: 12.5, duration: "once" });
const code = await stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, code: "SPRING" });
const customer = await stripe.customers.create({ email: "a@b.example" }, { idempotencyKey: "sign-up" });
const session = await stripe.checkout.sessions.create({
  mode: "subscription",
  customer: customer.id,
  line_items: [{ price: price.id, quantity: 1 }],
  discounts: [{ promotion_code: code.id }],
  subscription_data: { trial_period_days: 7 },
  automatic_tax: { enabled: true },
  success_url: "https://shop.example/{CHECKOUT_SESSION_ID}",
});
const paid = await pay(session);
check.equal(paid.status, 303);
check.equal(paid.headers.get("location"), `https://shop.example/${session.id}`);

const { data } = await stripe.subscriptions.list({ customer: customer.id });
check.equal(data[0].status, "trialing");
check.equal(data[0].automatic_tax.enabled, true);
await control("clock", { advance: 8 * 86_400, settle: true });
let subscription = await stripe.subscriptions.retrieve(data[0].id, { expand: ["latest_invoice.payments"] });
check.equal(subscription.status, "active");
check.equal(subscription.latest_invoice.amount_paid, 874);
check.equal(subscription.latest_invoice.payments.data[0].status, "paid");

const intent = subscription.latest_invoice.payments.data[0].payment.payment_intent;
const refund = await stripe.refunds.create({ payment_intent: intent, amount: 74 });
await control(`refunds/${refund.id}/fail`, {});
check.equal((await stripe.refunds.retrieve(refund.id)).status, "failed");
const dispute = await control("disputes", { payment_intent: intent, inquiry: true });
await control(`disputes/${dispute.id}/close`, { status: "warning_closed" });

const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
await stripe.subscriptionSchedules.release(schedule.id);
await stripe.subscriptions.pause(subscription.id);
await stripe.subscriptions.resume(subscription.id);
await stripe.billingPortal.sessions.create({ customer: customer.id });
subscription = await stripe.subscriptions.cancel(subscription.id, {
  cancellation_details: { feedback: "unused", comment: "bye" },
});
check.equal(subscription.status, "canceled");
await check.rejects(stripe.customers.retrieve("cus_none"), { code: "resource_missing", statusCode: 404 });

step("top-ups, disputed and refunded");
const left = await topUp();
const declined = await fetch(left.url, {
  method: "POST",
  body: new URLSearchParams({ email: "c@b.example", number: "4000000000000002", expiry: "12/40", cvc: "123" }),
});
check.equal(declined.status, 402);
await topUp();
check.equal((await stripe.checkout.sessions.expire(left.id)).status, "expired");
for (const [status, paid] of [["succeeded", "paid"], ["failed", "unpaid"]]) {
  const debit = await topUp({ customer: customer.id });
  const form = new URLSearchParams({ later: "true" });
  check.equal((await fetch(debit.url, { method: "POST", body: form, redirect: "manual" })).status, 303);
  check.equal((await control(`payments/${debit.id}`, { status })).payment_status, paid);
}
for (const status of ["won", "lost"]) {
  const opened = await control("disputes", { payment_intent: await topUpPaid() });
  const closed = await control(`disputes/${opened.id}/close`, { status });
  check.equal((await stripe.disputes.retrieve(opened.id)).status, status);
  check.equal(closed.status, status);
}
await control("disputes", { payment_intent: await topUpPaid() });
const whole = await stripe.refunds.create({ payment_intent: await topUpPaid(), reason: "requested_by_customer" });
check.equal(whole.status, "succeeded");

step("payments by request");
const payment = { amount: 1_500, currency: "usd", automatic_payment_methods: { enabled: true } };
const started = await stripe.paymentIntents.create({ ...payment, customer: customer.id, description: "150 units" });
check.equal(started.status, "requires_payment_method");
await check.rejects(stripe.paymentIntents.confirm(started.id, { payment_method: "pm_card_visa" }), /return_url/);
const wayBack = { return_url: "https://shop.example/back" };
await check.rejects(
  stripe.paymentIntents.confirm(started.id, { ...wayBack, payment_method: "pm_card_chargeDeclined" }),
  { type: "StripeCardError", code: "card_declined" },
);
const banks = { ...wayBack, payment_method: "pm_card_authenticationRequiredOnSetup" };
const asking = await stripe.paymentIntents.confirm(started.id, banks);
check.equal(asking.status, "requires_action");
const failed = await fetch(asking.next_action.redirect_to_url.url, {
  method: "POST",
  body: new URLSearchParams({ result: "fail" }),
  redirect: "manual",
});
check.equal(new URL(failed.headers.get("location")).searchParams.get("redirect_status"), "failed");
const better = { ...wayBack, payment_method: "pm_card_visa" };
check.equal((await stripe.paymentIntents.confirm(started.id, better)).status, "succeeded");
await check.rejects(stripe.paymentIntents.create({ ...payment, ...banks, confirm: true, off_session: true }), {
  type: "StripeCardError",
  code: "authentication_required",
});
const named = await stripe.paymentIntents.create({ ...payment, payment_method: "pm_card_visa" });
check.equal(named.status, "requires_confirmation");
check.equal((await stripe.paymentIntents.cancel(named.id)).status, "canceled");

step("subscriptions that stand in the way of others");
const professional = await stripe.prices.create({
  product_data: { name: "Professional" },
  currency: "usd",
  unit_amount: 2_999,
  recurring: { interval: "month" },
});
const asked = await stripe.checkout.sessions.create({
  mode: "subscription",
  line_items: [{ price: professional.id, quantity: 1 }],
  success_url: "https://shop.example/",
});
check.equal((await stripe.checkout.sessions.listLineItems(asked.id)).data[0].price.id, professional.id);
const poor = await stripe.customers.create({ name: "without a card" });
const trial = await stripe.subscriptions.create({
  customer: poor.id,
  items: [{ price: price.id }],
  trial_period_days: 3,
  trial_settings: { end_behavior: { missing_payment_method: "pause" } },
});
const incomplete = await subscriber(price, { payment_behavior: "default_incomplete" });
check.equal(incomplete.status, "incomplete");
const leaving = await subscriber(price);
check.ok((await stripe.subscriptions.update(leaving.id, { cancel_at_period_end: true })).cancel_at);
const wishing = await subscriber(price);
const items = [{ id: wishing.items.data[0].id, price: professional.id }];
const preview = await stripe.invoices.createPreview({
  subscription: wishing.id,
  subscription_details: { items, proration_behavior: "always_invoice" },
});
check.equal(preview.total, 2_999 - 999);
await use(wishing.customer, "pm_card_chargeCustomerFail");
const pending = await stripe.subscriptions.update(wishing.id, {
  items,
  proration_behavior: "always_invoice",
  payment_behavior: "pending_if_incomplete",
});
check.equal(pending.pending_update.subscription_items[0].price.id, professional.id);
await check.rejects(stripe.invoices.pay(pending.latest_invoice), { type: "StripeCardError" });
await control("clock", { advance: 4 * 86_400, settle: true });
check.equal((await stripe.subscriptions.retrieve(trial.id)).status, "paused");
check.equal((await stripe.invoices.retrieve(pending.latest_invoice)).status, "void");

step("schedules");
const planned = await subscriber(price);
const plan = await stripe.subscriptionSchedules.create({ from_subscription: planned.id });
const [phase] = plan.phases;
const phases = [
  { start_date: phase.start_date, end_date: phase.end_date, items: [{ price: price.id, quantity: 1 }] },
  { items: [{ price: professional.id, quantity: 1 }], proration_behavior: "none" },
];
check.equal((await stripe.subscriptionSchedules.update(plan.id, { phases, end_behavior: "release" })).phases.length, 2);
const other = await stripe.subscriptionSchedules.create({ from_subscription: (await subscriber(price)).id });
check.equal((await stripe.subscriptionSchedules.cancel(other.id)).status, "canceled");

step("arrears");
const failing = await subscriber(price);
await use(failing.customer, "pm_card_chargeCustomerFail");
await control("clock", { to: failing.items.data[0].current_period_end, settle: true });
const late = await stripe.subscriptions.retrieve(failing.id, { expand: ["latest_invoice.lines", "customer"] });
check.equal(late.status, "past_due");
check.equal(late.latest_invoice.status, "open");
await stripe.invoices.listLineItems(late.latest_invoice.id);
await control("clock", { advance: 16 * 86_400, settle: true });
check.equal((await stripe.subscriptions.retrieve(failing.id)).status, "unpaid");
check.equal((await stripe.invoices.markUncollectible(late.latest_invoice.id)).status, "uncollectible");
await control("clock", { advance: 16 * 86_400, settle: true });
const [newest] = (await stripe.invoices.list({ subscription: failing.id, limit: 1 })).data;
check.equal(newest.status, "draft");
check.equal((await stripe.subscriptions.retrieve(leaving.id)).status, "canceled");

step("what is taken away");
const method = await use(poor.id, "pm_card_mastercard");
check.equal((await stripe.paymentMethods.detach(method.id)).customer, null);
check.ok((await stripe.customers.del(poor.id)).deleted);
check.ok((await stripe.customers.retrieve(poor.id)).deleted);
check.ok((await stripe.coupons.del(coupon.id)).deleted);
check.ok((await stripe.products.del((await stripe.products.create({ name: "Mistake" })).id)).deleted);
const unused = await stripe.webhookEndpoints.create({ url: "http://127.0.0.1:9/", enabled_events: ["plan.created"] });
check.ok((await stripe.webhookEndpoints.del(unused.id)).deleted);
await stripe.subscriptionItems.list({ subscription: planned.id });
await stripe.invoicePayments.list({ limit: 100 });

step("every event came, with a signature that holds");
check.equal((await control("settle", {})).settled, true);
check.deepEqual(received.filter((event) => event instanceof Error), []);
const known = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
check.deepEqual(new Set(received.map((event) => event.id)), new Set(known.map((event) => event.id)));
receiver.close();
receiver.closeAllConnections();
console.log(`${received.length} events; the life is complete`);
writeFileSync(process.argv[3], JSON.stringify(answers));
finish(0);
