// The licences of bundled packages: Apache-2.0, MIT and BSD require their text in every copy.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const rule = '='.repeat(80);

/**
 * The text of LICENSES.txt: every npm package in the output, sorted by name, with packages that have the same text
 * grouped.
 * @param metafile esbuild's (https://esbuild.github.io/api/#metafile)
 * @param root the folder that its paths are relative to
 * @throws Error if a package has no licence text, and none is known for its licence
 */
export function licensesOf(metafile, root) {
  const names = new Map();
  for (const { name, text } of packagesIn(metafile).map((path) => entry(join(root, path), root))) {
    names.set(text, [...(names.get(text) ?? []), name].sort());
  }
  const entries = [...names].map(
    ([text, packages]) => `${rule}\n${packages.join('\n')}\n${rule}\n\n${text}\n`,
  );
  return `proto-scaffold contains these packages:\n\n${entries.sort().join('\n')}`;
}

/** The folders, relative to the project, of the npm packages in the output, sorted. */
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
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { name, version, license } = manifest;
  return { name: `${name} ${version} (${license})`, text: text(folder, manifest, root).trim() };
}

function text(folder, { license, author }, root) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  if (files.length > 0) {
    return files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  }
  // Some AWS packages contain only the name of the licence. Its text contains no author and is the same as ours.
  if (license === 'Apache-2.0') return readFileSync(join(root, 'LICENSE'), 'utf8');
  if (license === 'MIT' && author !== undefined) return mit(author.name ?? author);
  throw new Error(`${folder} has no licence text`);
}

/** The licence of a package that contains only the licence name and the author (https://spdx.org/licenses/MIT.html). */
function mit(author) {
  return `MIT License

Copyright (c) ${author.replace(/ [<(].*$/, '')}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of
the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO
THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS
IN THE SOFTWARE.`;
}
