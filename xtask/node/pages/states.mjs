// The states of the pages: how each comes about, and what must stand there. They are played in the
// order in which they stand, in two rows beside each other; each row has its own servers.

import { PASSWORD } from "./world.mjs";

const SCRIPT = '<script>alert("name")</script>';
const LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenwerkstattleiterin".slice(0, 100);

/** A subscriber of a plan. */
async function subscriber(app, plan, options) {
  const person = await app.person(options);
  await app.subscribe(person, plan, options);
  return person;
}

/** An organisation with its owner and a member. */
async function organization(app, name) {
  const owner = await app.person();
  const made = await app.api("POST", "/v1/organizations", { name }, { token: owner.token });
  const member = await app.person();
  const path = `/v1/organizations/${made.id}/invitations`;
  const invitation = await app.api("POST", path, { email: member.email, role: "member" }, { token: owner.token });
  await app.api("POST", "/v1/invitations/accept", { token: invitation.token }, { token: member.token });
  await app.subscribe(owner, "professional", { headers: { "x-organization": made.id } });
  await app.consume(made.customer_id ?? made.customer, "usdot_lookup", 120);
  return { ...made, owner, member };
}

/**
 * A state: `make` answers who looks and what at; `expected` are texts that must stand there, and
 * `never` those that must not; `options` are the browser's. `picture` is how the documentation shows it.
 */
export const STATES = {
  /** Without a journey through time, on the lookup tool's plans. */
  usdot: [
    { name: "sign-in", make: () => ({ path: "/billing/" }), expected: ["Sign in", "E-mail address", "New here?"] },
    { name: "sign-up", make: () => ({ path: "/billing/sign-up" }), expected: ["Create an account", "At least 8 characters."] },
    {
      name: "wrong-password",
      make: async (app) => ({ path: "/billing/sign-in", person: undefined, email: (await app.person()).email }),
      act: async (page, { email }) => {
        await page.getByLabel("E-mail address").fill(email);
        await page.getByLabel("Password").fill("not the password");
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("alert").waitFor();
      },
      expected: ["Wrong e-mail address or password."],
    },
    {
      name: "free",
      make: async (app) => {
        const person = await app.person({ name: "Ann Example" });
        await app.consume(person.id, "usdot_lookup", 3);
        await app.consume(person.id, "image_ocr", 4);
        return { person };
      },
      expected: ["Free", "7 of 20", "13 left", "No charge", "Subscribe", "Extra operations", "Image OCR", "Ann Example"],
      never: ["Cancel the plan"],
    },
    {
      name: "paid",
      make: async (app) => {
        const person = await subscriber(app, "basic", { name: "Bea Berger" });
        await app.consume(person.id, "usdot_lookup", 41);
        return { person };
      },
      expected: ["Basic", "$9.99 a month", "Renews on", "41 of 150", "109 left", "Next charge", "Invoices", "Cancel the plan"],
      special: true,
    },
    {
      name: "annual",
      make: async (app) => ({ person: await subscriber(app, "professional", { price: "annual" }) }),
      expected: ["Professional", "$299.90 a year", "billed $299.90 yearly", "2 months free", "yours now"],
    },
    {
      name: "cancelled-but-active",
      make: async (app) => {
        const person = await subscriber(app, "basic");
        await app.api("POST", "/billing/cancel-subscription", { at_period_end: true }, { token: person.token });
        await app.settle();
        return { person };
      },
      expected: ["Basic ends on", "ending", "Until then you can use all of it.", "Keep the plan"],
      never: ["Renews on"],
    },
    {
      name: "scheduled-downgrade",
      make: async (app) => {
        const person = await subscriber(app, "enterprise");
        await app.api("POST", "/billing/change-plan", { plan: "basic" }, { token: person.token });
        await app.settle();
        return { person };
      },
      expected: ["Enterprise changes to Basic on", "Changes to Basic on", "Keep the present plan"],
    },
    {
      name: "over-quota",
      make: async (app) => {
        const person = await app.person();
        await app.consume(person.id, "usdot_lookup", 20);
        return { person };
      },
      expected: ["20 of 20", "None left", "See the plans", "Buy more"],
      picture: { theme: "light", width: 380, height: 620 },
    },
    {
      name: "work-in-progress",
      make: async (app) => {
        const person = await app.person();
        await app.consume(person.id, "usdot_lookup", 9);
        const hold = { feature: "image_ocr", amount: 8 };
        await app.api("POST", `/v1/customers/${person.id}/reservations`, hold);
        return { person };
      },
      expected: ["3 left", "8 set aside for work in progress"],
    },
    {
      name: "member",
      make: async (app, seen) => {
        seen.organization = await organization(app, "Acme Logistics");
        return { person: seen.organization.member, path: `/billing/?for=${seen.organization.id}` };
      },
      expected: (seen) => ["Acme Logistics", "Professional", "120 of 500", `ask a billing admin: ${seen.organization.owner.email}`],
      never: ["Subscribe", "Cancel the plan", "Extra quota", "See what changes", "Payment method"],
    },
    {
      name: "organisation-admin",
      make: (app, { organization: { id, owner } }) => ({ person: owner, path: `/billing/?for=${id}` }),
      expected: ["Acme Logistics", "Just me", "120 of 500", "Cancel the plan", "Extra quota"],
    },
    {
      name: "payment-processing",
      make: async (app) => {
        const person = await app.person();
        const url = await app.checkout(person, "professional");
        await app.control("POST", "webhooks", { paused: true });
        await app.typeCard(url);
        return { person, path: "/billing/?checkout=success" };
      },
      unmake: async (app) => {
        await app.control("POST", "webhooks", { paused: false });
        await app.settle();
      },
      expected: ["Your payment is being processed.", "Free", "0 of 20"],
      never: ["0 of 500", "Renews on", "Next charge", "Subscribe"],
    },
    {
      name: "disputed",
      make: async (app) => {
        const person = await app.person();
        const intent = await app.buy(person, 50);
        await app.control("POST", "disputes", { payment_intent: intent });
        await app.settle();
        return { person };
      },
      expected: ["A payment is disputed: 50 units cannot be used until that is decided.", "disputed"],
    },
    {
      name: "refunded-with-debt",
      make: async (app) => {
        const person = await app.person();
        const intent = await app.buy(person, 50);
        await app.consume(person.id, "usdot_lookup", 45);
        await app.ask("POST", "refunds", { payment_intent: intent });
        await app.settle();
        return { person };
      },
      expected: ["had been used already when they were refunded.", "refunded"],
    },
    {
      name: "paused",
      make: async (app) => {
        const person = await subscriber(app, "basic");
        await app.ask("POST", `subscriptions/${await app.subscriptionOf(person)}/pause`, { type: "subscription" });
        await app.settle();
        return { person };
      },
      expected: ["Your subscription is paused.", "Manage the subscription"],
    },
    {
      name: "stripe-silent",
      make: async (app) => {
        const person = await subscriber(app, "basic");
        await app.control("POST", "failures", { path: "/v1/invoices*", delay_ms: 60_000, times: 50 });
        return { person };
      },
      unmake: (app) => app.control("DELETE", "failures"),
      limitMs: 8_000,
      expected: ["Invoices cannot be shown right now.", "Basic", "0 of 150", "Renews on"],
    },
    {
      name: "stripe-failing",
      make: async (app) => {
        const person = await subscriber(app, "basic");
        await app.control("POST", "failures", { path: "/v1/invoices*", status: 500, times: 50 });
        return { person };
      },
      unmake: (app) => app.control("DELETE", "failures"),
      limitMs: 8_000,
      expected: ["Invoices cannot be shown right now.", "Basic", "0 of 150"],
    },
    {
      name: "session-expired",
      make: async (app) => {
        const person = await app.person();
        const mark = await app.markOf(person.cookie);
        await app.form("/billing/sign-out", { mark }, { cookie: person.cookie });
        return { person, path: "/billing/cancel", email: person.email };
      },
      act: async (page, { email }) => {
        await page.getByLabel("E-mail address").fill(email);
        await page.getByLabel("Password").fill(PASSWORD);
      },
      expected: ["Sign in", "Your session is over."],
      at: "/billing/sign-in?next=/billing/cancel",
    },
    {
      name: "link-entry",
      make: () => ({ path: "/billing/enter?link=tgl_0123456789" }),
      // With its script it goes on by itself.
      isWithoutScript: true,
      expected: ["Open billing", "Continue"],
    },
    {
      name: "link-over",
      make: () => ({ path: "/billing/enter?link=tgl_0123456789" }),
      act: (page) => page.getByRole("alert").waitFor(),
      expected: ["This link has been used already, or its time is over."],
    },
    {
      name: "cancel",
      make: async (app, seen) => {
        seen.paying = await subscriber(app, "basic");
        return { person: seen.paying, path: "/billing/cancel" };
      },
      expected: ["Cancel Basic", "You keep Basic until", "Then you are on Free.", "What you bought once stays yours.", "Why are you leaving?"],
    },
    {
      name: "change-preview",
      make: async (app, { paying }) => {
        await app.consume(paying.id, "usdot_lookup", 30);
        return { person: paying, path: "/billing/change?plan=professional&price=monthly" };
      },
      expected: ["Change to Professional", "due today", "The new plan holds at once.", "120 left", "470 left", "Confirm the change"],
      picture: { theme: "light", width: 800, height: 420 },
    },
    {
      name: "downgrade-preview",
      make: async (app) => ({
        person: await subscriber(app, "enterprise"),
        path: "/billing/change?plan=basic&price=monthly",
      }),
      expected: ["Change to Basic", "Nothing is due today.", "The new plan holds from", "until then nothing changes"],
    },
    {
      name: "problem",
      make: (_, { paying }) => ({ person: paying, path: "/billing/" }),
      act: async (page) => {
        await page.locator("#manage input[name=mark]").evaluate((mark) => (mark.value = "0".repeat(32)));
        await page.getByRole("button", { name: "Payment method and billing details" }).click();
        await page.getByRole("alert").waitFor();
      },
      expected: ["This did not work", "The form was not taken", "Back to billing"],
    },
    {
      name: "nothing-there",
      make: (_, { paying }) => ({ person: paying, path: "/billing/?for=org_0000000000000000000000000" }),
      expected: ["This did not work", "You may not do this here.", "Back to billing"],
    },
    {
      name: "names-with-markup",
      make: async (app) => {
        const person = await app.person({ name: SCRIPT });
        const made = await app.api("POST", "/v1/organizations", { name: '"><img src=x onerror=alert(1)>' }, { token: person.token });
        await app.subscribe(person, "basic", { headers: { "x-organization": made.id } });
        return { person, path: `/billing/?for=${made.id}` };
      },
      expected: [SCRIPT, '"><img src=x onerror=alert(1)>'],
    },
    {
      name: "long-names",
      make: async (app) => {
        const person = await app.person({ name: LONG });
        for (const name of [LONG, "A very long name of an organisation that is made of many short words and goes on, and on"]) {
          await app.api("POST", "/v1/organizations", { name }, { token: person.token });
        }
        await app.buy(person, 10_000);
        return { person };
      },
      expected: [LONG, "10,020", "Bought"],
    },
    {
      name: "german",
      make: async (app) => {
        const person = await subscriber(app, "professional", { name: "Jörg Müller" });
        await app.buy(person, 1_500);
        await app.consume(person.id, "image_ocr", 1_234);
        return { person };
      },
      options: { locale: "de-DE" },
      expected: ["Abrechnung", "1.234 von 2.000", "29,99 $", "Jörg Müller"],
      never: ["Sign out", "Usage", "Subscribe", "Next charge", "Invoices"],
    },
    {
      name: "german-cancel",
      make: async (app) => ({ person: await subscriber(app, "basic"), path: "/billing/cancel" }),
      options: { locale: "de-DE" },
      expected: ["Basic"],
      never: ["Cancel", "Keep", "reason"],
    },
  ],

  /** Time passes here. */
  clock: [
    {
      name: "carry-over-bought-granted",
      make: async (app, seen) => {
        seen.overdue = await subscriber(app, "basic");
        await app.cardFails(seen.overdue);
        const person = await subscriber(app, "basic", { name: "Carla Carry" });
        await app.consume(person.id, "usdot_lookup", 140);
        await app.travel("32d");
        await app.buy(person, 50);
        await app.api("POST", `/v1/customers/${person.id}/grants`, { meter: "operations", units: 30, source: "promotion" });
        await app.consume(person.id, "image_ocr", 25);
        return { person };
      },
      expected: ["25 of 240", "215 left", "Carried over", "Bought", "Granted", "50 of 50 left", "One-time purchases"],
      picture: { theme: "light", width: 800, height: 700 },
    },
    {
      name: "past-due",
      make: (_, { overdue }) => ({ person: overdue }),
      expected: ["The last payment failed. Your plan stays until", "payment overdue", "Settle the payment", "to be paid"],
      picture: { theme: "dark", width: 380, height: 620 },
    },
    {
      name: "unpaid-after-grace",
      make: async (app, { overdue }) => {
        await app.travel("9d");
        return { person: overdue };
      },
      expected: ["A payment is missing, so your plan is switched off.", "Settle the payment"],
    },
  ],

  /** The résumé service's plans. */
  resume: [
    {
      name: "unlimited",
      make: async (app) => {
        const person = await subscriber(app, "elite");
        await app.consume(person.id, "ats_scan", 1_234);
        return { person };
      },
      expected: ["Elite", "1,234 used, no limit", "Unlimited", "ATS scan", "Cover letter"],
    },
    {
      name: "several-meters",
      make: async (app) => {
        const person = await app.person();
        await app.consume(person.id, "ats_scan", 2);
        await app.consume(person.id, "jd_parse", 4);
        return { person };
      },
      expected: ["None left", "1 left", "Résumé tailoring", "See the plans"],
      never: ["Buy more"],
    },
  ],

  /** A trial, yen, and long names of the catalog's own. */
  studio: [
    {
      name: "yen-and-a-trial-offered",
      make: async (app) => ({ person: await app.person() }),
      expected: ["¥1,980 a month", "¥1,650 a month", "billed ¥19,800 yearly", "Free for the first 14 days", "¥20 each", "can be used for 365 days"],
    },
    {
      name: "trial",
      make: async (app) => ({ person: await subscriber(app, "studio") }),
      expected: ["Studio", "trial", "Trial until", "¥1,980 a month", "Unlimited"],
      never: ["Free for the first 14 days"],
    },
  ],

  /** No key of Stripe's. */
  bare: [
    {
      name: "no-stripe",
      make: async (app) => ({ person: await app.person() }),
      expected: ["Free", "0 of 20", "Payments are not set up here yet, so plans cannot be changed on this page."],
      never: ["Subscribe", "Extra quota", "Cancel the plan", "Payment method"],
    },
  ],
};
