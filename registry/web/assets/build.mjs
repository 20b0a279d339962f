// Builds registry/web/static/dist from the sources beside this file. Each file's name carries a hash of its content, so
// that browsers may keep it for ever; manifest.json tells the templates today's names. Same sources, same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import esbuild from "esbuild";
import rtlcss from "rtlcss";
import * as sass from "sass";

const assets = fileURLToPath(new URL(".", import.meta.url));
const root = join(assets, "../../..");
const target = process.argv[2] ?? join(assets, "../static/dist");

// Clinics keep tablets for ten years.
const browsers = ["es2019", "chrome80"];
// The verifier needs browsers that inflate by themselves.
const inflatingBrowsers = ["chrome80", "firefox113", "safari16.4"];

// The licences ask that these notices travel with every copy.
const notice = "/*! Contains govuk-frontend. Copyright (c) 2017 Crown Copyright (Government Digital Service). MIT License. */\n";
const cborNotice = "/*! Contains cbor2 and wtf8. Copyright (c) 2023 Joe Hildebrand, 2025 the wtf8 authors. MIT License. */\n";
const scannerNotice =
  "/*! Contains barcode-detector and zxing-wasm. Copyright (c) 2023 Ze-Zheng Wu. MIT License. " +
  "With zxing-cpp. Apache License 2.0. */\n";

// The scanner's library would fetch its WebAssembly from a public CDN if nobody handed it ours: take the address out.
const noForeignAddress = {
  name: "no-foreign-address",
  setup(build) {
    build.onLoad({ filter: /zxing-exported\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/https:\/\/[^`"]*/g, ""),
      loader: "js",
    }));
  },
};

function css(name) {
  const { css: compiled } = sass.compile(join(assets, name), {
    loadPaths: [join(root, "node_modules")],
    style: "compressed",
    charset: false, // A byte order mark after the notice would spoil the first rule.
    quietDeps: true,
  });
  return notice + compiled;
}

function styles(name) {
  const leftToRight = css(`${name}.scss`);
  return { [`${name}.css`]: leftToRight, [`${name}.rtl.css`]: rtlcss.process(leftToRight) };
}

async function script(name, engines = browsers) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(assets, "js", name)],
    bundle: true,
    minify: true,
    format: "esm",
    target: engines,
    charset: "utf8",
    legalComments: "none",
    plugins: [noForeignAddress],
    write: false,
  });
  return outputFiles[0].text;
}

function hashedName(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const extension = extname(name);
  return `${basename(name, extension)}-${hash}${extension}`;
}

const built = {
  ...styles("app"),
  ...styles("verify"),
  "app.js": notice + (await script("app.js")),
  "icon.svg": readFileSync(join(assets, "icon.svg"), "utf8"),
  "lot.js": await script("lot.js"),
  "visit-button.js": await script("visit-button.js"),
  "progress.js": await script("progress.js"),
  "scan.js": await script("scan.js"),
  "scanner.js": await script("scanner.js"),
  "unsaved.js": await script("unsaved.js"),
  "verify.js": cborNotice + (await script("verify/online.js", inflatingBrowsers)),
  "verify-file.js": cborNotice + scannerNotice + (await script("verify/file.js", inflatingBrowsers)),
  "verify-scanner.js": scannerNotice + (await script("verify/scanner.js", inflatingBrowsers)),
  "verify-sw.js": await script("verify/sw.js", inflatingBrowsers),
  "zxing_reader.wasm": readFileSync(join(root, "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm")),
};

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const manifest = {};
for (const [name, content] of Object.entries(built)) {
  manifest[name] = hashedName(name, content);
  writeFileSync(join(target, manifest[name]), content);
}
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
