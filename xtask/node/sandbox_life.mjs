// A short life, played by Stripe's official Node library against the sandbox. The first argument
// is the sandbox's address; NODE_PATH says where the library is.

import assert from "node:assert/strict";
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
const stripe = new Stripe("sk_test_judge", {
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

const endpoint = await stripe.webhookEndpoints.create({
  url: `http://127.0.0.1:${receiver.address().port}/`,
  enabled_events: ["*"],
});
secret = endpoint.secret;

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

const once = await stripe.checkout.sessions.create({
  mode: "payment",
  customer: customer.id,
  line_items: [{ price_data: { currency: "usd", unit_amount: 10, product_data: { name: "Units" } }, quantity: 50 }],
  success_url: "https://shop.example/",
});
check.equal((await pay(once)).status, 303);
await stripe.checkout.sessions.create({
  mode: "payment",
  line_items: [{ price_data: { currency: "usd", unit_amount: 500, product: price.product }, quantity: 1 }],
  success_url: "https://shop.example/",
});

check.equal((await control("settle", {})).settled, true);
check.deepEqual(received.filter((event) => event instanceof Error), []);
const known = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
check.deepEqual(new Set(received.map((event) => event.id)), new Set(known.map((event) => event.id)));
receiver.close();
receiver.closeAllConnections();
console.log(`${received.length} events; the life is complete`);
finish(0);
