/** Brings spooled uses to the server: in the background, and when asked. */

import {
  Forbidden,
  Refused,
  RequestFailed,
  TollgateError,
  Unauthenticated,
  Unavailable,
} from "../errors.js";
import { backoffMs } from "../retry.js";
import type { Runtime } from "../runtime.js";
import type { RefusedUse, SpooledUse } from "./line.js";
import type { Spool } from "./spool.js";

const CONCURRENCY = 4;
/** Pauses between rounds that did not bring everything away. */
const PAUSES = { backoffMs: 1_000, backoffMsMax: 30_000 };
/** A clock that was put back by more than this says nothing about age. */
const CLOCK_BACK_MS_MAX = 60 * 60 * 1000;

/** What a round of deliveries came to. */
export interface FlushReport {
  delivered: number;
  /** Moved to the file of refused uses. */
  refused: number;
  /** Uses that still wait. */
  waiting: number;
  /** Why some still wait. */
  error?: unknown;
}

export interface DeliverySettings {
  ageMsMax: number;
  /** Told of every use that is given up. */
  onRefused: (refused: RefusedUse) => void;
  /** Told when deliveries stop for a reason that waiting does not change. */
  onError: (error: unknown) => void;
}

export class Delivery {
  readonly #spool: Spool;
  readonly #deliver: (use: SpooledUse, signal: AbortSignal) => Promise<void>;
  readonly #settings: DeliverySettings;
  readonly #runtime: Runtime;
  readonly #stopping = new AbortController();
  #round: Promise<FlushReport> | undefined;
  #loop: Promise<void> | undefined;

  constructor(
    spool: Spool,
    deliver: (use: SpooledUse, signal: AbortSignal) => Promise<void>,
    settings: DeliverySettings,
    runtime: Runtime,
  ) {
    this.#spool = spool;
    this.#deliver = deliver;
    this.#settings = settings;
    this.#runtime = runtime;
  }

  /** Goes on in the background until nothing waits. */
  wake(): void {
    if (this.#stopping.signal.aborted || this.#spool.size === 0) {
      return;
    }
    this.#loop ??= this.#goOn().finally(() => {
      this.#loop = undefined;
      // Something may have come after its last look.
      this.wake();
    });
  }

  /** Tries to deliver everything that waits now, once. */
  async flush(): Promise<FlushReport> {
    // A round that is running began before some of it was there.
    await this.#round;
    return this.#oneRound();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new TollgateError("the client is closed"));
    await this.#loop;
    await this.#round;
  }

  async #goOn(): Promise<void> {
    let failures = 0;
    for (;;) {
      const pause = PAUSES.backoffMs / 2 + backoffMs(failures, PAUSES, this.#runtime.random());
      try {
        await this.#runtime.sleep(pause, this.#stopping.signal, true);
      } catch {
        return;
      }
      const report = await this.#oneRound();
      if (report.waiting === 0) {
        return;
      }
      if (report.error !== undefined && !(report.error instanceof Unavailable)) {
        this.#settings.onError(report.error);
      }
      failures = report.delivered > 0 ? 0 : Math.min(failures + 1, 10);
    }
  }

  #oneRound(): Promise<FlushReport> {
    this.#round ??= this.#deliverAll().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #deliverAll(): Promise<FlushReport> {
    const report: FlushReport = { delivered: 0, refused: 0, waiting: 0 };
    const uses = this.#spool.waiting();
    const work = async () => {
      for (let use = uses.shift(); use !== undefined; use = uses.shift()) {
        try {
          report[await this.#deliverOne(use)] += 1;
        } catch (error) {
          report.error ??= error;
          uses.length = 0;
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    try {
      await this.#spool.sync();
    } catch (error) {
      report.error ??= error;
    }
    report.waiting = this.#spool.size;
    return report;
  }

  /** Throws what is no fault of this use: then it waits on. */
  async #deliverOne(use: SpooledUse): Promise<"delivered" | "refused"> {
    const tooOld = this.#tooOld(use);
    if (tooOld !== undefined) {
      await this.#refuse(use, { reason: "too_old", message: tooOld });
      return "refused";
    }
    try {
      await this.#deliver(use, this.#stopping.signal);
    } catch (error) {
      if (error instanceof Unauthenticated || error instanceof Forbidden) {
        throw error;
      }
      if (error instanceof Refused) {
        const { reason, message, status } = error;
        await this.#refuse(use, { reason, message, status });
        return "refused";
      }
      if (error instanceof RequestFailed) {
        const { code, message, status } = error;
        await this.#refuse(use, { reason: code, message, status });
        return "refused";
      }
      throw error;
    }
    await this.#spool.done(use);
    return "delivered";
  }

  /** The server forgets idempotency keys; after that a delivery could charge a second time. */
  #tooOld(use: SpooledUse): string | undefined {
    const age = this.#runtime.now() - use.at;
    if (age > this.#settings.ageMsMax) {
      const minutes = Math.round(age / 60_000);
      return `It waited for ${minutes} minutes, and the server may have forgotten its key: whether the first try charged it stands in the customer's usage events.`;
    }
    if (age < -CLOCK_BACK_MS_MAX) {
      return "The clock is far before the moment of this use, whose age is not known.";
    }
    return undefined;
  }

  async #refuse(
    use: SpooledUse,
    why: { reason: string; message: string; status?: number },
  ): Promise<void> {
    const refused = { at: this.#runtime.now(), ...why, use };
    await this.#spool.refuse(refused);
    this.#settings.onRefused(refused);
  }
}
