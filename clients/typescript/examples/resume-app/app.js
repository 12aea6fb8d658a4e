// @ts-check
/** A résumé service: four metered routes, each guarded in one line, and what a user has left. */

import express from "express";
import { quota } from "tollgate-client/express";
import { parse, score, tailor, write } from "./resume.js";

/**
 * @param {import("tollgate-client").Tollgate} tollgate
 * @param {(request: express.Request) => Promise<string | null>} user whose request it is
 */
export function resumeApp(tollgate, user) {
  const app = express();
  app.use(express.json({ limit: "200kb" }));
  const by = user;

  app.post("/ats/score", quota(tollgate, "ats_scan", { by }), answer(score));
  app.post("/jd/parse", quota(tollgate, "jd_parse", { by }), answer(parse));
  app.post("/resume/tailor", quota(tollgate, "resume_tailor", { by }), answer(tailor));
  app.post("/cover-letter/generate", quota(tollgate, "cover_letter", { by }), answer(write));

  app.get("/me/usage", async (request, response) => {
    const customer = await user(request);
    if (customer === null) {
      response.status(401).json(problem("unauthenticated", "Sign in first."));
      return;
    }
    const { plan, month_key, features } = await tollgate.usage(customer);
    response.json({ plan, month_key, features });
  });
  return app;
}

/**
 * A handler: a request that cannot be answered is 422, and its units are given back.
 * @param {(input: Record<string, string>) => unknown} work
 * @returns {express.RequestHandler}
 */
function answer(work) {
  return (request, response) => {
    const input = request.body ?? {};
    const missing = ["resume_text", "jd_text"].filter((name) => {
      const isNeeded = name === "jd_text" || work !== parse;
      return isNeeded && (typeof input[name] !== "string" || input[name] === "");
    });
    if (missing.length > 0) {
      response.status(422).json(problem("invalid_request", `Send ${missing.join(" and ")}.`));
      return;
    }
    response.json(work(input));
  };
}

/**
 * @param {string} error
 * @param {string} message
 */
function problem(error, message) {
  return { error, message, detail: { error, detail: message } };
}
