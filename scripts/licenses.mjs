// The licences of what is bundled: Apache-2.0, MIT and BSD ask that their text goes with every copy.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const rule = '='.repeat(80);

/**
 * The text of LICENSES.txt: every npm package of which a byte is in the output, in the order of names.
 * @param metafile esbuild's (https://esbuild.github.io/api/#metafile)
 * @param root the folder that its paths are relative to
 * @throws Error where a package comes with no licence text, and none is known for its licence
 */
export function licensesOf(metafile, root) {
  const entries = packagesIn(metafile).map((folder) => entry(join(root, folder), root));
  return `proto-scaffold contains these packages:\n\n${entries.sort().join('\n')}`;
}

/** The folders, below the project's, of the npm packages of which a byte is in the output; in order. */
export function packagesIn(metafile) {
  const folders = new Set();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders].sort();
}

function entry(folder, root) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${rule}\n${name} ${version}\n${license}\n${rule}\n\n${text(folder, license, root).trim()}\n`;
}

function text(folder, license, root) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  if (files.length > 0) {
    return files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  }
  // Some packages of AWS name the licence alone. Its text, which names no author, is our own, too.
  if (license === 'Apache-2.0') return readFileSync(join(root, 'LICENSE'), 'utf8');
  throw new Error(`${folder} has no licence text`);
}
