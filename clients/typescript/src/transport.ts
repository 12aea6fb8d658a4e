/** One request to the server and what its answer means. */

import { refusal, requestFailed } from "./errors.js";
import {
  retryAfterMs,
  wholeSeconds,
  withRetries,
  type Attempt,
  type Failure,
  type RetrySettings,
} from "./retry.js";
import type { Runtime } from "./runtime.js";
import type { Problem, RefusalBody, RefusalProblem } from "./types.js";

/** The longest answer that is read. */
const BODY_BYTES_MAX = 8 << 20;

export interface TransportSettings extends RetrySettings {
  url: string;
  apiKey: string;
  /** The longest that one try takes. */
  timeoutMs: number;
}

export interface RequestCall {
  method: "GET" | "POST";
  /** The path, with its parts encoded, and the query. */
  path: string;
  body?: unknown;
  /** Kept over all retries. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
  deadlineMs?: number | undefined;
}

/** What came back over the wire. */
export interface Raw {
  status: number;
  headers: Headers;
  text: string;
}

/** Sends requests until they are decided. Refusals and errors are thrown, by class. */
export class Transport {
  readonly #settings: TransportSettings;
  readonly #runtime: Runtime;

  constructor(settings: TransportSettings, runtime: Runtime) {
    this.#settings = settings;
    this.#runtime = runtime;
  }

  send<Body>(call: RequestCall): Promise<Body> {
    return this.retry(call, (remainingMs) => this.attempt<Body>(call, remainingMs));
  }

  /** Tries as often as the settings say, within the call's own deadline if it has one. */
  retry<Result>(
    call: Pick<RequestCall, "signal" | "deadlineMs" | "idempotencyKey">,
    attempt: (remainingMs: number) => Promise<Attempt<Result>>,
  ): Promise<Result> {
    const deadlineMs = call.deadlineMs ?? this.#settings.deadlineMs;
    return withRetries(this.#runtime, { ...this.#settings, deadlineMs }, call, attempt);
  }

  /** One try. */
  async attempt<Body>(call: RequestCall, remainingMs: number): Promise<Attempt<Body>> {
    const raw = await this.#exchange(call, Math.min(this.#settings.timeoutMs, remainingMs));
    return "failure" in raw ? raw : read<Body>(raw, this.#runtime.now());
  }

  async #exchange(call: RequestCall, timeoutMs: number): Promise<Raw | { failure: Failure }> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, Math.ceil(timeoutMs));
    call.signal?.addEventListener("abort", abort, { once: true });
    try {
      const response = await this.#runtime.fetch(this.#settings.url + call.path, {
        method: call.method,
        headers: this.#headers(call),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        // The API key goes to the server that was named, and nowhere else.
        redirect: "manual",
        signal: controller.signal,
      });
      const text = await readText(response);
      return { status: response.status, headers: response.headers, text };
    } catch (error) {
      if (call.signal?.aborted) {
        throw call.signal.reason;
      }
      const message = controller.signal.aborted
        ? `no answer within ${Math.round(timeoutMs)} ms`
        : `the connection failed: ${reason(error)}`;
      return { failure: { message, retriable: true, cause: error } };
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener("abort", abort);
    }
  }

  #headers(call: RequestCall): Record<string, string> {
    const headers: Record<string, string> = {
      accept: "application/json",
      authorization: `Bearer ${this.#settings.apiKey}`,
    };
    if (call.body !== undefined) {
      headers["content-type"] = "application/json";
    }
    if (call.idempotencyKey !== undefined) {
      headers["idempotency-key"] = call.idempotencyKey;
    }
    return headers;
  }
}

/** What an answer means. Throws a refusal, or an error that another try would not change. */
export function read<Body>(raw: Raw, nowMs: number): Attempt<Body> {
  const body = parse(raw.text);
  if (raw.status >= 200 && raw.status < 300) {
    if (body === undefined && raw.text !== "") {
      // Something between here and the server answered; the server may have done it.
      return again(raw, nowMs, "the answer is not JSON");
    }
    return { answer: body as Body };
  }
  if (isRefusal(body)) {
    // What is left is what the server's user routes answer: an app can hand it on.
    const { type: _type, title: _title, status: _status, ...refused } = body as RefusalProblem;
    throw refusal(refused, refusalHead(raw, nowMs));
  }
  const problem: Partial<Problem> = isObject(body) ? body : {};
  const message = problem.message ?? `status ${raw.status}`;
  switch (raw.status) {
    case 429:
      return again(raw, nowMs, message, { rateLimited: true });
    case 408:
    case 502:
    case 503:
    case 504:
      return again(raw, nowMs, message);
    case 500:
      // The server says so when a commit's outcome is unknown; anything else is a defect.
      return again(raw, nowMs, message, { retriable: problem.error === "outcome_unknown" });
    default:
      if (raw.status > 500) {
        return again(raw, nowMs, message, { retriable: false });
      }
      throw requestFailed(raw.status, problem);
  }
}

function again(raw: Raw, nowMs: number, message: string, more: Partial<Failure> = {}) {
  const wait = retryAfterMs(raw.headers.get("retry-after"), nowMs);
  const failure: Failure = { message, retriable: true, status: raw.status, ...more };
  return { failure: wait === undefined ? failure : { ...failure, retryAfterMs: wait } };
}

function refusalHead(raw: Raw, nowMs: number) {
  return {
    status: raw.status,
    retryAfterSeconds: wholeSeconds(retryAfterMs(raw.headers.get("retry-after"), nowMs)),
    rateLimit: raw.headers.get("ratelimit") ?? undefined,
    rateLimitPolicy: raw.headers.get("ratelimit-policy") ?? undefined,
  };
}

/** A refusal has figures; a problem of another kind has a sentence where they would be. */
export function isRefusal(body: unknown): body is RefusalBody {
  return isObject(body) && typeof body["quota_needed"] === "number" && isObject(body["detail"]);
}

function isObject(body: unknown): body is Record<string, unknown> {
  return typeof body === "object" && body !== null && !Array.isArray(body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) {
    return "";
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) {
      throw new Error(`the answer is longer than ${BODY_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Why a fetch failed: the cause says it, not the error itself. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) {
    return String(cause);
  }
  const code = (cause as NodeJS.ErrnoException).code;
  return cause.message || code || cause.name;
}
