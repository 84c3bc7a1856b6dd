// A service that is away, breaks off, or is covered by somebody else's page: all of that is "no network", and none of it stops the page.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";
import { Api, Problem } from "../../webapp/static/shared/api.js";
import { toBase64url } from "../../webapp/static/shared/bytes.js";
import { BrowserSigner } from "../../webapp/static/shared/keys.js";

/** A service that answers like this; what it was asked. */
async function served(context, answer) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(response, asked.length);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const signer = await BrowserSigner.of(await BrowserSigner.generate());
  const api = new Api({ origin: `http://127.0.0.1:${server.address().port}`, signer: async () => signer });
  const reached = [];
  api.onReach = (there) => reached.push(there);
  return { api, asked, reached };
}

const json = (status, page, headers = {}) => (response) => {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(page));
};
const AWAY = {
  "an answer that breaks off": (response) => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "100" });
    response.write('{"cards": [');
    setTimeout(() => response.destroy(), 10);
  },
  "a page to sign in to somebody's network": (response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<html>hello</html>"),
  "a proxy without a service": (response) => response.writeHead(502, { "Content-Type": "text/html" }).end("<html>Bad Gateway</html>"),
  "nothing": json(200, null),
};

for (const [name, answer] of Object.entries(AWAY)) {
  test(`${name} is no answer`, async (context) => {
    const { api, reached } = await served(context, answer);
    await assert.rejects(api.get("/v1/me"), (problem) => problem.code === "offline");
    assert.deepEqual(reached, [false]);
  });
}

test("a refusal without words is a refusal all the same", async (context) => {
  const { api, reached } = await served(context, (response) => response.writeHead(413).end());
  await assert.rejects(api.get("/v1/me"), (problem) => problem instanceof Problem && problem.status === 413);
  assert.deepEqual(reached, [true]);
});

test("a body that signs for its request is made anew with the service's nonce, under the same key", async (context) => {
  const nonce = toBase64url(new Uint8Array(24).fill(7));
  const { api, asked } = await served(context, (response, count) => json(count === 1 ? 401 : 201, { code: "proof-nonce" }, { "DPoP-Nonce": nonce })(response));
  const made = [];
  const own = async (bytes) => {
    made.push(bytes);
    return { nonce: toBase64url(bytes) };
  };
  await api.post("/v1/locks", own);
  await api.post("/v1/locks", own);
  assert.deepEqual(made.map((bytes) => bytes.length), [8, 32, 32]);
  assert.ok(made.slice(1).every((bytes) => toBase64url(bytes.subarray(0, 24)) === nonce));
  assert.notDeepEqual(made[1], made[2]);
  const [first, again, other] = asked.map((request) => request.headers["idempotency-key"]);
  assert.equal(first, again);
  assert.notEqual(again, other);
});

test("what another answer brings meanwhile parts no proof from its body", async (context) => {
  const given = (count) => toBase64url(new Uint8Array(24).fill(count));
  const { api, asked } = await served(context, (response, count) => json(201, {}, { "DPoP-Nonce": given(count) })(response));
  await api.get("/v1/me");
  let made = "";
  await api.post("/v1/locks", async (bytes) => {
    made = toBase64url(bytes.subarray(0, 24));
    await api.get("/v1/me");
    return {};
  });
  const proof = asked.find((request) => request.url === "/v1/locks").headers.dpop;
  assert.equal(JSON.parse(atob(proof.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).nonce, made);
});

test("a nonce that somebody in between has changed is as good as none", async (context) => {
  const { api, asked } = await served(context, (response, count) =>
    json(count === 1 ? 401 : 201, { code: "proof-nonce" }, { "DPoP-Nonce": count === 1 ? "a, b" : "AAAA" })(response));
  const made = [];
  await api.post("/v1/locks", async (bytes) => {
    made.push(bytes.length);
    return {};
  });
  assert.deepEqual(made, [8, 8]);
  assert.equal(asked.length, 2);
});

test("a service that never takes a nonce is not asked for ever", async (context) => {
  const { api, asked } = await served(context, (response, count) => json(401, { code: "proof-nonce" }, { "DPoP-Nonce": `n${count}` })(response));
  await assert.rejects(api.post("/v1/locks", {}), (problem) => problem.code === "proof-nonce");
  assert.ok(asked.length <= 3);
  const keys = new Set(asked.map((request) => request.headers["idempotency-key"]));
  assert.equal(keys.size, 1);
});
