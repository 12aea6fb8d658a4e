// Every state of the pages, shown, looked at and photographed.

import { join } from "node:path";
import { check, equal, must, part } from "./checks.mjs";
import { openContext } from "./harness.mjs";
import { THEMES, WIDTHS, axe, blanks, layout, resize, words } from "./inspect.mjs";

/** The widths that are photographed, and judged by axe-core in both themes. */
const WIDTHS_SHOWN = [1280, 360];
/** The browser names its own style sheet for this, which the page's policy refuses. */
const PHOTOGRAPH = { fullPage: true, animations: "allow", caret: "initial" };

/** One state after another. */
export async function judgeAll(browser, app, states, folder) {
  const seen = {};
  for (const state of states) {
    await part(state.name, () => judge(browser, app, state, seen, folder));
  }
}

async function judge(browser, app, state, seen, folder) {
  const { name } = state;
  const made = await state.make(app, seen);
  try {
    const cookie = made.person?.cookie;
    const { context, watch } = await openContext(browser, [app.origin], { cookie, ...state.options });
    if (state.isWithoutScript) {
      await context.route("**/assets/pages.*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    }
    const page = await context.newPage();
    const begun = Date.now();
    await page.goto(app.url + (made.path ?? "/billing/"), { waitUntil: "load" });
    if (state.limitMs) {
      const took = Date.now() - begun;
      must(`${name}: comes in time`, took < state.limitMs, `it took ${took} ms`);
    }
    if (state.act) await state.act(page, made);
    if (state.at) equal(`${name}: leads where it must`, page.url(), app.url + state.at);
    await judgeText(page, state, seen);
    await judgeLooks(page, state, folder);
    if (state.special) await judgeMedia(page, name, folder);
    if (state.picture) await picture(page, state, folder);
    check(`${name}: nothing on the console`, watch.console);
    check(`${name}: nothing against the policy`, watch.refused);
    check(`${name}: no request elsewhere`, watch.outside);
    check(`${name}: no script of anybody's`, watch.executed);
    await context.close();
  } finally {
    await state.unmake?.(app);
  }
}

async function judgeText(page, state, seen) {
  const text = await words(page);
  const expected = typeof state.expected === "function" ? state.expected(seen) : state.expected;
  const missing = expected.filter((piece) => !text.includes(piece));
  check(`${state.name}: says what it must`, missing.length === 0 ? "" : `${JSON.stringify(missing)} is not in ${text}`);
  if (state.never) {
    const found = state.never.filter((piece) => text.includes(piece));
    check(`${state.name}: says nothing that is not so`, found);
  }
  // What programs say to each other stands on some pages of the owner's.
  if (!state.isTechnical) check(`${state.name}: no blank, no missing text`, blanks(text));
}

async function judgeLooks(page, { name }, folder) {
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    for (const width of WIDTHS_SHOWN) {
      await resize(page, width);
      await page.screenshot({ path: join(folder, `${name}-${theme}-${width}.png`), ...PHOTOGRAPH });
      check(`${name}: axe, ${theme}, ${width} px`, await axe(page));
    }
  }
  for (const width of WIDTHS) {
    await resize(page, width);
    const { overflow, overlap, glued } = await layout(page);
    check(`${name}: nothing too wide or cut off, ${width} px`, overflow);
    check(`${name}: nothing over anything else, ${width} px`, overlap);
    check(`${name}: space between words, ${width} px`, glued);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await resize(page, WIDTHS[0]);
}

/** The top of the page, as the documentation shows it. */
async function picture(page, { name, picture: { theme, width, height } }, folder) {
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize({ width, height });
  await page.screenshot({ path: join(folder, `picture-${name}.png`), ...PHOTOGRAPH, fullPage: false });
  await page.emulateMedia({ colorScheme: "light" });
}

/** On paper, with less motion, and in colours of the visitor's own. */
async function judgeMedia(page, name, folder) {
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const paper = await words(page);
  for (const piece of ["Basic", "41 of 150", "Invoices", "Next charge"]) {
    must(`${name}: on paper, ${piece}`, paper.includes(piece), paper);
  }
  for (const piece of ["Subscribe", "Sign out", "See what changes", "Payment method", "Buy", "Extra quota", "Plans"]) {
    must(`${name}: on paper, no ${piece}`, !paper.includes(piece), paper);
  }
  const colours = await page.evaluate(() => {
    const style = getComputedStyle(document.body);
    return [style.color, style.backgroundColor, getComputedStyle(document.querySelector(".badge")).backgroundColor];
  });
  equal(`${name}: dark on light on paper`, colours, ["rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgb(229, 245, 236)"]);
  await resize(page, 700);
  check(`${name}: nothing over anything else on paper`, (await layout(page)).overlap);
  await page.screenshot({ path: join(folder, `${name}-print.png`), ...PHOTOGRAPH });
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  await resize(page, WIDTHS[0]);

  const motion = () =>
    page.evaluate(() =>
      [...document.querySelectorAll("*")].filter((element) => {
        const style = getComputedStyle(element);
        const seconds = `${style.transitionDuration},${style.animationDuration}`.split(",").map(Number.parseFloat);
        return seconds.some((span) => span > 0);
      }).length,
    );
  must(`${name}: the bar moves`, (await motion()) > 0);
  await page.emulateMedia({ reducedMotion: "reduce" });
  equal(`${name}: less motion is no motion`, await motion(), 0);
  await page.emulateMedia({ reducedMotion: "no-preference" });

  await page.emulateMedia({ forcedColors: "active" });
  const { used, track, edge } = await page.evaluate(() => {
    const bar = document.querySelector(".bar");
    const fill = (part) => getComputedStyle(bar.querySelector(part)).fill;
    return { used: fill(".used"), track: fill(".track"), edge: getComputedStyle(bar).borderTopWidth };
  });
  must(`${name}: the bar can be told in forced colours`, used !== track && edge !== "0px", `${used} ${track} ${edge}`);
  check(`${name}: axe, forced colours`, await axe(page));
  await page.screenshot({ path: join(folder, `${name}-forced-colours.png`), ...PHOTOGRAPH });
  await page.emulateMedia({ forcedColors: "none" });
}
