// Makes webapp/static/vendor/ from the packages that package-lock.json pins: `npm ci && node tools/vendor.mjs`. For developers only.
// With --check nothing is written: it fails where a file is not, byte for byte, what would be made.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = new URL("../", import.meta.url);
const VENDOR = new URL("webapp/static/vendor/", ROOT);
const PACKAGES = new URL("node_modules/", ROOT);

/** What is bundled: file, packages, the module that says what we use of them, and where its types stand. */
const BUNDLES = [
  {
    file: "preact-htm.js",
    packages: ["preact", "htm", "@preact/signals", "@preact/signals-core"],
    module: `
      import { h } from "preact";
      import htm from "htm";
      export { h, render, Component, Fragment, createContext, createRef } from "preact";
      export { useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
      export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
      export const html = htm.bind(h);
    `,
    types: `
      import { h } from "preact";
      export { h, render, Component, Fragment, createContext, createRef } from "preact";
      export type { ComponentChildren, RefObject, VNode } from "preact";
      export { useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
      export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
      export type { ReadonlySignal, Signal } from "@preact/signals";
      export declare const html: (strings: TemplateStringsArray, ...values: any[]) => ReturnType<typeof h>;
    `,
  },
  {
    file: "qr.js",
    packages: ["qr"],
    module: `export { default, default as encodeQR } from "qr";`,
    types: `export { default, default as encodeQR } from "qr";`,
  },
  {
    file: "zxing-reader.js",
    packages: ["zxing-wasm"],
    module: `export { ZXING_CPP_COMMIT, ZXING_WASM_SHA256, ZXING_WASM_VERSION, prepareZXingModule, readBarcodes } from "zxing-wasm/reader";`,
    types: `
      export { ZXING_CPP_COMMIT, ZXING_WASM_SHA256, ZXING_WASM_VERSION, prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
      export type { ReaderOptions, ReadResult } from "zxing-wasm/reader";
    `,
  },
];
/** What is copied as it is. */
const COPIES = [{ file: "zxing_reader.wasm", packages: ["zxing-wasm"], from: "zxing-wasm/dist/reader/zxing_reader.wasm" }];
/** What stands inside a package and has a licence of its own. */
const INSIDE = [{ name: "zxing-cpp", inside: "zxing-wasm", licence: "Apache-2.0", home: "https://github.com/zxing-cpp/zxing-cpp", text: "qr/LICENSE" }];
const LICENCE_FILES = { qr: "qr/LICENSE-MIT" };

/** @param {string} path */
const read = (path) => readFileSync(new URL(path, PACKAGES));
/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
/** @param {string} text */
const outdented = (text) => `${text.replace(/^\n/, "").replace(/\n\s*$/, "").replace(/^ {6}/gm, "").trim()}\n`;

/** @param {string} name */
function described(name) {
  const { version, license } = JSON.parse(read(`${name}/package.json`).toString());
  return { name, version, licence: license };
}

/** @param {typeof BUNDLES[number]} bundle */
async function bundled({ module }) {
  const { outputFiles } = await build({
    stdin: { contents: module, resolveDir: fileURLToPath(ROOT), loader: "js" },
    bundle: true,
    charset: "utf8",
    format: "esm",
    legalComments: "none",
    lineLimit: 200,
    logLevel: "error",
    minify: true,
    platform: "browser",
    target: "es2022",
    write: false,
  });
  return outputFiles[0].contents;
}

/** The licences in full, each text once. */
function licences() {
  /** @type {Map<string, string[]>} */
  const holders = new Map();
  const names = [...new Set([...BUNDLES, ...COPIES].flatMap(({ packages }) => packages))].sort();
  for (const name of names) {
    const { version, licence } = described(name);
    const text = read(LICENCE_FILES[name] ?? `${name}/LICENSE`).toString().trim();
    holders.set(text, [...(holders.get(text) ?? []), `${name} ${version} (${licence})`]);
  }
  for (const { name, inside, licence, home, text } of INSIDE) {
    holders.set(read(text).toString().trim(), [`${name} (${licence}), inside ${inside}, ${home}`]);
  }
  const rule = "-".repeat(80);
  const parts = [...holders].map(([text, whose]) => `${rule}\n${whose.join("\n")}\n${rule}\n\n${text}\n`);
  return `The files of this folder are made from the packages below; vendor.json says which file is made from which.\n\n${parts.join("\n")}`;
}

const made = new Map();
const files = [];
for (const bundle of BUNDLES) {
  const bytes = await bundled(bundle);
  made.set(bundle.file, bytes);
  made.set(bundle.file.replace(/\.js$/, ".d.ts"), Buffer.from(outdented(bundle.types)));
  files.push({ file: bundle.file, bytes: bytes.length, sha256: sha256(bytes), packages: bundle.packages.map(described) });
}
for (const { file, packages, from } of COPIES) {
  const bytes = read(from);
  made.set(file, bytes);
  files.push({ file, bytes: bytes.length, sha256: sha256(bytes), packages: packages.map(described) });
}
made.set("LICENSES", Buffer.from(licences()));
made.set("vendor.json", Buffer.from(`${JSON.stringify({ made_by: "tools/vendor.mjs", files }, null, 2)}\n`));

const stale = [...made].filter(([file, bytes]) => {
  try {
    return !readFileSync(new URL(file, VENDOR)).equals(bytes);
  } catch {
    return true;
  }
});
if (process.argv.includes("--check")) {
  for (const [file] of stale) console.error(`webapp/static/vendor/${file} is not what tools/vendor.mjs makes`);
  process.exitCode = stale.length ? 1 : 0;
} else {
  for (const [file, bytes] of stale) writeFileSync(new URL(file, VENDOR), bytes);
  console.log(`${made.size} files, ${stale.length} of them new`);
}
