/** A folder belongs to one process. What a process that died left behind is taken over. */

import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { SpoolLocked } from "../errors.js";

interface Holder {
  id: string;
  pid: number;
  /** When the process began, in the system's own count: numbers of processes come again. */
  started: string;
  host: string;
}

/** Locks that this module took: what is known where nothing tells one process from the next. */
const held = new Set<string>();
const TRIES_MAX = 3;

export class Lock {
  readonly #path: string;
  readonly #holder: Holder;

  /** Throws `SpoolLocked` while another process, or another client of this one, has the folder. */
  constructor(folder: string) {
    this.#path = join(folder, "lock");
    this.#holder = {
      id: randomUUID(),
      pid: process.pid,
      started: startOf(process.pid),
      host: hostname(),
    };
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      if (this.#take()) {
        held.add(this.#holder.id);
        return;
      }
      this.#removeStale();
    }
    throw new SpoolLocked(`other processes are taking the spool ${this.#path} just now`);
  }

  /** Whether the folder is still this process's. */
  isHeld(): boolean {
    return readHolder(this.#path)?.id === this.#holder.id;
  }

  release(): void {
    if (this.isHeld()) {
      fs.rmSync(this.#path, { force: true });
    }
    held.delete(this.#holder.id);
  }

  /** The file appears with its content or not at all. */
  #take(): boolean {
    const own = `${this.#path}.${this.#holder.id}`;
    writeDurably(own, JSON.stringify(this.#holder));
    try {
      fs.linkSync(own, this.#path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") {
        return false;
      }
      throw error;
    } finally {
      fs.rmSync(own, { force: true });
    }
  }

  #removeStale(): void {
    const seen = readHolder(this.#path);
    if (seen === undefined) {
      return;
    }
    if (isAlive(seen)) {
      throw new SpoolLocked(
        `the spool ${this.#path} belongs to process ${seen.pid} on ${seen.host}; give each process a folder of its own`,
      );
    }
    const moved = `${this.#path}.${this.#holder.id}`;
    try {
      fs.renameSync(this.#path, moved);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return;
      }
      throw error;
    }
    if (readHolder(moved)?.id !== seen.id) {
      // Another process was faster, and this is its lock: it gets it back.
      try {
        fs.linkSync(moved, this.#path);
      } catch {
        // A third one has it; whoever lost it sees so before the next write.
      }
    }
    fs.rmSync(moved, { force: true });
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(fs.readFileSync(path, "utf8")) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw new SpoolLocked(`the lock ${path} cannot be read: remove it if no process uses the folder`, {
      cause: error,
    });
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) {
    // Nothing can be known of another machine's processes.
    return true;
  }
  if (holder.pid === process.pid && holder.started === startOf(process.pid)) {
    // Another thread's clients are not known here, but the process lives.
    return holder.started !== "" || held.has(holder.id);
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return holder.started === startOf(holder.pid);
}

/** A lock that a power failure left half written could not be told from a live one. */
function writeDurably(path: string, text: string): void {
  const file = fs.openSync(path, "wx", 0o600);
  try {
    fs.writeSync(file, text);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

/**
 * On Linux the boot, and in it the 22nd field of the process's status; elsewhere the number of the
 * process has to do.
 */
function startOf(pid: number): string {
  try {
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const status = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${boot} ${status.slice(status.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return "";
  }
}
