// @ts-check
/** What the service does with its texts: by counting words, so that it needs no other service. */

/** @typedef {Record<string, string>} Input */

const WORDS_MAX = 40;
const COMMON = new Set(
  "a an and are as at be by for from has have in is it of on or our that the this to we will with you your".split(" "),
);

/**
 * How well a résumé answers a description: the share of its words that the résumé has.
 * @param {Input} input
 */
export function score(input) {
  const { matched, missing } = compare(input);
  const all = matched.length + missing.length;
  return { score: all === 0 ? 0 : Math.floor((100 * matched.length) / all), matched, missing };
}

/**
 * The title, the words and the years that a description asks for.
 * @param {Input} input
 */
export function parse({ jd_text = "" }) {
  const title = jd_text.split("\n").find((line) => line.trim() !== "") ?? null;
  const years = /(\d+)\+?\s*years/i.exec(jd_text)?.[1];
  return {
    title: title?.trim() ?? null,
    keywords: keywords(jd_text),
    years_required: years === undefined ? null : Number(years),
  };
}

/**
 * The same résumé with the lines first that the description asks for.
 * @param {Input} input
 */
export function tailor(input) {
  const { matched, missing } = compare(input);
  const wanted = new Set(matched);
  const lines = (input["resume_text"] ?? "").split("\n");
  const weight = (/** @type {string} */ line) => words(line).filter((word) => wanted.has(word)).length;
  const sorted = lines.toSorted((one, other) => weight(other) - weight(one));
  return { resume_text: sorted.join("\n"), missing };
}

/**
 * A letter of what the résumé has and the description asks for.
 * @param {Input} input
 */
export function write(input) {
  const { title } = parse(input);
  const { matched } = compare(input);
  const skills = matched.length === 0 ? "my experience" : matched.slice(0, 5).join(", ");
  const letter = `Dear team,\n\nI apply for ${title}. I bring ${skills}.\n\nKind regards`;
  return { cover_letter: letter };
}

/** @param {Input} input */
function compare({ resume_text = "", jd_text = "" }) {
  const has = new Set(words(resume_text));
  const wanted = keywords(jd_text);
  return {
    matched: wanted.filter((word) => has.has(word)),
    missing: wanted.filter((word) => !has.has(word)),
  };
}

/** @param {string} text */
function keywords(text) {
  const counted = words(text).filter((word) => !COMMON.has(word));
  return [...new Set(counted)].slice(0, WORDS_MAX);
}

/** @param {string} text */
function words(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}+#.-]*/gu) ?? [];
}
