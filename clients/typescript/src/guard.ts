/**
 * What the guards of every framework do: reserve before the handler, settle what it answered with
 * a success, give everything else back.
 */

import type { Tollgate } from "./client.js";
import { NotFound, Refused, Unavailable } from "./errors.js";
import type { Reservation } from "./reservation.js";
import { warn } from "./runtime.js";
import type { ReserveRequest, SettleRequest } from "./types.js";

/** Who asks: who pays, and who acts for them. */
export interface Caller {
  customer: string;
  member?: string | undefined;
}

type Maybe<Value> = Value | Promise<Value>;

export interface GuardOptions<Request> {
  /** Who asks; nobody is answered with 401. */
  by: (request: Request) => Maybe<string | Caller | null | undefined>;
  /** How many uses: 1 when left out. */
  amount?: number | ((request: Request) => Maybe<number>);
  /** How long units are held: 900 when left out. Longer work takes its units at its end. */
  seconds?: number;
  /** Which answers count as a success: those below 400 when left out. */
  settlesOn?: (status: number) => boolean;
  /**
   * Whether a customer that the server does not know is begun on the default plan; true when left
   * out. The API key needs the scope `manage` for it.
   */
  opensCustomers?: boolean;
}

/** How long an answer that is no success waits for its units to be given back. */
const RELEASE_WAIT_MS = 1_000;

/** What a handler has in its hands while it works. */
export class Quota {
  readonly reservation: Reservation;
  #used: number | SettleRequest | undefined;
  #closed: Promise<void> | undefined;

  constructor(reservation: Reservation) {
    this.reservation = reservation;
  }

  /** Says how much was really used, less or more than was held; that is what a success settles. */
  setUsed(used: number | SettleRequest): void {
    this.#used = used;
  }

  /** Takes the units; what comes first, this or giving back, holds. Guards do it. */
  settle(): Promise<void> {
    this.#closed ??= this.#settle();
    return this.#closed;
  }

  /**
   * Gives the units back. It resolves when they are, so that whoever asks again at once finds them;
   * after a second it goes on by itself, and in the end the reservation ends by itself.
   */
  release(): Promise<void> {
    this.#closed ??= this.#release();
    return this.#closed.catch(() => {});
  }

  async #settle(): Promise<void> {
    try {
      await this.reservation.settleOrConsume(this.#used);
    } catch (error) {
      // Whoever asked gets an error now, and must not pay for it.
      await this.#release();
      throw error;
    }
  }

  async #release(): Promise<void> {
    const released = this.reservation.release().catch(warn);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RELEASE_WAIT_MS);
    });
    await Promise.race([released, late]);
    clearTimeout(timer);
  }
}

/** An answer in place of the handler's. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** Lets a request in with what it needs held, or says what to answer. Defects are thrown. */
export async function admit<Request>(
  tollgate: Tollgate,
  feature: string,
  options: GuardOptions<Request>,
  request: Request,
): Promise<Quota | Answer> {
  const caller = await options.by(request);
  if (caller === null || caller === undefined || caller === "") {
    return problem(401, "unauthenticated", "Sign in to use this.");
  }
  const { customer, member } = typeof caller === "string" ? { customer: caller } : caller;
  const { amount = 1, seconds } = options;
  const asked: ReserveRequest = {
    feature,
    amount: typeof amount === "number" ? amount : await amount(request),
  };
  if (member !== undefined) {
    asked.member = member;
  }
  if (seconds !== undefined) {
    asked.seconds = seconds;
  }
  try {
    return new Quota(await reserve(tollgate, customer, asked, options.opensCustomers ?? true));
  } catch (error) {
    return answerFor(error);
  }
}

export function isSuccess(status: number, options: Pick<GuardOptions<never>, "settlesOn">): boolean {
  return options.settlesOn?.(status) ?? status < 400;
}

/** The answer of a request that was refused or could not be decided; any other error is thrown. */
export function answerFor(error: unknown): Answer {
  if (error instanceof Refused) {
    return { status: error.status, headers: refusalHeaders(error), body: error.body };
  }
  if (error instanceof Unavailable) {
    const answer = problem(503, "unavailable", "Quotas cannot be checked now. Try again soon.");
    answer.headers["retry-after"] = String(error.retryAfterSeconds ?? 1);
    return answer;
  }
  throw error;
}

async function reserve(
  tollgate: Tollgate,
  customer: string,
  asked: ReserveRequest,
  opensCustomers: boolean,
): Promise<Reservation> {
  try {
    return await tollgate.reserve(customer, asked);
  } catch (error) {
    const isNew = error instanceof NotFound && error.code === "unknown_customer";
    if (!isNew || !opensCustomers) {
      throw error;
    }
  }
  await tollgate.createCustomer({ id: customer });
  return tollgate.reserve(customer, asked);
}

function refusalHeaders(refused: Refused): Record<string, string> {
  const headers: Record<string, string> = {};
  if (refused.retryAfterSeconds !== null) {
    headers["retry-after"] = String(refused.retryAfterSeconds);
  }
  if (refused.rateLimit !== null && refused.rateLimitPolicy !== null) {
    headers["ratelimit"] = refused.rateLimit;
    headers["ratelimit-policy"] = refused.rateLimitPolicy;
  }
  return headers;
}

/** An error's answer, of the shape that the server's user routes have. */
export function problem(status: number, error: string, message: string): Answer {
  return { status, headers: {}, body: { error, message, detail: { error, detail: message } } };
}
