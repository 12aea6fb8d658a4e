/** Servers that answer as a test says, and a client with a clock that nobody waits for. */

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Runtime } from "tollgate-client";

/** A request as it came. */
export interface Seen {
  method: string;
  path: string;
  key: string | undefined;
  authorization: string | undefined;
  body: Record<string, unknown> | undefined;
}

/** What to answer; `drop` closes the connection without a word, `hang` never answers. */
export type Reply =
  | { status: number; headers?: Record<string, string>; body?: unknown; text?: string; afterMs?: number }
  | "drop"
  | "hang";

export interface Fake {
  url: string;
  seen: Seen[];
}

/** A server whose answers a test gives, closed when the test ends. */
export async function fakeServer(
  context: TestContext,
  answer: (seen: Seen, count: number) => Reply | Promise<Reply>,
): Promise<Fake> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const one = await read(request);
    seen.push(one);
    const reply = await answer(one, seen.length);
    if (reply === "drop") {
      request.socket.destroy();
      return;
    }
    if (reply === "hang") {
      return;
    }
    if (reply.afterMs !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, reply.afterMs));
    }
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(reply.text ?? (reply.body === undefined ? "" : JSON.stringify(reply.body)));
  });
  const url = await listen(server);
  context.after(() => close(server));
  return { url, seen };
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    key: request.headers["idempotency-key"] as string | undefined,
    authorization: request.headers.authorization,
    body: text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
}

/** Time that passes when somebody sleeps, and at no other time. */
export function stillTime(start = 1_000_000): Runtime & { slept: number[]; advance(ms: number): void } {
  let passed = 0;
  let keys = 0;
  const slept: number[] = [];
  return {
    slept,
    advance: (ms) => {
      passed += ms;
    },
    now: () => start + passed,
    elapsed: () => passed,
    sleep: async (ms, signal, isBackground) => {
      signal?.throwIfAborted();
      if (isBackground) {
        // Whatever waits in the background waits for the end of the test.
        await new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        });
      }
      slept.push(ms);
      passed += ms;
    },
    random: () => 1,
    newKey: () => `key-${(keys += 1)}`,
    fetch: globalThis.fetch,
  };
}

export const RECEIPT = {
  event: "evt_01hf8q4s0r0000000000000001",
  plan: "free",
  features: [
    { feature: "ats_scan", meter: "ats_scan", limit: 2, used: 1, held: 0, remaining: 1, unlimited: false },
  ],
  replayed: false,
};

export const HELD = {
  reservation: "res_01hf8q4s0r0000000000000001",
  expires_at: "2030-01-01T00:00:00Z",
  plan: "free",
  features: RECEIPT.features,
  replayed: false,
};

export const REFUSAL = {
  type: "urn:tollgate:problem:quota_exceeded",
  title: "Too Many Requests",
  status: 429,
  error: "quota_exceeded",
  message: "Insufficient quota. You need 1 operation but only have 0 remaining.",
  quota_remaining: 0,
  quota_needed: 1,
  detail: { error: "quota_exceeded", feature: "ats_scan", plan: "free", limit: 2, used: 2, remaining: 0 },
  meter: "ats_scan",
  resets_at: "2026-12-01T00:00:00Z",
  ways_out: [
    { way: "wait", until: "2026-12-01T00:00:00Z" },
    { way: "plan", plan: "pro", limit: 20, price: { amount: 1200, currency: "usd" } },
  ],
};

export function problem(status: number, error: string): Reply {
  return { status, body: { status, error, message: `It is ${error}.`, detail: `It is ${error}.` } };
}

export const RATE_LIMITED = problem(429, "rate_limited");
