/**
 * The guard for Express, in one line per route.
 *
 * The last byte of a success leaves only after the units are settled: an answer that is whole says
 * that the use is durable. An answer whose settling failed is replaced by the refusal, or by 503;
 * one whose head is out already is cut off.
 */

import type { NextFunction, Request, Response } from "express";
import type { Tollgate } from "./client.js";
import { admit, answerFor, isSuccess, problem, Quota, type Answer, type GuardOptions } from "./guard.js";
import { warn } from "./runtime.js";

export type { Caller } from "./guard.js";
export { Quota };

export interface ExpressGuardOptions extends GuardOptions<Request> {
  /**
   * What becomes of an answer that has begun and whose reader left before its end: given back when
   * left out. `settle` where a reader must not have all but the last byte for nothing.
   */
  cutOff?: "release" | "settle";
}

const quotas = new WeakMap<Response, Quota>();

/** What the guard of this request holds. */
export function quotaOf(response: Response): Quota {
  const quota = quotas.get(response);
  if (quota === undefined) {
    throw new Error("no guard stands before this handler: add quota(…) to its route");
  }
  return quota;
}

/** Lets a request through when its customer has the quota for it. */
export function quota(
  tollgate: Tollgate,
  feature: string,
  options: ExpressGuardOptions,
): (request: Request, response: Response, next: NextFunction) => void {
  return (request, response, next) => {
    admit(tollgate, feature, options, request).then((admitted) => {
      if (!(admitted instanceof Quota)) {
        answer(response, admitted);
      } else if (response.destroyed || response.writableEnded) {
        // Nobody waits for it any more.
        void admitted.release();
      } else {
        quotas.set(response, admitted);
        new Hold(response, admitted, options);
        next();
      }
    }, next);
  };
}

type Method = "write" | "end";

/** Stands between a handler and its response until its units are settled or given back. */
class Hold {
  readonly #response: Response;
  readonly #quota: Quota;
  readonly #options: ExpressGuardOptions;
  readonly #before: Headers;
  readonly #originals: Record<Method, (...values: unknown[]) => unknown>;
  readonly #waiting: { method: Method; values: unknown[] }[] = [];
  #state: "open" | "closing" | "closed" = "open";
  #hasBegun = false;
  #lengthLeft: number | undefined;

  constructor(response: Response, quota: Quota, options: ExpressGuardOptions) {
    this.#response = response;
    this.#quota = quota;
    this.#options = options;
    this.#before = headersOf(response);
    this.#originals = { write: response.write, end: response.end } as never;
    const { writeHead } = response;
    response.writeHead = ((...values: unknown[]) => {
      this.#readLength(values.at(-1));
      return Reflect.apply(writeHead, response, values) as unknown;
    }) as typeof writeHead;
    response.write = ((...values: unknown[]) => this.#write(values)) as typeof response.write;
    response.end = ((...values: unknown[]) => this.#end(values)) as typeof response.end;
    response.once("close", () => this.#cutOff());
  }

  #write(values: unknown[]): unknown {
    if (this.#state === "closed") {
      return this.#call("write", values);
    }
    if (this.#state === "open") {
      this.#readLength(undefined);
      const isLast = this.#count(values) <= 0;
      this.#hasBegun = true;
      if (!isLast) {
        return this.#call("write", values);
      }
      this.#close();
    }
    this.#keep("write", values);
    return false;
  }

  #end(values: unknown[]): unknown {
    if (this.#state === "closed") {
      return this.#call("end", values);
    }
    this.#keep("end", values);
    if (this.#state === "open") {
      this.#close();
    }
    return this.#response;
  }

  /** What comes after the end of an answer is not a part of it. */
  #keep(method: Method, values: unknown[]): void {
    if (this.#waiting.at(-1)?.method !== "end") {
      this.#waiting.push({ method, values });
    }
  }

  /** What the answer is stands now; what an error handler does to it later is not sent. */
  #close(): void {
    this.#state = "closing";
    const response = this.#response;
    const { statusCode, statusMessage } = response;
    const headers = headersOf(response);
    const finish = () => {
      if (!response.headersSent) {
        response.statusCode = statusCode;
        response.statusMessage = statusMessage;
        restore(response, headers);
      }
      this.#flush();
    };
    if (isSuccess(statusCode, this.#options)) {
      this.#quota.settle().then(finish, (error: unknown) => this.#fail(error));
    } else {
      void this.#quota.release().then(finish);
    }
  }

  #flush(): void {
    this.#state = "closed";
    for (const { method, values } of this.#waiting.splice(0)) {
      this.#call(method, values);
    }
    if (!this.#response.writableEnded) {
      this.#response.emit("drain");
    }
  }

  /** The work is done and is not paid: its answer does not leave. */
  #fail(error: unknown): void {
    this.#state = "closed";
    this.#waiting.length = 0;
    const response = this.#response;
    if (response.headersSent) {
      response.destroy(error instanceof Error ? error : undefined);
      return;
    }
    restore(response, this.#before);
    response.statusMessage = "";
    answer(response, settleAnswer(error));
  }

  #cutOff(): void {
    if (this.#state !== "open") {
      return;
    }
    this.#state = "closed";
    if (this.#hasBegun && this.#options.cutOff === "settle") {
      this.#quota.settle().catch(warn);
    } else {
      void this.#quota.release();
    }
  }

  #call(method: Method, values: unknown[]): unknown {
    return Reflect.apply(this.#originals[method], this.#response, values);
  }

  /** An answer of a known length is whole with its last byte, before it is ended. */
  #readLength(headers: unknown): void {
    if (this.#lengthLeft !== undefined) {
      return;
    }
    const named = entriesOf(headers).find(([name]) => name.toLowerCase() === "content-length")?.[1];
    const length = named ?? this.#response.getHeader("content-length");
    if (length !== undefined) {
      this.#lengthLeft = Number(length);
    }
  }

  /** How many bytes are left to write; more than any where the length is not known. */
  #count([chunk, encoding]: unknown[]): number {
    if (this.#lengthLeft === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    const bytes =
      typeof chunk === "string"
        ? Buffer.byteLength(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8")
        : (chunk as Uint8Array).byteLength;
    this.#lengthLeft -= bytes;
    return this.#lengthLeft;
  }
}

/** Defects of the settings are no answer to a user: 500 without a word about them. */
function settleAnswer(error: unknown): Answer {
  try {
    return answerFor(error);
  } catch (defect) {
    warn(defect);
    return problem(500, "internal_error", "The use could not be recorded.");
  }
}

function answer(response: Response, { status, headers, body }: Answer): void {
  const text = Buffer.from(JSON.stringify(body), "utf8");
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, value);
  }
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.setHeader("content-length", text.byteLength);
  response.end(text);
}

/** The headers that `writeHead` takes: an object, pairs, or names and values in turn. */
function entriesOf(headers: unknown): [string, unknown][] {
  if (typeof headers !== "object" || headers === null) {
    return [];
  }
  if (!Array.isArray(headers)) {
    return Object.entries(headers);
  }
  const flat = headers.flat() as unknown[];
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[String(name), flat[index + 1]]] : []));
}

type Headers = ReturnType<Response["getHeaders"]>;

function headersOf(response: Response): Headers {
  return { ...response.getHeaders() };
}

function restore(response: Response, headers: Headers): void {
  for (const name of response.getHeaderNames()) {
    if (!(name in headers)) {
      response.removeHeader(name);
    }
  }
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) {
      response.setHeader(name, value);
    }
  }
}
