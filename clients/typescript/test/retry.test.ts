import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Conflict,
  Forbidden,
  IdempotencyKeyReused,
  InvalidRequest,
  NoSubscription,
  NotFound,
  QuotaExceeded,
  RateLimited,
  Refused,
  RequestFailed,
  Tollgate,
  Unauthenticated,
  Unavailable,
} from "tollgate-client";
import { backoffMs, retryAfterMs } from "../dist/retry.js";
import { fakeServer, problem, RATE_LIMITED, RECEIPT, REFUSAL, stillTime, type Reply } from "./support/fake.js";

const GRANTED: Reply = { status: 200, body: RECEIPT };

test("the backoff grows from 0 to a bound, by chance", () => {
  const settings = { backoffMs: 100, backoffMsMax: 1_000 };
  const bounds = [0, 1, 2, 3, 4, 5].map((retry) => backoffMs(retry, settings, 1));
  assert.deepEqual(bounds, [100, 200, 400, 800, 1_000, 1_000]);
  assert.equal(backoffMs(3, settings, 0), 0);
  assert.equal(backoffMs(3, settings, 0.25), 200);
});

test("Retry-After is seconds or a date", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfterMs("7", now), 7_000);
  assert.equal(retryAfterMs("Thu, 01 Jan 2026 00:00:05 GMT", now), 5_000);
  assert.equal(retryAfterMs("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  assert.equal(retryAfterMs("soon", now), undefined);
  assert.equal(retryAfterMs(null, now), undefined);
});

test("what is worth another try is tried again, with the same key", async (context) => {
  const failures: [string, Reply][] = [
    ["a lost connection", "drop"],
    ["the server's own limit of requests", RATE_LIMITED],
    ["a proxy's limit of requests", { status: 429, text: "<html>" }],
    ["a request that came too slowly", problem(408, "request_timeout")],
    ["a bad gateway", { status: 502, text: "<html>" }],
    ["a busy server", problem(503, "busy")],
    ["a gateway's timeout", { status: 504 }],
    ["an unknown outcome", problem(500, "outcome_unknown")],
    ["an answer that is not JSON", { status: 200, text: "<html>" }],
  ];
  for (const [name, failure] of failures) {
    await context.test(name, async (context) => {
      const server = await fakeServer(context, (_, count) => (count <= 2 ? failure : GRANTED));
      const runtime = stillTime();
      const tollgate = new Tollgate({ url: server.url, apiKey: "k", runtime });
      const receipt = await tollgate.consume("user_1", "ats_scan");
      assert.equal(receipt.spooled, false);
      assert.deepEqual(server.seen.map((seen) => seen.key), ["key-1", "key-1", "key-1"]);
      assert.deepEqual(runtime.slept, [100, 200]);
    });
  }
});

test("what is decided is not tried again, and is thrown by its class", async (context) => {
  const decided: [Reply, new (...values: never[]) => Error][] = [
    [{ status: 429, body: REFUSAL, headers: { "retry-after": "1" } }, QuotaExceeded],
    [{ status: 402, body: { ...REFUSAL, error: "no_subscription" } }, NoSubscription],
    [{ status: 429, body: { ...REFUSAL, error: "of_a_later_version" } }, Refused],
    [problem(400, "invalid_json"), InvalidRequest],
    [problem(401, "unauthenticated"), Unauthenticated],
    [problem(403, "forbidden"), Forbidden],
    [problem(404, "unknown_customer"), NotFound],
    [problem(409, "too_many"), Conflict],
    [problem(418, "teapot"), RequestFailed],
    [problem(422, "idempotency_key_reused"), IdempotencyKeyReused],
    [problem(500, "internal_error"), Unavailable],
  ];
  for (const [reply, expected] of decided) {
    await context.test(expected.name, async (context) => {
      const server = await fakeServer(context, () => reply);
      const tollgate = new Tollgate({ url: server.url, apiKey: "k", runtime: stillTime() });
      await assert.rejects(tollgate.consume("user_1", "ats_scan"), (error: Error) => {
        assert.equal(error.constructor, expected);
        assert.equal(error.name, expected.name);
        return true;
      });
      assert.equal(server.seen.length, 1);
    });
  }
});

test("a refusal has every figure and the ways out", async (context) => {
  const headers = { "retry-after": "90", ratelimit: '"ats_scan";r=0;t=90', "ratelimit-policy": '"ats_scan";q=2' };
  const server = await fakeServer(context, () => ({ status: 429, body: REFUSAL, headers }));
  const tollgate = new Tollgate({ url: server.url, apiKey: "k" });
  await assert.rejects(tollgate.consume("user_1", "ats_scan"), (error) => {
    assert.ok(error instanceof QuotaExceeded);
    assert.deepEqual(
      [error.feature, error.meter, error.plan, error.member, error.limit, error.used, error.remaining, error.needed],
      ["ats_scan", "ats_scan", "free", null, 2, 2, 0, 1],
    );
    assert.equal(error.resetsAt?.toISOString(), "2026-12-01T00:00:00.000Z");
    assert.equal(error.retryAfterSeconds, 90);
    assert.deepEqual(error.waysOut, REFUSAL.ways_out);
    assert.equal(error.message, REFUSAL.message);
    const { type: _type, title: _title, status: _status, ...body } = REFUSAL;
    assert.deepEqual(error.body, body);
    return true;
  });
});

test("Retry-After is honoured: never earlier, and not at all beyond the deadline", async (context) => {
  const said = { ...(RATE_LIMITED as { status: number; body: unknown }), headers: { "retry-after": "3" } };
  const server = await fakeServer(context, (_, count) => (count === 1 ? said : GRANTED));
  const runtime = stillTime();
  await new Tollgate({ url: server.url, apiKey: "k", runtime }).consume("user_1", "ats_scan");
  assert.deepEqual(runtime.slept, [3_000]);

  const long = await fakeServer(context, () => ({ ...said, headers: { "retry-after": "3600" } }));
  const impatient = new Tollgate({ url: long.url, apiKey: "k", runtime: stillTime() });
  await assert.rejects(impatient.consume("user_1", "ats_scan"), (error) => {
    assert.ok(error instanceof RateLimited);
    assert.deepEqual([error.attempts, error.status, error.retryAfterSeconds], [1, 429, 3_600]);
    return true;
  });
  assert.equal(long.seen.length, 1);
});

test("Retry-After is waited for on the real clock", async (context) => {
  const said = { status: 503, headers: { "retry-after": "1" } };
  const server = await fakeServer(context, (_, count) => (count === 1 ? said : GRANTED));
  const start = performance.now();
  await new Tollgate({ url: server.url, apiKey: "k" }).consume("user_1", "ats_scan");
  assert.ok(performance.now() - start >= 1_000);
});

test("tries are bounded by their number and by the deadline", async (context) => {
  const server = await fakeServer(context, () => problem(503, "busy"));
  const counted = new Tollgate({ url: server.url, apiKey: "k", retries: 4, runtime: stillTime() });
  await assert.rejects(counted.consume("user_1", "ats_scan"), (error) => {
    assert.ok(error instanceof Unavailable);
    assert.deepEqual([error.attempts, error.idempotencyKey], [5, "key-1"]);
    return true;
  });
  const timed = new Tollgate({ url: server.url, apiKey: "k", retries: 1_000, deadlineMs: 1_000, runtime: stillTime() });
  // 100 + 200 + 400 ms, and the next wait would end after the deadline.
  await assert.rejects(timed.consume("user_1", "ats_scan"), { name: "Unavailable", attempts: 4 });
});

test("a server that says nothing is given up after the timeout", async (context) => {
  const server = await fakeServer(context, (_, count) => (count === 1 ? "hang" : GRANTED));
  const tollgate = new Tollgate({ url: server.url, apiKey: "k", timeoutMs: 200 });
  assert.equal((await tollgate.consume("user_1", "ats_scan")).spooled, false);
  assert.equal(server.seen.length, 2);
});

test("a signal ends a call, in a try and between tries", async (context) => {
  const silent = await fakeServer(context, () => "hang");
  const busy = await fakeServer(context, () => ({ status: 503, headers: { "retry-after": "5" } }));
  for (const server of [silent, busy]) {
    const tollgate = new Tollgate({ url: server.url, apiKey: "k", timeoutMs: 60_000 });
    const controller = new AbortController();
    const start = performance.now();
    const call = tollgate.consume("user_1", "ats_scan", { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 100);
    await assert.rejects(call, { message: "enough" });
    assert.ok(performance.now() - start < 3_000);
  }
});

test("each call has a key of its own, or the caller's", async (context) => {
  const server = await fakeServer(context, () => GRANTED);
  const tollgate = new Tollgate({ url: `${server.url}/`, apiKey: "secret" });
  await tollgate.consume("user/1", "ats_scan");
  await tollgate.consume("user/1", { feature: "ats_scan", amount: 2 });
  await tollgate.consume("user/1", "ats_scan", { idempotencyKey: "order-4711" });
  const [first, second, third] = server.seen;
  assert.match(first?.key ?? "", /^[0-9a-f-]{36}$/);
  assert.notEqual(first?.key, second?.key);
  assert.equal(third?.key, "order-4711");
  assert.equal(first?.path, "/v1/customers/user%2F1/consume");
  assert.equal(first?.authorization, "Bearer secret");
});

test("of a batch only what has no decision is sent again, with the same keys", async (context) => {
  const server = await fakeServer(context, (seen, count) => {
    const items = seen.body?.["items"] as { customer: string }[];
    const busy = problem(503, "busy") as { body: unknown };
    const results = items.map(({ customer }) =>
      customer === "b" && count === 1
        ? { status: 503, problem: busy.body }
        : customer === "c"
          ? { status: 429, problem: REFUSAL }
          : { status: 200, receipt: RECEIPT },
    );
    return { status: 200, body: { results } };
  });
  const tollgate = new Tollgate({ url: server.url, apiKey: "k", runtime: stillTime() });
  const items = ["a", "b", "c"].map((customer) => ({ customer, feature: "ats_scan" }));
  const results = await tollgate.consumeBatch(items);
  assert.deepEqual(results.map((result) => result.status), [200, 200, 429]);
  const keys = server.seen.map((seen) =>
    (seen.body?.["items"] as { idempotency_key: string }[]).map((item) => item.idempotency_key),
  );
  assert.deepEqual(keys, [["key-1", "key-2", "key-3"], ["key-2"]]);
});
