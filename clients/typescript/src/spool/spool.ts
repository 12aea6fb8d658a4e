/** Uses that were granted here, on disk until they are delivered. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { IdempotencyKeyReused, SpoolFailed } from "../errors.js";
import { encodeLine, type RefusedUse, type SpooledUse, type SpoolRecord } from "./line.js";
import { Lock } from "./lock.js";
import { Log } from "./log.js";

/** Delivered uses are dropped from the file once they take more than this, and more than the rest. */
const DEAD_BYTES_MIN = 64 << 10;

interface Entry {
  use: SpooledUse;
  line: string;
  bytes: number;
  isDurable: boolean;
  /** Settles once it is on disk. */
  written: Promise<void>;
}

interface Write {
  line: string;
  durable: boolean;
  /** Called as soon as it is on disk, before anything else is written. */
  onWritten: () => void;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class Spool {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #lock: Lock;
  readonly #log: Log;
  readonly #refusedLog: Log;
  readonly #entries = new Map<string, Entry>();
  readonly #refused = new Map<string, RefusedUse>();
  #liveBytes = 0;
  #writes: Write[] = [];
  #writing: Promise<void> | undefined;
  #refusing: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** Opens the folder, or makes it. Throws `SpoolLocked` while another process has it. */
  constructor(folder: string, bytesMax: number, nowMs: number) {
    this.#folder = folder;
    this.#bytesMax = bytesMax;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#lock = new Lock(folder);
    try {
      const refused = Log.open<RefusedUse>(join(folder, "refused.log"));
      this.#refusedLog = refused.log;
      for (const record of refused.lines.records) {
        this.#refused.set(refusedId(record), record);
      }
      const uses = Log.open<SpoolRecord>(join(folder, "uses.log"));
      this.#log = uses.log;
      this.#replay(uses.lines.records);
      this.#setAside(uses.lines.corrupt, nowMs);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** How many uses wait to be delivered. */
  get size(): number {
    return this.#entries.size;
  }

  /** What waits to be delivered, the oldest first. */
  waiting(): SpooledUse[] {
    return [...this.#entries.values()].filter((entry) => entry.isDurable).map((entry) => entry.use);
  }

  /** Keeps a use; when this resolves it is on disk. The same key and use again are one use. */
  append(use: SpooledUse): Promise<void> {
    const id = useId(use.customer, use.key);
    const known = this.#entries.get(id);
    if (known !== undefined) {
      return isSameUse(known.use, use) ? known.written : Promise.reject(keyReused());
    }
    const line = encodeLine({ use });
    const bytes = Buffer.byteLength(line, "utf8");
    if (this.#isClosed) {
      return Promise.reject(new SpoolFailed(`the spool ${this.#folder} is closed`));
    }
    if (this.#liveBytes + bytes > this.#bytesMax) {
      const held = `${this.#entries.size} uses in ${this.#liveBytes} bytes`;
      return Promise.reject(new SpoolFailed(`the spool ${this.#folder} is full: ${held}`));
    }
    const entry: Entry = { use, line, bytes, isDurable: false, written: Promise.resolve() };
    this.#entries.set(id, entry);
    this.#liveBytes += bytes;
    const setDurable = () => {
      entry.isDurable = true;
    };
    entry.written = this.#write(line, true, setDurable).catch((error: unknown) => {
      this.#drop(id);
      throw failed(this.#folder, error);
    });
    return entry.written;
  }

  /** Forgets a use that was delivered. A mark that a power failure loses costs one more try. */
  async done(use: SpooledUse): Promise<void> {
    if (this.#drop(useId(use.customer, use.key))) {
      const { customer, key } = use;
      await this.#write(encodeLine({ done: { customer, key } }), false).catch(() => {});
    }
  }

  /** Keeps a use that will not be delivered where it can be read, and then forgets it here. */
  async refuse(refused: RefusedUse & { use: SpooledUse }): Promise<void> {
    await this.#keepRefused(refused);
    await this.done(refused.use);
  }

  /** Uses that were given up. */
  refused(): RefusedUse[] {
    return [...this.#refused.values()];
  }

  /** Empties the file of uses that were given up. */
  clearRefused(): Promise<void> {
    return this.#afterRefusing(() => {
      this.#refusedLog.replace("");
      this.#refused.clear();
      return Promise.resolve();
    });
  }

  /** Waits for what is being written, and makes marks durable. */
  async sync(): Promise<void> {
    while (this.#writing !== undefined) {
      await this.#writing;
    }
    if (!this.#isClosed) {
      await this.#log.sync();
    }
  }

  /** Lets go of the folder. What waits stays on disk. */
  async close(): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    await this.sync();
    await this.#refusing;
    this.#isClosed = true;
    this.#log.close();
    this.#refusedLog.close();
    this.#lock.release();
  }

  #replay(records: SpoolRecord[]): void {
    for (const record of records) {
      if ("done" in record) {
        this.#drop(useId(record.done.customer, record.done.key));
        continue;
      }
      const line = encodeLine(record);
      const bytes = Buffer.byteLength(line, "utf8");
      const id = useId(record.use.customer, record.use.key);
      this.#drop(id);
      const written = Promise.resolve();
      this.#entries.set(id, { use: record.use, line, bytes, isDurable: true, written });
      this.#liveBytes += bytes;
    }
  }

  /** Lines that cannot be read go where people look, before they leave the file. */
  #setAside(corrupt: string[], nowMs: number): void {
    if (corrupt.length === 0) {
      return;
    }
    const message = "The line's checksum does not hold.";
    for (const line of corrupt) {
      const record = { at: nowMs, reason: "corrupt", message, line };
      this.#refused.set(refusedId(record), record);
    }
    this.#refusedLog.replace([...this.#refused.values()].map(encodeLine).join(""));
    this.#log.replace(this.#live());
  }

  #drop(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      return false;
    }
    this.#entries.delete(id);
    this.#liveBytes -= entry.bytes;
    return true;
  }

  #live(): string {
    const durable = [...this.#entries.values()].filter((entry) => entry.isDurable);
    return durable.map((entry) => entry.line).join("");
  }

  #write(line: string, durable: boolean, onWritten: () => void = () => {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writes.push({ line, durable, onWritten, resolve, reject });
      this.#writing ??= this.#writeAll().finally(() => {
        this.#writing = undefined;
      });
    });
  }

  /** What came while the disk was busy goes to it together. */
  async #writeAll(): Promise<void> {
    while (this.#writes.length > 0) {
      const writes = this.#writes;
      this.#writes = [];
      try {
        if (!this.#lock.isHeld()) {
          throw new Error("another process took its folder");
        }
        const durable = writes.some((write) => write.durable);
        await this.#log.append(writes.map((write) => write.line).join(""), durable);
      } catch (error) {
        for (const write of writes) {
          write.reject(error);
        }
        continue;
      }
      for (const write of writes) {
        write.onWritten();
        write.resolve();
      }
      this.#compact();
    }
  }

  #compact(): void {
    const dead = this.#log.length - this.#liveBytes;
    if (dead < DEAD_BYTES_MIN || dead < this.#liveBytes) {
      return;
    }
    try {
      this.#log.replace(this.#live());
    } catch {
      // The file is as it was, and grows; or it is closed to further uses.
    }
  }

  #keepRefused(refused: RefusedUse): Promise<void> {
    return this.#afterRefusing(async () => {
      const id = refusedId(refused);
      if (this.#refused.has(id)) {
        return;
      }
      const line = encodeLine(refused);
      if (this.#refusedLog.length + Buffer.byteLength(line, "utf8") > this.#bytesMax) {
        throw new SpoolFailed(`${this.#folder}/refused.log is full: read it and clear it`);
      }
      try {
        await this.#refusedLog.append(line, true);
      } catch (error) {
        throw failed(this.#folder, error);
      }
      this.#refused.set(id, refused);
    });
  }

  #afterRefusing(work: () => Promise<void>): Promise<void> {
    const next = this.#refusing.then(work);
    this.#refusing = next.catch(() => {});
    return next;
  }
}

function useId(customer: string, key: string): string {
  return `${customer}\n${key}`;
}

function refusedId(refused: RefusedUse): string {
  return refused.use === undefined
    ? `line\n${refused.line}`
    : useId(refused.use.customer, refused.use.key);
}

function isSameUse(one: SpooledUse, other: SpooledUse): boolean {
  return (
    JSON.stringify([one.body, one.reservation]) === JSON.stringify([other.body, other.reservation])
  );
}

function keyReused(): IdempotencyKeyReused {
  const message = "The idempotency key came with another request before.";
  return new IdempotencyKeyReused(422, { error: "idempotency_key_reused", message });
}

function failed(folder: string, cause: unknown): SpoolFailed {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SpoolFailed(`the spool ${folder} cannot be written: ${why}`, { cause });
}
