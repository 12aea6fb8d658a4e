/** What can go wrong, by class. Every error of this package is a `TollgateError`. */

import type { Problem, RefusalBody, WayOut } from "./types.js";

/** Any error of this package. */
export class TollgateError extends Error {
  override name = "TollgateError";
}

/** The answer that refused: its status and headers, as far as they matter. */
export interface RefusalHead {
  status: number;
  retryAfterSeconds?: number | undefined;
  rateLimit?: string | undefined;
  rateLimitPolicy?: string | undefined;
}

/** A clear no with every figure. Asking again changes nothing before `resetsAt` or a way out. */
export class Refused extends TollgateError {
  override name = "Refused";
  /** The reason in one word. */
  readonly reason: string;
  readonly status: number;
  readonly feature: string | null;
  readonly meter: string | null;
  readonly plan: string | null;
  /** The member whose cap it was. */
  readonly member: string | null;
  /** Units of the limit or cap, units used of it, units left. */
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Units that the request needed. */
  readonly needed: number;
  /** When the limit or cap is renewed; null for never. */
  readonly resetsAt: Date | null;
  readonly retryAfterSeconds: number | null;
  /** What would make it a yes. */
  readonly waysOut: WayOut[];
  /** What the server answered: what an app can hand on to its own users. */
  readonly body: RefusalBody;
  /** `RateLimit` and `RateLimit-Policy` of the answer. */
  readonly rateLimit: string | null;
  readonly rateLimitPolicy: string | null;

  constructor(body: RefusalBody, head: RefusalHead) {
    super(body.message);
    this.body = body;
    this.reason = body.error;
    this.status = head.status;
    this.feature = body.detail.feature ?? null;
    this.meter = body.meter ?? null;
    this.plan = body.detail.plan ?? null;
    this.member = body.member ?? null;
    this.limit = body.detail.limit;
    this.used = body.detail.used;
    this.remaining = body.detail.remaining;
    this.needed = body.quota_needed;
    this.resetsAt = body.resets_at ? new Date(body.resets_at) : null;
    this.waysOut = body.ways_out;
    this.retryAfterSeconds = head.retryAfterSeconds ?? null;
    this.rateLimit = head.rateLimit ?? null;
    this.rateLimitPolicy = head.rateLimitPolicy ?? null;
  }
}

/** The grants do not hold enough. */
export class QuotaExceeded extends Refused {
  override name = "QuotaExceeded";
}

/** The plan's cap for a time window is reached. */
export class CapExceeded extends Refused {
  override name = "CapExceeded";
}

/** A member's cap is reached. */
export class MemberCapExceeded extends Refused {
  override name = "MemberCapExceeded";
}

/** The customer has no subscription, and nothing bought. */
export class NoSubscription extends Refused {
  override name = "NoSubscription";
}

/** The customer's plan does not include the feature. */
export class FeatureNotInPlan extends Refused {
  override name = "FeatureNotInPlan";
}

const REFUSALS: Record<string, typeof Refused> = {
  quota_exceeded: QuotaExceeded,
  cap_exceeded: CapExceeded,
  member_cap_exceeded: MemberCapExceeded,
  no_subscription: NoSubscription,
  feature_not_in_plan: FeatureNotInPlan,
};

/** The refusal of a body; a reason that is not known yet is a plain `Refused`. */
export function refusal(body: RefusalBody, head: RefusalHead): Refused {
  return new (REFUSALS[body.error] ?? Refused)(body, head);
}

/**
 * There was no decision: the server could not be reached, was too busy, or its answer was lost.
 * What was asked for may have happened; the same idempotency key makes sure that it happens once.
 */
export class Unavailable extends TollgateError {
  override name = "Unavailable";
  /** How often it was tried. */
  readonly attempts: number;
  /** The status of the last answer, if there was one. */
  readonly status: number | null;
  /** What the server said about when to ask again. */
  readonly retryAfterSeconds: number | null;
  /** The key of the call: to try it again with. */
  readonly idempotencyKey: string | null;

  constructor(
    message: string,
    what: {
      attempts?: number;
      status?: number | undefined;
      retryAfterSeconds?: number | undefined;
      idempotencyKey?: string | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, what.cause === undefined ? undefined : { cause: what.cause });
    this.attempts = what.attempts ?? 0;
    this.status = what.status ?? null;
    this.retryAfterSeconds = what.retryAfterSeconds ?? null;
    this.idempotencyKey = what.idempotencyKey ?? null;
  }
}

/** The server's own limit of requests held for the whole call. It is no statement about a quota. */
export class RateLimited extends Unavailable {
  override name = "RateLimited";
}

/** The spool cannot take the use: it is full, or its disk failed. The use was not granted. */
export class SpoolFailed extends Unavailable {
  override name = "SpoolFailed";
}

/** Another process has the spool's folder. */
export class SpoolLocked extends TollgateError {
  override name = "SpoolLocked";
}

/** The server understood, and the request cannot be answered. Trying again changes nothing. */
export class RequestFailed extends TollgateError {
  override name = "RequestFailed";
  readonly status: number;
  /** The error's word, for programs. */
  readonly code: string;
  readonly problem: Partial<Problem>;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.message ?? `the server answered with status ${status}`);
    this.status = status;
    this.code = problem.error ?? "unknown";
    this.problem = problem;
  }
}

/** The request is not one that can be answered (400, 413, 415, 422). */
export class InvalidRequest extends RequestFailed {
  override name = "InvalidRequest";
}

/** The idempotency key came with another request before. */
export class IdempotencyKeyReused extends InvalidRequest {
  override name = "IdempotencyKeyReused";
}

/** No API key, or one that does not hold (401). */
export class Unauthenticated extends RequestFailed {
  override name = "Unauthenticated";
}

/** The API key has not the scope that this takes (403). */
export class Forbidden extends RequestFailed {
  override name = "Forbidden";
}

/** There is no such customer, feature or reservation (404). */
export class NotFound extends RequestFailed {
  override name = "NotFound";
}

/** It contradicts what is there (409). */
export class Conflict extends RequestFailed {
  override name = "Conflict";
}

/** The error of an answer that is neither a success nor a refusal nor worth another try. */
export function requestFailed(status: number, problem: Partial<Problem>): RequestFailed {
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return problem.error === "idempotency_key_reused"
        ? new IdempotencyKeyReused(status, problem)
        : new InvalidRequest(status, problem);
    case 401:
      return new Unauthenticated(status, problem);
    case 403:
      return new Forbidden(status, problem);
    case 404:
      return new NotFound(status, problem);
    case 409:
      return new Conflict(status, problem);
    default:
      return new RequestFailed(status, problem);
  }
}
