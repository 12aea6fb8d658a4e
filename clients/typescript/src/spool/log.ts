/** An append-only file. A write is acknowledged once it is on disk, or it is taken back. */

import * as fs from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { decodeFile, type Lines } from "./line.js";

const write = promisify(fs.write);
const sync = promisify(fs.fdatasync);
const truncate = promisify(fs.ftruncate);

export class Log {
  readonly #path: string;
  #file: number;
  #length: number;
  /** Set once what stands in the file is no longer known. */
  #failure: unknown;

  private constructor(path: string, file: number, length: number) {
    this.#path = path;
    this.#file = file;
    this.#length = length;
  }

  /** Opens the file, or makes it. A last line that is not whole is cut off. */
  static open<Record>(path: string): { log: Log; lines: Lines<Record> } {
    const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    const lines = decodeFile<Record>(fs.readFileSync(file));
    fs.ftruncateSync(file, lines.length);
    fs.fsyncSync(file);
    syncFolder(path);
    return { log: new Log(path, file, lines.length), lines };
  }

  /** Bytes in the file. */
  get length(): number {
    return this.#length;
  }

  /** Appends; with `durable` it is on disk afterwards. What fails is not in the file. */
  async append(text: string, durable: boolean): Promise<void> {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    const bytes = Buffer.from(text, "utf8");
    try {
      for (let done = 0; done < bytes.length; ) {
        const rest = bytes.length - done;
        const { bytesWritten } = await write(this.#file, bytes, done, rest, this.#length + done);
        done += bytesWritten;
      }
      if (durable) {
        await sync(this.#file);
      }
    } catch (error) {
      await this.#takeBack(error);
      throw error;
    }
    this.#length += bytes.length;
  }

  async sync(): Promise<void> {
    await sync(this.#file);
  }

  /** Replaces the whole file, or leaves it as it is. */
  replace(text: string): void {
    const path = `${this.#path}.new`;
    const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_TRUNC, 0o600);
    try {
      fs.writeFileSync(file, text);
      fs.fsyncSync(file);
      fs.renameSync(path, this.#path);
    } catch (error) {
      fs.closeSync(file);
      throw error;
    }
    fs.closeSync(this.#file);
    this.#file = file;
    this.#length = Buffer.byteLength(text, "utf8");
    try {
      syncFolder(this.#path);
    } catch (error) {
      // Which of the two files stands after a power failure is not known.
      this.#failure = error;
      throw error;
    }
  }

  close(): void {
    fs.closeSync(this.#file);
    this.#failure ??= new Error("the file is closed");
  }

  async #takeBack(cause: unknown): Promise<void> {
    try {
      await truncate(this.#file, this.#length);
      await sync(this.#file);
    } catch {
      this.#failure = cause;
    }
  }
}

/** Makes a file's name durable. */
function syncFolder(path: string): void {
  const folder = fs.openSync(dirname(path), "r");
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}
