/** The client: what an app asks a Tollgate server for. */

import { NotFound, TollgateError, Unavailable } from "./errors.js";
import { Reservation, usesOf, type ReservationWork, type Settled } from "./reservation.js";
import { systemRuntime, warn, type Runtime } from "./runtime.js";
import { Delivery, type FlushReport } from "./spool/delivery.js";
import type { RefusedUse, SpooledUse } from "./spool/line.js";
import { Spool } from "./spool/spool.js";
import { Transport } from "./transport.js";
import type {
  BatchItem,
  BatchResult,
  CallOptions,
  CheckAnswer,
  CheckBody,
  CheckRequest,
  ConsumeRequest,
  Customer,
  EventsPage,
  EventsQuery,
  Extended,
  Given,
  HeldBody,
  NewCustomer,
  NewGrant,
  Receipt,
  ReceiptBody,
  ReserveRequest,
  Usage,
  Use,
  WriteOptions,
} from "./types.js";

/** What becomes of a use while there is no decision: it is refused, or granted here. */
export type Policy = "deny" | "allow";

export interface SpoolSettings {
  /** The folder; it belongs to one process on one machine. */
  folder: string;
  /** The most that waiting uses may take: 64 MiB when left out. One more is not granted. */
  bytesMax?: number;
  /**
   * How long a use may wait: 23 hours when left out. It must be less than the server keeps
   * idempotency keys, which is a day unless its `engine.keys_kept_seconds` says otherwise.
   */
  ageMsMax?: number;
  /** Told of every use that is given up; it stands in `spool.refused()` too. */
  onRefused?: (refused: RefusedUse) => void;
  /** Told when deliveries stop for a reason that waiting does not change, such as a wrong key. */
  onError?: (error: unknown) => void;
}

export interface TollgateSettings {
  /** Where the server is, such as `http://127.0.0.1:8000`. */
  url: string;
  apiKey: string;
  /** The longest that one try takes: 2 seconds when left out. */
  timeoutMs?: number;
  /** Tries after the first one, at most: 3 when left out. */
  retries?: number;
  /** The longest that a call takes with all retries: 10 seconds when left out. */
  deadlineMs?: number;
  /** The first wait between tries is at most this: 100 ms when left out. */
  backoffMs?: number;
  /** No wait between tries is longer, but for `Retry-After`: 2 seconds when left out. */
  backoffMsMax?: number;
  /** For every feature, or by feature; a feature that is not named is `deny`. */
  policy?: Policy | Record<string, Policy>;
  /** Where uses that were granted here wait; needed for `allow`. */
  spool?: SpoolSettings;
  /** Time, chance and the network, for tests. */
  runtime?: Partial<Runtime>;
}

/** What can be seen of the spool. */
export interface SpoolView {
  /** How many uses wait to be delivered. */
  readonly size: number;
  /** Uses that were given up, and why. */
  refused(): RefusedUse[];
  /** Forgets the uses that were given up. */
  clearRefused(): Promise<void>;
}

const AGE_MS_MAX = 23 * 60 * 60 * 1000;
const SPOOL_BYTES_MAX = 64 << 20;

export class Tollgate {
  readonly #transport: Transport;
  readonly #runtime: Runtime;
  readonly #policy: Policy | Record<string, Policy>;
  readonly #spool: Spool | undefined;
  readonly #delivery: Delivery | undefined;
  readonly #reservations: ReservationWork;

  /** Throws `SpoolLocked` while another process has the spool. */
  constructor(settings: TollgateSettings) {
    this.#runtime = { ...systemRuntime, ...settings.runtime };
    const transport = {
      url: new URL(settings.url).href.replace(/\/+$/, ""),
      apiKey: settings.apiKey,
      timeoutMs: settings.timeoutMs ?? 2_000,
      retries: settings.retries ?? 3,
      deadlineMs: settings.deadlineMs ?? 10_000,
      backoffMs: settings.backoffMs ?? 100,
      backoffMsMax: settings.backoffMsMax ?? 2_000,
    };
    this.#transport = new Transport(transport, this.#runtime);
    this.#policy = settings.policy ?? "deny";
    this.#reservations = {
      settle: (reservation, body, options) => this.#settle(reservation, body, options),
      settleOrConsume: (reservation, body, options) =>
        this.#settleOrConsume(reservation, body, options),
      release: (reservation, options) => this.#release(reservation, options),
      extend: (reservation, seconds, options) => this.#extend(reservation, seconds, options),
    };
    if (settings.spool === undefined) {
      if (hasAllow(this.#policy)) {
        throw new TollgateError("the policy `allow` needs a spool: where uses wait for the server");
      }
      return;
    }
    const { folder, bytesMax, ageMsMax, onRefused, onError } = settings.spool;
    this.#spool = new Spool(folder, bytesMax ?? SPOOL_BYTES_MAX, this.#runtime.now());
    this.#delivery = new Delivery(
      this.#spool,
      (use, signal) => this.#deliver(use, signal),
      {
        ageMsMax: ageMsMax ?? AGE_MS_MAX,
        onRefused: onRefused ?? (() => {}),
        onError: onError ?? warn,
      },
      this.#runtime,
    );
    this.#delivery.wake();
  }

  /**
   * Takes units, all or nothing. A feature's name is one use of it. It resolves once the use is
   * durable; a refusal is thrown as `Refused`, no decision as `Unavailable`.
   */
  async consume(
    customer: string,
    what: string | ConsumeRequest,
    options: WriteOptions = {},
  ): Promise<Receipt> {
    const body = asked(what);
    const key = this.#key(options);
    const at = this.#runtime.now();
    try {
      const receipt = await this.#post<ReceiptBody>(of(customer, "consume"), body, key, options);
      return { ...receipt, spooled: false };
    } catch (error) {
      return this.#keep(error, { key, at, customer, body }, usesOf(body));
    }
  }

  /** Up to 100 consumptions, each granted or refused by itself. Nothing of it is ever spooled. */
  async consumeBatch(items: BatchItem[], options: CallOptions = {}): Promise<BatchResult[]> {
    const keyed = items.map((item) => ({
      ...item,
      idempotency_key: item.idempotency_key ?? this.#runtime.newKey(),
    }));
    const results: BatchResult[] = [];
    let open = keyed.map((_, index) => index);
    const take = async (remainingMs: number) => {
      const body = { items: open.map((index) => keyed[index]) };
      const call = { method: "POST" as const, path: "/v1/consume", body, signal: options.signal };
      const tried = await this.#transport.attempt<{ results: BatchResult[] }>(call, remainingMs);
      if ("failure" in tried) {
        return tried;
      }
      tried.answer.results.forEach((result, position) => {
        results[open[position] ?? 0] = result;
      });
      open = open.filter((index) => isUndecided(results[index]));
      const message = `${open.length} of ${items.length} have no decision`;
      return open.length === 0 ? { answer: results } : { failure: { message, retriable: true } };
    };
    try {
      return await this.#transport.retry(options, take);
    } catch (error) {
      // What is decided is not thrown away with the rest, whose results say what is wrong.
      if (error instanceof Unavailable && results.length > 0) {
        return results;
      }
      throw error;
    }
  }

  /** Asks only: `allowed` is false and `refusal` says why. */
  async check(
    customer: string,
    what: string | CheckRequest,
    options: CallOptions = {},
  ): Promise<CheckAnswer> {
    const body = asked(what);
    const path = of(customer, "check");
    try {
      const answer = await this.#post<CheckBody>(path, body, undefined, options);
      return { ...answer, local: false };
    } catch (error) {
      if (error instanceof Unavailable && this.#allows(usesOf(body))) {
        return { allowed: true, features: [], local: true };
      }
      throw error;
    }
  }

  /** Holds units for work of unknown outcome or size. */
  async reserve(
    customer: string,
    what: string | ReserveRequest,
    options: WriteOptions = {},
  ): Promise<Reservation> {
    const body = asked(what);
    const key = this.#key(options);
    try {
      const held = await this.#post<HeldBody>(of(customer, "reservations"), body, key, options);
      return new Reservation(this.#reservations, customer, body, held, this.#runtime.newKey);
    } catch (error) {
      if (error instanceof Unavailable && this.#allows(usesOf(body))) {
        // What the server may hold all the same ends by itself.
        return new Reservation(this.#reservations, customer, body, null, this.#runtime.newKey);
      }
      throw error;
    }
  }

  /** What the customer has and used, as of now. */
  usage(customer: string, options: CallOptions = {}): Promise<Usage> {
    return this.#get<Usage>(of(customer, "usage"), options);
  }

  /** One page of usage events, the newest first. */
  events(
    customer: string,
    query: EventsQuery = {},
    options: CallOptions = {},
  ): Promise<EventsPage> {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      asked.set(name, String(value));
    }
    return this.#get<EventsPage>(`${of(customer, "events")}?${asked}`, options);
  }

  /** Begins a customer; one that exists stays as it is. */
  createCustomer(customer: NewCustomer, options: WriteOptions = {}): Promise<Customer> {
    const key = this.#key(options);
    return this.#post<Customer>("/v1/customers", customer, key, options);
  }

  getCustomer(customer: string, options: CallOptions = {}): Promise<Customer> {
    return this.#get<Customer>(of(customer), options);
  }

  /** Gives units: bought ones, a promotion, a correction. */
  grant(customer: string, grant: NewGrant, options: WriteOptions = {}): Promise<Given> {
    const key = this.#key(options);
    return this.#post<Given>(of(customer, "grants"), grant, key, options);
  }

  /** The spool; undefined without one. */
  get spool(): SpoolView | undefined {
    return this.#spool;
  }

  /** Tries to deliver everything that waits now, once. */
  flush(): Promise<FlushReport> {
    const nothing = { delivered: 0, refused: 0, waiting: 0 };
    return this.#delivery?.flush() ?? Promise.resolve(nothing);
  }

  /** Ends deliveries and lets go of the spool. What waits there is delivered by the next client. */
  async close(): Promise<void> {
    await this.#delivery?.stop();
    await this.#spool?.close();
  }

  /** Whether uses are granted here while there is no decision: if every feature's policy says so. */
  #allows(uses: Use[]): boolean {
    const policy = this.#policy;
    if (this.#spool === undefined || uses.length === 0) {
      return false;
    }
    return typeof policy === "string"
      ? policy === "allow"
      : uses.every((use) => Object.hasOwn(policy, use.feature) && policy[use.feature] === "allow");
  }

  /** Without a decision, and where the policy allows it, the use is granted once it is on disk. */
  async #keep(error: unknown, use: SpooledUse, uses: Use[]): Promise<Receipt> {
    if (!(error instanceof Unavailable) || this.#spool === undefined || !this.#allows(uses)) {
      throw error;
    }
    await this.#spool.append(use);
    this.#delivery?.wake();
    return { spooled: true, idempotency_key: use.key };
  }

  async #settle(
    reservation: Reservation,
    settled: Settled,
    options: WriteOptions,
  ): Promise<Receipt> {
    const { customer, id, member } = reservation;
    const key = options.idempotencyKey ?? reservation.settleKey;
    const body = usedBy(member, settled);
    if (id === null) {
      const some = withoutZeros(body);
      return some === undefined
        ? { spooled: true, idempotency_key: key }
        : this.consume(customer, some, { ...options, idempotencyKey: key });
    }
    const at = this.#runtime.now();
    try {
      const path = of(customer, "reservations", id, "settle");
      const receipt = await this.#post<ReceiptBody>(path, settled, key, options);
      return { ...receipt, spooled: false };
    } catch (error) {
      const ended = reservation.onExpiry;
      const use: SpooledUse = { key, at, customer, body, reservation: { id, ended } };
      return this.#keep(error, use, reservation.uses);
    }
  }

  /** Units that were given back are taken again, under the reservation's own id: so once. */
  async #settleOrConsume(
    reservation: Reservation,
    settled: Settled,
    options: WriteOptions,
  ): Promise<Receipt> {
    try {
      return await this.#settle(reservation, settled, options);
    } catch (error) {
      const { customer, id, member } = reservation;
      const some = withoutZeros(usedBy(member, settled));
      const isGone = isUnknownReservation(error) && reservation.onExpiry === "release";
      if (!isGone || id === null || some === undefined) {
        throw error;
      }
      return this.consume(customer, some, { ...options, idempotencyKey: id });
    }
  }

  async #release(reservation: Reservation, options: CallOptions): Promise<void> {
    const { customer, id } = reservation;
    if (id === null) {
      return;
    }
    const path = of(customer, "reservations", id, "release");
    try {
      await this.#post<void>(path, undefined, `release:${id}`, options);
    } catch (error) {
      if (!isUnknownReservation(error)) {
        throw error;
      }
    }
  }

  async #extend(reservation: Reservation, seconds: number, options: CallOptions): Promise<Date> {
    const { customer, id } = reservation;
    const path = of(customer, "reservations", id ?? "", "extend");
    const key = this.#runtime.newKey();
    const extended = await this.#post<Extended>(path, { seconds }, key, options);
    return new Date(extended.expires_at);
  }

  /** Brings one spooled use to the server, with the key of its first try. */
  async #deliver(use: SpooledUse, signal: AbortSignal): Promise<void> {
    const { customer, key, body, reservation } = use;
    if (reservation === undefined) {
      await this.#post<ReceiptBody>(of(customer, "consume"), body, key, { signal });
      return;
    }
    const { member: _, ...settled } = body;
    try {
      const path = of(customer, "reservations", reservation.id, "settle");
      await this.#post<ReceiptBody>(path, settled, key, { signal });
    } catch (error) {
      if (!isUnknownReservation(error)) {
        throw error;
      }
      const some = reservation.ended === "release" ? withoutZeros(body) : undefined;
      if (some !== undefined) {
        await this.#post<ReceiptBody>(of(customer, "consume"), some, reservation.id, { signal });
      }
    }
  }

  /** The key of one call, kept over all its tries. */
  #key(options: WriteOptions): string {
    return options.idempotencyKey ?? this.#runtime.newKey();
  }

  #get<Body>(path: string, options: CallOptions): Promise<Body> {
    const { signal, deadlineMs } = options;
    return this.#transport.send<Body>({ method: "GET", path, signal, deadlineMs });
  }

  #post<Body>(
    path: string,
    body: unknown,
    idempotencyKey: string | undefined,
    options: CallOptions,
  ): Promise<Body> {
    const { signal, deadlineMs } = options;
    const call = { method: "POST" as const, path, body, idempotencyKey, signal, deadlineMs };
    return this.#transport.send<Body>(call);
  }
}

function of(customer: string, ...parts: string[]): string {
  return ["/v1/customers", ...[customer, ...parts].map(encodeURIComponent)].join("/");
}

/** A feature's name is one use of it. */
function asked<Body>(what: string | Body): Body | { feature: string } {
  return typeof what === "string" ? { feature: what } : what;
}

function usedBy(member: string | null, settled: Settled): ConsumeRequest {
  return member === null ? settled : { ...settled, member };
}

function hasAllow(policy: Policy | Record<string, Policy>): boolean {
  return typeof policy === "string"
    ? policy === "allow"
    : Object.values(policy).some((one) => one === "allow");
}

/** Whether one of a batch may fare better a little later. */
function isUndecided(result: BatchResult | undefined): boolean {
  return (
    result === undefined ||
    result.status === 408 ||
    result.status === 503 ||
    (result.status === 500 && result.problem?.error === "outcome_unknown")
  );
}

function isUnknownReservation(error: unknown): boolean {
  return error instanceof NotFound && error.code === "unknown_reservation";
}

/** A consumption takes at least one of each; undefined when nothing was used. */
function withoutZeros(body: ConsumeRequest): ConsumeRequest | undefined {
  const uses = usesOf(body).filter((use) => (use.amount ?? 1) > 0);
  const { feature: _feature, amount: _amount, ...rest } = body;
  return uses.length === 0 ? undefined : { ...rest, uses };
}
