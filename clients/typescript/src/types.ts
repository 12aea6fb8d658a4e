/** The words of the API, by the names that this client's callers use. All come from the schema. */

import type { components } from "./schema.js";

type Schemas = components["schemas"];

/** So many uses of a feature. */
export type Use = Schemas["UseBody"];
/** What a consumption did. */
export type ReceiptBody = Schemas["ReceiptBody"];
/** What a reservation did. */
export type HeldBody = Schemas["HeldBody"];
/** What a feature's meter holds, after what was just done. */
export type Figures = Schemas["FiguresBody"];
/** Whether a consumption would be granted. */
export type CheckBody = Schemas["CheckAnswer"];
/** What became of one consumption of a batch. */
export type BatchResult = Schemas["BatchResult"];
/** One consumption of a batch. */
export type BatchItem = Schemas["BatchItem"];
/** A customer's usage. */
export type Usage = Schemas["Usage"];
/** A usage event. */
export type UsageEvent = Schemas["EventBody"];
/** A customer. */
export type Customer = Schemas["CustomerBody"];
/** What a new customer is begun with. */
export type NewCustomer = Schemas["NewCustomerBody"];
/** Units to give. */
export type NewGrant = Omit<Schemas["GiveBody"], "idempotency_key">;
/** What was given. */
export type Given = Schemas["GiveAnswer"];
/** A reservation's new end. */
export type Extended = Schemas["ExtendAnswer"];
/** A clear no with every figure. */
export type RefusalBody = Schemas["RefusalBody"];
/** The same as the back ends' routes answer it. */
export type RefusalProblem = Schemas["RefusalProblem"];
/** What would make a refusal a yes. */
export type WayOut = Schemas["WayOutBody"];
/** An error that is not a refusal, as RFC 9457 has it. */
export type Problem = Schemas["Problem"];

type Nullless<Body> = { [Name in keyof Body]?: NonNullable<Body[Name]> };

/** What is used, of whom and by whom: `feature` with `amount`, or several `uses`, all or none. */
export type ConsumeRequest = Nullless<Omit<Schemas["ConsumeBody"], "idempotency_key">>;
/** What would be used. */
export type CheckRequest = Nullless<Schemas["CheckBody"]>;
/** What is held, for how long, and what becomes of it if nobody settles. */
export type ReserveRequest = Nullless<Omit<Schemas["ReserveBody"], "idempotency_key">>;
/** What was really used; nothing named is exactly what was reserved. */
export type SettleRequest = Nullless<Omit<Schemas["SettleBody"], "idempotency_key">>;

/** Which usage events are asked for. */
export interface EventsQuery {
  limit?: number;
  starting_after?: string;
  feature?: string;
  member?: string;
  from?: string;
  until?: string;
}

/** One page of usage events, the newest first. */
export type EventsPage = Schemas["List_EventBody"];

/**
 * What became of a consumption that was granted: by the server, or, where the policy allows it and
 * the server cannot be reached, by this client, which keeps it in its spool until it is delivered.
 */
export type Receipt =
  | (ReceiptBody & { spooled: false })
  | { spooled: true; idempotency_key: string };

/** Whether it would be granted; `local` when the server cannot be reached and the policy allows it. */
export type CheckAnswer = CheckBody & { local: boolean };

/** What every call understands. */
export interface CallOptions {
  /** Ends the call; what it was about may have happened. */
  signal?: AbortSignal;
  /** How long the call may take with all retries; the client's own when left out. */
  deadlineMs?: number;
}

/** What a call that changes something understands too. */
export interface WriteOptions extends CallOptions {
  /** The caller's own key, such as an order's number; made anew for each call when left out. */
  idempotencyKey?: string;
}
