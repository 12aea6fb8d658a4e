/** A Tollgate server of its own for a test: started, killed, started again on the same database. */

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Tollgate, UsageEvent } from "tollgate-client";

const PROGRAM = process.env["TOLLGATE_BIN"] ?? "tollgate";
const START_MS_MAX = 30_000;
export const RESUME_CATALOG = fileURLToPath(new URL("../../../../catalogs/resume.toml", import.meta.url));
export const LOAD_CATALOG = fileURLToPath(new URL("../../test/load.toml", import.meta.url));

/** A folder that is gone after the test. */
export function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "tollgate-client-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface Real {
  readonly url: string;
  readonly key: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** A server on a free port of loopback and a database of its own, killed when the test ends. */
export async function realServer(context: TestContext, catalog: string): Promise<Real> {
  const place = folder(context);
  const words = ["--database", `sqlite:${join(place, "tollgate.db")}`, "--catalog", catalog, "--json"];
  const made = execFileSync(PROGRAM, ["keys", "create", "--scopes", "read,consume,manage", ...words], {
    cwd: place,
    encoding: "utf8",
  });
  const key = /tg_live_[0-9a-z]+/.exec(made)?.[0] ?? "";
  const log = join(place, "server.log");
  let child: ChildProcess | undefined;
  let address = "127.0.0.1:0";
  const start = async () => {
    child = launch(PROGRAM, ["serve", "--listen", address, ...words], log, { cwd: place });
    address = await boundAddress(child, log);
  };
  const kill = async () => {
    await killed(child);
    child = undefined;
  };
  context.after(kill);
  await start();
  return { url: `http://${address}`, key, kill, start };
}

/** Starts a program that says where it listens. */
export function launch(
  program: string,
  words: string[],
  log: string,
  options: { cwd?: string; env?: Record<string, string> },
): ChildProcess {
  const output = openSync(log, "w");
  const { cwd, env } = options;
  const child = spawn(program, words, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  return child;
}

export async function boundAddress(child: ChildProcess, log: string): Promise<string> {
  const end = Date.now() + START_MS_MAX;
  while (Date.now() < end && child.exitCode === null) {
    const address = /127\.0\.0\.1:[1-9][0-9]*(?=[^0-9])/.exec(readFileSync(log, "utf8"))?.[0];
    if (address !== undefined) {
      return address;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it does not listen: ${readFileSync(log, "utf8")}`);
}

/** `kill -9`; returns when the process is gone. */
export async function killed(child: ChildProcess | undefined): Promise<void> {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
}

/** Every usage event of a customer. */
export async function history(tollgate: Tollgate, customer: string): Promise<UsageEvent[]> {
  const events: UsageEvent[] = [];
  for (let after: string | null | undefined; ; ) {
    const page = await tollgate.events(customer, {
      limit: 100,
      ...(after ? { starting_after: after } : {}),
    });
    events.push(...page.data);
    after = page.next;
    if (!page.has_more || !after) {
      return events;
    }
  }
}
