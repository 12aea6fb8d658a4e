// @ts-check
/** Who asks: the access tokens of Tollgate's own accounts, checked here with its public keys. */

import { createPublicKey, verify } from "node:crypto";

const ASK_AGAIN_MS = 1_000;

/**
 * Answers a user's id for a request whose token holds, and null for any other.
 * @param {string} url where the Tollgate server is
 */
export function usersOf(url) {
  /** @type {Map<string, import("node:crypto").KeyObject>} */
  const keys = new Map();
  let askedAt = 0;

  /**
   * Keys change; but a token with a name of its own asks for them no more often than this.
   * @param {string} kid
   */
  async function keyOf(kid) {
    if (!keys.has(kid) && Date.now() - askedAt > ASK_AGAIN_MS) {
      askedAt = Date.now();
      const response = await fetch(`${url}/.well-known/jwks.json`);
      const body = /** @type {{ keys: (import("node:crypto").JsonWebKey & { kid: string })[] }} */ (await response.json());
      for (const jwk of body.keys) {
        keys.set(jwk.kid, createPublicKey({ key: /** @type {any} */ (jwk), format: "jwk" }));
      }
    }
    return keys.get(kid);
  }

  /** @param {import("express").Request} request */
  return async function user(request) {
    const token = /^Bearer (.+)$/.exec(request.get("authorization") ?? "")?.[1] ?? "";
    const [head = "", claims = "", signature = ""] = token.split(".");
    const { kid, alg } = decode(head);
    const key = alg === "EdDSA" && typeof kid === "string" ? await keyOf(kid) : undefined;
    const text = Buffer.from(`${head}.${claims}`);
    if (key === undefined || !verify(null, text, key, Buffer.from(signature, "base64url"))) {
      return null;
    }
    const { sub, aud, type, exp } = decode(claims);
    const isLive = typeof exp === "number" && exp * 1000 > Date.now();
    const isAccess = aud === "tollgate" && type === "access";
    return isLive && isAccess && typeof sub === "string" ? sub : null;
  };
}

/**
 * @param {string} part
 * @returns {Record<string, unknown>}
 */
function decode(part) {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) ?? {};
  } catch {
    return {};
  }
}
