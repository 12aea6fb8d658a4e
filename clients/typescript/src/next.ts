/** The guard for route handlers of Next.js, and of anything else that speaks web requests. */

import type { Tollgate } from "./client.js";
import { admit, answerFor, isSuccess, Quota, type GuardOptions } from "./guard.js";

export type { Caller } from "./guard.js";
export { Quota };

export interface NextGuardOptions<Incoming extends Request> extends GuardOptions<Incoming> {
  /**
   * Settles at the end of the answer's body, which waits for it, in place of before the answer
   * leaves: for streams that may break off, which are then given back.
   */
  streams?: boolean;
}

/**
 * Wraps a route handler: `export const POST = withQuota(tollgate, "ats_scan", { by }, handler)`.
 * What it throws, Next's own redirects included, gives the units back.
 */
export function withQuota<Incoming extends Request = Request, Context = unknown>(
  tollgate: Tollgate,
  feature: string,
  options: NextGuardOptions<Incoming>,
  handler: (request: Incoming, context: Context, quota: Quota) => Response | Promise<Response>,
): (request: Incoming, context: Context) => Promise<Response> {
  return async (request, context) => {
    const quota = await admit(tollgate, feature, options, request);
    if (!(quota instanceof Quota)) {
      return Response.json(quota.body, quota);
    }
    let response: Response;
    try {
      response = await handler(request, context, quota);
    } catch (error) {
      await quota.release();
      throw error;
    }
    if (!isSuccess(response.status, options) || request.signal.aborted) {
      await quota.release();
      return response;
    }
    if (options.streams && response.body !== null) {
      return new Response(settleAtEnd(response.body, quota), response);
    }
    try {
      await quota.settle();
    } catch (error) {
      await response.body?.cancel();
      const answer = answerFor(error);
      return Response.json(answer.body, answer);
    }
    return response;
  };
}

/** The same stream; its end waits until the units are settled, and fails if they are not. */
function settleAtEnd(
  body: ReadableStream<Uint8Array>,
  quota: Quota,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
      } catch (error) {
        await quota.release();
        controller.error(error);
        return;
      }
      try {
        await quota.settle();
        controller.close();
      } catch (error) {
        controller.error(error);
      }
    },
    async cancel(reason) {
      await Promise.all([quota.release(), reader.cancel(reason)]);
    },
  });
}
