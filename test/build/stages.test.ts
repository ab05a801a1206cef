import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** What is loaded when, by the bundler's own account of what it put where. */

interface Output {
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

const metafile = new URL('../../.cache/metafile.json', import.meta.url);
const { outputs } = JSON.parse(readFileSync(metafile, 'utf8')) as {
  outputs: Record<string, Output>;
};

/** The packages in a stage and in all that it loads at once. */
function packagesIn(stage: RegExp): string[] {
  const loaded = new Set(Object.keys(outputs).filter((path) => stage.test(path)));
  expect(loaded.size).toBe(1);
  for (const path of loaded) {
    const imports = outputs[path]?.imports.filter(({ kind }) => kind !== 'dynamic-import') ?? [];
    for (const each of imports) if (outputs[each.path]) loaded.add(each.path);
  }
  const inputs = [...loaded].flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}));
  const names = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

const heavy =
  /^(zod|@aws-sdk\/.*|@smithy\/.*|execa|yaml|tar|@iarna\/toml|toml-eslint-parser|@clack\/.*)$/;
const heavyIn = (stage: RegExp) => packagesIn(stage).filter((name) => heavy.test(name));

describe('the stages of the program', () => {
  it('answers --version and --help with no package at all, and parses the rest with commander alone', () => {
    expect(packagesIn(/\/proto-scaffold\.js$/)).toEqual([]);
    expect(packagesIn(/\/program-\w+\.js$/)).toEqual(['commander']);
  });

  it('plans a dry run without the SDK, execa, what reads archives and what asks questions', () => {
    const planning = ['@iarna/toml', 'toml-eslint-parser', 'yaml', 'zod'];
    expect(heavyIn(/\/init-\w+\.js$/)).toEqual(planning);
  });

  it.each(['update', 'rollback', 'login', 'history', 'config-list', 'credential-helper'])(
    'loads what %s needs of the SDK, execa, tar and clack where it is used',
    (command) => {
      const apart = heavyIn(new RegExp(`/${command}-\\w+\\.js$`)).filter((name) =>
        /^(@aws-sdk|@smithy|@clack|execa|tar)/.test(name),
      );
      expect(apart).toEqual([]);
    },
  );

  it('leaves the languages of zod out: `import { z }` would bring them all, and half a megabyte', () => {
    const modules = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
    const inOutput = modules.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    const locales = inOutput.filter(([path]) => path.includes('/zod/v4/locales/'));
    expect(locales.map(([path]) => path.replace(/.*\//, ''))).toEqual(['en.js']);
  });

  it('loads what completes command lines for that alone', () => {
    const stages = Object.keys(outputs).filter((path) =>
      packagesIn(new RegExp(`^${path.replace('.', '\\.')}$`)).includes('@bomb.sh/tab'),
    );
    const others = stages.filter((path) => !/\/(complete|completion|chunk)-\w+\.js$/.test(path));
    expect(stages.length).toBeGreaterThanOrEqual(2);
    expect(others).toEqual([]);
  });

  it('has the client of ECR and no other way to credentials than being given them', () => {
    const names = new Set(
      Object.values(outputs).flatMap(({ inputs }) =>
        Object.keys(inputs).flatMap(
          (path) => /node_modules\/(@aws-sdk\/[^/]+)/.exec(path)?.[1] ?? [],
        ),
      ),
    );
    expect(names).toContain('@aws-sdk/client-ecr');
    expect([...names].filter((name) => name.includes('credential-provider'))).toEqual([]);
  });
});
