/** What a client takes from its surroundings: time, chance and the network. Tests bring their own. */

import { randomUUID } from "node:crypto";

export interface Runtime {
  /** Milliseconds since 1970, as the spool records them. */
  now(): number;
  /** Milliseconds of a clock that never jumps, for deadlines. */
  elapsed(): number;
  /**
   * Waits; rejects with the signal's reason when that comes first. A wait in the background does
   * not keep the process alive.
   */
  sleep(ms: number, signal?: AbortSignal, isBackground?: boolean): Promise<void>;
  /** From 0 to less than 1. */
  random(): number;
  /** A new idempotency key. */
  newKey(): string;
  fetch: typeof globalThis.fetch;
}

export const systemRuntime: Runtime = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep,
  random: () => Math.random(),
  newKey: () => randomUUID(),
  fetch: (input, init) => globalThis.fetch(input, init),
};

function sleep(ms: number, signal?: AbortSignal, isBackground = false): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (isBackground) {
      timer.unref();
    }
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** What happens behind a call's or a request's back goes to the process's warnings. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
