/** Units that are held until they are settled or given back. */

import type { Tollgate } from "./client.js";
import type {
  CallOptions,
  Figures,
  HeldBody,
  Receipt,
  ReserveRequest,
  SettleRequest,
  Use,
  WriteOptions,
} from "./types.js";

/** What was really used. */
export interface Settled {
  uses: Use[];
  metadata?: Record<string, unknown>;
}

/** What a reservation needs of its client. */
export interface ReservationWork {
  settle(reservation: Reservation, body: Settled, options: WriteOptions): Promise<Receipt>;
  settleOrConsume(reservation: Reservation, body: Settled, options: WriteOptions): Promise<Receipt>;
  release(reservation: Reservation, options: CallOptions): Promise<void>;
  extend(reservation: Reservation, seconds: number, options: CallOptions): Promise<Date>;
}

export class Reservation {
  readonly customer: string;
  /** Its id; null when it stands on the failure policy alone, and the server holds nothing. */
  readonly id: string | null;
  /** Who acts for the customer. */
  readonly member: string | null;
  /** What was asked for. */
  readonly uses: Use[];
  /** What becomes of it if nobody settles. */
  readonly onExpiry: "release" | "settle";
  /** The figures just after it was made, one for each feature. */
  readonly figures: Figures[];
  /** The plan that allowed it. */
  readonly plan: string | null;
  /** The key under which it is settled once, whoever does it. */
  readonly settleKey: string;
  readonly #work: ReservationWork;
  #expiresAt: Date | null;

  /** Made by {@link Tollgate.reserve}. */
  constructor(
    work: ReservationWork,
    customer: string,
    request: ReserveRequest,
    held: HeldBody | null,
    newKey: () => string,
  ) {
    this.#work = work;
    this.customer = customer;
    this.id = held?.reservation ?? null;
    this.settleKey = held === null ? newKey() : `settle:${held.reservation}`;
    this.member = request.member ?? null;
    this.uses = usesOf(request);
    this.onExpiry = request.on_expiry ?? "release";
    this.figures = held?.features ?? [];
    this.plan = held?.plan ?? null;
    this.#expiresAt = held === null ? null : new Date(held.expires_at);
  }

  /** Whether it stands on the failure policy alone: settling it then consumes. */
  get isLocal(): boolean {
    return this.id === null;
  }

  /** When it ends by itself; null when the server holds nothing. */
  get expiresAt(): Date | null {
    return this.#expiresAt;
  }

  /**
   * Takes what was really used, less or more than was held: nothing named is what was reserved, a
   * number is so many uses of its one feature. Settling twice with the same amounts is settling
   * once. A refusal, of more than was held, leaves it as it is.
   */
  settle(used?: number | SettleRequest, options: WriteOptions = {}): Promise<Receipt> {
    return this.#work.settle(this, this.#settled(used), options);
  }

  /**
   * As `settle`; when the work took longer than the reservation, whose units were given back, they
   * are consumed anew, which can be refused.
   */
  settleOrConsume(used?: number | SettleRequest, options: WriteOptions = {}): Promise<Receipt> {
    return this.#work.settleOrConsume(this, this.#settled(used), options);
  }

  /** Gives it back. One that has ended already is given back. */
  release(options: CallOptions = {}): Promise<void> {
    return this.#work.release(this, options);
  }

  /** Lets it last for so long from now; never shorter than before. Answers its end. */
  async extend(seconds = 900, options: CallOptions = {}): Promise<Date | null> {
    if (this.isLocal) {
      return null;
    }
    this.#expiresAt = await this.#work.extend(this, seconds, options);
    return this.#expiresAt;
  }

  #settled(used: number | SettleRequest | undefined): Settled {
    const request = typeof used === "object" ? used : {};
    const uses = typeof used === "number" ? this.#first(used) : this.#named(request);
    return request.metadata === undefined ? { uses } : { uses, metadata: request.metadata };
  }

  #named(request: SettleRequest): Use[] {
    return request.feature === undefined && request.uses === undefined
      ? this.uses
      : usesOf(request);
  }

  #first(amount: number): Use[] {
    const [first, ...others] = this.uses;
    if (first === undefined || others.length > 0) {
      throw new TypeError("this reservation has several features: name each that was used");
    }
    return [{ feature: first.feature, amount }];
  }
}

/** A request's features with their amounts, whichever way it names them. */
export function usesOf(request: { feature?: string; amount?: number; uses?: Use[] }): Use[] {
  const one =
    request.feature === undefined ? [] : [{ feature: request.feature, amount: request.amount ?? 1 }];
  const several = request.uses ?? [];
  return [...one, ...several.map(({ feature, amount }) => ({ feature, amount: amount ?? 1 }))];
}
