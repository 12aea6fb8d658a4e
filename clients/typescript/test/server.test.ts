import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Express, Request } from "express";
import { Conflict, NotFound, QuotaExceeded, Tollgate, Unauthenticated, Unavailable } from "tollgate-client";
import { close, listen } from "./support/fake.js";
import { losingProxy } from "./support/proxy.js";
import { boundAddress, folder, history, killed, launch, LOAD_CATALOG, realServer, RESUME_CATALOG, type Real } from "./support/real.js";

const EXAMPLE = new URL("../examples/resume-app/", import.meta.url);
const TEXTS = { resume_text: "Test", jd_text: "Test" };

/** The keys of all usage events of a customer; none stands there twice. */
async function chargedKeys(tollgate: Tollgate, customer: string): Promise<Set<string>> {
  const events = await history(tollgate, customer);
  const keys = events.map((event) => event.idempotency_key ?? "");
  assert.equal(new Set(keys).size, keys.length, "no use is charged twice");
  const { features } = await tollgate.usage(customer);
  assert.equal(features["plenty"]?.used, events.length, "the balance is that of the events");
  return new Set(keys);
}

async function until(what: () => boolean | Promise<boolean>, msMax = 20_000): Promise<void> {
  const end = Date.now() + msMax;
  while (!(await what())) {
    assert.ok(Date.now() < end, "it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("every call of the client against a server", async (context) => {
  const server = await realServer(context, LOAD_CATALOG);
  const tollgate = new Tollgate({ url: server.url, apiKey: server.key });

  const begun = await tollgate.createCustomer({ id: "ann", time_zone: "Europe/Berlin" });
  assert.deepEqual([begun.id, begun.plan, begun.time_zone], ["ann", "free", "Europe/Berlin"]);
  assert.deepEqual(await tollgate.getCustomer("ann"), begun);
  await assert.rejects(tollgate.getCustomer("bob"), NotFound);

  const receipt = await tollgate.consume("ann", { feature: "few", amount: 2, member: "m", metadata: { page: 1 } });
  assert.ok(!receipt.spooled);
  assert.deepEqual([receipt.features[0]?.remaining, receipt.replayed], [1, false]);
  assert.equal((await tollgate.check("ann", "few")).allowed, true);
  const no = await tollgate.check("ann", { feature: "few", amount: 2 });
  assert.deepEqual([no.allowed, no.refusal?.quota_remaining, no.local], [false, 1, false]);

  const both = { uses: [{ feature: "few" }, { feature: "plenty", amount: 10 }] };
  const held = await tollgate.reserve("ann", { ...both, seconds: 30 });
  assert.deepEqual([held.figures[0]?.held, held.isLocal], [1, false]);
  const end = held.expiresAt ?? new Date(0);
  const extended = (await held.extend(600)) ?? new Date(0);
  assert.ok(extended > end && held.expiresAt === extended);
  await assert.rejects(tollgate.consume("ann", "few"), QuotaExceeded);
  const settled = await held.settle({ uses: [{ feature: "plenty", amount: 4 }], metadata: { job: 7 } });
  assert.ok(!settled.spooled && !settled.replayed);
  const again = await held.settle({ uses: [{ feature: "plenty", amount: 4 }], metadata: { job: 7 } });
  assert.ok(!again.spooled && again.replayed);
  assert.throws(() => void held.settle(4), TypeError);
  await held.release();

  const given = await tollgate.reserve("ann", "few");
  await given.release();
  await given.release();
  await assert.rejects(given.settle(), NotFound);
  const late = await given.settleOrConsume();
  assert.ok(!late.spooled);
  const lateAgain = await given.settleOrConsume();
  assert.ok(!lateAgain.spooled && lateAgain.event === late.event && lateAgain.replayed);
  await assert.rejects(tollgate.reserve("ann", "few"), (error) => {
    assert.ok(error instanceof QuotaExceeded);
    assert.deepEqual([error.limit, error.used, error.remaining, error.needed, error.plan], [3, 3, 0, 1, "free"]);
    assert.ok((error.retryAfterSeconds ?? 0) > 0 && error.waysOut.some((way) => way.way === "wait"));
    return true;
  });

  const unused = await tollgate.reserve("ann", { feature: "plenty", amount: 3 });
  assert.ok(!(await unused.settle(0)).spooled);

  const grant = { meter: "few", units: 5, source: "promotion", reference: "sorry" } as const;
  const gift = await tollgate.grant("ann", grant, { idempotencyKey: "gift-1" });
  assert.equal((await tollgate.grant("ann", grant, { idempotencyKey: "gift-1" })).id, gift.id);
  const results = await tollgate.consumeBatch([
    { customer: "ann", feature: "few", amount: 5 },
    { customer: "ann", feature: "few" },
    { customer: "nobody", feature: "few" },
  ]);
  assert.deepEqual(results.map((result) => result.status), [200, 429, 404]);
  const usage = await tollgate.usage("ann");
  assert.deepEqual([usage.features["few"]?.used, usage.features["plenty"]?.used], [8, 4]);
  const { data } = await tollgate.events("ann", { member: "m", limit: 10 });
  assert.deepEqual(data.map((event) => [event.amount, event.metadata]), [[2, { page: 1 }]]);

  const wrong = new Tollgate({ url: server.url, apiKey: "tg_live_wrong" });
  await assert.rejects(wrong.usage("ann"), Unauthenticated);
  for (let open = 0; ; open += 1) {
    // A bound of the account is no refusal of the quota.
    const error = await tollgate.reserve("ann", { feature: "plenty", amount: 1 }).then(() => undefined, (error: unknown) => error);
    if (error !== undefined) {
      assert.ok(error instanceof Conflict && open > 100, String(error));
      break;
    }
  }
});

test("through Express, of 64 racing requests exactly the limit succeeds, and a failure charges nothing", async (context) => {
  const server = await realServer(context, RESUME_CATALOG);
  const tollgate = new Tollgate({ url: server.url, apiKey: server.key });
  const { resumeApp } = (await import(new URL("app.js", EXAMPLE).href)) as {
    resumeApp: (tollgate: Tollgate, user: (request: Request) => Promise<string | null>) => Express;
  };
  const { usersOf } = (await import(new URL("users.js", EXAMPLE).href)) as {
    usersOf: (url: string) => (request: Request) => Promise<string | null>;
  };
  const app = createServer(resumeApp(tollgate, usersOf(server.url)) as unknown as RequestListener);
  const url = await listen(app);
  context.after(() => close(app));

  const { token, customer } = await registered(server);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const post = (path: string, body: unknown) =>
    fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  const used = async () => {
    const usage = (await (await fetch(`${url}/me/usage`, { headers })).json()) as {
      plan: string;
      features: Record<string, { used: number; limit: number }>;
    };
    return usage.features["ats_scan"];
  };

  const forged = `${token.slice(0, -6)}AAAAAA`;
  const stranger = await fetch(`${url}/ats/score`, { method: "POST", headers: { authorization: `Bearer ${forged}` } });
  assert.equal(stranger.status, 401);
  for (const status of [422, 422, 422, 422]) {
    assert.equal((await post("/ats/score", { resume_text: "Test" })).status, status);
  }
  assert.equal((await used())?.used, 0);

  await tollgate.grant(customer, { meter: "ats_scan", units: 7 });
  const answers = await Promise.all(Array.from({ length: 64 }, () => post("/ats/score", TEXTS)));
  const granted = answers.filter((answer) => answer.status === 200);
  const refused = answers.filter((answer) => answer.status === 429);
  assert.deepEqual([granted.length, refused.length], [9, 55]);
  assert.deepEqual(await granted[0]?.json(), { score: 100, matched: ["test"], missing: [] });
  const body = (await refused[0]?.json()) as Record<string, unknown>;
  assert.equal(body["error"], "quota_exceeded");
  assert.equal(body["quota_needed"], 1);
  assert.ok(Number(refused[0]?.headers.get("retry-after")) > 0);

  const last = (await (await post("/ats/score", TEXTS)).json()) as Record<string, unknown>;
  assert.deepEqual(
    [last["quota_remaining"], last["detail"]],
    [0, { error: "quota_exceeded", feature: "ats_scan", plan: "free", limit: 9, used: 9, remaining: 0 }],
  );
  assert.deepEqual(await used(), { limit: 9, used: 9, remaining: 0, unlimited: false });
  assert.equal((await history(tollgate, customer)).length, 9);
  const { meters } = await tollgate.usage(customer);
  assert.ok(meters.every((meter) => meter.held === 0), "nothing is still held");

  for (const path of ["/jd/parse", "/resume/tailor", "/cover-letter/generate"]) {
    assert.equal((await post(path, TEXTS)).status, 200, path);
  }
});

async function registered(server: Real): Promise<{ token: string; customer: string }> {
  const user = { email: "ann@example.com", password: "testpass123" };
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(user) };
  assert.ok((await fetch(`${server.url}/auth/register`, init)).ok);
  const form = new URLSearchParams({ username: user.email, password: user.password });
  const login = await fetch(`${server.url}/auth/login`, { method: "POST", body: form });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const me = await fetch(`${server.url}/auth/me`, { headers: { authorization: `Bearer ${token}` } });
  return { token, customer: ((await me.json()) as { customer_id: string }).customer_id };
}

test("a server killed under load has every acknowledged use afterwards, and none twice", async (context) => {
  const server = await realServer(context, LOAD_CATALOG);
  const patient = { retries: 50, backoffMs: 20, backoffMsMax: 200, timeoutMs: 1_000, deadlineMs: 30_000 };
  const tollgate = new Tollgate({ url: server.url, apiKey: server.key, ...patient });
  await tollgate.createCustomer({ id: "ann" });
  const acknowledged: string[] = [];
  const unknown: string[] = [];
  let isOver = false;
  const work = async (worker: number) => {
    for (let count = 0; !isOver; count += 1) {
      const idempotencyKey = `w${worker}-${count}`;
      try {
        await tollgate.consume("ann", "plenty", { idempotencyKey });
        acknowledged.push(idempotencyKey);
      } catch (error) {
        assert.ok(error instanceof Unavailable, String(error));
        unknown.push(idempotencyKey);
      }
    }
  };
  const workers = Array.from({ length: 8 }, (_, worker) => work(worker));
  for (let kills = 0; kills < 2; kills += 1) {
    const enough = acknowledged.length + 100;
    await until(() => acknowledged.length >= enough);
    await server.kill();
    await server.start();
  }
  const enough = acknowledged.length + 50;
  await until(() => acknowledged.length >= enough);
  isOver = true;
  await Promise.all(workers);

  const charged = await chargedKeys(tollgate, "ann");
  assert.deepEqual(acknowledged.filter((key) => !charged.has(key)), [], "nothing acknowledged is lost");
  const known = new Set([...acknowledged, ...unknown]);
  assert.deepEqual([...charged].filter((key) => !known.has(key)), [], "nothing else is charged");
});

test("with `allow` the server's and the app's own deaths cost nothing: every use once", async (context) => {
  const server = await realServer(context, LOAD_CATALOG);
  const tollgate = new Tollgate({ url: server.url, apiKey: server.key });
  await tollgate.createCustomer({ id: "ann" });
  const spool = folder(context);
  const granted: string[] = [];
  let spooled = 0;
  const start = async (prefix: string) => {
    const program = fileURLToPath(new URL("support/app.js", import.meta.url));
    const words = [program, server.url, server.key, spool, "ann", prefix];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    context.after(() => killed(child));
    createInterface(child.stdout).on("line", (line) => {
      const [how, key] = line.split(" ");
      spooled += how === "spooled" ? 1 : 0;
      if (key !== undefined) {
        granted.push(key);
      }
    });
    await once(child.stdout, "data");
    return child;
  };
  const gone = async (child: ChildProcess) => {
    const read = once(child.stdout ?? child, "close");
    await killed(child);
    await read;
  };

  const first = await start("first");
  await until(() => granted.length >= 100);
  await server.kill();
  await until(() => spooled >= 50);
  await gone(first);
  // A second app in the outage takes over the folder, and dies in it too.
  const second = await start("second");
  const before = spooled;
  await until(() => spooled >= before + 50);
  await gone(second);
  await server.start();
  // The third one delivers what both left, while it works.
  const third = await start("third");
  const left = granted.filter((key) => !key.startsWith("third"));
  await until(async () => {
    const events = await history(tollgate, "ann");
    const keys = new Set(events.map((event) => event.idempotency_key));
    return left.every((key) => keys.has(key));
  });
  await gone(third);

  const rest = new Tollgate({ url: server.url, apiKey: server.key, policy: "allow", spool: { folder: spool } });
  context.after(() => rest.close());
  const report = await rest.flush();
  assert.deepEqual([report.refused, report.waiting, rest.spool?.refused()], [0, 0, []]);
  const charged = await chargedKeys(tollgate, "ann");
  assert.deepEqual(granted.filter((key) => !charged.has(key)), [], "nothing granted is lost");
  // Of each process's eight workers one use each may have been under way when it was killed.
  assert.ok(charged.size <= granted.length + 3 * 8, `${charged.size} of ${granted.length}`);
});

test("the Express app goes on without the server, is killed, and what it let through is charged once", async (context) => {
  const server = await realServer(context, RESUME_CATALOG);
  const tollgate = new Tollgate({ url: server.url, apiKey: server.key });
  const { token, customer } = await registered(server);
  const place = folder(context);
  const log = join(place, "app.log");
  const environment = { TOLLGATE_URL: server.url, TOLLGATE_API_KEY: server.key, TOLLGATE_SPOOL: join(place, "spool") };
  const start = async () => {
    const words = [fileURLToPath(new URL("server.js", EXAMPLE))];
    const child = launch(process.execPath, words, log, { env: { ...environment, PORT: "0" } });
    context.after(() => killed(child));
    return { child, url: `http://${await boundAddress(child, log)}` };
  };
  const app = await start();
  const parse = async (body: unknown) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    return (await fetch(`${app.url}/jd/parse`, { method: "POST", headers, body: JSON.stringify(body) })).status;
  };
  assert.equal(await parse({ jd_text: "Test" }), 200);
  await server.kill();
  const statuses = await Promise.all([parse({ jd_text: "Test" }), parse({ jd_text: "Test" }), parse({})]);
  assert.deepEqual(statuses, [200, 200, 422]);
  await killed(app.child);
  await server.start();
  await start();
  await until(async () => (await history(tollgate, customer)).length >= 3);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await history(tollgate, customer)).length, 3);
});

test("an answer that is lost after the server has committed is not charged twice", async (context) => {
  const server = await realServer(context, LOAD_CATALOG);
  const direct = new Tollgate({ url: server.url, apiKey: server.key });
  await direct.createCustomer({ id: "ann" });
  const seen = new Set<string>();
  const proxy = await losingProxy(context, server.url, (request) => {
    const call = `${request.url} ${request.headers["idempotency-key"]}`;
    const isFirst = request.method === "POST" && !seen.has(call);
    seen.add(call);
    return isFirst;
  });
  const tollgate = new Tollgate({ url: proxy.url, apiKey: server.key, backoffMs: 5 });

  for (let count = 0; count < 10; count += 1) {
    const receipt = await tollgate.consume("ann", "plenty");
    assert.ok(!receipt.spooled && receipt.replayed, "the second try gets the first one's answer");
  }
  assert.deepEqual(proxy.lost, Array.from({ length: 10 }, () => 200));
  assert.equal((await chargedKeys(direct, "ann")).size, 10);

  const held = await tollgate.reserve("ann", { feature: "plenty", amount: 5 });
  const settled = await held.settle(1);
  assert.ok(!settled.spooled && settled.replayed);
  await (await tollgate.reserve("ann", "plenty")).release();
  await tollgate.grant("ann", { meter: "few", units: 4 });
  const usage = await direct.usage("ann");
  assert.deepEqual([usage.features["plenty"]?.used, usage.features["few"]?.limit], [11, 7]);
  assert.ok(usage.meters.every((meter) => meter.held === 0));
});

test("a use that was spooled although its first try reached the server is charged once", async (context) => {
  const server = await realServer(context, LOAD_CATALOG);
  const direct = new Tollgate({ url: server.url, apiKey: server.key });
  await direct.createCustomer({ id: "ann" });
  let isLossy = true;
  const proxy = await losingProxy(context, server.url, () => isLossy);
  const spool = { folder: folder(context) };
  const tollgate = new Tollgate({ url: proxy.url, apiKey: server.key, policy: "allow", spool, retries: 0 });
  context.after(() => tollgate.close());
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await tollgate.consume("ann", "plenty")).spooled, true);
  }
  const reservation = await direct.reserve("ann", { feature: "few", amount: 3 });
  assert.equal((await chargedKeys(direct, "ann")).size, 5, "the server has them already");
  isLossy = false;
  const { waiting, refused } = await tollgate.flush();
  assert.deepEqual([waiting, refused], [0, 0]);
  assert.equal((await chargedKeys(direct, "ann")).size, 5);

  // Under `allow` a use beyond the quota is let through, and refused when it is delivered.
  isLossy = true;
  const over = { feature: "few", amount: 4 };
  assert.equal((await tollgate.consume("ann", over)).spooled, true);
  isLossy = false;
  await tollgate.flush();
  assert.deepEqual(tollgate.spool?.refused().map((one) => [one.reason, one.status]), [["quota_exceeded", 429]]);
  await reservation.release();
});
