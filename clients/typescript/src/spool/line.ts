/** The spool's files: one record for each line, behind a checksum of it. */

import { createHash } from "node:crypto";
import type { ConsumeRequest } from "../types.js";

/** A use that was granted here and is to be delivered. */
export interface SpooledUse {
  /** The idempotency key of the first try and of every later one. */
  key: string;
  /** When it was granted, in milliseconds since 1970; before any try reached the server's record. */
  at: number;
  customer: string;
  body: ConsumeRequest;
  /** The reservation that it settles, and what becomes of that if nobody does. */
  reservation?: { id: string; ended: "release" | "settle" };
}

/** What stands in a line. */
export type SpoolRecord = { use: SpooledUse } | { done: { customer: string; key: string } };

/** A use that will not be delivered, and why. */
export interface RefusedUse {
  /** When it was given up, in milliseconds since 1970. */
  at: number;
  /** The server's word, or `too_old`, or `corrupt`. */
  reason: string;
  message: string;
  /** What the server answered, if it did. */
  status?: number;
  /** Absent for a line that could not be read. */
  use?: SpooledUse;
  /** A line that could not be read, as it stands in the file. */
  line?: string;
}

const CHECKSUM_LENGTH = 16;

export function encodeLine(record: SpoolRecord | RefusedUse): string {
  const text = JSON.stringify(record);
  return `${checksum(text)} ${text}\n`;
}

/** Undefined when the checksum does not hold. */
export function decodeLine<Record>(line: string): Record | undefined {
  const text = line.slice(CHECKSUM_LENGTH + 1);
  if (line[CHECKSUM_LENGTH] !== " " || line.slice(0, CHECKSUM_LENGTH) !== checksum(text)) {
    return undefined;
  }
  return JSON.parse(text) as Record;
}

/** What a file holds. */
export interface Lines<Record> {
  records: Record[];
  /** Whole lines whose checksum does not hold. */
  corrupt: string[];
  /** Where the last whole line ends; what stands behind it was never acknowledged. */
  length: number;
}

export function decodeFile<Record>(bytes: Buffer): Lines<Record> {
  const length = bytes.lastIndexOf(0x0a) + 1;
  const lines: Lines<Record> = { records: [], corrupt: [], length };
  const whole = bytes.subarray(0, length).toString("utf8");
  for (const line of whole.split("\n").slice(0, -1)) {
    const record = decodeLine<Record>(line);
    if (record === undefined) {
      lines.corrupt.push(line);
    } else {
      lines.records.push(record);
    }
  }
  return lines;
}

function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, CHECKSUM_LENGTH);
}
