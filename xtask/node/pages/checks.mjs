// Counts checks, one line each.

const counts = { passed: 0, failed: 0 };
const failures = [];

/** One check: `why` is empty when it passed. */
export function check(name, why) {
  const text = (Array.isArray(why) ? why.join("; ") : (why ?? "")).trim();
  if (text === "") {
    counts.passed += 1;
    console.log(`ok ${name}`);
  } else {
    counts.failed += 1;
    const line = `FAIL ${name}: ${text.replaceAll("\n", " ").slice(0, 600)}`;
    failures.push(line);
    console.log(line);
  }
}

/** One check that something is so. */
export function must(name, isSo, why = "it is not so") {
  check(name, isSo ? "" : why);
}

/** One check of what was found against what was expected. */
export function equal(name, found, expected) {
  const is = JSON.stringify(found);
  const should = JSON.stringify(expected);
  check(name, is === should ? "" : `${is} in place of ${should}`);
}

/** Runs a part; one that ends early is a failed check, and the others go on. */
export async function part(name, run) {
  const begun = Date.now();
  try {
    await run();
  } catch (error) {
    check(`${name}: to the end`, error?.stack ?? String(error));
  }
  if (process.env.TOLLGATE_PAGES_TIMES) console.log(`took ${Date.now() - begun} ms: ${name}`);
}

/** Prints the failures once more, then the sum. Answers the exit code. */
export function close() {
  for (const line of failures) console.error(line);
  const word = counts.failed > 0 ? "FAILED" : "ok";
  console.log(`test result: ${word}. ${counts.passed} passed; ${counts.failed} failed; 0 ignored`);
  return counts.failed > 0 ? 1 : 0;
}
