// The browser, and pages in it that are watched: what they say on the console, what their policy
// refuses, and where they ask.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");

/** The source of axe-core, for the pages that it judges. */
export const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** How long anything may take that a page does by itself, in milliseconds. */
export const PATIENCE_MS = 20_000;

/** A headless Chromium. Its own sandbox cannot be had as root. */
export function launch(executablePath) {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    chromiumSandbox: !isRoot,
    args: [...(isRoot ? ["--no-sandbox"] : []), "--disable-dev-shm-usage", "--force-color-profile=srgb"],
  });
}

/** What a page did that it must not do. */
export class Watch {
  console = [];
  refused = [];
  outside = [];
  executed = [];
}

/**
 * A context whose requests stay at `origins`: any other is stopped and written down. `cookie` signs
 * it in.
 */
export async function openContext(browser, origins, { cookie, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    colorScheme: "light",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const watch = new Watch();
  const isOurs = (url) => origins.includes(url.origin) || url.protocol === "data:" || url.protocol === "about:";
  await context.route(
    (url) => !isOurs(url),
    (route) => {
      watch.outside.push(route.request().url());
      return route.abort();
    },
  );
  await context.exposeBinding("tollgateRefused", (_, text) => watch.refused.push(text));
  await context.exposeBinding("tollgateExecuted", (_, text) => watch.executed.push(text));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      globalThis.tollgateRefused(`${event.violatedDirective} ${event.blockedURI}`);
    });
    // What a script that was smuggled in would call.
    globalThis.alert = (text) => globalThis.tollgateExecuted(String(text));
  });
  context.on("console", (message) => {
    // A form that is refused answers with a status that the browser writes down, too.
    const isStatus = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    if (message.type() === "error" && !isStatus) watch.console.push(message.text());
  });
  context.on("weberror", (error) => watch.console.push(String(error.error())));
  if (cookie) await context.addCookies([{ ...cookie, url: origins[0] }]);
  return { context, watch };
}
