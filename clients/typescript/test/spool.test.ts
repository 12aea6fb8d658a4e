import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import type { SpooledUse } from "../dist/spool/line.js";
import { folder, killed } from "./support/real.js";

/** What the disk was asked for, in order; and what it is to answer. */
const disk = { calls: [] as string[], failures: [] as Error[] };
const { fdatasync, write } = fs;
const real = fs as unknown as { default: Record<string, unknown> };
real.default["fdatasync"] = (file: number, done: (error: Error | null) => void) => {
  disk.calls.push("sync");
  const failure = disk.failures.shift();
  return failure === undefined ? fdatasync(file, done) : done(failure);
};
real.default["write"] = Object.assign((...values: never[]) => Reflect.apply(write, fs, values), {
  [promisify.custom]: (...values: never[]) => {
    disk.calls.push("write");
    return Reflect.apply(promisify(write), fs, values) as unknown;
  },
});
syncBuiltinESMExports();
const { IdempotencyKeyReused, SpoolFailed, SpoolLocked } = await import("tollgate-client");
const { Spool } = await import("../dist/spool/spool.js");

function use(key: string, metadata: Record<string, unknown> = {}): SpooledUse {
  return { key, at: 1_000, customer: "user_1", body: { feature: "ats_scan", metadata } };
}

const keys = (spool: InstanceType<typeof Spool>) => spool.waiting().map((one) => one.key);

test("a use is on disk before it is acknowledged, and there again after a restart", async (context) => {
  const place = folder(context);
  const spool = new Spool(place, 1 << 20, 0);
  disk.calls.length = 0;
  const written = spool.append(use("a"));
  assert.deepEqual(keys(spool), [], "what is not on disk is not delivered");
  await written;
  assert.deepEqual(disk.calls, ["write", "sync"]);
  await spool.append(use("b"));
  await spool.done(use("a"));
  await spool.close();
  assert.deepEqual(keys(new Spool(place, 1 << 20, 0)), ["b"]);
});

test("uses that come together share a write", async (context) => {
  const spool = new Spool(folder(context), 1 << 20, 0);
  disk.calls.length = 0;
  await Promise.all(Array.from({ length: 100 }, (_, index) => spool.append(use(`k${index}`))));
  assert.equal(spool.waiting().length, 100);
  assert.ok(disk.calls.length <= 4, `${disk.calls.length} calls`);
});

const FULL = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });

test("what the disk refuses is not granted, and is not there later", async (context) => {
  const place = folder(context);
  const spool = new Spool(place, 1 << 20, 0);
  await spool.append(use("a"));
  const { size } = fs.statSync(join(place, "uses.log"));
  disk.failures.push(FULL);
  await assert.rejects(spool.append(use("b")), SpoolFailed);
  assert.equal(fs.statSync(join(place, "uses.log")).size, size, "it is taken back");
  await spool.append(use("c"));
  assert.deepEqual(keys(spool), ["a", "c"]);
  await spool.close();
  assert.deepEqual(keys(new Spool(place, 1 << 20, 0)), ["a", "c"]);
});

test("a file that cannot be put right takes no more", async (context) => {
  const place = folder(context);
  const spool = new Spool(place, 1 << 20, 0);
  await spool.append(use("a"));
  disk.failures.push(FULL, FULL);
  await assert.rejects(spool.append(use("b")), SpoolFailed);
  await assert.rejects(spool.append(use("c")), SpoolFailed);
  assert.deepEqual(keys(spool), ["a"]);
});

test("a last line that is torn was never acknowledged; others stay, wherever it is torn", async (context) => {
  const place = folder(context);
  const spool = new Spool(place, 1 << 20, 0);
  await spool.append(use("a"));
  const whole = fs.statSync(join(place, "uses.log")).size;
  await spool.append(use("b"));
  await spool.close();
  const bytes = fs.readFileSync(join(place, "uses.log"));
  for (let length = whole; length < bytes.length; length += 1) {
    fs.writeFileSync(join(place, "uses.log"), bytes.subarray(0, length));
    const again = new Spool(place, 1 << 20, 0);
    assert.deepEqual(keys(again), ["a"], `cut at ${length}`);
    assert.equal(fs.statSync(join(place, "uses.log")).size, whole, "the rest is cut off");
    await again.append(use("c"));
    await again.close();
    const last = new Spool(place, 1 << 20, 0);
    assert.deepEqual([keys(last), last.refused()], [["a", "c"], []]);
    await last.close();
  }
});

test("a line whose checksum does not hold is set aside where it can be read", async (context) => {
  const place = folder(context);
  const spool = new Spool(place, 1 << 20, 0);
  for (const key of ["a", "b", "c"]) {
    await spool.append(use(key));
  }
  await spool.close();
  const path = join(place, "uses.log");
  fs.writeFileSync(path, fs.readFileSync(path, "utf8").replace('"key":"b"', '"key":"x"'));
  for (let start = 0; start < 2; start += 1) {
    const again = new Spool(place, 1 << 20, 7);
    assert.deepEqual(keys(again), ["a", "c"]);
    const [refused, ...others] = again.refused();
    assert.deepEqual([refused?.reason, refused?.at, others.length], ["corrupt", 7, 0]);
    assert.match(refused?.line ?? "", /"key":"x"/);
    await again.close();
  }
});

test("the file is bounded, and delivered uses leave it", async (context) => {
  const place = folder(context);
  const spool = new Spool(place, 200_000, 0);
  const metadata = { text: "x".repeat(900) };
  let most = 0;
  for (let index = 0; index < 1_000; index += 1) {
    const one = use(`k${index}`, metadata);
    await spool.append(one);
    await spool.done(one);
    most = Math.max(most, fs.statSync(join(place, "uses.log")).size);
  }
  assert.ok(most < 2 * 200_000, `${most} bytes`);

  let kept = 0;
  await assert.rejects(async () => {
    for (; kept < 1_000; kept += 1) {
      await spool.append(use(`full${kept}`, metadata));
    }
  }, SpoolFailed);
  assert.ok(kept > 150 && kept < 200, `${kept} uses`);
  assert.equal(spool.waiting().length, kept);
  const [first] = spool.waiting();
  assert.ok(first);
  await spool.done(first);
  await spool.append(use("once there is room", metadata));
  await spool.close();
  assert.equal(new Spool(place, 200_000, 0).waiting().length, kept);
});

test("the same key is one use, and another use under it is refused", async (context) => {
  const spool = new Spool(folder(context), 1 << 20, 0);
  await Promise.all([spool.append(use("a")), spool.append(use("a"))]);
  await spool.append(use("a"));
  assert.deepEqual(keys(spool), ["a"]);
  await assert.rejects(spool.append(use("a", { other: true })), IdempotencyKeyReused);
  await spool.append({ ...use("a", { other: true }), customer: "user_2" });
  assert.deepEqual(keys(spool), ["a", "a"]);
});

test("refused uses can be read after a restart, once each, and cleared", async (context) => {
  const place = folder(context);
  const spool = new Spool(place, 1 << 20, 0);
  await spool.append(use("a"));
  const refused = { at: 5, reason: "quota_exceeded", message: "No.", status: 429, use: use("a") };
  await spool.refuse(refused);
  await spool.refuse(refused);
  await spool.close();
  const again = new Spool(place, 1 << 20, 0);
  assert.deepEqual([keys(again), again.refused()], [[], [refused]]);
  await again.clearRefused();
  await again.close();
  assert.deepEqual(new Spool(place, 1 << 20, 0).refused(), []);
});

test("a use stays where it is while the file of refused uses is full", async (context) => {
  const spool = new Spool(folder(context), 400, 0);
  await spool.append(use("a"));
  const refused = { at: 5, reason: "r", message: "x".repeat(400), use: use("a") };
  await assert.rejects(spool.refuse(refused), SpoolFailed);
  assert.deepEqual(keys(spool), ["a"]);
});

test("one process has the folder: not two clients of it, not another process", async (context) => {
  const place = folder(context);
  const spool = new Spool(place, 1 << 20, 0);
  assert.throws(() => new Spool(place, 1 << 20, 0), SpoolLocked);
  const module = new URL("../dist/spool/spool.js", import.meta.url).href;
  const take = `import { Spool } from ${JSON.stringify(module)}; new Spool(process.argv[1], 1 << 20, 0);`;
  const words = ["--input-type=module", "-e", take, place];
  assert.throws(() => execFileSync(process.execPath, words, { stdio: "pipe" }), /belongs to process/);
  const thread = new Worker(`import(${JSON.stringify(module)}).then(({ Spool }) => new Spool(${JSON.stringify(place)}, 1 << 20, 0))`, { eval: true });
  const [error] = (await once(thread, "error")) as [Error];
  assert.match(error.message, /belongs to process/);
  await spool.close();
  execFileSync(process.execPath, words, { stdio: "pipe" });
  // That process ended without closing; what is left is nobody's.
  await new Spool(place, 1 << 20, 0).close();
});

test("a killed process leaves the folder to the next, of whom one gets it", async (context) => {
  const place = folder(context);
  const module = new URL("../dist/spool/spool.js", import.meta.url).href;
  const hold = `import { Spool } from ${JSON.stringify(module)};
    try { new Spool(process.argv[1], 1 << 20, 0); console.log("held"); setInterval(() => {}, 1000); }
    catch (error) { console.log(error.name); }`;
  const start = () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", hold, place]);
    context.after(() => killed(child));
    const said = once(child.stdout, "data").then(([text]) => String(text).trim());
    return { child, said };
  };
  const first = start();
  assert.equal(await first.said, "held");
  await killed(first.child);
  const said = await Promise.all([start(), start(), start(), start()].map((one) => one.said));
  assert.deepEqual(said.sort(), ["SpoolLocked", "SpoolLocked", "SpoolLocked", "held"]);
});

test("a lock is not another process's that got the same number later", { skip: process.platform !== "linux" }, async (context) => {
  const place = folder(context);
  await new Spool(place, 1 << 20, 0).close();
  const holder = { id: "of long ago", pid: process.ppid, started: "another boot 1", host: hostname() };
  fs.writeFileSync(join(place, "lock"), JSON.stringify(holder));
  await new Spool(place, 1 << 20, 0).close();
  fs.writeFileSync(join(place, "lock"), JSON.stringify({ ...holder, host: "another machine" }));
  assert.throws(() => new Spool(place, 1 << 20, 0), SpoolLocked);
});

test("whose lock was taken away writes nothing more", async (context) => {
  const place = folder(context);
  const spool = new Spool(place, 1 << 20, 0);
  fs.writeFileSync(join(place, "lock"), JSON.stringify({ id: "another" }));
  await assert.rejects(spool.append(use("a")), SpoolFailed);
  assert.equal(fs.statSync(join(place, "uses.log")).size, 0);
});
