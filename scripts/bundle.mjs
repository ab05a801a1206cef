// Bundles src/cli.ts into stages: files of CommonJS that load each other only where they are used.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

/**
 * Modules that are bundled, but of which nothing can ever run here. The ECR client gets its credentials, its
 * transport and its settings from us (src/registry/ecr.ts), so what would look for them elsewhere is left out,
 * and with it a third of the SDK. Each name that is imported from them stands here; used all the same, it throws.
 */
const unused = {
  '@aws-sdk/credential-provider-node': ['defaultProvider'],
  '@aws-sdk/signature-v4-multi-region': ['SignatureV4MultiRegion'],
  '@smithy/core/event-streams': ['EventStreamSerde', 'eventStreamSerdeProvider'],
  bowser: ['default'],
  // zod's way to JSON Schema, which is for scripts/docs alone.
  'zod/v4/core/json-schema-processors.js': await namesIn('zod/v4/core/json-schema-processors.js'),
  'zod/v4/core/to-json-schema.js': await namesIn('zod/v4/core/to-json-schema.js'),
};

/** What a module exports that its package does not let be imported by this name. */
async function namesIn(path) {
  return Object.keys(await import(new URL(`../node_modules/${path}`, import.meta.url)));
}

/**
 * esbuild splits ES modules only, and Node loads CommonJS sooner. So it is done in two steps: split as ES
 * modules, with a chunk for each import() and for what they share, then each of these written anew as
 * CommonJS, where import() is a require().
 *
 * @param root the project's folder
 * @returns the stages by file name, the first the program itself; their source maps; and esbuild's metafile
 *   (https://esbuild.github.io/api/#metafile) of the first step, whose outputs have the same names
 */
export async function bundleStages(root) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { 'proto-scaffold': 'src/cli.ts' },
    outdir: 'dist',
    write: false,
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // jsonc-parser's CommonJS is UMD, which no bundler can follow.
    mainFields: ['module', 'main'],
    plugins: [leaveOutUnused, withoutSideEffects],
    define: { 'import.meta.dirname': '__dirname' },
    minifySyntax: true,
    // LICENSES.txt has the texts whole.
    legalComments: 'none',
    metafile: true,
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'warning',
  });
  const stages = await Promise.all(
    outputFiles.map(async ({ path, text }) => [path.replace(/^.*\//, ''), await asCommonJs(text)]),
  );
  return {
    stages: new Map(stages.map(([name, { code }]) => [name, code])),
    maps: new Map(stages.map(([name, { map }]) => [name, map])),
    metafile,
  };
}

/** What Node itself has not loaded before it runs a program; https alone takes 20 ms. */
const slowModules =
  '(?:node:)?(?:child_process|crypto|dns|fs/promises|https?|http2|net|os|readline|stream|stream/[a-z]+|timers/promises|tls|tty|v8|worker_threads|zlib)';

/** A module of Node's, loaded when something of it is first used. */
const lazily = `const lazily = (name) => { let loaded; return new Proxy({}, { get: (_, key) => (loaded ??= require(name))[key] }); };`;

/** Another stage, likewise. What it gives is always used by name, \`stage.name\`, so that no proxy is needed. */
const stageOf = `const stageOf = (load) => { let loaded; return () => (loaded ??= load()); };`;

/** @returns the code and its source map, whose sources are paths from the project's folder */
async function asCommonJs(text) {
  const options = { platform: 'node', target: 'node20.19', legalComments: 'none' };
  const { code } = await transform(text, {
    ...options,
    format: 'cjs',
    supported: { 'dynamic-import': false },
    sourcemap: 'inline',
    sourcesContent: false,
  });
  const lazy = code
    .replace(new RegExp(`^(var \\w+ = )require\\(("${slowModules}")\\);$`, 'gm'), '$1lazily($2);')
    .replace(
      new RegExp(`= (?:__require|\\(0, \\w+\\.__require\\))\\(("${slowModules}")\\)`, 'g'),
      '= lazily($1)',
    )
    .replace(/^(var import_\w+ = )(require\("\.\/[\w-]+\.js"\));$/gm, '$1stageOf(() => $2);')
    .replace(/\b(import_chunk_[A-Z0-9]{8})\./g, '($1()).');
  const whole = lazy.replace(/^("use strict";\n)?/, `$1${lazily}${stageOf}`);
  // No line has moved, so what the first step knows of them still holds.
  const made = { format: 'cjs', minify: true, sourcemap: 'external', sourcesContent: false };
  return transform(whole, { ...options, ...made });
}

const leaveOutUnused = {
  name: 'leave out unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path, resolveDir }) => {
      const name = path.startsWith('.')
        ? join(resolveDir, path).replace(/^.*\/node_modules\//, '')
        : path;
      if (unused[name] === undefined) return undefined;
      return { path: name, namespace: 'unused', sideEffects: false };
    });
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: unused[path].map((name) => throwing(path, name)).join(''),
    }));
  },
};

/** The same source as Node's, in modules instead of CommonJS, so that half of it can be left out. */
const yaml = fileURLToPath(new URL('../node_modules/yaml/browser/dist/', import.meta.url));
const ours = fileURLToPath(new URL('../src/', import.meta.url));

/**
 * Our own modules and those of yaml only define things when they are loaded, so that one of which nothing is used
 * can be left out; nobody but we can know that of them.
 */
const withoutSideEffects = {
  name: 'without side effects',
  setup({ onResolve }) {
    onResolve({ filter: /^\..*\.(ts|js)$/ }, ({ path, resolveDir, kind }) =>
      kind === 'import-statement' &&
      [ours, yaml].some((folder) => `${resolveDir}/`.startsWith(folder))
        ? { path: join(resolveDir, path), sideEffects: false }
        : undefined,
    );
    // Who only writes YAML loads no parser.
    onResolve({ filter: /^yaml$/ }, ({ importer }) =>
      importer.endsWith('/compose/render-compose.ts')
        ? { path: join(yaml, 'doc/Document.js'), sideEffects: false }
        : { path: join(yaml, 'index.js'), sideEffects: false },
    );
  },
};

function throwing(path, name) {
  const body = `() => { throw new Error('${path} is not in this program'); }`;
  return name === 'default' ? `export default ${body};` : `export const ${name} = ${body};`;
}
