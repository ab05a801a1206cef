import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import TOML from '@iarna/toml';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { templatesFor } from '../../src/release/release.ts';
import { withRandoms } from '../../src/init/plan-init.ts';
import { everywhere, renderInstallation, unsetPlaceholders } from '../../src/render/render.ts';
import { siteOf } from '../../src/nginx/site.ts';
import { withDefaults } from '../../src/values/values.ts';
import { pinnedImages, readTemplateSet } from '../support/template-set.ts';

/**
 * Golden trees: what `init` writes for given values, to the byte. A scenario is a folder with values.json
 * and expected/. UPDATE_GOLDEN=1 writes expected/ again; read the diff before you commit it.
 */

const here = import.meta.dirname;
const scenarios = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

function render(scenario: string) {
  const hosting = hostingOf(scenario);
  const templates = templatesFor(readTemplateSet(), hosting);
  const given = JSON.parse(readFileSync(join(here, scenario, 'values.json'), 'utf8'));
  const defaulted = withDefaults(templates.release, new Map(Object.entries<string>(given)));
  let made = 0;
  const values = new Map(withRandoms(templates, defaulted, () => `random-${++made}`));
  // As openssl makes them at `init`: where no certificate is given.
  for (const [name, description] of Object.entries(templates.release.values)) {
    const { made: part } = description;
    const isMade = values.has('YOUR_URL') && !values.has('YOUR_TLS_CERTIFICATE');
    if (part !== undefined && isMade) values.set(name, `PEM of ${part}\n`);
  }
  const files = renderInstallation({
    templates,
    hosting,
    valueFor: everywhere(values),
    images: pinnedImages(templates),
    identity: 'i',
    project: 'proto',
    group: 1000,
    site: siteOf('/srv/proto', values),
  });
  const unset = unsetPlaceholders(files, templates.release, values, new Set(values.keys()))
    .map(({ file, line, key, placeholder, mandatory }) =>
      [`${file}:${line}`, key, placeholder, mandatory ? 'mandatory' : 'optional'].join(' '),
    )
    .join('\n');
  // The schemas are the same in all of them, and stand in schemas/.
  const texts = new Map(
    files
      .filter(({ path }) => !path.endsWith('.schema.json'))
      .map(({ path, content }) => [path, content.reveal()]),
  );
  texts.set('unset.txt', unset === '' ? '' : `${unset}\n`);
  return { texts, given };
}

function hostingOf(scenario: string) {
  return scenario.startsWith('hybrid') ? ('hybrid' as const) : ('on-premise' as const);
}

function readTree(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );
}

describe.each(scenarios)('the golden tree %s', (scenario) => {
  const { texts, given } = render(scenario);
  const expected = join(here, scenario, 'expected');

  it('is what is rendered, to the byte', () => {
    if (process.env.UPDATE_GOLDEN === '1') {
      rmSync(expected, { recursive: true, force: true });
      for (const [path, text] of texts) {
        mkdirSync(dirname(join(expected, path)), { recursive: true });
        writeFileSync(join(expected, path), text);
      }
    }
    const golden = readTree(expected);
    expect([...texts.keys()].sort()).toEqual([...golden.keys()].sort());
    for (const [path, text] of texts) expect(text, path).toBe(golden.get(path));
  });

  it('is the same a second time', () => {
    expect(render(scenario).texts).toEqual(texts);
  });

  it('is valid TOML and YAML that holds the values as they were given', () => {
    for (const [path, text] of texts) {
      if (path.endsWith('.toml')) TOML.parse(text);
      if (path.endsWith('.yml')) parse(text);
    }
    if (hostingOf(scenario) === 'hybrid') {
      const { access } = TOML.parse(texts.get('backend/config/access.toml') ?? '');
      const unset = { YOUR_URL: '{YOUR_URL}', YOUR_ALLOWED_CIDRS: '{YOUR_ALLOWED_CIDRS}' };
      const { YOUR_URL: host, YOUR_ALLOWED_CIDRS: allowed_cidrs } = { ...unset, ...given };
      expect(access).toEqual({ host, allowed_cidrs });
      return;
    }
    const platform = TOML.parse(texts.get('backend/config/platform.toml') ?? '') as Record<
      string,
      Record<string, unknown>
    >;
    const url = given.YOUR_URL ?? '{YOUR_URL}';
    expect(platform.app?.base_url).toBe(`https://${url}`);
    expect(platform.app?.base_api_url).toBe(`https://${url}/api`);
    expect(platform.cors?.allow_origins).toEqual([`https://${url}`]);
    expect(platform.sendgrid?.api_key).toBe(
      given.YOUR_SENDGRID_API_KEY ?? '{YOUR_SENDGRID_API_KEY}',
    );
    expect(platform.database?.password).toBe('random-3');
  });
});
