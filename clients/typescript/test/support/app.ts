/** An app that uses until it is killed, and says so of each use that was granted. */

import { Tollgate } from "tollgate-client";

const [url = "", apiKey = "", folder = "", customer = "", prefix = ""] = process.argv.slice(2);
const tollgate = new Tollgate({
  url,
  apiKey,
  policy: "allow",
  spool: { folder },
  retries: 1,
  backoffMs: 10,
  timeoutMs: 1_000,
});
console.log("started");

async function work(worker: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const idempotencyKey = `${prefix}-${worker}-${count}`;
    const receipt = await tollgate.consume(customer, "plenty", { idempotencyKey });
    process.stdout.write(`${receipt.spooled ? "spooled" : "taken"} ${idempotencyKey}\n`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
