// A server and its Stripe, and the people who come there: every state is made as it comes about,
// through the API, Stripe's hosted pages and its controls, and the clock.

export const VISA = "4242424242424242";
export const PASSWORD = "testpass123";

const STRIPE_KEY = "sk_test_playground";

/** Reads an answer; one that is not expected says what was asked. */
async function read(answer, what, expected) {
  const text = await answer.text();
  if (expected ? answer.status !== expected : answer.status >= 400) {
    throw new Error(`${what}: ${answer.status} ${text.slice(0, 300)}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The value of the visit's cookie that an answer sets. */
export function visitCookie(answer) {
  const set = answer.headers.getSetCookie().find((line) => line.startsWith("tollgate_visit="));
  return set ? { name: "tollgate_visit", value: set.split(";")[0].split("=")[1] } : undefined;
}

export class App {
  constructor({ url, api_key: key, stripe_imitation: stripe, owner_link: ownerLink }) {
    this.url = url;
    this.origin = new URL(url).origin;
    this.key = key;
    this.ownerLink = ownerLink;
    this.stripe = stripe;
    this.people = 0;
  }

  /** Asks the API with a user's token, or else with the key of a back end. */
  async api(method, path, body, { token = this.key, headers = {} } = {}) {
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      body: body ? JSON.stringify(body) : undefined,
    });
    return read(answer, `${method} ${path}`);
  }

  /** Sends a form as a page of the server does. The answer is not followed. */
  form(path, fields, { cookie, headers = {} } = {}) {
    return fetch(this.url + path, {
      method: "POST",
      redirect: "manual",
      headers: {
        origin: this.origin,
        "content-type": "application/x-www-form-urlencoded",
        ...(cookie ? { cookie: `${cookie.name}=${cookie.value}` } : {}),
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
    });
  }

  /** Asks for a page. The answer is not followed. */
  page(path, { cookie, headers = {} } = {}) {
    return fetch(this.url + path, {
      redirect: "manual",
      headers: { ...(cookie ? { cookie: `${cookie.name}=${cookie.value}` } : {}), ...headers },
    });
  }

  /** The mark that the forms of a session carry. */
  async markOf(cookie) {
    const answer = await this.page("/billing/", { cookie });
    return /name="mark" value="([0-9a-f]+)"/.exec(await answer.text())?.[1];
  }

  /** Somebody signs up, and in: for the API and for the pages. */
  async person({ name, email } = {}) {
    this.people += 1;
    const address = email ?? `person${this.people}@example.com`;
    const made = await this.api("POST", "/auth/register", { email: address, password: PASSWORD, name }, { token: "" });
    const form = new URLSearchParams({ username: address, password: PASSWORD });
    const tokens = await read(await fetch(`${this.url}/auth/login`, { method: "POST", body: form }), "login");
    const answer = await this.form("/billing/sign-in", { email: address, password: PASSWORD });
    return { id: made.id, email: address, token: tokens.access_token, cookie: visitCookie(answer) };
  }

  /** Everything that Stripe has told is known here. */
  settle() {
    return this.travel("0s");
  }

  /** Moves the server and its Stripe, from one thing that happens to the next. */
  travel(advance) {
    return this.api("POST", "/dev/clock", { advance }, { token: "" });
  }

  /** What time it is there. */
  async now() {
    return new Date((await this.api("GET", "/dev/clock", undefined, { token: "" })).now);
  }

  /** Types a card on Stripe's page. */
  async typeCard(url, number = VISA) {
    const form = new URLSearchParams({ number, expiry: "12/40", cvc: "123" });
    const answer = await fetch(url, { method: "POST", body: form, redirect: "manual" });
    if (answer.status !== 303) throw new Error(`Stripe's page: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
    return answer.headers.get("location");
  }

  /** Opens Stripe's page for a plan. */
  async checkout(person, plan, price, headers = {}) {
    const urls = { success_url: `${this.url}/billing/?checkout=success`, cancel_url: `${this.url}/billing/` };
    const opened = await this.api("POST", "/billing/create-checkout-session", { plan, price, ...urls }, { token: person.token, headers });
    return opened.checkout_url;
  }

  /** Somebody pays a plan. */
  async subscribe(person, plan, { price, card, headers } = {}) {
    await this.typeCard(await this.checkout(person, plan, price, headers), card);
    await this.settle();
  }

  /** Opens Stripe's page for units. */
  async purchase(person, quantity) {
    const opened = await this.api("POST", "/billing/purchase-quota", { quantity }, { token: person.token });
    return opened.checkout_url;
  }

  /** Somebody buys units. Answers Stripe's id of the payment. */
  async buy(person, quantity) {
    await this.typeCard(await this.purchase(person, quantity));
    await this.settle();
    const told = await this.control("GET", "events?type=payment_intent.succeeded");
    return told.data.at(-1).data.object.id;
  }

  /** A back end uses units for a customer. */
  consume(customer, feature, amount, expected) {
    return this.api("POST", `/v1/customers/${customer}/consume`, { feature, amount }, expected);
  }

  /** Asks Stripe as the owner of the account does. */
  async ask(method, path, form) {
    const answer = await fetch(`${this.stripe}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${STRIPE_KEY}` },
      body: form ? new URLSearchParams(form) : undefined,
    });
    return read(answer, `${method} /v1/${path}`);
  }

  /** What Stripe calls somebody. */
  async stripeCustomer(person) {
    const standing = await this.api("GET", "/billing/subscription", undefined, { token: person.token });
    return standing.stripe_customer_id;
  }

  /** The subscription that Stripe has of somebody. */
  async subscriptionOf(person) {
    const listed = await this.ask("GET", `subscriptions?status=all&customer=${await this.stripeCustomer(person)}`);
    return listed.data[0].id;
  }

  /** From now on somebody's payments fail. */
  async cardFails(person) {
    const customer = await this.stripeCustomer(person);
    const card = await this.ask("POST", "payment_methods/pm_card_chargeCustomerFail/attach", { customer });
    await this.ask("POST", `customers/${customer}`, { "invoice_settings[default_payment_method]": card.id });
    await this.ask("POST", `subscriptions/${await this.subscriptionOf(person)}`, { default_payment_method: card.id });
    await this.settle();
  }

  /** Turns one of the imitation's own knobs. */
  async control(method, path, wish) {
    const answer = await fetch(`${this.stripe}/_sandbox/${path}`, { method, body: wish ? JSON.stringify(wish) : undefined });
    return read(answer, `${method} /_sandbox/${path}`);
  }
}
