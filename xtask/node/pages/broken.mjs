// Pages that are wrong on purpose: each way of looking must find what it is there for, or else it
// would find nothing anywhere.

import http from "node:http";
import { must, part } from "./checks.mjs";
import { openContext } from "./harness.mjs";
import { axe, blanks, layout, resize, words } from "./inspect.mjs";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; img-src *";

const PAGE = `<!doctype html><html><head><title>Wrong</title>
<style>.over{position:absolute;top:20px;left:10px} .wide{width:900px;height:9px} .box{border:1px solid;width:50px}
.cut{width:40px;overflow:hidden;white-space:nowrap} .pale{color:#ddd;background:#fff} .flex{display:flex}</style></head>
<body><p class="over">The first sentence</p><p class="over">Another sentence</p>
<div class="wide"></div><p class="box">Donaudampfschifffahrtsgesellschaft</p><p class="cut">cut off in the middle</p>
<p class="pale">hardly to be seen</p><img src="http://elsewhere.invalid/pixel.png"><input>
<p class="flex"><b>one</b><b>two</b></p>
<p>Renews on { $date } notice-ending</p><script>document.title = "Executed"</script><script src="/error.js"></script></body></html>`;

/** Every way of looking, at a page that is wrong in every way. */
export async function mustFail(browser) {
  const server = http.createServer((request, response) => {
    if (request.url === "/error.js") response.end('console.error("wrong"); alert("executed")');
    else response.setHeader("content-security-policy", POLICY).setHeader("content-type", "text/html").end(PAGE);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${server.address().port}`;
  await part("a broken page", async () => {
    const { context, watch } = await openContext(browser, [url]);
    const page = await context.newPage();
    await page.goto(url);
    await resize(page, 360);
    const found = await layout(page);
    const finds = (what, list, expected) =>
      must(`must fail: ${what}`, list.some((line) => line.includes(expected)), `${expected} is not in ${JSON.stringify(list)}`);
    finds("text over other text", found.overlap, "Another sentence");
    finds("a page that is too wide", found.overflow, "the page is");
    finds("text that leaves its box", found.overflow, "leaves its box");
    finds("text that is cut off", found.overflow, "cuts its content off");
    finds("words with nothing between them", found.glued, '"one" and "two"');
    const violations = await axe(page);
    for (const rule of ["color-contrast", "image-alt", "label", "html-has-lang", "landmark-one-main", "region"]) {
      finds(`axe, ${rule}`, violations, rule);
    }
    finds("a blank that was not filled", blanks(await words(page)), "{ $date }");
    finds("the name of a missing text", blanks(await words(page)), "notice-ending");
    finds("a request elsewhere", watch.outside, "elsewhere.invalid");
    finds("what the policy refuses", watch.refused, "script-src");
    finds("an error on the console", watch.console, "wrong");
    finds("a script that runs", watch.executed, "executed");
    await context.close();
  });
  server.close();
}
