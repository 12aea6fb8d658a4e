import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Tollgate } from "tollgate-client";
import { withQuota } from "tollgate-client/next";
import { fakeServer, HELD, problem, RECEIPT, REFUSAL, type Reply } from "./support/fake.js";

type Replies = Partial<Record<"reservations" | "settle" | "release", Reply>>;

async function stage(context: TestContext, replies: Replies = {}) {
  const defaults: Replies = {
    reservations: { status: 201, body: HELD },
    settle: { status: 200, body: RECEIPT },
    release: { status: 204 },
  };
  const fake = await fakeServer(context, ({ path }) => {
    const name = path.split("/").at(-1) as keyof Replies;
    return replies[name] ?? defaults[name] ?? problem(404, "not_found");
  });
  const tollgate = new Tollgate({ url: fake.url, apiKey: "k", retries: 0, timeoutMs: 20_000, deadlineMs: 30_000 });
  return { tollgate, calls: () => fake.seen.map(({ path }) => path.split("/").at(-1)), seen: fake.seen };
}

const by = (request: Request) => request.headers.get("x-user");
const post = (init: RequestInit = {}) =>
  new Request("http://app/scan", { method: "POST", headers: { "x-user": "ann" }, ...init });

test("a success is settled before it is answered, with what was really used", async (context) => {
  const { tollgate, calls, seen } = await stage(context);
  const POST = withQuota(tollgate, "ats_scan", { by, amount: 5 }, async (request, { params }: { params: { id: string } }, quota) => {
    quota.setUsed(2);
    return Response.json({ id: params.id, text: await request.text() }, { status: 201 });
  });
  const response = await POST(post({ body: "hello" }), { params: { id: "7" } });
  assert.deepEqual(calls(), ["reservations", "settle"]);
  assert.deepEqual([response.status, await response.json()], [201, { id: "7", text: "hello" }]);
  assert.deepEqual(seen.at(-1)?.body, { uses: [{ feature: "ats_scan", amount: 2 }] });
});

test("an answer that is no success, an error and an aborted request give the units back", async (context) => {
  const { tollgate, calls } = await stage(context);
  const failed = withQuota(tollgate, "ats_scan", { by }, () => new Response("no", { status: 422 }));
  assert.equal((await failed(post(), {})).status, 422);
  const thrown = withQuota(tollgate, "ats_scan", { by }, () => {
    throw new Error("NEXT_REDIRECT");
  });
  await assert.rejects(thrown(post(), {}), { message: "NEXT_REDIRECT" });
  const controller = new AbortController();
  const aborted = withQuota(tollgate, "ats_scan", { by }, () => {
    controller.abort();
    return new Response("nobody reads it");
  });
  await aborted(post({ signal: controller.signal }), {});
  assert.deepEqual(calls(), Array.from({ length: 3 }, () => ["reservations", "release"]).flat());
});

test("a refusal is answered as it is, nobody is 401, no decision is 503", async (context) => {
  const replies: Replies = { reservations: { status: 429, body: REFUSAL, headers: { "retry-after": "90" } } };
  const { tollgate } = await stage(context, replies);
  const POST = withQuota(tollgate, "ats_scan", { by }, () => assert.fail("it ran"));
  const refused = await POST(post(), {});
  const { type: _type, title: _title, status: _status, ...body } = REFUSAL;
  assert.deepEqual([refused.status, refused.headers.get("retry-after"), await refused.json()], [429, "90", body]);
  assert.equal((await POST(post({ headers: {} }), {})).status, 401);
  replies.reservations = "drop";
  const unavailable = await POST(post(), {});
  assert.deepEqual([unavailable.status, unavailable.headers.get("retry-after")], [503, "1"]);
});

test("an answer whose settling failed does not leave as a success", async (context) => {
  const replies: Replies = { settle: "drop" };
  const { tollgate, calls } = await stage(context, replies);
  const POST = withQuota(tollgate, "ats_scan", { by }, () => new Response("the work"));
  assert.equal((await POST(post(), {})).status, 503);
  replies.settle = { status: 429, body: REFUSAL };
  assert.equal((await POST(post(), {})).status, 429);
  assert.equal(calls().at(-1), "release");
});

test("a stream is settled at its end, which waits for it; one that breaks off is given back", async (context) => {
  const replies: Replies = {};
  const { tollgate, calls } = await stage(context, replies);
  const parts = async function* (fails: boolean) {
    yield new TextEncoder().encode("a part, ");
    if (fails) {
      throw new Error("broken");
    }
    yield new TextEncoder().encode("and the rest");
  };
  const guarded = (fails: boolean) =>
    withQuota(tollgate, "ats_scan", { by, streams: true }, () => {
      const headers = { "x-kind": "stream" };
      return new Response(ReadableStream.from(parts(fails)) as ReadableStream<Uint8Array>, { headers });
    })(post(), {});

  const whole = await guarded(false);
  assert.deepEqual([whole.headers.get("x-kind"), calls()], ["stream", ["reservations"]]);
  assert.equal(await whole.text(), "a part, and the rest");
  assert.equal(calls().at(-1), "settle");

  await assert.rejects(async () => (await guarded(true)).text());
  assert.equal(calls().at(-1), "release");

  const left = (await guarded(false)).body?.getReader();
  await left?.read();
  await left?.cancel();
  assert.equal(calls().at(-1), "release");

  replies.settle = { status: 429, body: REFUSAL };
  await assert.rejects(async () => (await guarded(false)).text());
});

/** As Next has it: a request with more to it, and a context of promised parameters. */
class AppRequest extends Request {
  get nextUrl(): URL {
    return new URL(this.url);
  }
}
interface Context {
  params: Promise<{ id: string }>;
}
type RouteHandler = (request: AppRequest, context: Context) => Response | Promise<Response>;

test("the framework's own request and context keep their types", async (context) => {
  const { tollgate, seen } = await stage(context);
  const by = (request: AppRequest) => request.nextUrl.searchParams.get("user");
  const POST: RouteHandler = withQuota(tollgate, "ats_scan", { by }, async (request, { params }: Context) => {
    return new Response(`${(await params).id} of ${request.nextUrl.pathname}`);
  });
  const request = new AppRequest("http://app/scan?user=ann", { method: "POST" });
  const response = await POST(request, { params: Promise.resolve({ id: "7" }) });
  assert.equal(await response.text(), "7 of /scan");
  assert.equal(seen[0]?.path, "/v1/customers/ann/reservations");
});
