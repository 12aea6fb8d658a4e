// The ways that people walk through the pages: with a script, without one, and by keyboard alone.

import { check, equal, must, part } from "./checks.mjs";
import { PATIENCE_MS, openContext } from "./harness.mjs";
import { PASSWORD, VISA } from "./world.mjs";

const COMMENT = 'Too dear. <script>alert("comment")</script>';

/** All of them. */
export async function flows(browser, app) {
  await part("with a script", () => withScript(browser, app));
  await part("without a script", () => withoutScript(browser, app));
  await part("by keyboard", () => byKeyboard(browser, app));
}

/** A context that may also go to the payment page. */
function openPayer(browser, app, options) {
  return openContext(browser, [app.origin, new URL(app.stripe).origin], options);
}

async function signUp(page, app, email) {
  await page.goto(`${app.url}/billing/`);
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Name (optional)").fill("Flo Walker");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByRole("heading", { name: "Billing", exact: true }).waitFor();
  const form = new URLSearchParams({ username: email, password: PASSWORD });
  const { access_token: token } = await (await fetch(`${app.url}/auth/login`, { method: "POST", body: form })).json();
  return { token, id: (await app.api("GET", "/auth/me", undefined, { token })).id };
}

/** Pays on Stripe's page, which leads back. */
async function pay(page, app) {
  await page.waitForURL((url) => url.origin === new URL(app.stripe).origin);
  await page.locator("[name=number]").fill(VISA);
  await page.locator("[name=expiry]").fill("12/40");
  await page.locator("[name=cvc]").fill("123");
  await page.locator("form button").first().click();
  await page.waitForURL((url) => url.origin === app.origin);
}

/** Waits until a text stands in a part of the page; nobody reloads it. */
async function comes(name, page, selector, text) {
  const found = page.locator(selector).filter({ hasText: text }).first();
  try {
    await found.waitFor({ timeout: PATIENCE_MS });
    check(name, "");
  } catch {
    check(name, `${text} does not come: ${await page.locator("body").innerText()}`);
  }
}

async function withScript(browser, app) {
  const { context, watch } = await openPayer(browser, app);
  const page = await context.newPage();
  const { id, token } = await signUp(page, app, "flo@example.com");
  await comes("script: signed up and in", page, "header", "Flo Walker");

  const second = await context.newPage();
  await second.goto(`${app.url}/billing/`);
  await second.evaluate(() => (globalThis.isSamePage = true));
  const width = () => second.locator(".bar .used").getAttribute("width");
  equal("script: an empty bar at first", await width(), "0.00%");
  await app.consume(id, "usdot_lookup", 12);
  await comes("script: a second tab shows what is used", second, "#usage", "12 of 20");
  equal("script: and its bar has moved", await width(), "60.00%");
  await app.consume(id, "usdot_lookup", 8);
  await comes("script: and that nothing is left", second, "#usage .out", "None left");
  await comes("script: the first tab, too", page, "#usage .out", "None left");
  const refusal = await app.consume(id, "usdot_lookup", 1).catch((error) => String(error));
  must("script: one more is refused", String(refusal.message ?? refusal).length > 0 && !refusal.event_id, JSON.stringify(refusal));
  equal("script: the second tab was never reloaded", await second.evaluate(() => globalThis.isSamePage), true);

  // A payment page that is opened and left is nothing to wait for.
  await page.getByRole("button", { name: /^Buy/ }).click();
  await page.waitForURL((url) => url.origin === new URL(app.stripe).origin);
  await page.getByRole("link", { name: "Back to the shop" }).click();
  await comes("script: back without paying", page, "#status", "Free");

  const basic = page.getByRole("form", { name: "Basic" });
  const sent = [];
  page.on("request", (request) => request.method() === "POST" && request.url().startsWith(app.url) && sent.push(request.url()));
  await basic.getByRole("button", { name: "Subscribe Basic" }).dblclick();
  await pay(page, app);
  equal("script: a button that is pressed twice sends once", sent, [`${app.url}/billing/change`]);
  await comes("script: the plan is there after paying", page, "#status", "Basic");
  await comes("script: with its quota", page, "#usage", "of 1");
  await comes("script: the second tab has the plan, too", second, "#status", "Basic");
  equal("script: and was not reloaded for it", await second.evaluate(() => globalThis.isSamePage), true);
  await page.waitForFunction(() => !document.querySelector("[data-processing]"));
  check("script: and nothing is being processed any more", "");

  const quantity = page.getByLabel("Quantity");
  const sum = page.locator("form.topup output");
  await quantity.fill("120");
  equal("script: the sum stands in the button", await sum.textContent(), "$12.00");
  await quantity.fill("4");
  equal("script: too few have no sum", await sum.textContent(), "");
  await quantity.fill("120");
  await page.getByRole("button", { name: /^Buy/ }).click();
  await pay(page, app);
  await comes("script: what was bought is listed", page, "#purchases", "120 ×");
  await comes("script: and can be used", page, "#usage", "120 of 120 left");

  await page.getByRole("link", { name: "Cancel the plan" }).click();
  await page.getByLabel("It is too expensive").check();
  await page.getByLabel("Anything you would like to tell us (optional)").fill(COMMENT);
  await page.getByRole("button", { name: "Cancel the plan" }).click();
  await comes("script: the plan ends", page, "#notices", "Basic ends on");
  const stripe = await app.ask("GET", `subscriptions/${await app.subscriptionOf({ token })}`);
  equal("script: the reason reaches Stripe", stripe.cancellation_details?.feedback, "too_expensive");
  equal("script: and the comment, as it was typed", stripe.cancellation_details?.comment, COMMENT);
  await page.getByRole("button", { name: "Keep the plan" }).click();
  await comes("script: it was undone", page, "#status", "Renews on");
  equal("script: nothing ends any more", await page.getByText("Basic ends on").count(), 0);

  const professional = page.getByRole("form", { name: "Professional" });
  await professional.getByRole("button", { name: /See what changes/ }).click();
  await comes("script: the change is shown first", page, "main", "due today");
  equal("script: and nothing is done yet", (await app.api("GET", "/billing/subscription", undefined, { token })).plan_id, "basic");
  await page.getByRole("button", { name: "Confirm the change" }).click();
  await comes("script: the plan is another", page, "#status .plan", "Professional");

  // Nobody loses the button that they are about to press.
  const button = page.getByRole("form", { name: "Basic" }).getByRole("button");
  await button.focus();
  await app.consume(id, "image_ocr", 5);
  await comes("script: what is used, while a button has the focus", page, "#usage", "Image OCR");
  must("script: the button keeps it", await button.evaluate((it) => it === document.activeElement));

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${app.url}/billing/sign-in`);
  await page.goBack();
  await page.waitForURL((url) => url.pathname === "/billing/sign-in");
  check("script: signed out, and no way back to the page", "");
  await second.reload();
  equal("script: the second tab is signed out, too", new URL(second.url()).pathname, "/billing/sign-in");
  check("script: nothing on the console", watch.console);
  check("script: nothing against the policy", watch.refused);
  check("script: no request elsewhere", watch.outside);
  check("script: no script of anybody's", watch.executed);
  await context.close();
}

async function withoutScript(browser, app) {
  const { context } = await openPayer(browser, app, { javaScriptEnabled: false });
  const page = await context.newPage();
  const { id, token } = await signUp(page, app, "nora@example.com");
  await app.consume(id, "usdot_lookup", 20);
  await page.reload();
  await comes("no script: nothing is left", page, "#usage .out", "None left");
  await page.getByRole("form", { name: "Basic" }).getByLabel("$8.33 a month").check();

  // The page asks anew by itself until Stripe's word has come.
  await app.control("POST", "webhooks", { paused: true });
  await page.getByRole("button", { name: "Subscribe Basic" }).click();
  await pay(page, app);
  await comes("no script: the payment is being processed", page, "#notices", "Your payment is being processed.");
  await page.waitForURL(/turn=1/);
  check("no script: the page asks anew by itself", "");
  equal("no script: and nothing is given before", await page.locator("#status .plan").textContent(), "Free");
  const before = await app.api("GET", "/billing/subscription", undefined, { token });
  equal("no script: by the API neither", before.plan_id, "free");
  await app.control("POST", "webhooks", { paused: false });
  await comes("no script: the plan comes without a click", page, "#status", "Basic");
  await comes("no script: at the price that was chosen", page, "#status", "$99.90 a year");

  await page.getByLabel("Quantity").fill("50");
  await page.getByRole("button", { name: "Buy", exact: true }).click();
  await pay(page, app);
  await comes("no script: what was bought is listed", page, "#purchases", "50 ×");

  await page.getByRole("link", { name: "Cancel the plan" }).click();
  await page.getByLabel("I do not use it").check();
  await page.getByRole("button", { name: "Cancel the plan" }).click();
  await comes("no script: the plan ends", page, "#notices", "Basic ends on");
  await page.getByRole("button", { name: "Keep the plan" }).click();
  await comes("no script: it was undone", page, "#status", "Renews on");

  // To a month it would only come with the end of the year.
  await page.getByLabel("$25.00 a month").check();
  await page.getByRole("form", { name: "Professional" }).getByRole("button").click();
  await comes("no script: the change is shown first", page, "main", "Change to Professional");
  await page.getByRole("button", { name: "Confirm the change" }).click();
  await comes("no script: the plan is another", page, "#status .plan", "Professional");
  equal("no script: for the API, too", (await app.api("GET", "/billing/subscription", undefined, { token })).plan_id, "professional");

  await page.getByRole("button", { name: "Payment method and billing details" }).click();
  await page.waitForURL((url) => url.origin === new URL(app.stripe).origin);
  check("no script: the portal opens", "");
  await page.goto(`${app.url}/billing/`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${app.url}/billing/sign-in`);
  check("no script: signed out", "");
  await context.close();
}

/** What has the focus: how it is called, and whether one sees that it has. */
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return undefined;
    const style = getComputedStyle(element);
    const rect = element.getBoundingClientRect();
    const isRinged = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2;
    const isInView = rect.width > 1 && rect.height > 1 && rect.bottom > 0 && rect.top < innerHeight;
    element.dataset.reached = "yes";
    return {
      name: `${element.tagName.toLowerCase()} ${(element.innerText || element.name || element.value || "").trim()}`,
      isSeen: isRinged && isInView,
    };
  });
}

async function byKeyboard(browser, app) {
  const person = await app.person();
  await app.consume(person.id, "usdot_lookup", 20);
  const { context } = await openPayer(browser, app, { cookie: person.cookie });
  const page = await context.newPage();
  await page.goto(`${app.url}/billing/`);
  await page.keyboard.press("Tab");
  const first = await focused(page);
  equal("keyboard: the first stop is the way to the content", first?.name, "a Skip to the content");
  must("keyboard: which is seen then", first?.isSeen === true);
  await page.keyboard.press("Enter");
  equal("keyboard: and leads there", await page.evaluate(() => document.activeElement?.id), "main");

  await page.goto(`${app.url}/billing/`);
  const unseen = [];
  for (let stops = 0; stops < 100; stops += 1) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (!stop) break;
    if (!stop.isSeen) unseen.push(stop.name);
  }
  check("keyboard: the focus is seen at every stop", unseen);
  const missed = await page.evaluate(() =>
    [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
      // Of several choices one is a stop, and arrows lead to the others.
      .filter((element) => element.type !== "radio" || element.checked)
      .filter((element) => element.checkVisibility() && element.dataset.reached !== "yes")
      .map((element) => element.outerHTML.slice(0, 80)),
  );
  check("keyboard: every control is reached", missed);

  await page.goto(`${app.url}/billing/`);
  const reach = async (matches) => {
    for (let stops = 0; stops < 100; stops += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(matches)) return true;
    }
    return false;
  };
  const isBasic = "document.activeElement.closest('form[aria-labelledby=plan-basic]')?.contains(document.activeElement) && document.activeElement.type === 'radio'";
  must("keyboard: the prices of a plan are reached", await reach(isBasic));
  await page.keyboard.press("ArrowDown");
  equal("keyboard: an arrow chooses the year", await page.evaluate(() => document.activeElement.value), "annual");
  must("keyboard: then the button", await reach("document.activeElement.innerText?.startsWith('Subscribe')"));
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.origin === new URL(app.stripe).origin);
  for (const [name, value] of [["number", VISA], ["expiry", "12/40"], ["cvc", "123"]]) {
    must(`keyboard: ${name} is reached`, await reach(`document.activeElement.name === "${name}"`));
    await page.keyboard.type(value);
  }
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.origin === app.origin);
  await comes("keyboard: subscribed", page, "#status", "$99.90 a year");
  await context.close();
}
