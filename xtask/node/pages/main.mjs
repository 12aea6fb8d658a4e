// The pages in a real browser: every state looked at, people's ways walked, and attacks tried.
// Argument: a file that says which servers run and where photographs go. NODE_PATH says where the
// packages are.

import { readFileSync } from "node:fs";
import { mustFail } from "./broken.mjs";
import { close, part } from "./checks.mjs";
import { flows } from "./flows.mjs";
import { launch } from "./harness.mjs";
import { OWNER_STATES, ownerFlow, widgets, YEAR_STATES } from "./owner.mjs";
import { judgeAll } from "./judge.mjs";
import { security } from "./security.mjs";
import { STATES } from "./states.mjs";
import { App } from "./world.mjs";

const MINUTES_MAX = 10;
setTimeout(() => {
  console.error(`not complete after ${MINUTES_MAX} minutes`);
  process.exit(1);
}, MINUTES_MAX * 60_000).unref();

const { servers, folder, browser: program, only } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const apps = Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, new App(server)]));
const wanted = (states) => (only ? states.filter(({ name }) => only.split(",").includes(name)) : states);
const browser = await launch(program);
const play = async (name) => judgeAll(browser, apps[name], wanted(STATES[name]), folder);

await Promise.all([
  play("usdot"),
  (async () => {
    for (const name of ["clock", "resume", "studio", "bare"]) await play(name);
    await judgeAll(browser, apps.clock, wanted(YEAR_STATES), folder);
    await judgeAll(browser, apps.flows, wanted(OWNER_STATES), folder);
    if (only && !only.includes("flows")) return;
    await part("the owner's way", () => ownerFlow(browser, apps.flows));
    await part("widgets", () => widgets(browser, apps.flows));
    await mustFail(browser);
    await flows(browser, apps.flows);
    await part("attacks", () => security(browser, apps.flows, apps.bare));
  })(),
]);
await browser.close();
process.exitCode = close();
