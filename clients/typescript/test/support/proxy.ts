/** A proxy that can lose an answer after the server has given it. */

import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import { close, listen } from "./fake.js";

export interface Proxy {
  url: string;
  /** Answers that were lost on the way back: their statuses. */
  lost: number[];
}

/** `loses` says for each answer whether it gets lost. */
export async function losingProxy(
  context: TestContext,
  target: string,
  loses: (request: IncomingMessage) => boolean,
): Promise<Proxy> {
  const lost: number[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, headers } = incoming;
    const forwarded = httpRequest(target + incoming.url, { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        if (loses(incoming)) {
          lost.push(answer.statusCode ?? 0);
          incoming.socket.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.end(Buffer.concat(chunks));
      });
    });
    forwarded.on("error", () => incoming.socket.destroy());
    incoming.pipe(forwarded);
  });
  const url = await listen(server);
  context.after(() => close(server));
  return { url, lost };
}
