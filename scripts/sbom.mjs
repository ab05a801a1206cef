// The components of the program, as a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagesIn } from './licenses.mjs';

/**
 * The bill of materials of the bundle. Uses no clock or random source: the same sources give the same bytes.
 * @param metafile esbuild's (https://esbuild.github.io/api/#metafile)
 * @param root the project's folder
 * @param node for an executable: the npm package with the Node binary, `{ name, version, integrity }`
 */
export function sbomOf(metafile, root, node) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { name, version, license } = manifest(root);
  const bundled = packagesIn(metafile).map((folder) => {
    const { integrity } = packages[folder];
    return component({ ...manifest(join(root, folder)), integrity });
  });
  const runtime = node === undefined ? [] : [component({ ...node, license: 'MIT' })];
  const components = [...bundled, ...runtime].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const main = `pkg:npm/${name}@${version}`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        'bom-ref': main,
        type: 'application',
        name,
        version,
        licenses: [{ license: { id: license } }],
        purl: main,
      },
    },
    components,
    dependencies: [{ ref: main, dependsOn: components.map(({ purl }) => purl) }],
  };
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function component({ name, version, license, integrity }) {
  const [algorithm, hash] = integrity.split('-');
  if (algorithm !== 'sha512') throw new Error(`${name} is locked with ${algorithm}`);
  // https://github.com/package-url/purl-spec: the @ of a scope is encoded.
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    'bom-ref': purl,
    type: 'library',
    name,
    version,
    hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }],
    licenses: [{ license: { id: license } }],
    purl,
  };
}
