import assert from "node:assert/strict";
import { test } from "node:test";
import { SpoolFailed, Tollgate, TollgateError, Unavailable, type TollgateSettings } from "tollgate-client";
import { fakeServer, HELD, problem, RATE_LIMITED, RECEIPT, REFUSAL, stillTime, type Reply } from "./support/fake.js";
import { folder } from "./support/real.js";

const GRANTED: Reply = { status: 200, body: RECEIPT };
const HOUR_MS = 60 * 60 * 1000;

type Settings = Partial<TollgateSettings> & { runtime?: ReturnType<typeof stillTime> };

test("the policy `deny` throws, and `allow` needs a spool", async (context) => {
  const server = await fakeServer(context, () => "drop");
  const settings = { url: server.url, apiKey: "k", runtime: stillTime() };
  await assert.rejects(new Tollgate(settings).consume("user_1", "ats_scan"), Unavailable);
  assert.throws(() => new Tollgate({ ...settings, policy: "allow" }), TollgateError);
  assert.throws(() => new Tollgate({ ...settings, policy: { ats_scan: "allow" } }), TollgateError);
});

test("the policy holds for each feature, and for several if it holds for all", async (context) => {
  const server = await fakeServer(context, () => "drop");
  const spool = { folder: folder(context) };
  const policy = { ats_scan: "allow", jd_parse: "allow", cover_letter: "deny" } as const;
  const tollgate = new Tollgate({ url: server.url, apiKey: "k", runtime: stillTime(), policy, spool });
  context.after(() => tollgate.close());
  assert.equal((await tollgate.consume("user_1", "ats_scan")).spooled, true);
  const both = [{ feature: "ats_scan" }, { feature: "jd_parse" }];
  assert.equal((await tollgate.consume("user_1", { uses: both })).spooled, true);
  for (const feature of ["cover_letter", "resume_tailor", "constructor"]) {
    await assert.rejects(tollgate.consume("user_1", feature), Unavailable);
    await assert.rejects(tollgate.consume("user_1", { uses: [...both, { feature }] }), Unavailable);
  }
  assert.deepEqual(await tollgate.check("user_1", "ats_scan"), { allowed: true, features: [], local: true });
  await assert.rejects(tollgate.check("user_1", "cover_letter"), Unavailable);
  assert.equal(tollgate.spool?.size, 2);
});

test("a decision is never overruled: a refusal and an error are thrown under `allow` too", async (context) => {
  for (const reply of [{ status: 429, body: REFUSAL }, problem(401, "unauthenticated"), problem(422, "invalid_request")]) {
    const server = await fakeServer(context, () => reply);
    const spool = { folder: folder(context) };
    const tollgate = new Tollgate({ url: server.url, apiKey: "k", policy: "allow", spool });
    await assert.rejects(tollgate.consume("user_1", "ats_scan"));
    assert.equal(tollgate.spool?.size, 0);
    await tollgate.close();
  }
});

test("a spooled use is delivered with the key of its first try, by a later process too", async (context) => {
  let isUp = false;
  const server = await fakeServer(context, () => (isUp ? GRANTED : "drop"));
  const settings: Settings = {
    url: server.url,
    apiKey: "k",
    policy: "allow",
    spool: { folder: folder(context) },
    retries: 1,
  };
  const tollgate = new Tollgate({ ...settings, url: server.url, apiKey: "k", runtime: stillTime() });
  const body = { feature: "ats_scan", amount: 2, member: "ann", metadata: { page: 1 } };
  const receipt = await tollgate.consume("user_1", body);
  assert.deepEqual(receipt, { spooled: true, idempotency_key: "key-1" });
  const failed = await tollgate.flush();
  assert.deepEqual([failed.delivered, failed.waiting], [0, 1]);
  assert.ok(failed.error instanceof Unavailable);
  await tollgate.close();
  await assert.rejects(tollgate.consume("user_1", "ats_scan"), SpoolFailed);

  isUp = true;
  const later = new Tollgate({ ...settings, url: server.url, apiKey: "k" });
  context.after(() => later.close());
  const start = Date.now();
  while (later.spool?.size !== 0 && Date.now() - start < 10_000) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(later.spool?.size, 0, "it is delivered in the background");
  const tries = server.seen.filter((seen) => seen.key === "key-1");
  assert.ok(tries.length >= 3, `${tries.length} tries`);
  for (const seen of tries) {
    assert.deepEqual([seen.path, seen.body], ["/v1/customers/user_1/consume", body]);
  }
});

test("what the server refuses for good is kept apart; what is no fault of the use waits", async (context) => {
  const final: [Reply, string, number][] = [
    [{ status: 429, body: REFUSAL }, "quota_exceeded", 429],
    [{ status: 403, body: { ...REFUSAL, error: "feature_not_in_plan" } }, "feature_not_in_plan", 403],
    [problem(404, "unknown_customer"), "unknown_customer", 404],
    [problem(422, "idempotency_key_reused"), "idempotency_key_reused", 422],
  ];
  const passing = [RATE_LIMITED, problem(503, "busy"), problem(500, "internal_error"), problem(401, "unauthenticated"), problem(403, "forbidden"), "drop" as const];
  const answers: Reply[] = ["drop"];
  const server = await fakeServer(context, () => answers[0] ?? "drop");
  const spool = { folder: folder(context) };
  const tollgate = new Tollgate({ url: server.url, apiKey: "k", policy: "allow", spool, retries: 0, runtime: stillTime() });
  context.after(() => tollgate.close());
  for (const reply of passing) {
    answers[0] = "drop";
    await tollgate.consume("user_1", "ats_scan");
    answers[0] = reply;
    const report = await tollgate.flush();
    assert.deepEqual([report.delivered, report.refused, report.waiting], [0, 0, 1]);
    assert.ok(report.error);
    answers[0] = GRANTED;
    assert.deepEqual(await tollgate.flush(), { delivered: 1, refused: 0, waiting: 0 });
  }
  for (const [reply, reason, status] of final) {
    answers[0] = "drop";
    const receipt = await tollgate.consume("user_1", "ats_scan");
    assert.ok(receipt.spooled);
    answers[0] = reply;
    assert.deepEqual(await tollgate.flush(), { delivered: 0, refused: 1, waiting: 0 });
    const refused = tollgate.spool?.refused().at(-1);
    assert.deepEqual([refused?.reason, refused?.status, refused?.use?.key], [reason, status, receipt.idempotency_key]);
  }
  assert.equal(tollgate.spool?.refused().length, final.length);
});

test("a use whose key the server may have forgotten is never sent", async (context) => {
  const answers: Reply[] = ["drop"];
  const server = await fakeServer(context, () => answers[0] ?? "drop");
  const runtime = stillTime();
  const told: string[] = [];
  const spool = { folder: folder(context), onRefused: (refused: { reason: string }) => told.push(refused.reason) };
  const tollgate = new Tollgate({ url: server.url, apiKey: "k", policy: "allow", spool, retries: 0, runtime });
  context.after(() => tollgate.close());
  await tollgate.consume("user_1", "ats_scan");
  runtime.advance(22 * HOUR_MS);
  await tollgate.consume("user_1", "ats_scan");
  runtime.advance(1 * HOUR_MS + 1);
  answers[0] = GRANTED;
  const sent = server.seen.length;
  assert.deepEqual(await tollgate.flush(), { delivered: 1, refused: 1, waiting: 0 });
  assert.deepEqual(server.seen.slice(sent).map((seen) => seen.key), ["key-2"]);
  assert.deepEqual(tollgate.spool?.refused().map((refused) => [refused.reason, refused.use?.key]), [["too_old", "key-1"]]);
  assert.deepEqual(told, ["too_old"]);
  await tollgate.spool?.clearRefused();
  assert.deepEqual(tollgate.spool?.refused(), []);
});

test("a settlement without a decision is delivered; of a reservation that ended, as a consumption", async (context) => {
  for (const end of ["open", "ended"] as const) {
    let isUp = true;
    const server = await fakeServer(context, ({ path }) => {
      if (!isUp) {
        return "drop";
      }
      if (path.endsWith("/reservations")) {
        return { status: 201, body: HELD };
      }
      return path.endsWith("/settle") && end === "ended" ? problem(404, "unknown_reservation") : GRANTED;
    });
    const spool = { folder: folder(context) };
    const tollgate = new Tollgate({ url: server.url, apiKey: "k", policy: "allow", spool, retries: 0, runtime: stillTime() });
    context.after(() => tollgate.close());
    const reservation = await tollgate.reserve("user_1", { feature: "ats_scan", amount: 5, member: "ann" });
    isUp = false;
    assert.equal((await reservation.settle(2)).spooled, true);
    isUp = true;
    const sent = server.seen.length;
    assert.deepEqual(await tollgate.flush(), { delivered: 1, refused: 0, waiting: 0 });
    const uses = [{ feature: "ats_scan", amount: 2 }];
    const settle = { path: `/v1/customers/user_1/reservations/${HELD.reservation}/settle`, key: `settle:${HELD.reservation}`, body: { uses } };
    const consume = { path: "/v1/customers/user_1/consume", key: HELD.reservation, body: { uses, member: "ann" } };
    assert.deepEqual(
      server.seen.slice(sent).map(({ path, key, body }) => ({ path, key, body })),
      end === "open" ? [settle] : [settle, consume],
    );
  }
});

test("without a decision a reservation stands on the policy, and settling it is one use", async (context) => {
  let isUp = false;
  const server = await fakeServer(context, () => (isUp ? GRANTED : "drop"));
  const spool = { folder: folder(context) };
  const tollgate = new Tollgate({ url: server.url, apiKey: "k", policy: "allow", spool, retries: 0, runtime: stillTime() });
  context.after(() => tollgate.close());
  const reservation = await tollgate.reserve("user_1", { feature: "ats_scan", amount: 5 });
  assert.deepEqual([reservation.isLocal, reservation.id, await reservation.extend()], [true, null, null]);
  await reservation.settle(2);
  await reservation.settle(2);
  const given = await tollgate.reserve("user_1", "ats_scan");
  await given.release();
  isUp = true;
  assert.deepEqual(await tollgate.flush(), { delivered: 1, refused: 0, waiting: 0 });
  assert.deepEqual(server.seen.at(-1)?.body, { uses: [{ feature: "ats_scan", amount: 2 }] });
});
