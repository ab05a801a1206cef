import { readFileSync } from 'node:fs';

/**
 * How src/ is laid out, for dependency-cruiser (scripts/house.mjs runs it) and for the map in ARCHITECTURE.md: the
 * domains in their order, and which files compute only.
 */

/** A domain imports from those above it, and from itself. */
export const domains = [
  { name: 'errors', about: 'the ground: errors, secrets, reporter, context' },
  { name: 'lib', about: 'what any program could use: files, network, processes' },
  { name: 'toml', about: 'reads and edits TOML text without loss' },
  { name: 'merge', about: 'three-way merge of text, TOML and YAML' },
  { name: 'release', about: 'what the vendor ships: description, templates, layout' },
  { name: 'registry', about: "credentials, ECR, the registry, Docker's login" },
  { name: 'bundles', about: 'static bundles: fetched, verified, unpacked' },
  { name: 'values', about: "the operator's choices: read, checked, read back" },
  { name: 'transaction', about: 'the one writer: staging, journal, history, run guard' },
  { name: 'installation', about: 'an installation on disk: found, read; lock file, plan' },
  { name: 'compose', about: 'Docker and Compose: rendered, merged, queried' },
  { name: 'nginx', about: 'the site: rendered, tested, installed' },
  { name: 'tls', about: 'certificates' },
  { name: 'render', about: 'a release and values made into files' },
  { name: 'data', about: 'database and bucket, reached through containers' },
  { name: 'config', about: 'parameters by key' },
  { name: 'hybrid', about: 'what only hybrid hosting has' },
  { name: 'checks', about: 'facts, judgements, findings' },
  { name: 'start', about: 'the platform started, and waited for' },
  { name: 'update', about: 'an installation brought to another release' },
  { name: 'backup', about: 'data and files to one archive, and back' },
  { name: 'rollback', about: 'an earlier state of the files put back' },
  { name: 'uninstall', about: 'an installation removed' },
  { name: 'status', about: 'the state of the platform' },
  { name: 'open', about: 'an installation opened for a command: locked, recovered' },
  { name: 'init', about: 'a new installation' },
  { name: 'commands', about: 'one file per command, from gathering to the report' },
  { name: 'cli', about: 'the command line: flags, help, the process' },
];

const ground = '^src/(errors|secret|reporter|context)\\.ts$|^src/errors/';

function folder({ name }) {
  if (name === 'errors') return ground;
  return name === 'cli' ? '^src/cli(\\.ts$|/)' : `^src/${name}/`;
}

/** What computes only. It reaches no file, process, network, terminal, clock or random source, by whatever imports. */
export const pure = [
  ...['errors', 'lib/text', 'toml', 'merge', 'render', 'checks/facts'].map(
    (name) => `^src/${name}/`,
  ),
  '/plan-[a-z-]+\\.ts$',
  '^src/lib/(fs/path-below|net/cidrs|process/probed|terminal/(command-shape|words))\\.ts$',
  '^src/release/(?!load-templates)',
  '^src/registry/(credentials|docker-config|stored-login)\\.ts$',
  '^src/values/(secret-texts|site-host|site-values|values)\\.ts$',
  '^src/transaction/state-paths\\.ts$',
  '^src/installation/(history-lines|installation|lock|plan)\\.ts$',
  '^src/compose/(compose-commands|compose-config|docker|docker-answers|docker-prune|merge-file|override|pg-hba|render-compose|service-health)\\.ts$',
  '^src/nginx/(nginx|nginx-locations|nginx-word|render-nginx|site|site-certificate)\\.ts$',
  '^src/tls/openssl\\.ts$',
  '^src/data/(docker-data|restore-sql|restore-volume)\\.ts$',
  '^src/config/(accept-value|dotted-key|find-parameter|follow-access|left-behind|list-parameters|parameters|places|rotation|target)\\.ts$',
  '^src/hybrid/connection\\.ts$',
  '^src/checks/(compose|define|docker|docker-login|findings|host|hosts|index|lines|network|online|values|web)\\.ts$',
  '^src/update/(update-lines|update-setting)\\.ts$',
  '^src/backup/(entries|manifest|record|ustar)\\.ts$',
  '^src/status/(platform-status|status-lines)\\.ts$',
];

/** Packages that only compute. */
const parsers = [
  'zod',
  'yaml',
  'toml-eslint-parser',
  '@iarna/toml',
  'jsonc-parser',
  'node-diff3',
  'fastest-levenshtein',
].map((name) => `(^|node_modules/)${name}($|/)`);

/** The files that biome.json lets look at a clock, the process or a random source. */
const effects = JSON.parse(readFileSync(new URL('../biome.json', import.meta.url), 'utf8'))
  .overrides.flatMap(({ includes }) => includes)
  .filter((path) => path.startsWith('!src/'))
  .map((path) => `^${path.slice(1).replaceAll('.', '\\.')}$`);

/** On the sources, types among the imports. */
export const order = [
  ...domains.slice(0, -1).map((domain, index) => ({
    name: `${domain.name} imports only what stands above it`,
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
    name: 'cli imports commands, lib and the ground only',
    severity: 'error',
    from: { path: '^src/cli' },
    to: { path: '^src/', pathNot: `^src/(cli|commands|lib)|${ground}` },
  },
  {
    name: 'no circle',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
  },
];

/** On what is left of the sources without their types. */
export const purity = [
  {
    name: 'pure code reaches no clock, process or random source',
    severity: 'error',
    from: { path: pure },
    to: { path: effects, reachable: true },
  },
  {
    name: 'pure code reaches no module but parsers',
    severity: 'error',
    from: { path: pure },
    to: { pathNot: ['^src/', '^path$', 'package\\.json$', ...parsers], reachable: true },
  },
];
