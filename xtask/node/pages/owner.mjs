// The owner's pages: each shown and looked at like the customers', and the owner's way: a customer
// found, a refusal understood, units given. And the widgets, in a page of somebody else.

import { createServer } from "node:http";
import { check, equal, must } from "./checks.mjs";
import { openContext } from "./harness.mjs";
import { axe } from "./inspect.mjs";

/** The owner signs in with a key. */
async function owner(app) {
  const answer = await app.form("/admin/sign-in", { key: app.key });
  const set = answer.headers.getSetCookie().find((line) => line.startsWith("tollgate_owner="));
  return { cookie: { name: "tollgate_owner", value: set.split(";")[0].split("=")[1] } };
}

/** Somebody with a little of everything, made once. */
async function busy(app, seen) {
  if (!seen.busy) {
    const person = await app.person({ name: "Olga Ost" });
    await app.subscribe(person, "basic");
    await app.buy(person, 50);
    await app.consume(person.id, "usdot_lookup", 190);
    for (let again = 0; again < 3; again += 1) {
      await app.api("POST", `/v1/customers/${person.id}/consume`, { feature: "image_ocr", amount: 100 }).catch(() => {});
    }
    await app.api("POST", "/billing/cancel-subscription", { reason: "too_expensive", comment: "<script>alert(1)</script>" }, { token: person.token });
    await app.settle();
    seen.busy = person;
    seen.owner = await owner(app);
  }
  return seen.busy;
}

/** A page of the owner's about that customer, or about none. */
function page(name, path, expected, more = {}) {
  return {
    name: `owner-${name}`,
    make: async (app, seen) => {
      const { id } = await busy(app, seen);
      return { person: seen.owner, path: path.replace("{id}", id) };
    },
    expected,
    ...more,
  };
}

export const OWNER_STATES = [
  { name: "owner-sign-in", make: () => ({ path: "/admin/" }), expected: ["Sign in as the owner", "API key", "admin-link"] },
  page("overview", "/admin/", ["Overview", "Monthly active users", "Quota utilisation", "Conversion", "Churn", "Recurring revenue", "As of", "months.csv"], {
    // “none” is a rate of nothing.
    isTechnical: true,
  }),
  page("customers", "/admin/customers", ["Customers", "Search", "active"]),
  page("search", "/admin/customers?q={id}", ["basic".replace("b", "B")]),
  page("nobody", "/admin/customers?q=nobody", ["Nobody was found."]),
  page("customer", "/admin/customers/{id}?feature=usdot_lookup&amount=100", [
    "Balances by source",
    "Bought",
    "quota_exceeded",
    "You need 100 operations but only have 10 remaining",
    "Ways out",
    "Refusals of late",
    "Give units",
    "Timeline",
    "50 × Extra operations",
    "190 × Manual USDOT input",
    "Brought in line with Stripe",
  ]),
  page("would-be-granted", "/admin/customers/{id}?feature=usdot_lookup&amount=1", ["It would be granted.", "9 left"]),
  page("grant-preview", "/admin/customers/{id}/grant?meter=operations&units=25&until=&reason=for+the+trouble", [
    "Give units",
    "for the trouble",
    "Left now",
    "10",
    "Left after",
    "35",
  ]),
  page("plan-billed", "/admin/customers/{id}/plan?plan=professional/monthly&when=now", ["Change the plan"]),
  page("webhooks", "/admin/webhooks", ["Webhooks", "invoice.paid", "done"]),
  {
    name: "owner-event",
    make: async (app, seen) => {
      await busy(app, seen);
      const listed = await app.api("GET", "/v1/stripe/events?limit=1");
      return { person: seen.owner, path: `/admin/webhooks/${listed.data[0].id}` };
    },
    isTechnical: true,
    expected: ["Attempts", "As Stripe sent it", "Try again", "api_version"],
  },
  page("plans", "/admin/plans", ["Plans", "Versions of the catalog", "for sale", "Compare"]),
  page("drift", "/admin/drift", ["Compares every customer", "Compare now"]),
  {
    ...page("drift-found", "/admin/drift", ["0 differences.", "compared."]),
    act: async (browser) => {
      await browser.getByRole("button", { name: "Compare now" }).click();
      await browser.getByText(/was|were compared\./).waitFor();
    },
  },
  page("keys", "/admin/keys", ["API keys", "Make the key"]),
  {
    ...page("key-made", "/admin/keys", ["It is shown this once.", "tg_live_"]),
    act: async (browser) => {
      await browser.getByLabel("Name").fill("a back end");
      await browser.getByLabel("Read: ask").check();
      await browser.getByRole("button", { name: "Make the key" }).click();
      await browser.getByText("It is shown this once.").waitFor();
    },
  },
  page("jobs", "/admin/jobs", ["Jobs", "Compare with Stripe", "done"]),
  page("audit", "/admin/audit", ["Audit log", "visit.opened", "api_key.created", "scopes: "], { isTechnical: true }),
  page("nothing-there", "/admin/nothing", ["There is nothing at this address.", "To the overview"]),
  page("health", "/admin/health", ["Health", "Database takes commits", "SQLite", "well"]),
  page("unknown-customer", "/admin/customers/nobody", ["There is no such customer.", "To the overview"]),
  page("german", "/admin/", ["Überblick", "Aktive Nutzer im Monat", "Abwanderung"], { options: { locale: "de-DE" }, isTechnical: true }),
  {
    name: "owner-looks",
    make: async (app, seen) => {
      const { id } = await busy(app, seen);
      return { person: seen.owner, path: `/admin/customers/${id}` };
    },
    act: async (browser) => {
      await browser.getByRole("button", { name: "See the billing page as this customer" }).click();
      await browser.waitForURL("**/billing/");
    },
    expected: ["You see the page as this customer sees it.", "190 of 200"],
    never: ["Subscribe", "Keep the plan"],
  },
];

/** Months in which more and more customers come, on every plan. */
async function grow(app) {
  const plans = ["free", "basic", "free", "professional", "basic", "free", "enterprise"];
  for (let month = 0; month < 8; month += 1) {
    for (let one = 0; one < 5 + month * month; one += 1) {
      const plan = plans[one % plans.length];
      const { id } = await app.api("POST", "/v1/customers", { id: `month${month}_${one}`, plan });
      await app.consume(id, "usdot_lookup", plan === "free" ? 12 : 90);
    }
    await app.travel("30d");
  }
}

/** The overview of a business that is older than a day. */
export const YEAR_STATES = [
  {
    name: "owner-year",
    make: async (app) => {
      await grow(app);
      return { person: await owner(app), path: "/admin/" };
    },
    expected: ["Paying customers by month", "Professional", "Enterprise"],
    isTechnical: true,
    picture: { theme: "light", width: 1000, height: 720 },
  },
];

/** A customer found, a refusal understood, units given: by a link that works once. */
export async function ownerFlow(browser, app) {
  const person = await app.person({ name: "Rita Ruf" });
  await app.consume(person.id, "usdot_lookup", 20);
  await app.api("POST", `/v1/customers/${person.id}/consume`, { feature: "image_ocr" }).catch(() => {});
  const { context, watch } = await openContext(browser, [app.origin]);
  const page = await context.newPage();
  await page.goto(app.ownerLink);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/admin/");
  check("owner: the link leads in, by a click", "");
  await page.getByRole("link", { name: "Customers", exact: true }).click();
  await page.getByLabel("Customer’s id, e-mail address").fill(person.email);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: person.id }).click();
  const refused = await page.getByText("You need 1 operation but only have 0 remaining").count();
  must("owner: sees why a request was refused", refused >= 1, `${refused}`);
  const give = page.locator("form", { has: page.getByLabel("Last day (optional)") });
  await give.getByLabel("Quantity").fill("5");
  await give.getByLabel("Reason").fill("for the trouble");
  await give.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("button", { name: "Give units" }).click();
  await page.getByText("Done.").waitFor();
  const usage = await app.api("GET", `/v1/customers/${person.id}/usage`);
  equal("owner: the units are given", usage.meters[0].remaining, 5);
  const second = await openContext(browser, [app.origin]);
  const late = await second.context.newPage();
  await late.goto(app.ownerLink);
  await late.getByRole("button", { name: "Continue" }).click();
  await late.getByRole("alert").waitFor();
  check("owner: the link works once", "");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/admin/sign-in");
  await page.goto(`${app.url}/admin/`);
  equal("owner: signed out", new URL(page.url()).pathname, "/admin/sign-in");
  check("owner: nothing on the console", [...watch.console, ...watch.refused, ...watch.outside]);
  await second.context.close();
  await context.close();
}

/** The widgets in a page of another origin. */
export async function widgets(browser, app) {
  const person = await app.person({ name: "<b>Wim</b>" });
  await app.consume(person.id, "usdot_lookup", 5);
  const path = `/v1/customers/${person.id}/widget-tokens`;
  const { token } = await app.api("POST", path, {});
  const html = `<!doctype html><html lang="en"><title>An app</title><main><h1>An app</h1>
    <script type="module" src="${app.url}/widgets/tollgate.js"></script>
    <tollgate-usage token="${token}" every="1"></tollgate-usage>
    <tollgate-plans token="${token}"></tollgate-plans></main></html>`;
  const host = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(html));
  await new Promise((ready) => host.listen(0, "127.0.0.1", ready));
  const origin = `http://127.0.0.1:${host.address().port}`;
  const { context, watch } = await openContext(browser, [origin, app.origin]);
  const page = await context.newPage();
  await page.goto(origin);
  await page.getByText("5 of 20").waitFor();
  await page.getByText("Professional").first().waitFor();
  check("widgets: usage and plans are shown in a page of another origin", "");
  await app.consume(person.id, "usdot_lookup", 4);
  await page.getByText("9 of 20").waitFor();
  check("widgets: usage moves without a reload", "");
  const chosen = page.evaluate(
    () => new Promise((tell) => addEventListener("upgrade", ({ detail }) => tell(detail), { once: true })),
  );
  const card = page.locator("tollgate-plans section", { hasText: "Basic" });
  await card.getByRole("radio").nth(1).check();
  await card.getByRole("button").click();
  equal("widgets: upgrade names plan and price", await chosen, { plan: "basic", price: "annual" });
  const accent = await page.evaluate(() => {
    const usage = document.querySelector("tollgate-usage");
    usage.style.setProperty("--tollgate-accent", "rgb(1, 2, 3)");
    return getComputedStyle(usage.shadowRoot.querySelector(".used")).fill;
  });
  equal("widgets: their colours are the host's", accent, "rgb(1, 2, 3)");
  check("widgets: axe", await axe(page));
  const failed = page.evaluate(
    () => new Promise((tell) => addEventListener("tollgate-error", ({ detail }) => tell(detail.status), { once: true })),
  );
  await page.evaluate(() => document.querySelector("tollgate-plans").setAttribute("token", "tgv_nothing"));
  equal("widgets: a token that is none is told", await failed, 401);
  check("widgets: nothing on the console", [...watch.console, ...watch.outside, ...watch.executed]);
  await context.close();
  host.close();
}
