/** The client of a Tollgate server. The guards stand in `tollgate-client/express` and `/next`. */

export {
  Tollgate,
  type Policy,
  type SpoolSettings,
  type SpoolView,
  type TollgateSettings,
} from "./client.js";
export {
  CapExceeded,
  Conflict,
  FeatureNotInPlan,
  Forbidden,
  IdempotencyKeyReused,
  InvalidRequest,
  MemberCapExceeded,
  NoSubscription,
  NotFound,
  QuotaExceeded,
  RateLimited,
  Refused,
  RequestFailed,
  SpoolFailed,
  SpoolLocked,
  TollgateError,
  Unauthenticated,
  Unavailable,
} from "./errors.js";
export { Reservation } from "./reservation.js";
export type { Runtime } from "./runtime.js";
export type { components, operations, paths } from "./schema.js";
export type { FlushReport } from "./spool/delivery.js";
export type { RefusedUse, SpooledUse } from "./spool/line.js";
export type * from "./types.js";
