/** Trying again: what is worth it, how long to wait, and when to give up. */

import { RateLimited, Unavailable } from "./errors.js";
import type { Runtime } from "./runtime.js";

export interface RetrySettings {
  /** Tries after the first one, at most. */
  retries: number;
  /** The longest that a call takes with all tries and waits. */
  deadlineMs: number;
  /** The first wait is at most this; each next one at most twice the one before. */
  backoffMs: number;
  backoffMsMax: number;
}

/** A try that gave no decision. */
export interface Failure {
  message: string;
  /** Whether the same request may fare better a little later. */
  retriable: boolean;
  status?: number;
  /** Whether it was the server's own limit of requests. */
  rateLimited?: boolean;
  /** What the server said: not earlier than this. */
  retryAfterMs?: number;
  cause?: unknown;
}

export type Attempt<Answer> = { answer: Answer } | { failure: Failure };

/** Exponential backoff with full jitter: anything from 0 to the bound of this retry. */
export function backoffMs(
  retry: number,
  settings: Pick<RetrySettings, "backoffMs" | "backoffMsMax">,
  random: number,
): number {
  const bound = Math.min(settings.backoffMs * 2 ** retry, settings.backoffMsMax);
  return random * bound;
}

/** `Retry-After` as milliseconds from now: seconds, or a date. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) {
    return undefined;
  }
  if (/^\d+$/.test(header.trim())) {
    return Number(header) * 1000;
  }
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** A wait in seconds, as errors tell it. */
export function wholeSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.ceil(ms / 1000);
}

/**
 * Tries until there is an answer. It gives up after the last retry, and at once when the wait that
 * is due, `Retry-After` included, would end after the deadline. What it throws then is
 * `Unavailable`.
 */
export async function withRetries<Answer>(
  runtime: Runtime,
  settings: RetrySettings,
  call: { signal?: AbortSignal | undefined; idempotencyKey?: string | undefined },
  attempt: (remainingMs: number) => Promise<Attempt<Answer>>,
): Promise<Answer> {
  const end = runtime.elapsed() + settings.deadlineMs;
  for (let retry = 0; ; retry += 1) {
    call.signal?.throwIfAborted();
    const outcome = await attempt(Math.max(1, end - runtime.elapsed()));
    if ("answer" in outcome) {
      return outcome.answer;
    }
    const { failure } = outcome;
    const wait = Math.max(
      backoffMs(retry, settings, runtime.random()),
      failure.retryAfterMs ?? 0,
    );
    const isLate = runtime.elapsed() + wait >= end;
    if (!failure.retriable || retry >= settings.retries || isLate) {
      throw unavailable(failure, retry + 1, call.idempotencyKey);
    }
    await runtime.sleep(wait, call.signal);
  }
}

function unavailable(
  failure: Failure,
  attempts: number,
  idempotencyKey: string | undefined,
): Unavailable {
  const what = {
    attempts,
    status: failure.status,
    retryAfterSeconds: wholeSeconds(failure.retryAfterMs),
    idempotencyKey,
    cause: failure.cause,
  };
  const tries = attempts === 1 ? "1 try" : `${attempts} tries`;
  const message = `no decision after ${tries}: ${failure.message}`;
  return failure.rateLimited ? new RateLimited(message, what) : new Unavailable(message, what);
}
