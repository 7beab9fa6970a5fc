// The vendors' clients of npm, each against the emulator: create, poll, the result's bytes, cancel
// where there is a cancel, and errors as the client tells them.
//
// What each is pointed elsewhere with, without a change to it:
//   replicate                   its option `baseUrl`
//   fashn                       its option `baseURL`
//   @runware/sdk-js             its option `url` (a WebSocket)
//   @fal-ai/client              no option for a base address: its option `requestMiddleware` writes the host anew
//   @evolinkai/evolink-media    no option: `createServer` of its own modules, given another base address. It is
//                               a server of MCP, and a client of MCP asks it for its tools
import { polar, stripe } from "./payments.mjs";
import { expect, isPng, refused } from "./tally.mjs";

/** Tries all of them. `load` imports a package or a file of one; `pictures` are addresses; `events` are what was posted. */
export async function npmClients({ tally, load, versions, base, key, secret, pictures, events }) {
  const named = (name) => `npm ${name} ${versions[name]}`;
  const context = { tally, load, base, key, pictures };
  await replicate({ ...context, client: named("replicate") });
  await fal({ ...context, client: named("@fal-ai/client") });
  await fashn({ ...context, client: named("fashn") });
  await evolink({ ...context, client: named("@evolinkai/evolink-media") });
  await runware({ ...context, client: named("@runware/sdk-js") });
  await stripe({ ...context, client: named("stripe"), secret, events });
  await polar({ ...context, client: named("@polar-sh/sdk"), secret, events });
}

async function replicate({ tally, client, load, base, key, pictures }) {
  const { default: Replicate } = await load("replicate");
  const of = (auth) => new Replicate({ auth, baseUrl: `${base}/replicate/v1`, useFileOutput: false });
  const replicate = of(key);
  const model = "google/nano-banana-2";
  const input = { prompt: "Dress the person", image_input: [pictures.person, pictures.garment], resolution: "1K" };
  await tally.call(client, "run: create, poll, result", async () => {
    await isPng(await replicate.run(model, { input, wait: { mode: "poll", interval: 200 } }));
  });
  await tally.call(client, "predictions.create, get, wait", async () => {
    const created = await replicate.predictions.create({ model, input });
    expect(created.status === "starting", created.status);
    expect((await replicate.predictions.get(created.id)).id === created.id, "another prediction");
    const done = await replicate.wait(created, { interval: 200 });
    expect(done.status === "succeeded", done.status);
  });
  await tally.call(client, "predictions.cancel", async () => {
    const slow = { ...input, prompt: "#slow" };
    const created = await replicate.predictions.create({ model, input: slow });
    expect((await replicate.predictions.cancel(created.id)).status === "canceled", "it goes on");
  });
  await tally.call(client, "error: content that is refused", async () => {
    const input = { prompt: "#refused" };
    await refused(
      () => replicate.run(model, { input, wait: { mode: "poll", interval: 200 } }),
      (error) => /flagged as sensitive/.test(error.message),
    );
  });
  await tally.call(client, "error: an input that the model does not have", async () => {
    const input = { prompt: "x", resolution: "1K" };
    await refused(
      () => replicate.predictions.create({ model: "google/nano-banana", input }),
      (error) => error.response?.status === 422,
    );
  });
  await tally.call(client, "error: a wrong key", async () => {
    await refused(
      () => of("wrong").predictions.create({ model, input }),
      (error) => error.response?.status === 401,
    );
  });
}

async function fal({ tally, client, load, base, key, pictures }) {
  const { createFalClient } = await load("@fal-ai/client");
  const requestMiddleware = async (request) => ({
    ...request,
    url: request.url.replace("https://queue.fal.run", `${base}/fal`),
  });
  const of = (credentials) => createFalClient({ credentials, requestMiddleware });
  const fal = of(key);
  const endpoint = "fal-ai/nano-banana/edit";
  const input = { prompt: "Dress the person", image_urls: [pictures.person, pictures.garment], aspect_ratio: "3:4" };
  await tally.call(client, "subscribe: submit, status, result", async () => {
    const { data } = await fal.subscribe(endpoint, { input, pollInterval: 200 });
    await isPng(data.images[0].url);
  });
  await tally.call(client, "queue.submit, status, result", async () => {
    const { request_id: requestId } = await fal.queue.submit(endpoint, { input, webhookUrl: `${pictures.sink}` });
    expect(/^IN_/.test((await fal.queue.status(endpoint, { requestId })).status), "no request under way");
    while ((await fal.queue.status(endpoint, { requestId })).status !== "COMPLETED") await sleep(200);
    await isPng((await fal.queue.result(endpoint, { requestId })).data.images[0].url);
  });
  await tally.call(client, "queue.cancel", async () => {
    const { request_id: requestId } = await fal.queue.submit(endpoint, { input: { ...input, prompt: "#slow" } });
    await fal.queue.cancel(endpoint, { requestId });
    await refused(
      () => fal.queue.result(endpoint, { requestId }),
      (error) => error.status === 499,
    );
  });
  await tally.call(client, "error: content that is refused", async () => {
    await refused(
      () => fal.subscribe(endpoint, { input: { ...input, prompt: "#refused" }, pollInterval: 200 }),
      (error) => error.status === 422 && error.body.detail[0].type === "content_policy_violation",
    );
  });
  await tally.call(client, "error: a field that the model does not have", async () => {
    const more = { ...input, resolution: "1K" };
    await refused(
      () => fal.subscribe(endpoint, { input: more, pollInterval: 200 }),
      (error) => error.name === "ValidationError" && error.body.detail[0].loc.includes("resolution"),
    );
  });
  await tally.call(client, "error: a wrong key", async () => {
    await refused(
      () => of("wrong").queue.submit(endpoint, { input }),
      (error) => error.status === 401,
    );
  });
}

async function fashn({ tally, client, load, base, key, pictures }) {
  const { default: Fashn } = await load("fashn");
  const of = (apiKey) => new Fashn({ apiKey, baseURL: `${base}/fashn`, maxRetries: 0 });
  const fashn = of(key);
  const inputs = { model_image: pictures.person, garment_image: pictures.garment, category: "tops" };
  const model_name = "tryon-v1.6";
  await tally.call(client, "predictions.subscribe: run, poll, result", async () => {
    // Without its `pollInterval`, which it sends to the vendor as a field of the body.
    const done = await fashn.predictions.subscribe({ model_name, inputs });
    expect(done.status === "completed", `${done.status}: ${done.error?.message}`);
    await isPng(done.output[0]);
  });
  await tally.call(client, "predictions.run, status", async () => {
    const { id, error } = await fashn.predictions.run({ model_name, inputs, webhook_url: pictures.sink });
    expect(error === null && /-u1$/.test(id), `${id}: ${error}`);
    expect(/starting|in_queue|processing/.test((await fashn.predictions.status(id)).status), "it is over");
  });
  await tally.call(client, "error: a label in the garment's pixels", async () => {
    const labelled = { ...inputs, garment_image: pictures.refused };
    const done = await fashn.predictions.subscribe({ model_name, inputs: labelled });
    expect(done.status === "failed" && done.error.name === "ContentModerationError", JSON.stringify(done));
  });
  await tally.call(client, "error: an input that the model does not have", async () => {
    await refused(
      () => fashn.predictions.run({ model_name, inputs: { ...inputs, resolution: "1k" } }),
      (error) => error.status === 400 && error.constructor.name === "BadRequestError",
    );
  });
  await tally.call(client, "error: a wrong key", async () => {
    await refused(
      () => of("wrong").predictions.run({ model_name, inputs }),
      (error) => error.status === 401 && error.constructor.name === "AuthenticationError",
    );
  });
}

async function evolink({ tally, client, load, base, key, pictures }) {
  process.env.EVOLINK_API_KEY = key;
  const { createServer } = await load("@evolinkai/evolink-media", "dist/core/src/server.js");
  const { Client } = await load("@modelcontextprotocol/sdk", "dist/esm/client/index.js");
  const { InMemoryTransport } = await load("@modelcontextprotocol/sdk", "dist/esm/inMemory.js");
  const mcp = new Client({ name: "atelier", version: "1" });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await createServer({ channel: "official", baseUrl: `${base}/evolink` }).connect(there);
  await mcp.connect(here);
  const tool = async (name, given) => {
    const answer = await mcp.callTool({ name, arguments: given });
    const text = answer.content.map((part) => part.text).join("\n");
    if (answer.isError) throw new Error(text);
    return text;
  };
  const image = { prompt: "Dress the person", image_urls: [pictures.person, pictures.garment], size: "3:4" };
  const { tools } = await mcp.listTools();
  const models = tools.find(({ name }) => name === "generate_image").inputSchema.properties.model.enum;
  // Those that it lists and that the emulator has: it lists some that the vendor's pages do not.
  const model = "doubao-seedream-4.5";
  const create = async (given) => /Task ID: (\S+)/.exec(await tool("generate_image", given))[1];
  await tally.call(client, "generate_image, check_task, result", async () => {
    expect(models.includes(model), `it does not list ${model}: ${models}`);
    const task_id = await create({ ...image, model });
    for (;;) {
      const told = await tool("check_task", { task_id });
      const status = /Status: (\S+)/.exec(told)[1];
      if (status === "completed") return isPng(/https?:\S+/.exec(told)[0]);
      expect(/pending|processing/.test(status), told);
      await sleep(200);
    }
  });
  await tally.call(client, "error: content that is refused", async () => {
    const task_id = await create({ ...image, model, prompt: "#refused" });
    for (;;) {
      const told = await tool("check_task", { task_id }).catch((error) => error.message);
      if (/content_policy_violation|[Cc]ontent policy/.test(told)) return;
      expect(/pending|processing/.test(told), told);
      await sleep(200);
    }
  });
  await tally.call(client, "error: a parameter that the model does not have", async () => {
    await refused(
      () => tool("generate_image", { ...image, model, mask_url: pictures.garment }),
      (error) => /mask_url|400|[Ii]nvalid/.test(error.message),
    );
  });
  await tally.call(client, "error: a wrong key", async () => {
    process.env.EVOLINK_API_KEY = "wrong";
    await refused(
      () => tool("generate_image", { ...image, model }),
      (error) => /API Key|401/.test(error.message),
    );
  });
  await mcp.close();
}

async function runware({ tally, client, load, base, key, pictures }) {
  const { Runware, RunwareServer } = await load("@runware/sdk-js");
  const url = `${base.replace("http", "ws")}/runware/v1`;
  const open = (apiKey) => new (RunwareServer ?? Runware)({ apiKey, url, shouldReconnect: false, globalMaxRetries: 0 });
  const runware = open(key);
  const task = {
    model: "google:nano-banana@2.1",
    positivePrompt: "Dress the person",
    inputs: { referenceImages: [pictures.person, pictures.garment] },
    outputType: "URL",
    numberResults: 2,
    includeCost: true,
  };
  await tally.call(client, "ensureConnection: authentication", () => runware.ensureConnection());
  let done;
  await tally.call(client, "requestImages: create, results", async () => {
    done = await runware.requestImages(task);
    expect(done.length === 2 && done.every(({ cost }) => cost > 0), JSON.stringify(done));
    await isPng(done[0].imageURL);
  });
  await tally.call(client, "getTaskDetails", async () => {
    const details = await runware.getTaskDetails({ taskUUID: done[0].taskUUID });
    expect(details.request?.model === task.model, JSON.stringify(details));
  });
  await tally.call(client, "deliveryMethod async: create, getResponse, result", async () => {
    const [{ taskUUID }] = await runware.requestImages({ ...task, numberResults: 1, deliveryMethod: "async" });
    for (;;) {
      const [image] = await runware.getResponse({ taskUUID });
      if (image.status === "success") return isPng(image.imageURL);
      expect(image.status === "processing", JSON.stringify(image));
      await sleep(200);
    }
  });
  await tally.call(client, "error: content that is refused", async () => {
    await refused(
      () => runware.requestImages({ ...task, numberResults: 1, positivePrompt: "#refused" }),
      (error) => /moderation/.test(JSON.stringify(error.error ?? error) + error.message),
    );
  });
  await tally.call(client, "error: a parameter that the model does not have", async () => {
    await refused(
      () => runware.requestImages({ ...task, numberResults: 1, steps: 20 }),
      (error) => /steps/.test(JSON.stringify(error.error ?? error) + error.message),
    );
  });
  await runware.disconnect();
  await tally.call(client, "error: a wrong key", async () => {
    const stranger = open("wrong");
    await refused(
      () => stranger.ensureConnection(),
      (error) => /[Ii]nvalid ?A[Pp][Ii]|API key/.test(JSON.stringify(error) + (error?.message ?? error)),
    );
    await stranger.disconnect();
  });
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
