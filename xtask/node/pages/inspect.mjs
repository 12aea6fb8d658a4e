// What is wrong with a page as it stands: every rule of axe-core, what runs out of the window or its
// box, what covers something else, and blanks that were never filled.

import { AXE } from "./harness.mjs";

/** The window's widths: a desk, a phone, and the smallest phone there is. */
export const WIDTHS = [1280, 360, 320];
export const THEMES = ["light", "dark"];

const HEIGHT = 900;

/** The window at this width, and laid out anew. */
export async function resize(page, width) {
  await page.setViewportSize({ width, height: HEIGHT });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** What axe-core objects to: every rule but those of level AAA, the experimental and the retired. */
export async function axe(page) {
  // Not by a script element, which the page's policy refuses.
  await page.evaluate(`typeof axe === "undefined" && (() => {${AXE}\n})()`);
  return page.evaluate(async () => {
    const leftOut = ["wcag2aaa", "wcag22aaa", "experimental", "deprecated"];
    const chosen = axe.getRules().filter((rule) => !rule.tags.some((tag) => leftOut.includes(tag)));
    const rules = Object.fromEntries(chosen.map((rule) => [rule.ruleId, { enabled: true }]));
    const found = await axe.run(document, { rules, runOnly: chosen.map((rule) => rule.ruleId), resultTypes: ["violations"] });
    return found.violations.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map((node) => node.target).join(", ")}`);
  });
}

/** What runs out of the window or its box, and what covers something else. */
export function layout(page) {
  return page.evaluate(() => {
    const overflow = [];
    const overlap = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
      overflow.push(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth}`);
    }
    for (const table of document.querySelectorAll(".scroll")) {
      const isHandheld = root.clientWidth < 700;
      if (isHandheld && table.scrollWidth > table.clientWidth + 1) overflow.push(`the table “${table.ariaLabel}” must be scrolled sideways`);
    }
    const isShown = (element) =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
      // Texts for those who listen only.
      !element.closest(".hidden, .skip:not(:focus)") &&
      !(element.closest("thead") && getComputedStyle(element.closest("thead")).position === "absolute");
    const words = (text) => JSON.stringify(text.replace(/\s+/g, " ").trim().slice(0, 40));

    // Every piece of text, with the rectangles of its lines; then what is drawn without any.
    const pieces = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const owner = node.parentElement;
      if (node.data.trim() === "" || !isShown(owner)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      // What can be scrolled to, by keyboard too, is not cut off; only what is in sight is looked at.
      const frame = owner.closest("[tabindex='0']")?.getBoundingClientRect();
      const isInSight = (rect) =>
        !frame || (rect.left >= frame.left && rect.right <= frame.right && rect.top >= frame.top && rect.bottom <= frame.bottom);
      const rects = [...range.getClientRects()].filter((rect) => rect.width > 0 && isInSight(rect));
      pieces.push({ owner, rects, name: words(node.data), raw: node.data });
    }
    for (const owner of document.querySelectorAll("input:not([type=hidden]), select, textarea, .bar, img")) {
      if (isShown(owner)) pieces.push({ owner, rects: [owner.getBoundingClientRect()], name: owner.outerHTML.slice(0, 60) });
    }

    const isBoxed = (style) =>
      style.display !== "inline" &&
      (style.overflow !== "visible" ||
        style.backgroundColor !== "rgba(0, 0, 0, 0)" ||
        Number.parseFloat(style.borderLeftWidth) + Number.parseFloat(style.borderTopWidth) > 0);
    for (const { owner, rects, name } of pieces) {
      for (const rect of rects) {
        if (rect.left < -1 || rect.right > root.clientWidth + 1) overflow.push(`${name} leaves the window`);
        for (let box = owner; box && box !== document.body; box = box.parentElement) {
          if (!isBoxed(getComputedStyle(box))) continue;
          const outer = box.getBoundingClientRect();
          if (rect.left < outer.left - 1 || rect.right > outer.right + 1 || rect.top < outer.top - 3 || rect.bottom > outer.bottom + 3) {
            overflow.push(`${name} leaves its box <${box.tagName.toLowerCase()} class="${box.className}">`);
          }
        }
      }
    }
    for (const element of document.querySelectorAll("body *")) {
      const style = getComputedStyle(element);
      if (style.overflowX === "visible" || element.matches("input, textarea, select, [tabindex='0']") || !isShown(element)) continue;
      if (element.scrollWidth > element.clientWidth + 1) overflow.push(`<${element.tagName.toLowerCase()}> cuts its content off`);
    }

    for (let one = 0; one < pieces.length; one += 1) {
      for (let other = one + 1; other < pieces.length; other += 1) {
        const [a, b] = [pieces[one], pieces[other]];
        const isWithin = a.owner !== b.owner && (a.owner.matches("input, .bar") ? a.owner.contains(b.owner) : false);
        if (isWithin) continue;
        const covers = a.rects.some((left) =>
          b.rects.some((right) => {
            const width = Math.min(left.right, right.right) - Math.max(left.left, right.left);
            const height = Math.min(left.bottom, right.bottom) - Math.max(left.top, right.top);
            return width > 1 && height > 4;
          }),
        );
        if (covers) overlap.push(`${a.name} and ${b.name}`);
      }
    }

    // Words of two elements that stand on one line with nothing between them.
    const glued = [];
    for (let place = 1; place < pieces.length; place += 1) {
      const [a, b] = [pieces[place - 1], pieces[place]];
      const [left, right] = [a.rects.at(-1), b.rects[0]];
      if (!left || !right || a.owner === b.owner) continue;
      const isOneLine = Math.abs(left.bottom - right.bottom) < 6;
      const gap = right.left - left.right;
      const isApart = /\s$/.test(a.raw ?? " ") || /^\s/.test(b.raw ?? " ");
      if (isOneLine && gap > -1 && gap < 2 && !isApart) glued.push(`${a.name} and ${b.name}`);
    }
    return { overflow: [...new Set(overflow)], overlap: [...new Set(overlap)], glued: [...new Set(glued)] };
  });
}

/** The words of a page: what is shown, what is for those who listen, its title. */
export function words(page) {
  return page.evaluate(() => {
    const attributes = ["aria-label", "aria-valuetext", "alt", "title", "placeholder"];
    const spoken = [...document.querySelectorAll("*")].flatMap((element) =>
      attributes.map((name) => element.getAttribute(name)).filter(Boolean),
    );
    const text = document.body.innerText;
    return [document.title, text, ...spoken].join("\n").replace(/[\u00a0\u2009\u202f]/g, " ");
  });
}

/** Blanks that were never filled and texts that are missing. `own` is text of people's own. */
export function blanks(text, own = []) {
  const said = own.reduce((rest, piece) => rest.replaceAll(piece, ""), text);
  const found = said.match(/\{[^}\n]*\}?|\b(?:undefined|null|NaN|None)\b(?! left)|\[object|\bproblem-[a-z-]+\b|\b(?:notice|badge|status|source|payment|invoice)-[a-z][a-z-]+\b|\b[a-z]+(?:-[a-z]+)+ = /g);
  return [...new Set(found ?? [])];
}
