// Holds every object that the sandbox has shown against the type that Stripe's official Node
// library has for it: each becomes a plain literal declared with that type, and the compiler is
// the judge. That it does judge is seen from objects broken on purpose, which it must refuse.
//
// The library lets every enumeration take words that it does not know. Here it does not: its types
// are copied, and the one that stands for other words is made to stand for none.
//
// Arguments: a folder to write to, a file with the answers that a life has seen, and the addresses
// of sandboxes that lives were played against. NODE_PATH says where library and compiler are.

import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

const COMPILER_MS_MAX = 240_000;
const PROBLEMS_SHOWN_MAX = 40;
const [, , folder, answers, ...sandboxes] = process.argv;

const TYPES = {
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
  line_item: "Stripe.InvoiceLineItem",
  payment_intent: "Stripe.PaymentIntent",
  payment_method: "Stripe.PaymentMethod",
  price: "Stripe.Price",
  product: "Stripe.Product",
  promotion_code: "Stripe.PromotionCode",
  refund: "Stripe.Refund",
  subscription: "Stripe.Subscription",
  subscription_item: "Stripe.SubscriptionItem",
  subscription_schedule: "Stripe.SubscriptionSchedule",
  webhook_endpoint: "Stripe.WebhookEndpoint",
};
const DELETED = {
  coupon: "Stripe.DeletedCoupon",
  customer: "Stripe.DeletedCustomer",
  product: "Stripe.DeletedProduct",
  webhook_endpoint: "Stripe.DeletedWebhookEndpoint",
};
const LISTS = [
  "charges",
  "checkout/sessions",
  "coupons",
  "customers",
  "disputes",
  "events",
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
// What must have been met, or the lives have become too short.
const STATES = [
  ...Object.keys(TYPES),
  ...Object.keys(DELETED).map((kind) => `${kind} deleted`),
  "list",
  "charge failed",
  "charge succeeded",
  "checkout.session payment open",
  "checkout.session payment complete",
  "checkout.session payment expired",
  "checkout.session subscription open",
  "checkout.session subscription complete",
  "checkout.session subscription expired",
  "dispute needs_response",
  "dispute won",
  "dispute lost",
  "dispute warning_closed",
  "dispute warning_needs_response",
  "invoice draft",
  "invoice open",
  "invoice paid",
  "invoice uncollectible",
  "invoice void",
  "invoice preview",
  "invoice_payment open",
  "invoice_payment paid",
  "payment_intent canceled",
  "payment_intent processing",
  "payment_intent requires_action",
  "payment_intent requires_confirmation",
  "payment_intent requires_payment_method",
  "payment_intent succeeded",
  "refund failed",
  "refund succeeded",
  "subscription active",
  "subscription canceled",
  "subscription incomplete",
  "subscription incomplete_expired",
  "subscription past_due",
  "subscription paused",
  "subscription trialing",
  "subscription unpaid",
  "subscription canceling",
  "subscription with pending_update",
  "subscription_schedule active",
  "subscription_schedule canceled",
  "subscription_schedule released",
];
const BEFORE = "what was before, with a field of no kind";
// A field of each kind that has a few words only; another word must be refused.
const WORDS = {
  charge: "status",
  "checkout.session": "payment_status",
  coupon: "duration",
  dispute: "status",
  event: "type",
  invoice: "status",
  payment_intent: "status",
  payment_method: "type",
  price: "type",
  product: "type",
  subscription: "status",
  subscription_schedule: "status",
};

// Of what was before, an event has the parts that changed, at any depth; null where nothing was.
const PRELUDE = [
  'import type Stripe from "stripe";',
  "declare function decimal(text: string): Stripe.Decimal;",
  "type Parts<T> = T extends object ? { [Name in keyof T]?: Before<T[Name]> | null } : T;",
  "type Before<T> = T extends Stripe.Decimal ? T : T extends (infer Item)[] ? Item[] : Parts<T>;",
];

function states(object) {
  if (object.object === "list") return ["list"];
  if (object.deleted) return [`${object.object} deleted`];
  const kind = object.object;
  const found = [kind, `${kind} ${object.status ?? object.type ?? ""}`];
  if (kind === "checkout.session") found.push(`${kind} ${object.mode} ${object.status}`);
  if (kind === "invoice" && object.id.startsWith("upcoming_")) found.push("invoice preview");
  if (kind === "subscription" && object.cancel_at && object.status === "active") found.push("subscription canceling");
  if (kind === "subscription" && object.pending_update) found.push("subscription with pending_update");
  return found;
}

function typeOf(object) {
  const type = object.object === "list" ? listType(object) : (object.deleted ? DELETED : TYPES)[object.object];
  if (!type) throw new Error(`no type is known for ${JSON.stringify(object).slice(0, 200)}`);
  return type;
}

function listType(list) {
  return `Stripe.ApiList<${list.data.length > 0 ? typeOf(list.data[0]) : "never"}>`;
}

// The object as a literal. The library turns decimal strings into values of its own; what an event
// says was before is judged by itself.
function literal(value, name) {
  if (value?.object === "event" && value.data.previous_attributes) {
    const { previous_attributes, ...data } = value.data;
    return literal({ ...value, data }, name);
  }
  if (name.endsWith("_decimal") && typeof value === "string") return `decimal(${JSON.stringify(value)})`;
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, "")).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${literal(inner, key)}`);
  return `{ ${fields.join(", ")} }`;
}

// Ways to break an object, each of which the compiler must notice.
function* breakages(object) {
  const { id, ...nameless } = object;
  yield ["without its id", nameless];
  yield ["with a number as its id", { ...object, id: 7 }];
  yield ["with a field of no kind", { ...object, no_such_field: 1 }];
  yield ["with another kind's name", { ...object, object: "no_such_object" }];
  const word = WORDS[object.object];
  if (word) yield [`with a ${word} of no kind`, { ...object, [word]: "no_such_word" }];
}

async function read(url) {
  const answer = await fetch(url, { headers: { authorization: "Bearer sk_test_judge" } });
  if (!answer.ok) throw new Error(`${url}: ${await answer.text()}`);
  return answer.json();
}

async function* shown() {
  yield* JSON.parse(readFileSync(answers, "utf8"));
  for (const sandbox of sandboxes) {
    const { data } = await read(`${sandbox}/_sandbox/events`);
    yield* data;
    for (const list of LISTS) yield await read(`${sandbox}/v1/${list}${list.includes("?") ? "&" : "?"}limit=100`);
  }
}

// What an answer shows: itself, or the objects of a list, of an event, or of an error.
function* parts(answer) {
  if (answer.error) {
    for (const name of ["payment_intent", "payment_method"]) if (answer.error[name]) yield answer.error[name];
    return;
  }
  yield answer;
  if (answer.object === "list") for (const item of answer.data) yield* parts(item);
  if (answer.object === "event") yield answer.data.object;
}

// A file with one declaration on each line.
class Sheet {
  constructor(name) {
    this.name = name;
    this.lines = [...PRELUDE];
    this.about = new Map();
  }

  declare(about, type, text) {
    this.lines.push(`export const value${this.lines.length}: ${type} = ${text};`);
    this.about.set(this.lines.length, about);
  }

  write() {
    writeFileSync(path.join(folder, this.name), `${this.lines.join("\n")}\n`);
  }
}

// The library's types, with no other words in their enumerations.
function copyTypes(packages) {
  const copy = path.join(folder, "node_modules/stripe");
  const isWanted = (file) => statSync(file).isDirectory() || file.endsWith(".d.ts") || file.endsWith("package.json");
  cpSync(path.join(packages, "stripe"), copy, { recursive: true, filter: isWanted });
  symlinkSync(path.join(packages, "@types"), path.join(folder, "node_modules/@types"));
  const shared = path.join(copy, "esm/shared.d.ts");
  const open = readFileSync(shared, "utf8");
  const closed = open.replace(/^export type OtherString = .*;$/m, "export type OtherString = never;");
  if (closed === open) throw new Error(`${shared} has no type OtherString any more`);
  writeFileSync(shared, closed);
}

// What the compiler says of each line: file name and line number to its words.
function compile(...sheets) {
  const packages = process.env.NODE_PATH;
  copyTypes(packages);
  for (const sheet of sheets) sheet.write();
  const options = "--strict --noEmit --skipLibCheck --pretty false --target es2022 --module nodenext";
  const compiler = spawnSync(
    path.join(packages, ".bin/tsc"),
    [...options.split(" "), ...sheets.map((sheet) => sheet.name)],
    { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28, timeout: COMPILER_MS_MAX },
  );
  if (compiler.error) throw compiler.error;
  const errors = new Map();
  let place;
  for (const line of compiler.stdout.split("\n").filter((line) => line !== "")) {
    const [, file, number, words] = line.match(/^(\S+)\((\d+),\d+\): error (.*)$/) ?? [];
    if (file) place = `${file}:${number}`;
    if (!place) throw new Error(`the compiler says ${line}`);
    errors.set(place, [...(errors.get(place) ?? []), words ?? line]);
  }
  if (compiler.status !== 0 && errors.size === 0) throw new Error(`the compiler ended with ${compiler.status}`);
  return errors;
}

let passed = 0;
const problems = [];
function check(isRight, about, words = []) {
  if (isRight) passed += 1;
  else problems.push([about, ...words].join("\n  "));
}

const right = new Sheet("right.mts");
const broken = new Sheet("broken.mts");
const seen = new Set();
const met = new Set();
for await (const answer of shown()) {
  for (const object of parts(answer)) {
    const text = literal(object, "");
    if (seen.has(text)) continue;
    seen.add(text);
    const found = states(object);
    right.declare(`${found.at(-1)} ${object.id ?? object.url}`, typeOf(object), text);
    const before = object.object === "event" && object.data.previous_attributes;
    if (before) {
      const type = `Before<${typeOf(object.data.object)}>`;
      right.declare(`what was before ${object.id}`, type, literal(before, ""));
      if (!met.has(BEFORE)) broken.declare(BEFORE, type, literal({ ...before, no_such_field: 1 }, ""));
      found.push(BEFORE);
    }
    if (object.object !== "list" && !object.deleted && !met.has(object.object)) {
      for (const [how, value] of breakages(object)) {
        broken.declare(`${object.object} ${how}`, typeOf(object), literal(value, ""));
      }
    }
    for (const state of found) met.add(state);
  }
}
const errors = compile(right, broken);
for (const [line, about] of right.about) {
  const words = errors.get(`${right.name}:${line}`);
  check(!words, `${right.name}:${line}: ${about} has not its type`, words);
}
for (const [line, about] of broken.about) {
  check(errors.has(`${broken.name}:${line}`), `${broken.name}:${line}: the compiler takes a ${about}`);
}
for (const state of STATES) check(met.has(state), `no life has met: ${state}`);
for (const problem of problems.slice(0, PROBLEMS_SHOWN_MAX)) console.log(problem);
console.log(`${right.about.size} objects of ${Object.keys(TYPES).length} kinds, ${broken.about.size} broken ones`);
console.log(
  `test result: ${problems.length ? "FAILED" : "ok"}. ${passed} passed; ${problems.length} failed; 0 ignored`,
);
process.exit(problems.length ? 1 : 0);
