// What scripts/tus-check runs: a server, a proxy that breaks connections and counts what passes, and the real client between them.

import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import * as tus from "tus-js-client";

const [place, clip, megabytes] = process.argv.slice(2);
const program = process.env.PM3K_BIN;
const MB = 1_000_000;
const size = Number(megabytes) * MB;
const chunk = Math.min(16 * 1024 * 1024, Math.ceil(size / 8));

function fail(why) {
  console.error(`tus-check: ${why}`);
  server?.kill("SIGKILL");
  process.exit(1);
}

// A real clip, made as large as wanted by a box that players pass over.
const file = path.join(place, "clip.mp4");
const head = fs.readFileSync(clip);
const box = Buffer.alloc(16);
box.writeUInt32BE(1, 0);
box.write("free", 4);
box.writeBigUInt64BE(BigInt(size - head.length), 8);
const hash = createHash("sha256");
const out = fs.openSync(file, "w");
for (let left = size, piece = Buffer.concat([head, box]); left > 0; left -= piece.length, piece = randomBytes(Math.min(MB, left))) {
  fs.writeSync(out, piece);
  hash.update(piece);
}
fs.closeSync(out);
const wanted = hash.digest("hex");

// The server, on a port that stays the same when it is started again.
const freePort = () => new Promise((found) => {
  const probe = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => found(port));
  });
});
const port = await freePort();
const data = path.join(place, "data");
const environment = {
  PATH: process.env.PATH, HOME: place, PM3K_DATA_DIR: data, PM3K_SERVER__LISTEN: `127.0.0.1:${port}`, PM3K_SERVER__PUBLIC_URL: `http://127.0.0.1:${port}`,
  PM3K_MEDIA__FREE_SPACE_FLOOR: "0B",
};
let server;
const log = fs.openSync(path.join(place, "log"), "a");
function serve() {
  server = spawn(program, ["serve"], { env: environment, stdio: ["ignore", log, log] });
}
async function ready() {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      if ((await fetch(`http://127.0.0.1:${port}/healthz`)).ok) return;
    } catch {
      await new Promise((wait) => setTimeout(wait, 50));
    }
  }
  fail("the server did not start");
}
serve();
await ready();
const made = spawnSync(program, ["api-key", "create", "--name", "tus-check"], { env: environment, encoding: "utf8" });
const key = made.stdout.trim();
if (!key.startsWith("pm3k_")) fail(`no API key was made: ${made.stderr}`);

// The proxy. It reads the heads of requests to count the bytes of pieces, and breaks or kills at these shares of the file.
const plan = [{ at: 0.15, how: "broken" }, { at: 0.4, how: "broken" }, { at: 0.6, how: "killed" }, { at: 0.85, how: "broken" }];
const pieces = [];
let passed = 0;
function interruption() {
  const next = plan[0];
  return next && passed >= next.at * size ? plan.shift() : undefined;
}
function counter() {
  let head = Buffer.alloc(0);
  let left = 0;
  let piece;
  return (bytes) => {
    let at = 0;
    while (at < bytes.length) {
      if (left > 0) {
        const n = Math.min(left, bytes.length - at);
        left -= n;
        at += n;
        if (piece) {
          piece.bytes += n;
          passed += n;
        }
        continue;
      }
      head = Buffer.concat([head, bytes.subarray(at)]);
      at = bytes.length;
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) continue;
      const text = head.subarray(0, end).toString("latin1");
      const number = (name) => Number(new RegExp(`^${name}: *(\\d+)`, "im").exec(text)?.[1] ?? 0);
      left = number("content-length");
      piece = undefined;
      if (text.startsWith("PATCH ")) pieces.push(piece = { offset: number("upload-offset"), bytes: 0 });
      at -= head.length - end - 4;
      head = Buffer.alloc(0);
    }
  };
}
const proxy = net.createServer((client) => {
  const upstream = net.connect(port, "127.0.0.1");
  const count = counter();
  const end = () => {
    client.destroy();
    upstream.destroy();
  };
  for (const side of [client, upstream]) side.on("error", end).on("close", end);
  upstream.on("data", (bytes) => client.write(bytes));
  client.on("data", (bytes) => {
    count(bytes);
    if (!upstream.write(bytes)) {
      client.pause();
      upstream.once("drain", () => client.resume());
    }
    const now = interruption();
    if (!now) return;
    pieces.at(-1).ended = now.how;
    console.log(`${now.how} at ${(passed / MB).toFixed(1)} MB`);
    if (now.how === "killed") {
      server.kill("SIGKILL");
      server.once("exit", () => setTimeout(serve, 300));
    }
    end();
  });
});
await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));

// The client.
const begun = Date.now();
const media = await new Promise((done) => {
  const upload = new tus.Upload(fs.createReadStream(file), {
    endpoint: `http://127.0.0.1:${proxy.address().port}/api/v1/uploads`,
    headers: { Authorization: `Bearer ${key}` },
    metadata: { filename: "clip.mp4", filetype: "video/mp4" },
    uploadSize: size,
    chunkSize: chunk,
    retryDelays: [0, 200, 500, 1000, 1000, 2000, 2000, 4000],
    onError: (error) => fail(`the upload failed: ${error}`),
    onSuccess: ({ lastResponse }) => done(lastResponse.getHeader("Media-Id")),
  });
  upload.start();
});
const seconds = (Date.now() - begun) / 1000;

// The verdict.
const folder = path.join(data, "media");
const stored = fs.readdirSync(folder).filter((name) => name.endsWith(".mp4"));
if (stored.length !== 1) fail(`${stored.length} files are stored`);
const found = createHash("sha256");
for await (const bytes of fs.createReadStream(path.join(folder, stored[0]))) found.update(bytes);
const got = found.digest("hex");
const left = fs.readdirSync(path.join(folder, "incoming"));
server.kill("SIGTERM");
proxy.close();

console.log(`client: tus-js-client ${JSON.parse(fs.readFileSync(path.join(place, "npm/node_modules/tus-js-client/package.json"))).version}, chunks of ${chunk} bytes`);
console.log(`size: ${size} bytes; sent: ${passed} bytes, ${passed - size} of them twice; ${seconds.toFixed(1)} s`);
console.log(`SHA-256 sent:   ${wanted}\nSHA-256 stored: ${got}`);
pieces.forEach((piece, n) => {
  if (!piece.ended) return;
  const twice = piece.offset + piece.bytes - pieces[n + 1].offset;
  console.log(`${piece.ended}: ${twice} bytes were sent again (a chunk is ${chunk})`);
  if (twice < 0 || twice > chunk) fail("more was sent again than the last chunk");
});
if (!media?.startsWith("media_")) fail(`the last answer named no media: ${media}`);
if (plan.length > 0) fail(`not everything that was planned happened: ${plan.map(({ how }) => how)}`);
if (got !== wanted) fail("the stored file is another one");
if (left.length > 0) fail(`something is left behind: ${left}`);
if (passed - size > 4 * chunk) fail("more was sent twice than a chunk for each interruption");
console.log("tus-check: as it should be");
process.exit(0);
