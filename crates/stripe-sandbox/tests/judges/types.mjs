// Writes a TypeScript file in which every object that the sandbox has shown is declared with the
// type that Stripe's official Node library has for it. The compiler is the judge.
//
// Arguments: the sandbox's address, the file to write.

import { writeFileSync } from "node:fs";

const [, , base, file] = process.argv;
const headers = { authorization: "Bearer sk_test_judge" };

const types = {
  "billing_portal.session": "Stripe.BillingPortal.Session",
  charge: "Stripe.Charge",
  "checkout.session": "Stripe.Checkout.Session",
  coupon: "Stripe.Coupon",
  customer: "Stripe.Customer",
  discount: "Stripe.Discount",
  dispute: "Stripe.Dispute",
  event: "Stripe.Event",
  invoice: "Stripe.Invoice",
  invoice_payment: "Stripe.InvoicePayment",
  item: "Stripe.LineItem",
  payment_intent: "Stripe.PaymentIntent",
  payment_method: "Stripe.PaymentMethod",
  price: "Stripe.Price",
  product: "Stripe.Product",
  promotion_code: "Stripe.PromotionCode",
  refund: "Stripe.Refund",
  subscription: "Stripe.Subscription",
  subscription_schedule: "Stripe.SubscriptionSchedule",
  webhook_endpoint: "Stripe.WebhookEndpoint",
};
const lists = [
  "charges",
  "checkout/sessions",
  "coupons",
  "customers",
  "disputes",
  "invoice_payments",
  "invoices",
  "payment_intents",
  "payment_methods",
  "prices",
  "products",
  "promotion_codes",
  "refunds",
  "subscription_schedules",
  "subscriptions?status=all",
  "webhook_endpoints",
];

async function read(path) {
  const answer = await fetch(`${base}${path}`, { headers });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return (await answer.json()).data;
}

// The library turns decimal strings into objects of its own; they are no part of this judgement.
function source(value, name) {
  if (name.endsWith("_decimal")) return "undefined as any";
  if (Array.isArray(value)) return `[${value.map((item) => source(item, "")).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${source(inner, key)}`);
  return `{ ${fields.join(", ")} }`;
}

const objects = [];
for (const event of await read("/_sandbox/events")) objects.push(event.data.object);
for (const list of lists) {
  const limit = list.includes("?") ? "&limit=100" : "?limit=100";
  objects.push(...(await read(`/v1/${list}${limit}`)));
}
const session = objects.find((object) => object.object === "checkout.session");
objects.push(...(await read(`/v1/checkout/sessions/${session.id}/line_items`)));

const lines = ['import type Stripe from "stripe";'];
const seen = new Set();
for (const object of objects) {
  const type = types[object.object];
  if (!type) throw new Error(`no type is known for ${object.object}`);
  if (object.deleted) continue;
  const text = source(object, "");
  if (seen.has(text)) continue;
  seen.add(text);
  lines.push(`export const value${seen.size}: ${type} = ${text};`);
}
const known = new Set(objects.map((object) => object.object));
writeFileSync(file, lines.join("\n"));
console.log(`${seen.size} objects of ${known.size} kinds`);
