// Writes src/schema.ts from the server's OpenAPI document; with --check only says whether it is fresh.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../../docs/openapi.json", import.meta.url);
const SCHEMA = new URL("src/schema.ts", import.meta.url);
const HEAD = "// Generated from docs/openapi.json by `npm run generate`; do not edit.\n\n";

const tree = await openapiTS(DOCUMENT, {
  alphabetize: true,
  // A field with a default may be left out of a request.
  defaultNonNullable: false,
  // An object that says nothing of its fields may have any.
  emptyObjectsUnknown: true,
  silent: true,
});
const text = HEAD + astToString(tree);

if (process.argv.includes("--check")) {
  if ((await readFile(SCHEMA, "utf8")) !== text) {
    console.error("src/schema.ts is not what docs/openapi.json says: run `npm run generate`");
    process.exitCode = 1;
  }
} else {
  await writeFile(SCHEMA, text);
}
