// @ts-check
/** Serves the app: `TOLLGATE_URL`, `TOLLGATE_API_KEY`, and `TOLLGATE_SPOOL` to go on without it. */

import { Tollgate } from "tollgate-client";
import { resumeApp } from "./app.js";
import { usersOf } from "./users.js";

const { TOLLGATE_URL: url, TOLLGATE_API_KEY: apiKey, TOLLGATE_SPOOL: folder } = process.env;
if (url === undefined || apiKey === undefined) {
  console.error("TOLLGATE_URL and TOLLGATE_API_KEY must say where Tollgate is, and who asks");
  process.exit(2);
}
const outage = folder === undefined ? {} : { policy: /** @type {const} */ ("allow"), spool: { folder } };
const tollgate = new Tollgate({ url, apiKey, ...outage });
const server = resumeApp(tollgate, usersOf(url)).listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => {
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  console.log(`listening on http://127.0.0.1:${address.port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(() => tollgate.close());
    server.closeIdleConnections();
  });
}
