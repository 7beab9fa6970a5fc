// Other sites' pages in the browser of somebody who is signed in. A host that is not ours is another site; another
// port of ours is the same site, and another origin.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { address } from "../browser.mjs";
import { ask, signedIn, visitor } from "./people.mjs";

const server = createServer((_, response) => response.setHeader("content-type", "text/html").end("<h1>Another site"));
server.listen(0);
await once(server, "listening");
after(() => server.closeAllConnections());
after(() => server.close());
const { port } = server.address();

const FORMS = ["/v1/auth/sign-out", "/v1/auth/github/link", "/v1/auth/email", "/v1/auth/email/verify", "/v1/generate"];

/** Sends a form, as a navigation of the whole page. */
async function sendForm(page, origin, path, enctype) {
  await page.goto(origin);
  const answered = page.waitForResponse((response) => response.url() === address + path);
  await page.evaluate(
    ([action, enctype]) => {
      const form = Object.assign(document.createElement("form"), { method: "post", action, enctype });
      form.innerHTML = `<input name='{"email":"eve@evil.example","x":"' value='"}'>`;
      document.body.append(form);
      form.submit();
    },
    [address + path, enctype],
  );
  const status = (await answered).status();
  await page.waitForURL(address + path);
  return status;
}

/** Calls the API with the user's cookies, with and without reading the answer. */
const sendCalls = (page) =>
  page.evaluate(async (address) => {
    const calls = [
      ["POST", "/v1/auth/sign-out", "no-cors"],
      ["POST", "/v1/auth/sign-out", "cors"],
      ["POST", "/v1/auth/github/link", "no-cors"],
      ["DELETE", "/v1/sessions", "cors"],
      ["DELETE", "/v1/account", "cors"],
      ["DELETE", "/v1/auth/email", "cors"],
      ["GET", "/v1/me", "cors"],
    ];
    const read = [];
    for (const [method, path, mode] of calls) {
      const options = { method, mode, credentials: "include" };
      const answer = await fetch(address + path, options).catch(() => null);
      if (answer !== null && answer.type !== "opaque") read.push(`${method} ${path} ${answer.status}`);
    }
    return read;
  }, address);

for (const [name, origin] of [
  ["another site", `http://localhost:${port}`],
  ["another origin of the same site", `http://127.0.0.1:${port}`],
]) {
  test(`${name} changes nothing with the cookies of a user`, async () => {
    const { context, page, done } = await visitor({ elsewhere: [origin] });
    await signedIn(page);
    const state = async () => {
      const me = await ask(page, "GET", "/v1/me");
      const { sessions } = (await ask(page, "GET", "/v1/sessions")).data;
      return { status: me.status, ...me.data, sessions: sessions.map(({ id }) => id) };
    };
    const before = await state();
    assert.equal(before.status, 200);
    const evil = await context.newPage();
    await evil.goto(origin);
    assert.deepEqual(await sendCalls(evil), []);
    for (const path of FORMS)
      for (const enctype of ["application/x-www-form-urlencoded", "text/plain"]) {
        const status = await sendForm(evil, origin, path, enctype);
        assert(status >= 400 && status < 500, `${path} as ${enctype} is answered with ${status}`);
      }
    assert.deepEqual(await state(), before);
    // The page still works in the browser.
    await page.reload();
    await page.locator(".balance", { hasText: "20 credits" }).waitFor();
    await done();
  });
}
