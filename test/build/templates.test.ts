import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Hosting } from '../../src/release/hosting.ts';
import { readTemplates } from '../../src/release/load-templates.ts';
import { parseRelease } from '../../src/release/parse-release.ts';
import { fill } from '../../src/release/placeholders.ts';
import { type ReadyTemplates, templatesFor } from '../../src/release/release.ts';
import { makeReady } from '../../src/render/ready-templates.ts';
import { knowToml } from '../../src/render/render-toml.ts';
import { schemaPath, tomlSchema } from '../../src/render/toml-schema.ts';
import { allSiteValues } from '../../src/values/site-values.ts';

/** The templates that the program has inside are those of templates/, and what it knows of them is so. */

const root = new URL('../../', import.meta.url).pathname;
const built: ReadyTemplates = JSON.parse(readFileSync(`${root}dist/templates.json`, 'utf8'));
const { release, files } = await readTemplates(`${root}templates`);
const tomls = [...files].filter(([path]) => path.endsWith('.toml'));

describe('dist/templates.json', () => {
  it('is what would be made now', () => {
    expect(built).toEqual(makeReady(release, [...files]));
  });

  it('says of the release what release.yml says', () => {
    expect(built.release).toEqual(parseRelease(release));
  });

  it('has every other file to the byte, in the same order', () => {
    expect(Object.entries(built.files)).toEqual([...files]);
  });

  it('knows of every TOML template what its parsers say', () => {
    expect(Object.entries(built.known)).toEqual(
      tomls.map(([path, text]) => [path, knowToml(text, path)]),
    );
  });

  it('reads the same values back from an installation as the templates do', () => {
    const filled = new Map(
      [...files].map(([path, text]) => [path, fill(text, (name) => `${name.toLowerCase()}.x`)]),
    );
    const known = new Map(Object.entries(built.known));
    const values = allSiteValues({ release: built.release, files, known }, filled);
    expect(values).toEqual(allSiteValues({ release: built.release, files }, filled));
    expect(values.size).toBeGreaterThan(5);
  });

  it.each(Hosting.options)('has the schemas that %s hosting would make', (hosting) => {
    const templates = templatesFor({ release: built.release, files }, hosting);
    const wanting = [...templates.files].filter(([path, text]) => schemaPath(path, text));
    expect(wanting.length).toBeGreaterThan(0);
    for (const [path, text] of wanting) {
      expect(built.schemas[path]).toBe(tomlSchema(path, text, templates.release));
    }
  });
});
