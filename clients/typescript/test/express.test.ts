import assert from "node:assert/strict";
import { createServer, request as httpRequest, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import { test, type TestContext } from "node:test";
import express5, { type Express, type Request, type Response } from "express";
import { Tollgate } from "tollgate-client";
import { quota, quotaOf, type ExpressGuardOptions } from "tollgate-client/express";
import { close, fakeServer, HELD, listen, problem, RECEIPT, REFUSAL, type Reply, type Seen } from "./support/fake.js";

const express4 = createRequire(import.meta.url)("express4") as typeof express5;
const VERSIONS = [["Express 4", express4], ["Express 5", express5]] as const;

/** What the fake Tollgate answers, by the last part of the path. */
type Replies = Partial<Record<"reservations" | "settle" | "release" | "consume" | "customers", Reply>>;

interface Stage {
  app: Express;
  tollgate: Tollgate;
  url: string;
  calls(): string[];
  bodies(): Seen[];
}

async function stage(context: TestContext, make: typeof express5, replies: Replies = {}): Promise<Stage> {
  const defaults: Replies = {
    reservations: { status: 201, body: HELD },
    settle: { status: 200, body: RECEIPT },
    release: { status: 204 },
    consume: { status: 200, body: RECEIPT },
    customers: { status: 201, body: { id: "ann", time_zone: "UTC" } },
  };
  const fake = await fakeServer(context, (seen) => {
    const name = last(seen) as keyof Replies;
    return replies[name] ?? defaults[name] ?? problem(404, "not_found");
  });
  const tollgate = new Tollgate({ url: fake.url, apiKey: "k", retries: 0, timeoutMs: 20_000, deadlineMs: 30_000 });
  const app = make();
  // With no header of Express's own, `writeHead` takes a list as it is.
  app.disable("x-powered-by");
  const server = createServer(app as unknown as RequestListener);
  const url = await listen(server);
  context.after(() => close(server));
  return { app, tollgate, url, calls: () => fake.seen.map(last), bodies: () => fake.seen };
}

const last = (seen: Seen) => seen.path.split("/").at(-1) ?? "";
const by = (request: Request) => request.get("x-user");
const get = (url: string, user = "ann") => fetch(url, { headers: user === "" ? {} : { "x-user": user } });

async function eventually(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !what(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(what());
}

for (const [name, make] of VERSIONS) {
  test(`${name}: a success is settled, with what was really used`, async (context) => {
    const { app, tollgate, url, calls, bodies } = await stage(context, make);
    app.get("/", quota(tollgate, "ats_scan", { by, amount: 5, seconds: 60 }), (_request, response) => {
      quotaOf(response).setUsed(2);
      response.status(201).json({ done: true });
    });
    const response = await get(url);
    assert.deepEqual([response.status, await response.json()], [201, { done: true }]);
    assert.deepEqual(calls(), ["reservations", "settle"]);
    assert.deepEqual(bodies().map((seen) => seen.body), [
      { feature: "ats_scan", amount: 5, seconds: 60 },
      { uses: [{ feature: "ats_scan", amount: 2 }] },
    ]);
  });

  test(`${name}: nothing of a success is seen before it is settled`, async (context) => {
    const replies: Replies = { settle: { status: 200, body: RECEIPT, afterMs: 300 } };
    const { app, tollgate, url } = await stage(context, make, replies);
    const guard = quota(tollgate, "ats_scan", { by });
    app.get("/json", guard, (_request, response) => void response.json({ done: true }));
    app.get("/end", guard, (_request, response) => void response.end("done"));
    app.get("/head", guard, (_request, response) => {
      response.writeHead(200, { "Content-Length": "4" });
      response.write("do");
      response.write("ne", () => response.end());
    });
    app.get("/list", guard, (_request, response) => {
      response.writeHead(200, ["content-type", "text/plain", "content-length", "4"] as never);
      response.write("done", () => response.end());
    });
    app.get("/chunks", guard, (_request, response) => {
      response.write("do");
      response.end("ne");
    });
    for (const path of ["/json", "/end", "/head", "/list", "/chunks"]) {
      const start = performance.now();
      const text = await (await get(url + path)).text();
      const elapsed = performance.now() - start;
      assert.ok(elapsed >= 290, `${path} was whole after ${elapsed} ms`);
      assert.ok(path === "/json" || text === "done", text);
    }
  });

  test(`${name}: what is no success is given back before it is seen`, async (context) => {
    const replies: Replies = { release: { status: 204, afterMs: 200 } };
    const { app, tollgate, url, calls } = await stage(context, make, replies);
    const guard = quota(tollgate, "ats_scan", { by });
    app.get("/422", guard, (_request, response) => void response.status(422).json({ error: "no" }));
    app.get("/throws", guard, () => {
      throw new Error("broken");
    });
    app.get("/next", guard, (_request, _response, next) => next(new Error("broken")));
    app.use((_error: Error, _request: Request, response: Response, _next: () => void) => {
      response.status(500).json({ error: "handled" });
    });
    for (const [path, status] of [["/422", 422], ["/throws", 500], ["/next", 500]] as const) {
      const start = performance.now();
      assert.equal((await get(url + path)).status, status);
      assert.ok(performance.now() - start >= 190);
      assert.deepEqual(calls().splice(-2), ["reservations", "release"]);
    }
    assert.ok(!calls().includes("settle"));
  });

  test(`${name}: a reader who leaves before the end is given the units back, or not`, async (context) => {
    const { app, tollgate, url, calls } = await stage(context, make);
    const silent = (_request: Request, _response: Response) => {};
    const stream = (_request: Request, response: Response) => void response.write("a part");
    const options: [string, ExpressGuardOptions, typeof silent, string][] = [
      ["/silent", { by }, silent, "release"],
      ["/stream", { by }, stream, "release"],
      ["/silent-settle", { by, cutOff: "settle" }, silent, "release"],
      ["/stream-settle", { by, cutOff: "settle" }, stream, "settle"],
    ];
    for (const [path, guard, handler, expected] of options) {
      app.get(path, quota(tollgate, "ats_scan", guard), handler);
      const before = calls().length;
      const request = httpRequest(url + path, { headers: { "x-user": "ann" } }).on("error", () => {}).end();
      await eventually(() => calls().length === before + 1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      request.destroy();
      await eventually(() => calls().length === before + 2);
      assert.equal(calls().at(-1), expected, path);
    }
  });

  test(`${name}: a reader who left before the units were held takes none`, async (context) => {
    const replies: Replies = { reservations: { status: 201, body: HELD, afterMs: 300 } };
    const { app, tollgate, url, calls } = await stage(context, make, replies);
    let ran = false;
    app.get("/", quota(tollgate, "ats_scan", { by }), (_request, response) => {
      ran = true;
      response.json({});
    });
    const request = httpRequest(url, { headers: { "x-user": "ann" } }).on("error", () => {}).end();
    await eventually(() => calls().length === 1);
    request.destroy();
    await eventually(() => calls().length === 2);
    assert.deepEqual([calls().at(-1), ran], ["release", false]);
  });

  test(`${name}: a refusal is answered as it is, and the handler does not run`, async (context) => {
    const headers = { "retry-after": "90", ratelimit: '"ats_scan";r=0;t=90', "ratelimit-policy": '"ats_scan";q=2' };
    const replies: Replies = { reservations: { status: 429, body: REFUSAL, headers } };
    const { app, tollgate, url } = await stage(context, make, replies);
    app.get("/", quota(tollgate, "ats_scan", { by }), () => assert.fail("it ran"));
    const response = await get(url);
    const { type: _type, title: _title, status: _status, ...body } = REFUSAL;
    assert.deepEqual([response.status, await response.json()], [429, body]);
    for (const [name, value] of Object.entries(headers)) {
      assert.equal(response.headers.get(name), value);
    }
  });

  test(`${name}: nobody is 401, no decision is 503, a defect goes to the app`, async (context) => {
    const replies: Replies = {};
    const { app, tollgate, url } = await stage(context, make, replies);
    app.get("/", quota(tollgate, "ats_scan", { by }), (_request, response) => void response.json({}));
    app.use((error: Error, _request: Request, response: Response, _next: () => void) => {
      response.status(500).json({ name: error.name });
    });
    const nobody = await get(url, "");
    assert.deepEqual([nobody.status, (await nobody.json() as { error: string }).error], [401, "unauthenticated"]);
    replies.reservations = "drop";
    const unavailable = await get(url);
    assert.deepEqual(
      [unavailable.status, (await unavailable.json() as { error: string }).error, unavailable.headers.get("retry-after")],
      [503, "unavailable", "1"],
    );
    replies.reservations = problem(404, "unknown_feature");
    const defect = await get(url);
    assert.deepEqual([defect.status, await defect.json()], [500, { name: "NotFound" }]);
  });

  test(`${name}: an answer whose settling failed does not leave as a success`, async (context) => {
    const replies: Replies = {};
    const { app, tollgate, url, calls } = await stage(context, make, replies);
    const guard = quota(tollgate, "ats_scan", { by });
    app.use((_request, response, next) => {
      response.setHeader("x-before", "stays");
      next();
    });
    app.get("/json", guard, (_request, response) => {
      response.cookie("secret", "of the handler").type("text/plain").send("the work");
    });
    app.get("/stream", guard, (_request, response) => {
      response.write("a part");
      response.end("the rest");
    });
    const failures = [["drop", 503, "unavailable"], [{ status: 429, body: REFUSAL }, 429, "quota_exceeded"], [problem(401, "unauthenticated"), 500, "internal_error"]] as const;
    for (const [settle, status, error] of failures) {
      replies.settle = settle;
      const response = await get(`${url}/json`);
      const body = (await response.json()) as { error: string };
      assert.deepEqual([response.status, body.error], [status, error]);
      assert.deepEqual([response.headers.get("x-before"), response.headers.get("set-cookie")], ["stays", null]);
      assert.equal(calls().at(-1), "release");
      await assert.rejects(async () => (await get(`${url}/stream`)).text(), "a stream that is not paid has no end");
    }
  });

  test(`${name}: what an error handler does after the end of an answer changes nothing`, async (context) => {
    const { app, tollgate, url, calls } = await stage(context, make);
    app.get("/", quota(tollgate, "ats_scan", { by }), (_request, response) => {
      response.json({ done: true });
      throw new Error("too late");
    });
    app.use((_error: Error, _request: Request, response: Response, _next: () => void) => {
      response.status(500).setHeader("x-error", "yes").json({ error: "handled" });
    });
    const response = await get(url);
    assert.deepEqual([response.status, await response.json(), response.headers.get("x-error")], [200, { done: true }, null]);
    assert.deepEqual(calls(), ["reservations", "settle"]);
  });

  test(`${name}: work that outlasted its reservation takes its units at its end`, async (context) => {
    const replies: Replies = { settle: problem(404, "unknown_reservation") };
    const { app, tollgate, url, calls, bodies } = await stage(context, make, replies);
    app.get("/", quota(tollgate, "ats_scan", { by: () => ({ customer: "org", member: "ann" }) }), (_request, response) => void response.json({}));
    assert.equal((await get(url)).status, 200);
    assert.deepEqual(calls(), ["reservations", "settle", "consume"]);
    assert.deepEqual(bodies().at(-1)?.body, { uses: [{ feature: "ats_scan", amount: 1 }], member: "ann" });
    replies.consume = { status: 429, body: REFUSAL };
    assert.equal((await get(url)).status, 429);
  });

  test(`${name}: a long stream flows while it is open`, async (context) => {
    const { app, tollgate, url, calls } = await stage(context, make);
    const part = Buffer.alloc(64 << 10, "x");
    app.get("/", quota(tollgate, "ats_scan", { by }), async (_request, response) => {
      response.setHeader("content-length", part.length * 50);
      for (let index = 0; index < 50; index += 1) {
        if (!response.write(part)) {
          await new Promise((resolve) => response.once("drain", resolve));
        }
      }
      response.end();
    });
    assert.equal((await (await get(url)).arrayBuffer()).byteLength, part.length * 50);
    assert.deepEqual(calls(), ["reservations", "settle"]);
  });
}

test("a customer that is seen for the first time is begun, unless the app says no", async (context) => {
  let isKnown = false;
  const fake = await fakeServer(context, (seen) => {
    if (last(seen) === "customers") {
      isKnown = true;
      return { status: 201, body: { id: "ann", time_zone: "UTC" } };
    }
    if (!isKnown) {
      return problem(404, "unknown_customer");
    }
    return last(seen) === "reservations" ? { status: 201, body: HELD } : { status: 200, body: RECEIPT };
  });
  const tollgate = new Tollgate({ url: fake.url, apiKey: "k" });
  const app = express5();
  app.get("/no", quota(tollgate, "ats_scan", { by, opensCustomers: false }), (_request, response) => void response.json({}));
  app.get("/", quota(tollgate, "ats_scan", { by }), (_request, response) => void response.json({}));
  app.use((_error: Error, _request: Request, response: Response, _next: () => void) => void response.sendStatus(500));
  const server = createServer(app as unknown as RequestListener);
  const url = await listen(server);
  context.after(() => close(server));
  assert.equal((await get(`${url}/no`)).status, 500);
  assert.equal((await get(url)).status, 200);
  assert.deepEqual(fake.seen.map(last), ["reservations", "reservations", "customers", "reservations", "settle"]);
});
