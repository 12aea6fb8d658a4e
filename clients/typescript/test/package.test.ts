import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { folder, realServer, RESUME_CATALOG } from "./support/real.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

function run(program: string, words: string[], cwd: string, env: Record<string, string> = {}): string {
  const options = { cwd, encoding: "utf8", env: { ...process.env, ...env }, stdio: "pipe" } as const;
  try {
    return execFileSync(program, words, options);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${words.join(" ")}: ${stdout}${stderr}`);
  }
}

test("the types are those of the API's document", () => {
  run(process.execPath, ["generate.mjs", "--check"], ROOT);
});

test("every block of the README type-checks, and those that can run do", async (context) => {
  const text = readFileSync(join(ROOT, "README.md"), "utf8");
  const blocks = [...text.matchAll(/(<!-- run -->\n)?```ts\n(.*?)```/gs)];
  assert.ok(blocks.length >= 5);
  const place = join(ROOT, "test-dist/readme");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const runs: string[] = [];
  blocks.forEach(([, marker, code = ""], index) => {
    writeFileSync(join(place, `block${index}.ts`), `${code}\nexport {};\n`);
    if (marker !== undefined) {
      runs.push(`block${index}.js`);
    }
  });
  const options = { rootDir: ".", outDir: "out", declaration: false, noUnusedParameters: false, skipLibCheck: true };
  const settings = { extends: "../../tsconfig.json", compilerOptions: options, include: ["*.ts"] };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify(settings));
  run(process.execPath, [TSC, "-p", place], ROOT);

  const server = await realServer(context, RESUME_CATALOG);
  const environment = { TOLLGATE_URL: server.url, TOLLGATE_API_KEY: server.key };
  assert.equal(runs.length, 2);
  const [quickStart = "", reservation = ""] = runs.map((name) => join(place, "out", name));
  const said = [1, 2, 3].map(() => run(process.execPath, [quickStart], place, environment));
  assert.match(said[0] ?? "", /spooled: false/);
  assert.match(said[2] ?? "", /Insufficient quota.* 0 of 2 left\./);
  run(process.execPath, [reservation], place, environment);
});

test("the package installs in a fresh folder, without anything else, and has its types", (context) => {
  const place = folder(context);
  const packed = JSON.parse(
    run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", place], ROOT),
  ) as { filename: string; files: { path: string }[] }[];
  const [{ filename, files }] = packed as [(typeof packed)[0] & object];
  const paths = files.map((file) => file.path);
  for (const path of ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "dist/index.d.ts", "dist/express.js", "dist/next.js"]) {
    assert.ok(paths.includes(path), path);
  }
  assert.ok(paths.every((path) => /^(dist\/|README|LICENSE|package\.json)/.test(path)), paths.join(" "));

  writeFileSync(join(place, "package.json"), JSON.stringify({ name: "fresh", private: true, type: "module" }));
  run("npm", ["install", "--offline", "--no-audit", `./${filename}`], place);
  assert.deepEqual(readdirSync(join(place, "node_modules")).filter((name) => !name.startsWith(".")), ["tollgate-client"]);
  const code = `import { Tollgate, QuotaExceeded } from "tollgate-client";
    import { withQuota } from "tollgate-client/next";
    import { quota } from "tollgate-client/express";
    console.log([Tollgate, QuotaExceeded, withQuota, quota].map((one) => typeof one).join());`;
  writeFileSync(join(place, "main.mjs"), code);
  assert.equal(run(process.execPath, ["main.mjs"], place).trim(), "function,function,function,function");

  const typed = `import { Tollgate, type Receipt } from "tollgate-client";
    import { withQuota } from "tollgate-client/next";
    const tollgate: Tollgate = new Tollgate({ url: "http://127.0.0.1:1", apiKey: "k" });
    export const POST = withQuota(tollgate, "f", { by: () => "u" }, () => new Response());
    export const receipt: Promise<Receipt> = tollgate.consume("u", "f");
    // @ts-expect-error: an amount is a number
    void tollgate.consume("u", { feature: "f", amount: "2" });`;
  writeFileSync(join(place, "typed.mts"), typed);
  const words = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "nodenext", "--lib", "es2022", "--types", "node", "--typeRoots", join(ROOT, "node_modules/@types"), "typed.mts"];
  run(process.execPath, [TSC, ...words], place);
});

test("nothing names a registry's host", () => {
  const lock = readFileSync(join(ROOT, "package-lock.json"), "utf8");
  assert.ok(!/"resolved"|registry\./.test(lock));
});
