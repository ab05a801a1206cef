import { readFileSync } from 'node:fs';

/**
 * The layout of src/, for dependency-cruiser (run by scripts/house.mjs) and for the map in ARCHITECTURE.md: the
 * domains in order, and the files with pure code.
 */

/** A domain imports only from itself and from the domains above it. */
export const domains = [
  { name: 'errors', about: 'the base: errors, secrets, reporter, context' },
  { name: 'lib', about: 'general-purpose code: files, network, processes' },
  { name: 'toml', about: 'reads and edits TOML text without loss' },
  { name: 'merge', about: 'three-way merge of text, TOML and YAML' },
  { name: 'release', about: 'a release of the vendor: description, templates, layout' },
  { name: 'trust', about: "the vendor's keys and signatures" },
  { name: 'registry', about: "credentials, ECR, the registry, Docker's login" },
  { name: 'bundles', about: 'static bundles: download, verify, unpack' },
  {
    name: 'release-object',
    about: 'a release as one object in the registry: pack, fetch, verify',
  },
  { name: 'values', about: "the operator's values: read, validate, read back" },
  { name: 'transaction', about: 'the only writer: staging, journal, history, run guard' },
  { name: 'installation', about: 'an installation on disk: find, read; lock file, plan' },
  { name: 'compose', about: 'Docker and Compose: render, merge, query' },
  { name: 'nginx', about: 'the nginx site: render, test, install' },
  { name: 'tls', about: 'certificates' },
  { name: 'render', about: 'renders files from a release and values' },
  { name: 'data', about: 'database and bucket, accessed through containers' },
  { name: 'config', about: 'parameters by key' },
  { name: 'hybrid', about: 'hybrid hosting' },
  { name: 'checks', about: 'facts, judgements, findings' },
  { name: 'start', about: 'starts the platform and waits for it' },
  { name: 'update', about: 'updates an installation to another release' },
  { name: 'backup', about: 'data and files: back up to an archive, restore' },
  { name: 'rollback', about: 'restores an earlier state of the files' },
  { name: 'uninstall', about: 'removes an installation' },
  { name: 'status', about: 'the status of the platform' },
  { name: 'open', about: 'opens an installation for a command: lock, recover' },
  { name: 'init', about: 'a new installation' },
  { name: 'vendor', about: 'publishes releases, for the vendor' },
  { name: 'commands', about: 'one file per command, from gathering to the report' },
  { name: 'cli', about: 'the command line: flags, help, the process' },
];

const ground = '^src/(errors|secret|visible|reporter|context)\\.ts$|^src/errors/';

function folder({ name }) {
  if (name === 'errors') return ground;
  return name === 'cli' ? '^src/cli(\\.ts$|/)' : `^src/${name}/`;
}

/** Pure code. It uses no file, process, network, terminal, clock or random source, directly or through imports. */
export const pure = [
  ...['errors', 'lib/text', 'toml', 'merge', 'render', 'checks/facts'].map(
    (name) => `^src/${name}/`,
  ),
  '/plan-[a-z-]+\\.ts$',
  '^src/visible\\.ts$',
  '^src/lib/(fs/(mount-info|path-below|ustar)|net/cidrs|process/(probed|runtime-variables)|terminal/(command-shape|words))\\.ts$',
  '^src/release/(?!load-templates)',
  '^src/release-object/(notes|object-config)\\.ts$',
  '^src/registry/(credentials|docker-config|stored-login)\\.ts$',
  '^src/values/(align-toml|forms|secret-texts|site-host|site-values|values)\\.ts$',
  '^src/transaction/state-paths\\.ts$',
  '^src/installation/(backup-record|history-lines|home|installation|lock|plan)\\.ts$',
  '^src/compose/(compose-commands|compose-config|compose-text|docker|docker-answers|docker-failures|docker-prune|merge-file|mounted-files|override|owner|pg-hba|redirects|render-compose|service-changes|service-health|service-networks|service-reach)\\.ts$',
  '^src/nginx/(closing-server|nginx|nginx-locations|nginx-word|render-nginx|served-sites|site|site-ports|site-certificate|site-rules)\\.ts$',
  '^src/tls/openssl\\.ts$',
  '^src/data/(docker-data|guard-sql|restore-volume|role-statements)\\.ts$',
  '^src/config/(accept-value|dotted-key|find-parameter|follow-access|left-behind|list-parameters|parameters|places|rotation|target|unknown-keys)\\.ts$',
  '^src/hybrid/(connection|firewall)\\.ts$',
  '^src/checks/(compose|containers|define|docker|docker-login|findings|host|hosts|hybrid|index|lines|network|online|release|values|web)\\.ts$',
  '^src/update/update-lines\\.ts$',
  '^src/vendor/(config-lines|lint-templates)\\.ts$',
  '^src/installation/settings\\.ts$',
  '^src/backup/(entries|manifest)\\.ts$',
  '^src/status/(platform-status|status-lines)\\.ts$',
];

/** Packages with pure code. */
const parsers = [
  'zod',
  'yaml',
  'toml-eslint-parser',
  '@iarna/toml',
  'jsonc-parser',
  'diff',
  'fastest-levenshtein',
  'semver',
].map((name) => `(^|node_modules/)${name}($|/)`);

/** The files that may use a clock, the process or a random source, according to biome.json. */
const effects = JSON.parse(readFileSync(new URL('../biome.json', import.meta.url), 'utf8'))
  .overrides.flatMap(({ includes }) => includes)
  .filter((path) => path.startsWith('!src/'))
  .map((path) => `^${path.slice(1).replaceAll('.', '\\.')}$`);

/** Rules for the sources, including type imports. */
export const order = [
  ...domains.slice(0, -1).map((domain, index) => ({
    name: `${domain.name} imports only domains above it`,
    severity: 'error',
    from: { path: folder(domain) },
    to: {
      path: domains
        .slice(index + 1)
        .map(folder)
        .join('|'),
    },
  })),
  {
    name: 'commands do not import each other',
    severity: 'error',
    from: { path: '^src/commands/([^/]+)$' },
    to: { path: '^src/commands/', pathNot: '^src/commands/$1$' },
  },
  {
    name: 'cli imports only commands, lib and errors',
    severity: 'error',
    from: { path: '^src/cli' },
    to: { path: '^src/', pathNot: `^src/(cli|commands|lib)|${ground}` },
  },
  {
    name: 'programs are started by lib/process only, which cleans their environment',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/lib/process/' },
    to: { path: '^(node:)?child_process$|node_modules/(execa|cross-spawn)/' },
  },
  {
    name: 'no circle',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
  },
];

/** Rules for the sources without type imports. */
export const purity = [
  {
    name: 'pure code does not use a clock, process or random source',
    severity: 'error',
    from: { path: pure },
    to: { path: effects, reachable: true },
  },
  {
    name: 'pure code imports only parsers',
    severity: 'error',
    from: { path: pure },
    to: { pathNot: ['^src/', '^path$', 'package\\.json$', ...parsers], reachable: true },
  },
];

/**
 * What reads a file's content, and the files that may use it: everything else reads with src/lib/fs/read-file.ts, which
 * refuses what is not a plain file. `open` also creates files.
 */
export const readers = [
  {
    names: [
      'readFile',
      'readFileSync',
      'createReadStream',
      'readSync',
      'openSync',
      'opendir',
      'cp',
    ],
    allowed: [
      // Ships with the program.
      'src/lib/fs/own-file.ts',
      // Node itself has read the file before.
      'src/lib/net/extra-certificates.ts',
    ],
  },
  {
    names: ['open'],
    allowed: [
      'src/backup/output-file.ts',
      'src/bundles/bundle.ts',
      'src/bundles/partial-archive.ts',
      'src/bundles/tree-writer.ts',
      'src/lib/fs/appear.ts',
      'src/lib/fs/file-system-promises.ts',
      'src/lib/fs/files.ts',
      'src/lib/fs/home-file.ts',
      'src/lib/fs/ownership.ts',
      'src/lib/fs/present-file.ts',
      'src/lib/fs/read-file.ts',
      'src/lib/fs/remove-tree.ts',
      'src/transaction/own-state.ts',
    ],
  },
  // After a look at what it copies.
  { names: ['copyFile'], allowed: ['src/lib/fs/trees.ts'] },
];

/**
 * @param path of a source file
 * @param text its content
 * @returns the functions that it must not use
 */
export function forbiddenReaders(path, text) {
  const imports = text.matchAll(/^import\s[^;]*?from '(?:node:)?fs(?:\/promises)?'/gm);
  const words = new Set([...imports].flatMap(([clause]) => clause.match(/\w+/g) ?? []));
  return readers
    .filter(({ allowed }) => !allowed.includes(path))
    .flatMap(({ names }) => names.filter((name) => words.has(name)));
}
