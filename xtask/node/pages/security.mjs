// Attacks, in the browser and by plain requests: each must be refused, and change nothing.

import http from "node:http";
import { check, equal, must, part } from "./checks.mjs";
import { openContext } from "./harness.mjs";
import { PASSWORD, visitCookie } from "./world.mjs";

const ELSEWHERE = "https://elsewhere.example";
const MARKUP = '"><script>alert("form")</script>';

/** The forms that change something, with what they carry besides the mark. */
const FORMS = {
  "/billing/change": { plan: "professional", price: "monthly" },
  "/billing/top-up": { topup: "extra_operations", quantity: "50" },
  "/billing/cancel": { reason: "unused", comment: "" },
  "/billing/undo": {},
  "/billing/portal": {},
};

/** All of them. */
export async function security(browser, app, bare) {
  const ann = await app.person();
  const ben = await app.person();
  await app.subscribe(ann, "basic");
  await part("forged forms", () => forgedForms(app, ann, ben));
  await part("open forms from elsewhere", () => openForms(app));
  await part("cookies", () => cookies(browser, app, bare));
  await part("organisations", () => organizations(app, ann));
  await part("ways elsewhere", () => redirects(app, ann));
  await part("markup", () => markup(app));
  await part("headers", () => headers(app, ann));
  await part("frames", () => frames(browser, app, ann));
}

/** All that a forged form could have changed. */
async function standing(app, person) {
  const subscription = await app.api("GET", "/billing/subscription", undefined, { token: person.token });
  const payments = await app.api("GET", "/billing/payments", undefined, { token: person.token });
  const sessions = await app.ask("GET", "checkout/sessions?limit=100");
  return [subscription, payments, sessions.data.length];
}

async function forgedForms(app, ann, ben) {
  const { cookie } = ann;
  const mark = await app.markOf(cookie);
  const foreign = await app.markOf(ben.cookie);
  must("forged: each session has a mark of its own", mark && foreign && mark !== foreign, `${mark} ${foreign}`);
  const forgeries = {
    "no mark": [{}, {}],
    "an empty mark": [{ mark: "" }, {}],
    "a wrong mark": [{ mark: "0".repeat(32) }, {}],
    "a part of the mark": [{ mark: mark.slice(0, 31) }, {}],
    "the mark of another session": [{ mark: foreign }, {}],
    "another origin": [{ mark }, { origin: ELSEWHERE }],
    "no origin that can be told": [{ mark }, { origin: "null" }],
    "another site, as the browser says": [{ mark }, { "sec-fetch-site": "cross-site" }],
    "a sibling site, as the browser says": [{ mark }, { "sec-fetch-site": "same-site" }],
  };
  const before = JSON.stringify(await standing(app, ann));
  for (const [name, [fields, headers]] of Object.entries(forgeries)) {
    for (const [path, own] of Object.entries({ ...FORMS, "/billing/sign-out": {} })) {
      const answer = await app.form(path, { ...own, ...fields }, { cookie, headers });
      equal(`forged: ${name}, ${path}`, answer.status, 403);
    }
  }
  equal("forged: nothing has changed", JSON.stringify(await standing(app, ann)), before);
  equal("forged: and they are still signed in", (await app.page("/billing/", { cookie })).status, 200);
  const real = await app.form("/billing/portal", { mark }, { cookie });
  equal("forged: while the real form is taken", real.status, 200);
}

async function openForms(app) {
  const { email } = await app.person();
  const forms = {
    "/billing/sign-in": { email, password: PASSWORD },
    "/billing/sign-up": { email: "forged@example.com", password: PASSWORD },
    "/billing/enter": { link: "tgl_0" },
  };
  for (const [path, fields] of Object.entries(forms)) {
    for (const headers of [{ origin: ELSEWHERE }, { "sec-fetch-site": "cross-site" }]) {
      const answer = await app.form(path, fields, { headers });
      equal(`elsewhere: ${path}, ${Object.keys(headers)}`, answer.status, 403);
      equal(`elsewhere: ${path}, ${Object.keys(headers)}: no cookie`, visitCookie(answer), undefined);
    }
  }
  const form = new URLSearchParams({ username: "forged@example.com", password: PASSWORD });
  const login = await fetch(`${app.url}/auth/login`, { method: "POST", body: form });
  equal("elsewhere: no account was made", login.status, 401);
}

async function cookies(browser, app, bare) {
  const { email, cookie } = await app.person();
  const answer = await app.form("/billing/sign-in", { email, password: PASSWORD });
  const [line] = answer.headers.getSetCookie();
  for (const flag of ["HttpOnly", "SameSite=Lax", "Path=/"]) must(`cookie: ${flag}`, line.includes(flag), line);
  must("cookie: of no other host", !/Domain=/i.test(line), line);
  const person = await bare.person();
  const [secure] = (await bare.form("/billing/sign-in", { email: person.email, password: PASSWORD })).headers.getSetCookie();
  must("cookie: Secure, unless it is switched off", secure.includes("; Secure"), secure);

  const { context } = await openContext(browser, [app.origin]);
  const page = await context.newPage();
  await page.goto(`${app.url}/billing/sign-in`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Billing", exact: true }).waitFor();
  equal("cookie: no script can read it", await page.evaluate(() => document.cookie), "");
  const [stolen] = await context.cookies();
  equal("cookie: the browser keeps it so", [stolen.httpOnly, stolen.sameSite], [true, "Lax"]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${app.url}/billing/sign-in`);
  equal("cookie: it is gone after signing out", (await context.cookies()).length, 0);
  await context.close();

  const isLedToSignIn = async (name, wrong) => {
    const shown = await app.page("/billing/", { cookie: wrong });
    equal(`cookie: ${name}`, [shown.status, shown.headers.get("location")?.split("?")[0]], [303, "/billing/sign-in"]);
  };
  await isLedToSignIn("one that was stolen before signing out", stolen);
  await isLedToSignIn("a made-up one", { ...cookie, value: `tgv_${"0".repeat(64)}` });
  await isLedToSignIn("nonsense", { ...cookie, value: "x".repeat(3_000) });
  const other = await app.page("/billing/", { cookie });
  equal("cookie: another session of theirs goes on", other.status, 200);
  const live = await app.page("/billing/live", { cookie: stolen });
  equal("cookie: a stolen one hears nothing, either", live.status, 303);
}

async function organizations(app, stranger) {
  const owner = await app.person();
  const name = "Quiet Holding";
  const made = await app.api("POST", "/v1/organizations", { name }, { token: owner.token });
  const member = await app.person();
  const path = `/v1/organizations/${made.id}/invitations`;
  const invitation = await app.api("POST", path, { email: member.email, role: "member" }, { token: owner.token });
  await app.api("POST", "/v1/invitations/accept", { token: invitation.token }, { token: member.token });
  await app.subscribe(owner, "basic", { headers: { "x-organization": made.id } });

  for (const page of ["/billing/", "/billing/cancel", "/billing/change?plan=basic", "/billing/live"]) {
    const sign = page.includes("?") ? "&" : "?";
    const answer = await app.page(`${page}${sign}for=${made.id}`, { cookie: stranger.cookie });
    const text = await answer.text();
    must(`organisation: ${page} is not for a stranger`, [403, 404].includes(answer.status), String(answer.status));
    must(`organisation: ${page} shows a stranger nothing`, !text.includes(name) && !text.includes(owner.email), text);
  }
  const subscription = async () => {
    const headers = { "x-organization": made.id };
    return JSON.stringify(await app.api("GET", "/billing/subscription", undefined, { token: owner.token, headers }));
  };
  const before = await subscription();
  for (const [who, person] of Object.entries({ stranger, member })) {
    const mark = await app.markOf(person.cookie);
    for (const [form, own] of Object.entries(FORMS)) {
      const answer = await app.form(`${form}?for=${made.id}`, { ...own, mark }, { cookie: person.cookie });
      const expected = who === "member" ? [403] : [403, 404];
      must(`organisation: a ${who} may not ${form}`, expected.includes(answer.status), String(answer.status));
    }
  }
  for (const page of ["/billing/cancel", "/billing/change?plan=professional"]) {
    const sign = page.includes("?") ? "&" : "?";
    const answer = await app.page(`${page}${sign}for=${made.id}`, { cookie: member.cookie });
    equal(`organisation: a member does not see ${page}`, answer.status, 403);
  }
  equal("organisation: nothing has changed", await subscription(), before);
}

async function redirects(app, { email }) {
  const ways = [
    ELSEWHERE,
    "//elsewhere.example/",
    "///elsewhere.example/",
    "/\\elsewhere.example/",
    "\\\\elsewhere.example/",
    "/billing/../..//elsewhere.example/",
    "/billing/\r\nlocation: https://elsewhere.example",
    "/billing/\t//elsewhere.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http:elsewhere.example",
    "@elsewhere.example",
    ".elsewhere.example",
    " https://elsewhere.example",
  ];
  for (const next of ways) {
    const answer = await app.form("/billing/sign-in", { email, password: PASSWORD, next });
    const to = answer.headers.get("location") ?? "";
    const url = new URL(to, app.url);
    must(`ways: ${JSON.stringify(next)} stays here`, answer.status === 303 && url.origin === app.origin, `${answer.status} ${to}`);
    const asked = await (await app.page(`/billing/sign-in?next=${encodeURIComponent(next)}`)).text();
    const kept = /name="next" value="([^"]*)"/.exec(asked)?.[1] ?? "";
    must(`ways: ${JSON.stringify(next)} stands in no form`, new URL(kept, app.url).origin === app.origin, kept);
  }
  const answer = await app.form("/billing/sign-in", { email, password: PASSWORD, next: "/billing/cancel" });
  equal("ways: while a page of ours is gone to", answer.headers.get("location"), "/billing/cancel");
  const lost = await app.page("/billing/cancel?for=org_1");
  equal("ways: and the way back is kept", lost.headers.get("location"), "/billing/sign-in?next=/billing/cancel%3Ffor%3Dorg_1");
}

async function markup(app) {
  const isHarmless = (name, text) => must(`markup: ${name}`, !text.includes("<script>alert"), text);
  const fields = { name: MARKUP, email: `a${MARKUP}@example.com`, password: PASSWORD, next: MARKUP };
  for (const path of ["/billing/sign-up", "/billing/sign-in"]) {
    const text = await (await app.form(path, fields)).text();
    isHarmless(`${path}, what was typed`, text);
    must(`markup: ${path} gives it back as text`, text.includes("alert("), text);
  }
  const person = await app.person({ name: MARKUP });
  for (const path of ["/billing/", "/billing/sign-in", "/billing/sign-up", "/billing/enter"]) {
    const query = ["problem", "checkout", "turn", "part", "next", "link", "for"].map((name) => `${name}=${encodeURIComponent(MARKUP)}`);
    for (const one of query) {
      const text = await (await app.page(`${path}?${one}`, { cookie: person.cookie })).text();
      isHarmless(`${path}?${one.split("=")[0]}`, text);
    }
  }
  isHarmless("a name", await (await app.page("/billing/", { cookie: person.cookie })).text());
}

async function headers(app, { cookie }) {
  const mark = await app.markOf(cookie);
  const pages = {
    "the page": () => app.page("/billing/", { cookie }),
    "its live part": () => app.page("/billing/?part=live", { cookie }),
    "signing in": () => app.page("/billing/sign-in"),
    "signing up": () => app.page("/billing/sign-up"),
    "a link": () => app.page("/billing/enter?link=x"),
    "leaving": () => app.page("/billing/cancel", { cookie }),
    "a change": () => app.page("/billing/change?plan=professional", { cookie }),
    "a problem": () => app.form("/billing/cancel", {}, { cookie }),
    "nothing there": () => app.page("/billing/?for=org_0", { cookie }),
    "the way to sign in": () => app.page("/billing/"),
    "the way to the payment page": () => app.form("/billing/portal", { mark }, { cookie }),
    "a link that is over": () => app.form("/billing/enter", { link: "x" }),
  };
  for (const [name, ask] of Object.entries(pages)) {
    const answer = await ask();
    const policy = answer.headers.get("content-security-policy") ?? "";
    const problems = [
      policy.includes("default-src 'none'") || "nothing is refused by default",
      policy.includes("frame-ancestors 'none'") || "it may stand in a frame",
      policy.includes("form-action 'self'") || "its forms may lead elsewhere",
      policy.includes("base-uri 'none'") || "its base may be moved",
      !/unsafe|\*|data:|https?:/.test(policy) || `too much is allowed: ${policy}`,
      answer.headers.get("x-frame-options") === "DENY" || "X-Frame-Options",
      answer.headers.get("x-content-type-options") === "nosniff" || "X-Content-Type-Options",
      answer.headers.get("referrer-policy") === "same-origin" || "Referrer-Policy",
      answer.headers.get("cache-control") === "no-store" || "Cache-Control",
    ];
    check(`headers: ${name}`, problems.filter((problem) => problem !== true));
    const text = await answer.text();
    must(`headers: ${name} has nothing inline`, !/<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=/.test(text), text);
  }
}

/** A page of another site that puts ours into a frame. */
async function frames(browser, app, { cookie }) {
  const server = http.createServer((_, response) => {
    response.setHeader("content-type", "text/html").end(`<!doctype html><iframe src="${app.url}/billing/"></iframe>`);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { context } = await openContext(browser, [app.origin, `http://127.0.0.1:${server.address().port}`], { cookie });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const shown = await Promise.all(page.frames().slice(1).map((frame) => frame.content().catch(() => "")));
  must("frames: the page is shown in none", shown.every((text) => !text.includes("Your plan")), shown.join(" "));
  await context.close();
  server.close();
}
