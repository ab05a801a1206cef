// Bundles src/cli.ts into stages: CommonJS files that load each other on demand.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

/**
 * Modules that would be bundled but never run. The ECR client gets its credentials, transport and settings from
 * src/registry/ecr.ts, so the code that looks for them elsewhere is dropped, which is a third of the SDK. Every
 * name imported from these modules is listed here. It throws if it is used.
 */
const unused = {
  '@aws-sdk/credential-provider-node': ['defaultProvider'],
  '@aws-sdk/signature-v4-multi-region': ['SignatureV4MultiRegion'],
  '@smithy/core/event-streams': ['EventStreamSerde', 'eventStreamSerdeProvider'],
  bowser: ['default'],
  // The JSON Schema export of zod, which only scripts/docs uses.
  'zod/v4/core/json-schema-processors.js': await namesIn('zod/v4/core/json-schema-processors.js'),
  'zod/v4/core/to-json-schema.js': await namesIn('zod/v4/core/to-json-schema.js'),
};

/** The exports of a module that its package does not expose under this name. */
async function namesIn(path) {
  return Object.keys(await import(new URL(`../node_modules/${path}`, import.meta.url)));
}

/**
 * esbuild can split only ES modules, and Node loads CommonJS faster. So there are two steps: split as ES modules,
 * with a chunk for each import() and for shared code, then convert each chunk to CommonJS, where import() becomes
 * require().
 *
 * @param root the project's folder
 * @returns the stages by file name, with the program first; their source maps; and esbuild's metafile
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
    // The CommonJS build of jsonc-parser is UMD, which bundlers cannot analyze.
    mainFields: ['module', 'main'],
    plugins: [leaveOutUnused, withoutSideEffects],
    define: { 'import.meta.dirname': '__dirname' },
    minifySyntax: true,
    // LICENSES.txt contains the full texts.
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

/** Modules that Node does not load before it runs a program. Loading https takes 20 ms. */
const slowModules =
  '(?:node:)?(?:child_process|crypto|dns|fs/promises|https?|http2|net|os|readline|stream|stream/[a-z]+|timers/promises|tls|tty|v8|worker_threads|zlib)';

/** A Node module, loaded on first use. */
const lazily = `const lazily = (name) => { let loaded; return new Proxy({}, { get: (_, key) => (loaded ??= require(name))[key] }); };`;

/** Another stage, loaded on first use. Its exports are always used as \`stage.name\`, so no proxy is needed. */
const stageOf = `const stageOf = (load) => { let loaded; return () => (loaded ??= load()); };`;

/** @returns the code and its source map, with paths relative to the project */
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
  // The line numbers are unchanged, so the map of the first step is still valid.
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

/** The ES modules instead of the CommonJS build of the same source, so that half of it can be dropped. */
const yaml = fileURLToPath(new URL('../node_modules/yaml/browser/dist/', import.meta.url));
const ours = fileURLToPath(new URL('../src/', import.meta.url));

/**
 * Our own modules and those of yaml have no side effects on load, so unused modules can be dropped. The bundler
 * cannot detect this itself.
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
    // Code that only writes YAML does not load the parser.
    onResolve({ filter: /^yaml$/ }, ({ importer }) =>
      importer.endsWith('/compose/render-compose.ts')
        ? { path: join(yaml, 'doc/Document.js'), sideEffects: false }
        : { path: join(yaml, 'index.js'), sideEffects: false },
    );
  },
};

function throwing(path, name) {
  const body = `() => { throw new Error('${path} is not part of this program'); }`;
  return name === 'default' ? `export default ${body};` : `export const ${name} = ${body};`;
}
